//! Calls that take too long end in the API's own words, whoever set the time.

use std::time::Duration;

use oauth_registry::proto::ErrorReason;
use oauth_registry::server::Limits;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::{GET_CALLER, assert_refused};
use crate::harness::caller::Caller;
use crate::harness::held;
use crate::harness::plain::{Plain, call, fed};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_gives_a_call_little_time_is_told_when_it_is_over() {
    let server = TestServer::sqlite().await;
    let bearer = format!("Bearer {}", server.admin_token());
    // It has the server's time, and began before all others.
    let mut patient = tokio::spawn(held::begin(&server.channel(), server.admin_token()).await.answer());
    for time in ["0n", "1m", "100m"] {
        let more = [("authorization", bearer.as_str()), ("grpc-timeout", time)];
        let (plain, (_feed, silence)) = (Plain::over(server.wire()).await, fed());
        let answer = tokio::select! {
            biased;
            early = &mut patient => panic!("the other call was answered before: {early:?}"),
            answer = plain.ask(call(GET_CALLER, &more).body(silence).unwrap()) => answer,
        };
        assert_refused(&answer.status(), ErrorReason::DeadlineExceeded);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_gives_a_call_much_time_gets_no_more_than_the_servers() {
    let server = TestServer::sqlite().await;
    let limits = Limits { call_timeout: Duration::from_millis(100), ..server.limits() };
    let bearer = format!("Bearer {}", server.admin_token());
    let more = [("authorization", bearer.as_str()), ("grpc-timeout", "1H")];
    let (_feed, silence) = fed();
    let answer = Plain::over(server.wire_under(limits).await).await.ask(call(GET_CALLER, &more).body(silence).unwrap()).await;
    assert_refused(&answer.status(), ErrorReason::DeadlineExceeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_whose_message_never_comes_end_at_the_servers_limit_and_free_their_slots() {
    let server = TestServer::sqlite().await;
    let limits = Limits { call_timeout: Duration::from_secs(4), ..server.limits() };
    let [channel, _] = server.channels_under(limits).await;
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(held::begin(&channel, server.admin_token()).await);
    }
    for call in held {
        assert_refused(&call.answer().await.unwrap_err(), ErrorReason::DeadlineExceeded);
    }
    Caller::new(channel, Some(server.admin_token().to_owned())).own_user_id().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_outlives_the_deadline_of_its_call() {
    let server = TestServer::sqlite().await;
    let limits = Limits { call_timeout: Duration::from_secs(3), ..server.limits() };
    let [channel, _] = server.channels_under(limits).await;
    let watched = HealthClient::new(channel.clone()).watch(HealthCheckRequest::default()).await.unwrap();
    let mut statuses = watched.into_inner();
    assert!(statuses.message().await.unwrap().is_some());
    // This call begins after the stream, and has as much time.
    let late = held::begin(&channel, server.admin_token()).await.answer().await.unwrap_err();
    assert_refused(&late, ErrorReason::DeadlineExceeded);
    let more = tokio::time::timeout(Duration::ZERO, statuses.message()).await;
    assert!(more.is_err(), "the stream has ended: {more:?}");
}
