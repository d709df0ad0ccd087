//! Knows how to give each test its own PostgreSQL database out of one private cluster a process.
//! Must not know the schema: whoever asks for a template says how it is migrated.

mod pooler;
mod programs;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read as _, Seek as _},
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
    thread,
    time::Duration,
};

pub(crate) use pooler::Pooler;
use programs::Programs;
use tempfile::TempDir;

/// Tells whether PostgreSQL's programs are installed; a test on PostgreSQL returns early when they are not.
///
/// Panics when they are missing and `OAUTH_REGISTRY_REQUIRE_POSTGRES=1` demands them.
pub(crate) fn available() -> bool {
    Programs::installed().is_some()
}

/// Runs one private PostgreSQL server on a socket in a temporary folder, and ends it when dropped or when the process ends.
#[derive(Debug)]
pub(crate) struct Cluster {
    psql: Psql,
    shell: Child,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    templates: BTreeSet<String>,
    databases: u64,
}

impl Cluster {
    /// Returns the cluster of this process, which the first caller starts.
    pub(crate) fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Cluster::start)
    }

    /// Starts a cluster of the caller's own and waits until it answers.
    pub(crate) fn start() -> Cluster {
        Self::start_with(&[])
    }

    /// Starts a hot standby, which takes no writes and follows nobody, and waits until it answers.
    pub(crate) fn start_standby() -> Cluster {
        Self::start_with(&["standby"])
    }

    fn start_with(arguments: &[&str]) -> Cluster {
        let programs = Programs::installed().expect("ask available() before starting a cluster");
        let home = new_home();
        let mut log = File::options().create(true).read(true).append(true).open(home.path().join("log")).unwrap();
        let mut shell = shell_command(programs, home.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let psql = Psql { program: programs.path("psql"), socket: home.keep() };
        if let Err(reason) = wait_until_ready(&programs.path("pg_isready"), &psql.socket, &mut shell) {
            let mut told = String::new();
            log.rewind().unwrap();
            log.read_to_string(&mut told).unwrap();
            panic!("the PostgreSQL cluster {reason}:\n{told}");
        }
        Cluster { psql, shell, made: Mutex::default() }
    }

    /// Returns the template of this name; the first caller has it made by `migrate`, which gets the URL of an empty database.
    ///
    /// `migrate` runs on a thread of its own, so it may build an async runtime and block on it even when a test calls from one.
    pub(crate) fn template(&self, name: &str, migrate: impl FnOnce(&str) + Send) -> Template<'_> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !made.templates.contains(name) {
            self.psql
                .run(&[&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"), &format!("CREATE DATABASE \"{name}\"")])
                .unwrap();
            let url = self.psql.url(name);
            thread::scope(|scope| scope.spawn(|| migrate(&url)).join()).expect("the template is migrated");
            self.psql.run(&[&format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false")]).unwrap();
            made.templates.insert(name.to_owned());
        }
        Template { cluster: self, name: name.to_owned() }
    }

    /// Returns the URL of the database that every cluster has.
    pub(crate) fn maintenance_url(&self) -> String {
        self.psql.url("postgres")
    }

    /// Makes an empty database with options of its own, such as its encoding.
    pub(crate) fn create_database_with(&self, options: &str) -> Database {
        self.create("template0", options)
    }

    fn create(&self, template: &str, options: &str) -> Database {
        // One at a time: PostgreSQL refuses to copy a database that another session is copying from or connected to.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.databases += 1;
        let name = format!("{template}_{}", made.databases);
        self.psql.run(&[&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" {options}")]).unwrap();
        Database { url: self.psql.url(&name), name, psql: self.psql.clone() }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Names a migrated database that is only ever copied.
#[derive(Debug)]
pub(crate) struct Template<'cluster> {
    cluster: &'cluster Cluster,
    name: String,
}

impl Template<'_> {
    /// Copies the template into a database that nobody else uses.
    #[must_use = "the database is gone as soon as this value is dropped"]
    pub(crate) fn create_database(&self) -> Database {
        self.cluster.create(&self.name, "")
    }
}

