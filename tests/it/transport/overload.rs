//! More calls at once than a connection may have.

use std::time::Duration;

use oauth_registry::proto::{ErrorReason, GetCallerRequest};
use oauth_registry::server::Limits;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::assert_refused;
use crate::harness::caller::{Caller, details};
use crate::harness::held;
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_asks_for_too_much_is_refused_and_no_other() {
    let server = TestServer::sqlite().await;
    // No deadline ends a call before the others are there.
    let limits = Limits { call_timeout: Duration::from_mins(10), ..server.limits() };
    let [busy, idle] = server.channels_under(limits).await;
    let [busy_caller, idle_caller] =
        [&busy, &idle].map(|channel| Caller::new(channel.clone(), Some(server.admin_token().to_owned())));
    let release = watch::Sender::new(false);
    let mut calls = JoinSet::new();
    for _ in 0..65 {
        let mut released = release.subscribe();
        let held = held::begin(&busy, server.admin_token()).await;
        calls.spawn(async move { held.send_after(async { drop(released.wait_for(|released| *released).await) }).await });
    }
    // One of them, whichever came last, and every later one.
    let one_too_many = calls.join_next().await.unwrap().unwrap().unwrap_err();
    let another = busy_caller.callers().get_caller(GetCallerRequest {}).await.unwrap_err();
    for refused in [one_too_many, another] {
        assert_refused(&refused, ErrorReason::Overloaded);
        assert!(details(&refused).retry_info().unwrap().retry_delay.is_some_and(|delay| !delay.is_zero()));
    }
    idle_caller.own_user_id().await;
    release.send_replace(true);
    while let Some(answer) = calls.join_next().await {
        answer.unwrap().unwrap();
    }
    busy_caller.own_user_id().await;
}
