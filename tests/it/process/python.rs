//! The Python client of `examples/python`, against the real program.
//!
//! Knows how to find an interpreter that has the example's packages. Must not know the protos: the example makes its own stubs.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use oauth_registry::proto::{ListOauthAppsRequest, RevealOauthAppSecretRequest};

use super::program::{Server, folder, keys_in, printed};
use crate::harness::caller::Caller;

/// Names the interpreter; without it, `python3` of the `PATH` is asked.
const INTERPRETER: &str = "OAUTH_REGISTRY_PYTHON";
/// Turns a skip for want of Python or its packages into a failure when it is set to `1`.
const REQUIRE: &str = "OAUTH_REGISTRY_REQUIRE_PYTHON";

/// Lines that stand in the transcript as they are, in this order.
const TRANSCRIPT: [&str; 14] = [
    "# Two tenants. Whoever makes a tenant has administrative access to it.",
    "app Analytics: 'Reports of the sales team', scope 'openid email', etag v1 -> v2",
    "NOT_FOUND RESOURCE_NOT_FOUND: There is no such resource in the caller's scope.",
    "ABORTED ETAG_MISMATCH: The resource has changed since it was read.",
    "INVALID_ARGUMENT INVALID_FIELDS: The request has invalid fields; the details list every one.",
    "  field oauth_app.name: SURROUNDING_WHITESPACE: The value must not begin or end with white space.",
    "  field oauth_app.token_uri: FORBIDDEN_SCHEME: Only https is allowed.",
    "  field oauth_app.token_uri: FORBIDDEN_HOST: The host is a name for local or private use.",
    "  field oauth_app.scope: INVALID_CHARACTER: Separate scopes with a single space, not a comma.",
    "  precondition client_secret: SECRET_REQUIRED_FOR_NEW_DESTINATION",
    "PERMISSION_DENIED MISSING_PERMISSION: The caller lacks a permission.",
    "  missing_permissions = 1006",
    "administrator: oauthregistry.v1.OauthAppService/RevealOauthAppSecret migration to the new proxy",
    "quickstart: every answer was as expected",
];

/// What `explain` reads from the two errors of `python/errors.py`.
const EXPLAINED: &str = "\
UNAVAILABLE INTERNAL: Grüße: 100 %
  a = 1
  b = 2
  field oauth_app.name: TOO_LONG: At most 128.
  field oauth_app.scope: REQUIRED: Give one.
  precondition keyring: KEYRING_SEALED
  precondition alpha: TENANT_SUSPENDED
  resource oauthregistry.v1.OauthApp app-1
  try again after 1.5 s
  request id call-1
domain 'oauthregistry.v1'
UNAVAILABLE (no reason): no route
domain ''
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_does_the_quickstart() {
    let Some(python) = python() else { return };
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let administrator = server.caller(&key).await;
    for round in 1..=2 {
        let ended = quickstart(python, &server.address, &key);
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        let transcript = printed(&ended);
        let mut lines = transcript.lines();
        for expected in TRANSCRIPT {
            assert!(lines.any(|line| line == expected), "{expected:?} is missing, or out of order:\n{transcript}");
        }
        let secrets = stored_secrets(&administrator).await;
        assert_eq!(secrets.len(), 2 * round, "each walk registers two apps");
        assert_hides(&ended, &secrets);
    }
}

#[test]
fn the_python_client_fails_when_the_service_refuses_it() {
    let Some(python) = python() else { return };
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let mut stranger = server.first_key();
    stranger.push('x');
    let ended = quickstart(python, &server.address, &stranger);
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(complaint(&ended).contains("UNAUTHENTICATED INVALID_CREDENTIAL"), "{ended:?}");
    assert_hides(&ended, &[stranger]);
}

#[test]
fn the_python_client_fails_when_the_service_answers_something_else() {
    let Some(python) = python() else { return };
    let mut everything_is_fine = command(python, "tests/it/process/python/yes_to_all.py");
    everything_is_fine.arg(root("examples/python/quickstart.py")).env("OAUTH_REGISTRY_KEY", "ork_any");
    let ended = everything_is_fine.output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
    assert!(complaint(&ended).contains("not as promised: a tenant has the name it was given"), "{ended:?}");
}

/// No call is made with such a key: grpcio would repeat it in its own complaint.
#[test]
fn the_python_client_repeats_no_key_that_is_none() {
    let Some(python) = python() else { return };
    for key in ["", "ork_first\nsecond", "ork_first\n", "ork_fürst"] {
        let ended = quickstart(python, "127.0.0.1:1", key);
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        assert!(complaint(&ended).contains("into OAUTH_REGISTRY_KEY"), "{ended:?}");
        assert_hides(&ended, &[]);
    }
}