/// Owns one database of its test; dropping it removes the database, whoever is still connected.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    name: String,
    psql: Psql,
}

impl Database {
    /// Returns the URL to connect with, complete enough that no `PG*` variable of a developer's shell is asked.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL for another role.
    pub(crate) fn url_of(&self, role: &str) -> String {
        self.url.replace("user=postgres", &format!("user={role}"))
    }

    /// Makes the database the property of a new role, which is no superuser, and returns the role's name.
    pub(crate) fn create_owner(&self) -> String {
        let role = format!("{}_owner", self.name);
        self.administer(&format!("CREATE ROLE \"{role}\" LOGIN"));
        self.administer(&format!("ALTER DATABASE \"{}\" OWNER TO \"{role}\"", self.name));
        role
    }

    /// Runs a statement as the cluster's superuser, from another database.
    pub(crate) fn administer(&self, statement: &str) {
        self.psql.run(&[statement]).unwrap();
    }

    /// Sets what every new connection to this database begins with.
    pub(crate) fn set(&self, setting: &str) {
        self.administer(&format!("ALTER DATABASE \"{}\" SET {setting}", self.name));
    }

    /// Has the cluster log every statement that a new connection to this database sends.
    pub(crate) fn log_statements(&self) {
        self.set("log_statement = 'all'");
    }

    /// Returns what the cluster has logged until now, of every database.
    pub(crate) fn cluster_log(&self) -> String {
        std::fs::read_to_string(self.psql.socket.join("log")).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The cluster may be gone already, and its databases with it.
        let _ = self.psql.run(&[&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name)]);
    }
}

/// Speaks to a cluster through PostgreSQL's own client program, so that no async runtime is needed.
#[derive(Debug, Clone)]
struct Psql {
    program: PathBuf,
    socket: PathBuf,
}

impl Psql {
    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=5432&user=postgres&sslmode=disable", self.socket.display())
    }

    fn run(&self, statements: &[&str]) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.arg("--no-psqlrc").arg("--quiet").arg("--set=ON_ERROR_STOP=1").arg("--dbname").arg(self.url("postgres"));
        for statement in statements {
            command.arg("--command").arg(statement);
        }
        let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

fn new_home() -> TempDir {
    // Not TMPDIR: a socket's path is short, and user postgres must be able to walk to it.
    tempfile::Builder::new().prefix("oauth-registry-").tempdir_in("/tmp").unwrap()
}

fn shell_command(programs: &Programs, home: &Path) -> Command {
    let mut command = shell(home);
    command.arg("-c").arg(include_str!("postgres/cluster.sh")).arg("cluster.sh");
    command.arg(programs.path("initdb")).arg(programs.path("postgres")).arg(home);
    command
}

/// Makes a shell that is not root's, and a folder that belongs to it.
fn shell(home: &Path) -> Command {
    let owned_by_root = home.metadata().unwrap().uid() == 0;
    let mut command = if owned_by_root {
        // initdb, postgres and pgbouncer refuse to run as root.
        let status = Command::new("chown").args(["-R", "postgres"]).arg(home).status().unwrap();
        assert!(status.success(), "running as root needs a user `postgres` to run PostgreSQL");
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    // A group of its own: Ctrl-C ends the tests alone, and the shell lives on to clean up. `/`: user postgres may not enter ours.
    command.current_dir("/").process_group(0);
    command
}

fn wait_until_ready(pg_isready: &Path, socket: &Path, shell: &mut Child) -> Result<(), &'static str> {
    for _ in 0..1200 {
        let mut probe = Command::new(pg_isready);
        probe.arg("--quiet").arg("--port=5432").arg("--host").arg(socket).stdin(Stdio::null());
        if probe.status().unwrap().success() {
            return Ok(());
        }
        if shell.try_wait().unwrap().is_some() {
            return Err("ended while it was starting");
        }
        // Nothing announces that a server accepts connections; asking again is all there is.
        thread::sleep(Duration::from_millis(50));
    }
    Err("did not answer within a minute")
}
