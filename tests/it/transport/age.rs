//! A connection grows old: its peer is told, and the calls that run finish.

use std::time::Duration;

use oauth_registry::server::Limits;

use super::GET_CALLER;
use crate::harness::http2::{
    ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, call_headers, frame, greeting, read, read_until, write,
};
use crate::harness::server::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_connection_is_given_up_and_its_last_call_is_answered() {
    let server = TestServer::sqlite().await;
    let limits = Limits { connection_age: Duration::from_millis(50), ..server.limits() };
    let mut wire = server.wire_under(limits).await;
    let bearer = format!("Bearer {}", server.admin_token());
    let call = frame(HEADERS, END_HEADERS, 1, &call_headers(GET_CALLER, &[("authorization", &bearer)]));
    write(&mut wire, &[greeting(), call].concat()).await;
    assert_eq!(read_until(&mut wire, GOAWAY).await.stream, 0);
    // The server asks whether the farewell has arrived; with the answer it knows that no further call is on its way.
    let question = read_until(&mut wire, PING).await;
    write(&mut wire, &frame(PING, ACK, 0, &question.payload)).await;
    write(&mut wire, &frame(DATA, END_STREAM, 1, &[0; 5])).await;
    let answer = read_until(&mut wire, DATA).await;
    assert!(String::from_utf8_lossy(&answer.payload).contains("administrator"), "{answer:?}");
    while read(&mut wire).await.is_some() {}
}
