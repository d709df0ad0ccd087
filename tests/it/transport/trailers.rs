//! Errors that come after an answer has begun.

use oauth_registry::proto::ErrorReason;
use tonic::Status;

use super::{REFLECTION, assert_refused};
use crate::harness::plain::{Plain, call, framed, whole};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_at_the_end_of_a_stream_is_as_complete_as_any() {
    let server = TestServer::sqlite().await;
    // No message: reflection has begun its answer, and cannot read the question. (One that it reads has an `error_response` in its answer.)
    let question = call(REFLECTION, &[]).body(whole(&[&framed(&[0xff])])).unwrap();
    let answer = Plain::over(server.wire()).await.ask(question).await;
    assert!(Status::from_header_map(&answer.headers).is_none(), "the error is not in the trailers");
    assert_refused(&answer.status(), ErrorReason::MalformedMessage);
}
