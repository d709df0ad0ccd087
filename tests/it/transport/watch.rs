//! Health of services that there are not, and health during the drain.

use std::time::Duration;

use oauth_registry::proto::ErrorReason;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::{CHECK, WATCH, assert_refused};
use crate::harness::plain::{Plain, call, framed, next_frame, whole};
use crate::harness::server::TestServer;

/// The request for a service's health.
fn request(path: &str, service: &str) -> http::Request<tonic::body::Body> {
    let message = HealthCheckRequest { service: service.to_owned() }.encode_to_vec();
    call(path, &[]).body(whole(&[&framed(&message)])).unwrap()
}

/// The frame that tells a status.
fn told(status: ServingStatus) -> Vec<u8> {
    framed(&HealthCheckResponse { status: status.into() }.encode_to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_an_unknown_service_is_told_so_once_until_the_drain() {
    let server = TestServer::sqlite().await;
    let plain = Plain::over(server.socket().await).await;
    let mut watched = plain.send(request(WATCH, "nope")).await;
    let first = next_frame(watched.body_mut()).await.unwrap();
    assert_eq!(first.data_ref().unwrap(), &told(ServingStatus::ServiceUnknown));
    // Other services change, and the unknown one does not become known.
    server.health.stop().await;
    server.health.look(&server.registry).await;
    assert_refused(&plain.ask(request(CHECK, "nope")).await.status(), ErrorReason::ResourceNotFound);
    let more = tokio::time::timeout(Duration::ZERO, next_frame(watched.body_mut())).await;
    assert!(more.is_err(), "{more:?}");
    server.health.stop().await;
    server.health.end_watches();
    let last = next_frame(watched.body_mut()).await.unwrap().into_trailers().unwrap();
    assert_eq!(Status::from_header_map(&last).unwrap().code(), Code::Ok);
    assert!(next_frame(watched.body_mut()).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_drain_ends_watches_and_leaves_checks_an_answer() {
    let server = TestServer::sqlite().await;
    let plain = Plain::over(server.socket().await).await;
    server.health.stop().await;
    server.health.end_watches();
    for service in ["", "oauthregistry.v1.OauthAppService"] {
        for path in [CHECK, WATCH] {
            let answer = plain.ask(request(path, service)).await;
            assert_eq!((answer.status().code(), answer.body), (Code::Ok, told(ServingStatus::NotServing)), "{path} {service:?}");
        }
    }
    let unknown = plain.ask(request(WATCH, "nope")).await;
    assert_eq!((unknown.status().code(), unknown.body), (Code::Ok, told(ServingStatus::ServiceUnknown)));
}
