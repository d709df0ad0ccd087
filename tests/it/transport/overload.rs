//! More calls at once than a connection may have.

use oauth_registry::proto::{ErrorReason, GetCallerRequest};
use tonic::Status;

use super::assert_refused;
use crate::harness::caller::{Caller, details};
use crate::harness::held;
use crate::harness::server::TestServer;

/// Calls until one call is refused, for as long as any of so many others may not have been taken up yet.
async fn first_refusal(caller: &Caller) -> Status {
    for _ in 0..10_000 {
        if let Err(refused) = caller.callers().get_caller(GetCallerRequest {}).await {
            return refused;
        }
    }
    panic!("no call is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_asks_for_too_much_is_refused_and_no_other() {
    let server = TestServer::sqlite().await;
    let channel = server.channel();
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(held::begin(&channel, server.admin_token()).await);
    }
    let refused = first_refusal(&server.admin()).await;
    assert_refused(&refused, ErrorReason::Overloaded);
    assert!(details(&refused).retry_info().unwrap().retry_delay.is_some_and(|delay| !delay.is_zero()));
    let other = Caller::new(server.another_connection(), Some(server.admin_token().to_owned()));
    other.own_user_id().await;
    for call in held {
        call.send(GetCallerRequest {}).await.unwrap();
    }
    server.admin().own_user_id().await;
}
