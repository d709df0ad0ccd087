//! What strangers can have written into the log.

use tokio::net::TcpStream;

use super::program::{Server, folder};
use crate::harness::http2::{ACK, PING, frame, greeting, read, write};

/// Sends answers to questions that the server never asked, and returns when it has read them.
async fn answer_nothing(server: &Server, answers: usize) {
    let mut wire: TcpStream = server.peer().await;
    write(&mut wire, &[greeting(), frame(PING, ACK, 0, b"unasked.").repeat(answers), frame(PING, 0, 0, b"the last")].concat())
        .await;
    while read(&mut wire).await.expect("the connection ended").payload != b"the last" {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_a_stranger_leave_no_line_each() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    answer_nothing(&server, 50_000).await;
    let ended = server.stop();
    assert!(!ended.stderr.contains("h2::"), "{:.2000}", ended.stderr);
    assert!(ended.stderr.lines().count() < 10, "{:.2000}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_of_the_operators_shows_the_lines_of_libraries() {
    let folder = folder();
    for filter in ["info", "h2=warn"] {
        let mut server = Server::start(folder.path(), &["--log", filter]);
        answer_nothing(&server, 1).await;
        server.log_line("h2::proto::ping_pong");
        server.stop();
    }
}
