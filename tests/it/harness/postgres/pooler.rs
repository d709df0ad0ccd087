//! Runs pgbouncer in front of a database of the tests.

use std::{
    env,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::OnceLock,
};

use super::{Database, Programs, new_home, shell, wait_until_ready};

/// Turns a skip for want of pgbouncer into a failure when it is set to `1`.
const REQUIRE: &str = "OAUTH_REGISTRY_REQUIRE_PGBOUNCER";
/// Names the folder in which Debian keeps it, which is on the PATH of root alone.
const DEBIAN: &str = "/usr/sbin";

/// Runs one private pgbouncer on a socket in a temporary folder, and ends it when dropped or when the process ends.
#[derive(Debug)]
pub(crate) struct Pooler {
    home: PathBuf,
    shell: Child,
}

impl Pooler {
    /// Tells whether pgbouncer is installed; a test through it returns early when it is not.
    ///
    /// Panics when it is missing and `OAUTH_REGISTRY_REQUIRE_PGBOUNCER=1` demands it.
    pub(crate) fn available() -> bool {
        program().is_some()
    }

    /// Starts a pooler of this `pool_mode` in front of the database and waits until it answers.
    pub(crate) fn start(database: &Database, mode: &str) -> Self {
        let home = new_home();
        let (folder, socket) = (home.path().display(), database.psql.socket.display());
        let settings = format!(
            "[databases]\n* = host={socket} port=5432 user=postgres\n\
             [pgbouncer]\nunix_socket_dir = {folder}\nlisten_port = 5432\nauth_type = any\npool_mode = {mode}\n"
        );
        fs::write(home.path().join("pgbouncer.ini"), settings).unwrap();
        let log = File::create(home.path().join("log")).unwrap();
        let mut command = shell(home.path());
        command.arg("-c").arg(include_str!("pooler.sh")).arg("pooler.sh");
        command.arg(program().expect("ask available() before starting a pooler")).arg(home.path());
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut pooler = Self { shell: command.spawn().unwrap(), home: home.keep() };
        let pg_isready = Programs::installed().unwrap().path("pg_isready");
        if let Err(reason) = wait_until_ready(&pg_isready, &pooler.home, &mut pooler.shell) {
            panic!("pgbouncer {reason}:\n{}", fs::read_to_string(pooler.home.join("log")).unwrap_or_default());
        }
        pooler
    }

    /// Returns the URL of the database behind it.
    pub(crate) fn url(&self, database: &Database) -> String {
        format!("postgres:///{}?host={}&port=5432&user=postgres&sslmode=disable", database.name, self.home.display())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Looks once a process, and says once on standard error that the tests are skipped.
fn program() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = env::split_paths(&path).chain([PathBuf::from(DEBIAN)]);
        let found = folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file());
        if found.is_none() {
            // Written past the capture of libtest, which would hide it from whoever wonders why nothing ran.
            let _ = writeln!(std::io::stderr(), "note: the tests through pgbouncer are skipped: it is not on the PATH");
        }
        found
    });
    let required = env::var_os(REQUIRE).is_some_and(|value| value == "1");
    assert!(found.is_some() || !required, "{REQUIRE}=1, but pgbouncer is not on the PATH");
    found.as_deref()
}
