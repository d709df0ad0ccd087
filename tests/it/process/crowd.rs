//! More connections than there are places.

use std::collections::VecDeque;

use super::program::{Server, assert_cut_off, folder, who};
use crate::harness::http2::{greeting, write};

/// How many places there are.
const PLACES: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_silent_peers_keep_nobody_out() {
    let folder = folder();
    let places = PLACES.to_string();
    // Nobody is cut off for being slow.
    let mut server = Server::start(folder.path(), &["--max-connections", &places, "--handshake-timeout-seconds", "60"]);
    let key = server.first_key();
    let early = server.caller(&key).await;
    let mut silent = VecDeque::new();
    for count in 1..=10_000 {
        silent.push_back(server.peer().await);
        if silent.len() > PLACES {
            // There are more of them than places, and the one that came first makes room.
            assert_cut_off(silent.pop_front().unwrap()).await;
        }
        if count % 500 == 0 {
            assert_eq!(who(&early).await.unwrap(), "administrator");
            assert_eq!(who(&server.caller(&key).await).await.unwrap(), "administrator");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_in_use_gives_its_place_to_nobody() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &["--max-connections", "2", "--handshake-timeout-seconds", "60"]);
    let key = server.first_key();
    let (first, second) = (server.caller(&key).await, server.caller(&key).await);
    for caller in [&first, &second] {
        who(caller).await.unwrap();
    }
    let mut third = server.peer().await;
    // It may be cut off before it has spoken.
    let _ = tokio::io::AsyncWriteExt::write_all(&mut third, &greeting()).await;
    assert_cut_off(third).await;
    server.log_line("no new connection is taken");
    for caller in [&first, &second] {
        who(caller).await.unwrap();
    }
    drop(first);
    // The place is free when the server has seen the end of the connection.
    let mut fourth = None;
    while fourth.is_none() {
        let mut wire = server.peer().await;
        write(&mut wire, &greeting()).await;
        fourth = crate::harness::http2::read(&mut wire).await;
    }
    who(&second).await.unwrap();
}
