//! Errors that come after an answer has begun.

use oauth_registry::proto::ErrorReason;
use tonic::Status;
use tonic::body::Body;

use super::{Once, assert_refused, send, trailers};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_at_the_end_of_a_stream_is_as_complete_as_any() {
    let server = TestServer::sqlite().await;
    // No message: reflection has begun its answer, and cannot read the question. (One that it reads has an `error_response` in its answer.)
    let question = Body::new(Once(Some(&[0, 0, 0, 0, 1, 0xff])));
    let answer = send(server.wire(), "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &[], question).await;
    assert!(Status::from_header_map(answer.headers()).is_none(), "the error is not in the trailers");
    let trailers = trailers(answer).await;
    assert_refused(&Status::from_header_map(&trailers).unwrap(), ErrorReason::MalformedMessage);
}
