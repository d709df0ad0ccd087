//! SIGTERM and SIGINT: told to watchers, open calls finish, stuck ones are cut off, the exit is clean.

use oauth_registry::proto::GetCallerRequest;
use tokio_stream::StreamExt as _;
use tonic::Streaming;
use tonic::transport::Channel;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::program::{Server, folder, who};
use crate::harness::caller::Caller;
use crate::harness::held::{self, HeldCall};

/// Begins a call and holds its message back; returns when the server has read the call's headers.
async fn hold(channel: &Channel, key: &str) -> HeldCall {
    let held = held::begin(channel, key).await;
    // Frames of one connection are read in order: when this is answered, the headers above have been read.
    who(&Caller::new(channel.clone(), Some(key.to_owned()))).await.unwrap();
    held
}

/// Watches the health of a service, which must have this status at first.
async fn watch(channel: Channel, service: &str, first: ServingStatus) -> Streaming<HealthCheckResponse> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let mut statuses = HealthClient::new(channel).watch(request).await.unwrap().into_inner();
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), first);
    statuses
}

async fn open_calls_finish_after(signal: &str) {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    // An idle connection, a watched one and a busy one.
    let (_idle, watching, busy) = (server.connect().await, server.connect().await, server.connect().await);
    let mut statuses = watch(watching.clone(), "", ServingStatus::Serving).await;
    let of_nothing = watch(watching, "no.such.Service", ServingStatus::ServiceUnknown).await;
    let held = hold(&busy, &key).await;
    server.signal(signal);
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    for mut statuses in [statuses, of_nothing] {
        assert!(statuses.next().await.is_none(), "a watch ends, or it would hold up the drain");
    }
    let answer = held.send(GetCallerRequest {}).await.unwrap();
    assert_eq!(answer.user.unwrap().login_name.unwrap(), "administrator");
    let ended = server.wait();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    for complaint in ["took too long", "may not be written", "could not be"] {
        assert!(!ended.stderr.contains(complaint), "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_call_finishes_after_sigterm() {
    open_calls_finish_after("TERM").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_call_finishes_after_sigint() {
    open_calls_finish_after("INT").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stuck_call_is_cut_off_at_the_limit() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &["--drain-timeout-seconds", "0"]);
    let key = server.first_key();
    let busy = server.connect().await;
    let held = hold(&busy, &key).await;
    let ended = server.stop();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("took too long"), "{}", ended.stderr);
    assert!(held.answer().await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopping_server_takes_no_new_connection() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let busy = server.connect().await;
    let mut statuses = watch(server.connect().await, "", ServingStatus::Serving).await;
    let held = hold(&busy, &key).await;
    server.signal("TERM");
    assert_eq!(statuses.next().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    // Whoever has been told finds the port closed.
    let refused = tokio::net::TcpStream::connect(server.address.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    drop(held);
    assert_eq!(server.wait().status.code(), Some(0));
}
