//! Health and reflection: what a client can ask before it has a key.

use std::collections::BTreeSet;

use oauth_registry::authz::METHODS;
use oauth_registry::proto::{FILE_DESCRIPTOR_SET, PACKAGE};
use prost::Message as _;
use prost_types::FileDescriptorProto;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::program::{Server, folder};
use crate::harness::descriptors;
use crate::harness::server::TestServer;

/// A question, for either version of the protocol.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Services,
    File(&'static str),
    Symbol(&'static str),
    Extension(&'static str, i32),
    Numbers(&'static str),
    Nothing,
}

/// The answer to a question.
#[derive(Debug, PartialEq)]
enum Said {
    Services(BTreeSet<String>),
    Files(Vec<Vec<u8>>),
    Numbers(String, BTreeSet<i32>),
    Error(i32),
}

/// Makes a function that asks all questions on one stream, in one version of the protocol.
macro_rules! reflect {
    ($name:ident, $version:ident) => {
        async fn $name(channel: Channel, questions: &[Ask]) -> Vec<Said> {
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            use tonic_reflection::pb::$version::{ExtensionRequest, ServerReflectionRequest};

            let question = |ask: &Ask| match *ask {
                Ask::Services => Some(MessageRequest::ListServices(String::new())),
                Ask::File(name) => Some(MessageRequest::FileByFilename(name.to_owned())),
                Ask::Symbol(name) => Some(MessageRequest::FileContainingSymbol(name.to_owned())),
                Ask::Extension(name, extension_number) => {
                    let wanted = ExtensionRequest { containing_type: name.to_owned(), extension_number };
                    Some(MessageRequest::FileContainingExtension(wanted))
                }
                Ask::Numbers(name) => Some(MessageRequest::AllExtensionNumbersOfType(name.to_owned())),
                Ask::Nothing => None,
            };
            let request = |ask| ServerReflectionRequest { host: "here".to_owned(), message_request: question(ask) };
            let requests: Vec<_> = questions.iter().map(request).collect();
            let mut client = ServerReflectionClient::new(channel);
            let answers = client.server_reflection_info(tokio_stream::iter(requests.clone())).await.unwrap().into_inner();
            let answers: Vec<_> = answers.map(Result::unwrap).collect().await;
            let asked: Vec<_> = answers.iter().map(|answer| answer.original_request.clone().unwrap()).collect();
            assert_eq!(asked, requests, "every question is answered, and named in its answer");
            let said = answers.into_iter().map(|answer| match answer.message_response.unwrap() {
                MessageResponse::ListServicesResponse(list) => {
                    Said::Services(list.service.into_iter().map(|one| one.name).collect())
                }
                MessageResponse::FileDescriptorResponse(found) => Said::Files(found.file_descriptor_proto),
                MessageResponse::AllExtensionNumbersResponse(found) => {
                    Said::Numbers(found.base_type_name, found.extension_number.into_iter().collect())
                }
                MessageResponse::ErrorResponse(error) => Said::Error(error.error_code),
            });
            said.collect()
        }
    };
}

reflect!(reflect_v1, v1);
reflect!(reflect_v1alpha, v1alpha);

/// Asks in both versions, which must answer alike.
async fn reflect(channel: &Channel, questions: &[Ask]) -> Vec<Said> {
    let answers = reflect_v1(channel.clone(), questions).await;
    assert_eq!(answers, reflect_v1alpha(channel.clone(), questions).await);
    answers
}

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
        let answers = reflect(&connection, &[Ask::Services, Ask::Symbol(symbol)]).await;
        let [Said::Services(services), Said::Files(files)] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!(*services, expected);
        assert!(!files.is_empty(), "{symbol}");
    }
}

/// The bytes of the file with this name, as the build script wrote them.
fn original(name: &str) -> Vec<u8> {
    #[derive(Clone, PartialEq, prost::Message)]
    struct EncodedSet {
        #[prost(bytes = "vec", repeated, tag = "1")]
        file: Vec<Vec<u8>>,
    }
    let set = EncodedSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    let named = |file: &Vec<u8>| FileDescriptorProto::decode(file.as_slice()).unwrap().name() == name;
    set.file.into_iter().find(named).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reflection_finds_every_kind_of_symbol_and_answers_the_original_bytes() {
    let server = TestServer::sqlite().await;
    let access = [
        Ask::File("oauthregistry/v1/access.proto"),
        Ask::Symbol("oauthregistry.v1.access"),
        Ask::Symbol("oauthregistry.v1.secret"),
        Ask::Symbol("oauthregistry.v1.AccessRule"),
        Ask::Symbol("oauthregistry.v1.AccessRule.any_of"),
        Ask::Symbol("oauthregistry.v1.Permission"),
        Ask::Symbol("oauthregistry.v1.PERMISSION_OAUTH"),
        Ask::Extension("google.protobuf.MethodOptions", number("access")),
        Ask::Extension("google.protobuf.FieldOptions", number("secret")),
    ];
    let file = Said::Files(vec![original("oauthregistry/v1/access.proto")]);
    for (asked, said) in access.iter().zip(reflect(&server.channel(), &access).await) {
        assert!(said == file, "{asked:?}");
    }
    let others = [
        Ask::Symbol("oauthregistry.v1.OauthAppService"),
        Ask::Symbol("oauthregistry.v1.OauthAppService.GetOauthApp"),
        Ask::Symbol("oauthregistry.v1.OauthApp.client_id"),
        // What proto3 makes of an `optional` field.
        Ask::Symbol("oauthregistry.v1.OauthApp._client_id"),
    ];
    let file = Said::Files(vec![original("oauthregistry/v1/oauth_app.proto")]);
    for (asked, said) in others.iter().zip(reflect(&server.channel(), &others).await) {
        assert!(said == file, "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reflection_numbers_the_extensions_of_a_message() {
    let server = TestServer::sqlite().await;
    let extended = ["google.protobuf.MethodOptions", "google.protobuf.FieldOptions", "oauthregistry.v1.OauthApp"];
    let numbered = reflect(&server.channel(), &extended.map(Ask::Numbers)).await;
    let ours = [&["access", "refuses", "reach", "issues_secret"][..], &["not_secret", "behavior", "secret"], &[]];
    for ((name, options), said) in extended.into_iter().zip(ours).zip(numbered) {
        assert_eq!(said, Said::Numbers(name.to_owned(), options.iter().map(|option| number(option)).collect()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_without_an_answer_is_an_error_and_the_stream_goes_on() {
    let server = TestServer::sqlite().await;
    let (missing, invalid) = (Said::Error(Code::NotFound.into()), Said::Error(Code::InvalidArgument.into()));
    let unknown = [
        Ask::File("oauthregistry/v1/none.proto"),
        Ask::Symbol("oauthregistry.v1.None"),
        Ask::Symbol("oauthregistry.v1.Permission.PERMISSION_OAUTH"),
        Ask::Symbol(""),
        Ask::Extension("google.protobuf.MethodOptions", 1),
        Ask::Extension("google.protobuf.MethodOptions", -1),
        Ask::Extension("oauthregistry.v1.None", number("access")),
        Ask::Numbers("oauthregistry.v1.None"),
        Ask::Nothing,
        Ask::File("oauthregistry/v1/access.proto"),
    ];
    let mut answers = reflect(&server.channel(), &unknown).await;
    assert!(answers.pop() == Some(Said::Files(vec![original("oauthregistry/v1/access.proto")])));
    assert_eq!(answers.pop(), Some(invalid));
    assert!(answers.iter().all(|answer| *answer == missing), "{answers:?}");
}

/// The number of an option of ours.
fn number(option: &str) -> i32 {
    let extension = descriptors::pool().get_extension_by_name(&format!("{PACKAGE}.{option}")).unwrap();
    i32::try_from(extension.number()).unwrap()
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