#[test]
fn the_python_client_explains_every_detail_and_an_error_without_any() {
    let Some(python) = python() else { return };
    let ended = command(python, "tests/it/process/python/errors.py").env("PYTHONPATH", root("examples/python")).output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(printed(&ended), EXPLAINED);
}

#[test]
#[should_panic(expected = "OAUTH_REGISTRY_REQUIRE_PYTHON=1, but grpcio is not there")]
fn missing_packages_fail_the_tests_when_they_are_required() {
    insist(Some("grpcio is not there"), Some(OsStr::new("1")));
}

#[test]
fn missing_packages_are_a_skip_otherwise() {
    insist(Some("grpcio is not there"), None);
    insist(Some("grpcio is not there"), Some(OsStr::new("0")));
    insist(None, Some(OsStr::new("1")));
}

#[test]
fn an_interpreter_that_is_not_there_is_a_skip_too() {
    assert!(lacks(OsStr::new("./no-such-interpreter")).is_some_and(|why| why.contains("./no-such-interpreter")));
}

/// Runs the walk against a server.
fn quickstart(python: &OsStr, address: &str, key: &str) -> Output {
    let mut command = command(python, "examples/python/quickstart.py");
    command.args(["--address", address]).env("OAUTH_REGISTRY_KEY", key).output().unwrap()
}

/// What a finished run printed on standard error.
fn complaint(ended: &Output) -> String {
    String::from_utf8_lossy(&ended.stderr).into_owned()
}

/// Returns the secret of every app.
async fn stored_secrets(administrator: &Caller) -> Vec<String> {
    let apps = administrator.apps().list_oauth_apps(ListOauthAppsRequest::default()).await.unwrap().into_inner().oauth_apps;
    let mut secrets = Vec::new();
    for app in apps {
        let request = RevealOauthAppSecretRequest { oauth_app_id: app.id, reason: "test".to_owned(), ..Default::default() };
        secrets.push(administrator.apps().reveal_oauth_app_secret(request).await.unwrap().into_inner().client_secret);
    }
    secrets
}

/// Neither these secrets nor any API key stand in what was printed.
fn assert_hides(ended: &Output, secrets: &[String]) {
    for output in [&ended.stdout, &ended.stderr] {
        let text = String::from_utf8_lossy(output);
        assert!(keys_in(&text).is_empty(), "a key was printed:\n{text}");
        for secret in secrets {
            assert!(!secret.is_empty() && !text.contains(secret), "a secret was printed:\n{text}");
        }
    }
}

/// Returns the interpreter; says once on standard error when there is none with the packages, and that the tests are skipped.
fn python() -> Option<&'static OsStr> {
    static FOUND: OnceLock<(OsString, Option<String>)> = OnceLock::new();
    let (interpreter, lack) = FOUND.get_or_init(|| {
        let interpreter = std::env::var_os(INTERPRETER).unwrap_or_else(|| "python3".into());
        let lack = lacks(&interpreter);
        if let Some(why) = &lack {
            // Written past the capture of libtest, which would hide it from whoever wonders why nothing ran.
            let _ = writeln!(std::io::stderr(), "note: the tests of the Python client are skipped: {why}");
        }
        (interpreter, lack)
    });
    insist(lack.as_deref(), std::env::var_os(REQUIRE).as_deref());
    lack.is_none().then_some(interpreter)
}

fn insist(lack: Option<&str>, required: Option<&OsStr>) {
    let required = required.is_some_and(|value| value == "1");
    assert!(lack.is_none() || !required, "{REQUIRE}=1, but {}", lack.unwrap_or_default());
}

/// Tells what an interpreter lacks to run the example.
fn lacks(interpreter: &OsStr) -> Option<String> {
    let mut probe = command(interpreter, "tests/it/process/python/packages.py");
    let told = match probe.arg(root("examples/python/requirements.txt")).output() {
        Ok(output) if output.status.success() => return None,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Some(format!("{}: {told}", interpreter.display()))
}

/// A script of this repository, which leaves nothing behind and reaches no proxy.
fn command(python: &OsStr, script: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(root(script)).stdin(Stdio::null()).env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUTF8", "1");
    command.env("no_grpc_proxy", "127.0.0.1");
    command
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
