//! The configuration as an operator meets it: through the program.

mod database;
mod files;
mod problems;
mod reference;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A run of the program in an empty folder and an environment without our variables.
struct Run {
    folder: TempDir,
    command: Command,
}

impl Run {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_oauth-registry"));
        command.args(arguments).current_dir(folder.path());
        // The driver of PostgreSQL reads variables of its own.
        let of_a_shell = |name: &str| name.starts_with("OAUTH_REGISTRY_") || name.starts_with("PG");
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_a_shell(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        Self { folder, command }
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    fn file(self, text: &str) -> Self {
        std::fs::write(self.folder.path().join("registry.toml"), text).unwrap();
        self.env("OAUTH_REGISTRY_CONFIG_FILE", "registry.toml")
    }

    /// Puts the certificate and the key of the tests into the folder, under these names.
    fn certificate_and_key(self, names: [&str; 2]) -> Self {
        for (of_the_tests, name) in ["server.pem", "server.key"].into_iter().zip(names) {
            private_file(&self.folder.path().join(name), &std::fs::read(tls_file(of_the_tests)).unwrap());
        }
        self
    }

    fn answer(mut self) -> Answer {
        Answer::new(&self.command.output().unwrap(), self.folder.path())
    }
}

/// One of the TLS files of the tests.
fn tls_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/process/tls").join(name)
}

/// Writes a file for its owner alone: what a repository holds, everybody may read.
fn private_file(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[derive(Debug)]
struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
    left_behind: usize,
}

impl Answer {
    fn new(output: &Output, folder: &Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let left_behind = std::fs::read_dir(folder).unwrap().count();
        let code = output.status.code().unwrap();
        Self { code, stdout: text(&output.stdout), stderr: text(&output.stderr), left_behind }
    }

    /// Returns the line of a setting in the output of `config`.
    fn line(&self, setting: &str) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        let mut lines = self.stdout.lines();
        lines.find(|line| line.trim_start_matches("# ").split(' ').next() == Some(setting)).unwrap()
    }
}

#[test]
fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
    let file = "drain_timeout_seconds = 3";
    let variable = ("OAUTH_REGISTRY_DRAIN_TIMEOUT_SECONDS", "2");
    let by_flag = Run::new(&["config", "--drain-timeout-seconds", "1"]).file(file).env(variable.0, variable.1).answer();
    assert_eq!(by_flag.line("drain_timeout_seconds"), "drain_timeout_seconds = 1  # flag");
    let by_variable = Run::new(&["config"]).file(file).env(variable.0, variable.1).answer();
    assert_eq!(by_variable.line("drain_timeout_seconds"), "drain_timeout_seconds = 2  # environment");
    let by_file = Run::new(&["config"]).file(file).answer();
    assert_eq!(by_file.line("drain_timeout_seconds"), "drain_timeout_seconds = 3  # file");
    let by_default = Run::new(&["config"]).answer();
    assert_eq!(by_default.line("drain_timeout_seconds"), "drain_timeout_seconds = 30  # default");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let answer = Run::new(&["config"]).env("OAUTH_REGISTRY_LISTEN", "").answer();
    assert_eq!(answer.line("listen"), "listen = \"127.0.0.1:50051\"  # default");
}

#[test]
fn flags_may_stand_before_and_after_the_subcommand() {
    for arguments in [["--listen", "[::1]:1", "config"], ["config", "--listen", "[::1]:1"]] {
        let answer = Run::new(&arguments).answer();
        assert_eq!(answer.line("listen"), "listen = \"[::1]:1\"  # flag");
    }
    let switch = Run::new(&["--insecure-plaintext", "config", "--listen=0.0.0.0:1"]).answer();
    assert_eq!(switch.line("insecure_plaintext"), "insecure_plaintext = true  # flag");
}

