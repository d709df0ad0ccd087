//! Output that cannot be written: a key that nobody sees lets nobody in, and the exit code tells.

use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::Duration;

use oauth_registry::config::{self, Flags};
use oauth_registry::proto::{self, ApiKeyStatus};
use oauth_registry::server;
use tempfile::TempDir;

use super::program::{Server, data, folder, in_shell, keys_in, printed, run, who};
use crate::harness::caller::Caller;

/// Ways to lose what is printed: no room, nobody who reads, not open for writing, closed, the null device.
const LOST: [&str; 5] = [
    "exec \"$0\" \"$@\" > /dev/full",
    "exec \"$0\" \"$@\"",
    "exec \"$0\" \"$@\" 1< /dev/null",
    "exec \"$0\" \"$@\" >&-",
    "exec \"$0\" \"$@\" > /dev/null",
];

/// Starts the program; what it prints is lost.
fn start_in_vain(script: &str, folder: &Path, arguments: &[&str]) -> Child {
    let (_, writer) = io::pipe().unwrap();
    in_shell(script, folder, arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs the program to its end; what it prints is lost.
fn run_in_vain(script: &str, folder: &Path, arguments: &[&str]) -> Output {
    start_in_vain(script, folder, arguments).wait_with_output().unwrap()
}

fn assert_failed(output: &Output) -> String {
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("standard output"), "{complaint}");
    assert!(keys_in(&complaint).is_empty(), "{complaint}");
    complaint
}

/// The state of every key there is, oldest first, each with the changes that its events tell of.
async fn keys(caller: &Caller) -> Vec<(ApiKeyStatus, Vec<Vec<String>>)> {
    let request = proto::ListApiKeysRequest::default();
    let mut found = Vec::new();
    for key in caller.api_keys().list_api_keys(request).await.unwrap().into_inner().api_keys {
        let request = proto::ListEventsRequest { resource_id: Some(key.id.clone()), ..Default::default() };
        let events = caller.events().list_events(request).await.unwrap().into_inner().events;
        assert!(events.iter().all(|event| event.actor == "system:bootstrap"), "{events:?}");
        found.push((key.status(), events.into_iter().map(|event| event.changed_fields).collect()));
    }
    found
}

/// Recovers a key that works, and returns the state of all that were made.
async fn recover(folder: &TempDir) -> Vec<(ApiKeyStatus, Vec<Vec<String>>)> {
    let key = keys_in(&printed(&run(folder.path(), &["bootstrap", "--recover"]))).remove(0);
    let server = Server::start(folder.path(), &[]);
    let caller = server.caller(&key).await;
    assert_eq!(who(&caller).await.unwrap(), "administrator");
    keys(&caller).await
}

fn revoked() -> (ApiKeyStatus, Vec<Vec<String>>) {
    (ApiKeyStatus::Revoked, vec![vec![], vec!["status".to_owned()]])
}

fn alive() -> (ApiKeyStatus, Vec<Vec<String>>) {
    (ApiKeyStatus::Active, vec![vec![]])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_cannot_be_printed_is_revoked() {
    let folder = folder();
    for (count, script) in LOST.iter().enumerate() {
        let arguments: &[&str] = if count == 0 { &["bootstrap"] } else { &["bootstrap", "--recover"] };
        let complaint = assert_failed(&run_in_vain(script, folder.path(), arguments));
        assert!(complaint.contains("revoked") && complaint.contains("--recover"), "{script}: {complaint}");
    }
    assert_eq!(recover(&folder).await, [revoked(), revoked(), revoked(), revoked(), revoked(), alive()]);
}

#[test]
fn a_first_start_that_cannot_print_its_address_makes_nobody() {
    let folder = folder();
    for script in LOST {
        assert_failed(&run_in_vain(script, folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
    }
    let first = printed(&run(folder.path(), &["bootstrap"]));
    assert_eq!(keys_in(&first).len(), 2, "{first}");
}

fn whisper(text: &str) -> io::Result<()> {
    if text.contains("API key") { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_that_can_print_its_address_alone_revokes_the_key() {
    let folder = folder();
    let path = |path: &Path| vec![path.to_str().unwrap().to_owned()];
    let flags = Flags::from([("data_dir", path(&folder.path().join("data"))), ("listen", vec!["127.0.0.1:0".to_owned()])]);
    let config = config::load(&flags, &|_: &str| None, &|_| None).unwrap().config;
    let refused = server::serve(&config, whisper).await.unwrap_err().to_string();
    assert!(refused.contains("revoked"), "{refused}");
    assert!(data(&folder, "registry.sqlite").exists());
    assert_eq!(recover(&folder).await, [revoked(), alive()]);
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_start_does_not_need_its_output() {
    let folder = folder();
    assert!(run(folder.path(), &["bootstrap"]).status.success());
    for script in LOST {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let arguments = ["serve", "--listen", &address];
        let mut server = Killed(start_in_vain(script, folder.path(), &arguments));
        // Nothing else tells that it serves.
        while !run(folder.path(), &["health", "--listen", &address]).status.success() {
            assert!(server.0.try_wait().unwrap().is_none(), "{script}: the server has ended");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn whatever_a_subcommand_cannot_print_is_a_failure() {
    let folder = folder();
    assert!(run(folder.path(), &["bootstrap"]).status.success());
    for arguments in [&["migrate"][..], &["bootstrap"], &["config"], &["--help"], &["--version"]] {
        for script in &LOST[..2] {
            assert_failed(&run_in_vain(script, folder.path(), arguments));
        }
    }
}
