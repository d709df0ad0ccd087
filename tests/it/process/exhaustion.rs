//! No file descriptor is left: whoever is connected is served, and the process waits without burning time.

use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::task::JoinSet;

use super::program::{Server, command_with_files, folder, who};
use crate::harness::caller::Caller;
use crate::harness::http2::{SETTINGS, greeting, read_until, write};

/// The processor time that a process has had so far.
fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // proc(5): behind the name, which is in brackets, the 12th and 13th word are user and system time in hundredths of a second.
    let (_, words) = stat.rsplit_once(')').unwrap();
    let ticks: u64 = words.split_whitespace().skip(11).take(2).map(|word| word.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// Standard input, output and error have the numbers below it, and stay open: no further file can be opened.
const NO_FURTHER_FILE: usize = 3;

/// Lets a process open files with a lower number than this alone; those that are open stay, and the hard limit too.
fn allow_files_below(process: u32, files: usize) {
    let status = Command::new("prlimit").args(["--pid", &process.to_string(), &format!("--nofile={files}:")]).status();
    assert!(status.expect("prlimit of util-linux is needed").success());
}

/// Calls so often at once that every connection to the database is needed; each call must be answered.
async fn crowd_in(caller: &Caller) {
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let caller = caller.clone();
        calls.spawn(async move { who(&caller).await });
    }
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap().unwrap(), "administrator");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_connect_the_database_keeps_its_files() {
    let folder = folder();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--handshake-timeout-seconds", "60"];
    let mut server = Server::spawn(&mut command_with_files(folder.path(), 100, &arguments));
    let key = server.first_key();
    server.log_line("allows fewer connections");
    let early = server.caller(&key).await;
    who(&early).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(server.peer().await);
    }
    who(&server.caller(&key).await).await.unwrap();
    let mut speaking = Vec::new();
    for _ in 0..200 {
        let mut peer = server.peer().await;
        // The peer may have been cut off before it has spoken.
        let _ = peer.write_all(&greeting()).await;
        speaking.push(peer);
    }
    crowd_in(&early).await;
    early.new_tenant("Acme").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_free_file_the_connected_are_served_and_later_everybody_again() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let (key, process) = (server.first_key(), server.id());
    let early = server.caller(&key).await;
    who(&early).await.unwrap();
    // The database opens what files it needs before there are none.
    crowd_in(&early).await;
    allow_files_below(process, NO_FURTHER_FILE);
    let mut late = server.peer().await;
    write(&mut late, &greeting()).await;
    server.log_line("no new connection is taken");
    let (began, before) = (Instant::now(), processor_time(process));
    // Not a wait for something: this is the span of time that is measured.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let busy = processor_time(process).saturating_sub(before);
    assert!(busy < began.elapsed() / 4, "{busy:?} of processor time in {:?} without work", began.elapsed());
    assert_eq!(who(&early).await.unwrap(), "administrator");
    early.new_tenant("Meanwhile").await;
    allow_files_below(process, 1_024);
    read_until(&mut late, SETTINGS).await;
    assert_eq!(who(&server.caller(&key).await).await.unwrap(), "administrator");
}