#[test]
fn what_config_prints_is_a_config_file_with_the_same_values() {
    let arguments = [
        "config",
        "--listen=0.0.0.0:0",
        "--tls-certificate-file=a\"b\\c.pem",
        "--tls-key-file=k.pem",
        "--data-store=2000=Odd, \"quoted\" name",
        "--data-store=2001=Zweiter",
        "--egress-ports=8443,443",
        "--trace-sample-ratio=0.25",
        "--otlp-endpoint=http://127.0.0.1:4317",
        "--log=warn,oauth_registry=debug",
    ];
    let names = ["a\"b\\c.pem", "k.pem"];
    let printed = Run::new(&arguments).certificate_and_key(names).answer();
    assert_eq!(
        printed.line("data_stores"),
        "data_stores = { \"2000\" = \"Odd, \\\"quoted\\\" name\", \"2001\" = \"Zweiter\" }  # flag"
    );
    let again = Run::new(&["config"]).certificate_and_key(names).file(&printed.stdout).answer();
    assert_eq!(again.code, 0, "{again:?}");
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.rsplit_once("  # ").unwrap().0.to_owned()).collect()
    };
    assert_eq!(values(&again.stdout), values(&printed.stdout));
    assert!(again.stdout.lines().all(|line| line.starts_with('#') || line.ends_with("  # file")), "{again:?}");
}

#[test]
fn lists_are_read_from_every_source() {
    let file = Run::new(&["config"]).file("egress_ports = [443, 8443]\n[data_stores]\n\"2000\" = \"From, the file\"\n").answer();
    assert_eq!(file.line("egress_ports"), "egress_ports = [443, 8443]  # file");
    assert_eq!(file.line("data_stores"), "data_stores = { \"2000\" = \"From, the file\" }  # file");
    let variables = Run::new(&["config"])
        .env("OAUTH_REGISTRY_EGRESS_PORTS", "443, 8443")
        .env("OAUTH_REGISTRY_DATA_STORES", "2000=One, 2001=Two")
        .answer();
    assert_eq!(variables.line("egress_ports"), "egress_ports = [443, 8443]  # environment");
    assert_eq!(variables.line("data_stores"), "data_stores = { \"2000\" = \"One\", \"2001\" = \"Two\" }  # environment");
}

#[test]
fn database_and_keyring_follow_the_data_folder() {
    let answer = Run::new(&["config", "--data-dir=/srv/registry"]).answer();
    assert_eq!(answer.line("database_url"), "database_url = \"sqlite:/srv/registry/registry.sqlite\"  # default");
    assert_eq!(answer.line("keyring_file"), "keyring_file = \"/srv/registry/keyring\"  # default");
}

#[test]
fn config_redacts_the_password_and_writes_nothing() {
    let url = "postgres://ada:canary-5c1@db.example/registry?sslmode=verify-full&password=canary-5c1";
    let answer = Run::new(&["config"]).env("OAUTH_REGISTRY_DATABASE_URL", url).answer();
    let expected = "database_url = \"postgres://ada:***@db.example/registry?sslmode=verify-full&password=***\"  # environment";
    assert_eq!(answer.line("database_url"), expected);
    assert!(!answer.stdout.contains("canary") && !answer.stderr.contains("canary"), "{answer:?}");
    assert_eq!(answer.left_behind, 0);
}

#[test]
fn help_and_version_are_on_stdout_and_succeed() {
    for arguments in [&["--help"][..], &["--version"], &["help"], &["config", "--help"]] {
        let answer = Run::new(arguments).answer();
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(answer.stdout.contains("oauth-registry"), "{arguments:?}");
    }
}

#[test]
fn without_a_subcommand_it_prints_help_and_exits_with_64() {
    let answer = Run::new(&[]).answer();
    assert_eq!((answer.code, answer.stdout.as_str()), (64, ""));
    assert!(answer.stderr.contains("Usage: oauth-registry") && answer.stderr.contains("serve"), "{answer:?}");
}
