//! Starts the program in a folder of its own, reads what it prints, and ends it.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use oauth_registry::proto;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::net::TcpStream;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::harness::caller::Caller;

/// How long a line, or the end of a process, may take at most.
const PATIENCE: Duration = Duration::from_mins(1);

const PROGRAM: &str = env!("CARGO_BIN_EXE_oauth-registry");

/// The program with these arguments in this folder; no setting of the developer's own shell reaches it.
pub(super) fn command(folder: &Path, arguments: &[&str]) -> Command {
    alone(Command::new(PROGRAM), folder, arguments)
}

/// The same, allowed so many open files.
pub(super) fn command_with_files(folder: &Path, files: usize, arguments: &[&str]) -> Command {
    in_shell(&format!("ulimit -n {files} && exec \"$0\" \"$@\""), folder, arguments)
}

/// A script that runs the program, as `"$0" "$@"`, with these arguments.
pub(super) fn in_shell(script: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, PROGRAM]);
    alone(shell, folder, arguments)
}

fn alone(mut command: Command, folder: &Path, arguments: &[&str]) -> Command {
    let foreign = std::env::vars_os().map(|(name, _)| name);
    for name in foreign.filter(|name| name.to_string_lossy().starts_with("OAUTH_REGISTRY_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// What a finished run printed on standard output.
pub(super) fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The API keys in a text, each as often as it stands there.
pub(super) fn keys_in(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("ork_")).map(str::to_owned).collect()
}

/// An empty folder to run in.
pub(super) fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// The default data folder's file of this name.
pub(super) fn data(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join("data").join(name)
}

/// One of the files below `tls/`.
pub(super) fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/process/tls").join(name)
}

/// Copies of the certificate of the tests and its key in this folder, for us alone: what a repository holds, everybody may read.
pub(super) fn certificate_and_key(folder: &Path) -> [String; 2] {
    ["server.pem", "server.key"].map(|name| {
        let path = folder.join(name);
        fs::copy(tls_file(name), &path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    })
}

/// A running `serve`; it is killed when dropped.
pub(super) struct Server {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    /// The address from the first line.
    pub(super) address: String,
}

impl Server {
    /// Starts `serve` on a free port and waits for its address.
    pub(super) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(&mut command(folder, &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat()))
    }

    /// Starts a command that serves and waits for its address.
    pub(super) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = Lines::of(child.stdout.take().unwrap());
        let mut stderr = Lines::of(child.stderr.take().unwrap());
        let Some(line) = stdout.wait_for("oauth-registry ") else {
            let _ = child.wait();
            panic!("no address was printed: {}", stderr.rest());
        };
        let address = line.rsplit(' ').next().unwrap().to_owned();
        Self { child, stdout, stderr, address }
    }

    /// Waits for the key of a first start.
    pub(super) fn first_key(&mut self) -> String {
        let line = self.stdout.wait_for("  ork_").expect("a first start prints a key");
        line.trim().to_owned()
    }

    /// Waits for the line of the log that holds this text.
    pub(super) fn log_line(&mut self, text: &str) -> String {
        self.stderr.wait_for(text).unwrap_or_else(|| panic!("the log has no line with {text:?}: {:?}", self.stderr.seen))
    }

    /// The number of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A peer that has connected and says nothing.
    pub(super) async fn peer(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// A connection to the server.
    pub(super) async fn connect(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    /// Somebody who calls with a token, over a connection of their own.
    pub(super) async fn caller(&self, token: &str) -> Caller {
        Caller::new(self.connect().await, Some(token.to_owned()))
    }

    /// Sends a signal by its name.
    pub(super) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end and returns everything that was printed.
    ///
    /// Blocks: a test with open connections needs a runtime of more threads, or its clients would not answer the server's farewell.
    pub(super) fn wait(mut self) -> Ended {
        let (stdout, stderr) = (self.stdout.rest(), self.stderr.rest());
        Ended { status: self.child.wait().unwrap(), stdout, stderr }
    }

    /// Ends the server as an operator does, and returns everything that was printed.
    pub(super) fn stop(self) -> Ended {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// The lines of a pipe, as they come.
struct Lines {
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Lines {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { lines, seen: Vec::new() }
    }

    /// Returns the first line that holds a text, or nothing when the pipe ends before.
    fn wait_for(&mut self, text: &str) -> Option<String> {
        if let Some(line) = self.seen.iter().find(|line| line.contains(text)) {
            return Some(line.clone());
        }
        while let Some(line) = self.next() {
            if line.contains(text) {
                return Some(line);
            }
        }
        None
    }

    /// Returns every line until the pipe ends.
    fn rest(&mut self) -> String {
        while self.next().is_some() {}
        self.seen.join("\n")
    }

    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.seen.push(line.clone());
                Some(line)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("nothing more was printed for {PATIENCE:?}: {:?}", self.seen),
        }
    }
}

/// Asks who the caller is.
pub(super) async fn who(caller: &Caller) -> Result<String, Status> {
    let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await?;
    Ok(answer.into_inner().user.unwrap().login_name.unwrap())
}

/// Waits until `health` says this of a server.
pub(super) async fn until_healthy(folder: &Path, server: &Server, expected: &str) {
    let address = format!("http://{}", server.address);
    let began = Instant::now();
    loop {
        let said = printed(&run(folder, &["health", "--address", &address]));
        if said.trim_end() == expected {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "health says {said} and not {expected}");
        // Nothing announces it to a probe; asking again is all there is.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the server has cut a connection off, and demands that it said nothing before.
pub(super) async fn assert_cut_off(mut wire: impl AsyncRead + Unpin) {
    let mut heard = [0];
    // A socket with something unread in it is reset rather than closed.
    let count = wire.read(&mut heard).await.unwrap_or(0);
    assert_eq!(count, 0, "the server said something");
}
