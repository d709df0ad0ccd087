//! Health and reflection: what a client can ask before it has a key.

use std::collections::BTreeSet;

use oauth_registry::authz::METHODS;
use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::program::{Server, folder};
use crate::harness::server::TestServer;

/// Makes a function that lists the services and looks a symbol up, for one version of the reflection protocol.
macro_rules! reflect {
    ($name:ident, $version:ident) => {
        async fn $name(channel: Channel, symbol: &str) -> (BTreeSet<String>, usize) {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

            let ask = |message_request| ServerReflectionRequest { host: String::new(), message_request: Some(message_request) };
            let questions =
                [ask(MessageRequest::ListServices(String::new())), ask(MessageRequest::FileContainingSymbol(symbol.to_owned()))];
            let mut client = ServerReflectionClient::new(channel);
            let answers = client.server_reflection_info(tokio_stream::iter(questions)).await.unwrap().into_inner();
            let (mut services, mut files) = (BTreeSet::new(), 0);
            for answer in answers.collect::<Vec<_>>().await {
                match answer.unwrap().message_response.unwrap() {
                    MessageResponse::ListServicesResponse(list) => services.extend(list.service.into_iter().map(|one| one.name)),
                    MessageResponse::FileDescriptorResponse(found) => files += found.file_descriptor_proto.len(),
                    other => panic!("{other:?}"),
                }
            }
            (services, files)
        }
    };
}

reflect!(reflect_v1, v1);
reflect!(reflect_v1alpha, v1alpha);

fn own_services() -> BTreeSet<String> {
    METHODS.iter().map(|rule| rule.name.split_once('/').unwrap().0.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_of_reflection_list_every_service_and_the_details_of_errors() {
    let folder = folder();
    let channel = Server::start(folder.path(), &[]);
    let connection = channel.connect().await;
    let foreign = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
    let mut expected = own_services();
    expected.extend(foreign.map(str::to_owned));
    for symbol in ["google.rpc.ErrorInfo", "oauthregistry.v1.OauthApp"] {
        for (services, files) in [reflect_v1(connection.clone(), symbol).await, reflect_v1alpha(connection.clone(), symbol).await]
        {
            assert_eq!(services, expected);
            assert!(files > 0, "{symbol}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_serving_for_the_whole_and_for_each_service() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let mut client = HealthClient::new(server.connect().await);
    for service in own_services().into_iter().chain([String::new()]) {
        let request = HealthCheckRequest { service: service.clone() };
        let checked = client.check(request.clone()).await.unwrap().into_inner();
        assert_eq!(checked.status(), ServingStatus::Serving, "{service:?}");
        let watched = client.watch(request).await.unwrap().into_inner().next().await.unwrap().unwrap();
        assert_eq!(watched.status(), ServingStatus::Serving, "{service:?}");
    }
    let unknown = client.check(HealthCheckRequest { service: "no.such.Service".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_health_hears_of_changes_alone() {
    let server = TestServer::sqlite().await;
    let mut client = HealthClient::new(server.channel());
    let mut statuses = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
    for _ in 0..3 {
        server.health.look(&server.registry).await;
    }
    server.health.stop().await;
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_needs_no_key_takes_little_memory() {
    let server = TestServer::sqlite().await;
    let service = "x".repeat(5_000);
    let refused = HealthClient::new(server.channel()).check(HealthCheckRequest { service: service.clone() }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::ResourceExhausted);
    let mut client = tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient::new(server.channel());
    for (host, answered) in [(String::new(), true), (service, false)] {
        let list = tonic_reflection::pb::v1::server_reflection_request::MessageRequest::ListServices(String::new());
        let question = tonic_reflection::pb::v1::ServerReflectionRequest { host, message_request: Some(list) };
        let mut answers = client.server_reflection_info(tokio_stream::once(question)).await.unwrap().into_inner();
        assert_eq!(answers.next().await.is_some_and(|answer| answer.is_ok()), answered);
    }
}
