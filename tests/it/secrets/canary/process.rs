//! The real program, from its first start to SIGTERM, and everything that it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::harness::caller::Caller;

/// A running server.
pub(super) struct Process {
    child: Child,
    folder: TempDir,
    channel: Channel,
    token: String,
    output: [JoinHandle<Vec<u8>>; 2],
}

impl Process {
    /// Starts the program on an empty folder, at TRACE, and reads the one-time key.
    pub(super) async fn start(otlp_endpoint: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_oauth-registry"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "trace", "--log-format", "json"]);
        command.args(["--otlp-endpoint", otlp_endpoint, "--data-dir"]).arg(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || drained(stderr));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let (address, token, stdout) = tokio::task::spawn_blocking(move || {
            let (address, token) = announced(&mut stdout);
            (address, token, stdout)
        })
        .await
        .unwrap();
        let rest = std::thread::spawn(move || drained(stdout));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { child, folder, channel, token, output: [rest, log] }
    }

    /// Somebody with a token.
    pub(super) fn caller(&self, token: &str) -> Caller {
        Caller::new(self.channel.clone(), Some(token.to_owned()))
    }

    /// The first administrator.
    pub(super) fn admin(&self) -> Caller {
        self.caller(&self.token)
    }

    /// The first administrator's token.
    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The pipe itself.
    pub(super) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Ends the program by SIGTERM and returns all that it left, each with a name, and the keyring apart.
    pub(super) async fn stop(self) -> (Vec<(String, Vec<u8>)>, Vec<u8>) {
        let Self { mut child, folder, channel, output: [stdout, stderr], .. } = self;
        let mut places = files(folder.path());
        drop(channel);
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let ended = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert!(ended.success(), "{ended}");
        places.extend(files(folder.path()));
        assert!(places.iter().any(|(name, _)| name.ends_with("-wal")), "{:?}", names(&places));
        let at = places.iter().position(|(name, _)| name.contains("keyring")).unwrap();
        let keyring = places[at].1.clone();
        places.retain(|(name, _)| !name.contains("keyring"));
        places.push(("stdout".to_owned(), stdout.join().unwrap()));
        places.push(("stderr".to_owned(), stderr.join().unwrap()));
        (places, keyring)
    }
}

fn names(places: &[(String, Vec<u8>)]) -> Vec<&str> {
    places.iter().map(|(name, _)| name.as_str()).collect()
}

fn drained(mut from: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).unwrap();
    all
}

/// Reads the address and the one-time key, up to the last line that shows it.
fn announced(stdout: &mut impl BufRead) -> (String, String) {
    let mut lines = stdout.lines().map(Result::unwrap);
    let first = lines.next().expect("the program announces itself");
    let address = first.rsplit(' ').next().unwrap().to_owned();
    let token = lines.find(|line| line.trim().starts_with("ork_")).expect("the first key").trim().to_owned();
    lines.find(|line| line.contains("grpcurl")).expect("a call to try");
    (address, token)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            files.extend(self::files(&entry.path()));
        } else {
            files.push((entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()));
        }
    }
    files
}
