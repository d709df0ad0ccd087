//! No file descriptor is left: whoever is connected is served, and the process waits without burning time.

use std::time::{Duration, Instant};

use super::program::{Server, command_with_files, folder, who};
use crate::harness::http2::{greeting, write};

/// How many files the process may have open.
const FILES: usize = 100;

/// The processor time that a process has had so far.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // proc(5): behind the name, which is in brackets, the 12th and 13th word are user and system time in hundredths of a second.
    let (_, words) = stat.rsplit_once(')').unwrap();
    let ticks: u64 = words.split_whitespace().skip(11).take(2).map(|word| word.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_file_descriptors_the_connected_are_served_and_later_everybody_again() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--handshake-timeout-seconds", "60"];
    let mut server = Server::spawn(&mut command_with_files(folder.path(), FILES, &arguments));
    let key = server.first_key();
    let early = server.caller(&key).await;
    who(&early).await.unwrap();
    // Those who say nothing lose their descriptors to those who speak.
    let mut silent = Vec::new();
    for _ in 0..2 * FILES {
        silent.push(server.peer().await);
    }
    who(&server.caller(&key).await).await.unwrap();
    drop(silent);
    // Those who speak keep them.
    let mut peers = Vec::new();
    for _ in 0..FILES {
        let mut peer = server.peer().await;
        write(&mut peer, &greeting()).await;
        peers.push(peer);
    }
    server.log_line("no new connection is taken");
    let (began, before) = (Instant::now(), processor_time(server.id()));
    // Not a wait for something: this is the span of time that is measured.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let busy = processor_time(server.id()) - before;
    assert!(busy < began.elapsed() / 4, "{busy:?} of processor time in {:?} without work", began.elapsed());
    for name in ["One", "Two"] {
        early.new_tenant(name).await;
    }
    drop(peers);
    who(&server.caller(&key).await).await.unwrap();
}
