//! Peers that open streams only to have them reset.

use tokio::io::AsyncWriteExt as _;

use super::program::{Server, folder, who};
use crate::harness::http2::{
    END_HEADERS, END_STREAM, GOAWAY, HEADERS, PING, RST_STREAM, call_headers, frame, greeting, literal, read,
};

/// How many streams are opened.
const STREAMS: u32 = 20_000;

/// Sends what `stream` makes of each stream's number, and demands that the server ends the connection before the last one.
async fn assert_cut_short(server: &Server, stream: impl Fn(u32) -> Vec<u8>) {
    let (mut near, mut far) = tokio::io::split(server.peer().await);
    let frames: Vec<u8> = (0..STREAMS).flat_map(|number| stream(2 * number + 1)).collect();
    let all = [greeting(), frames, frame(PING, 0, 0, b"the last")].concat();
    // The server may stop reading at any time.
    let writer = tokio::spawn(async move { far.write_all(&all).await });
    let mut farewell = None;
    while let Some(next) = read(&mut near).await {
        assert_ne!(next.payload, b"the last", "every stream was taken");
        if next.kind == GOAWAY {
            farewell = Some(next.payload);
        }
    }
    // RFC 9113 §7: ENHANCE_YOUR_CALM.
    assert_eq!(farewell.expect("the connection ends with a reason")[4..8], [0, 0, 0, 11]);
    drop(writer.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_resets_its_calls_at_once_is_sent_away() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let bystander = server.caller(&key).await;
    let headers = call_headers("/oauthregistry.v1.CallerService/GetCaller", &[]);
    // RFC 9113 §7: 8 is CANCEL.
    let reset = |stream| [frame(HEADERS, END_HEADERS, stream, &headers), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat();
    assert_cut_short(&server, reset).await;
    assert_eq!(who(&bystander).await.unwrap(), "administrator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_sends_malformed_calls_without_end_is_sent_away() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let bystander = server.caller(&key).await;
    // A call without method, scheme and path is malformed (RFC 9113 §8.3.1).
    let headers = literal("te", "trailers");
    assert_cut_short(&server, |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &headers)).await;
    assert_eq!(who(&bystander).await.unwrap(), "administrator");
}
