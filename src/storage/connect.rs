//! Opening the database with the settings that must be on, and a report of what is in force.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions, Executor as _, PgConnection, Postgres, Sqlite};
use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector, Statement};

use crate::storage::Store;
use crate::storage::error::StoreError;
use crate::storage::main_file::MainFile;
use crate::storage::observer::Observer;
use crate::storage::outage::Outage;
use crate::storage::pool::{PoolHealth, pool};
use crate::storage::space::Space;

/// How many read-only connections SQLite gets.
const SQLITE_READERS: u32 = 8;
/// How long a SQLite statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// An embedded SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The SQLite file could not be opened or made.
    #[error("cannot open the database file: {0}")]
    File(#[from] std::io::Error),
    /// Others than the owner have a right to the SQLite file.
    #[error("others can read or write {0}: take their rights away (chmod 600)")]
    OpenToOthers(String),
    /// The URL is not one of PostgreSQL's.
    #[error("database_url: not understood")]
    Url,
    /// The database does not let us in or does not answer.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// A setting that must be on is not.
    #[error("the database setting {name} is {value}, and must not be")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database: {0}")]
    Migrate(String),
    /// A newer release has changed the schema.
    #[error("the schema is newer than this release, which does not know the migrations {0}: start the release that made them")]
    Newer(String),
    /// The server only repeats what another one writes.
    #[error("the database server is a hot standby, which takes no writes: connect to its primary")]
    Standby,
}

/// The settings that are in force, each with its value.
pub type SettingsReport = Vec<(&'static str, String)>;

impl Store {
    /// Opens, and makes if need be, a SQLite file that only its owner can read.
    pub async fn open_sqlite(path: &Path) -> Result<Self, OpenError> {
        Self::open_sqlite_file(path, OpenOptions::new().create(true).mode(0o600)).await
    }

    /// Opens a SQLite file that is there.
    pub async fn open_existing_sqlite(path: &Path) -> Result<Self, OpenError> {
        Self::open_sqlite_file(path, &mut OpenOptions::new()).await
    }

    async fn open_sqlite_file(path: &Path, how: &mut OpenOptions) -> Result<Self, OpenError> {
        // SQLite gives its -wal and -shm files the mode of the main file.
        // Closed before SQLite opens the file: whoever closes a file drops all locks that the process has on it, SQLite's too.
        let opened = how.append(true).open(path)?.metadata()?;
        if opened.mode() & 0o077 != 0 {
            return Err(OpenError::OpenToOthers(path.display().to_string()));
        }
        let file = Arc::new(MainFile::new(path, &opened));
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("secure_delete", "ON")
            .disable_statement_logging();
        let health = PoolHealth::default();
        let writer = sqlite_pool(1, &health, &file).connect_with(options.clone()).await.map_err(|error| connect_error(&error))?;
        let readers = sqlite_pool(SQLITE_READERS, &health, &file).connect_lazy_with(options.read_only(true));
        Ok(Self {
            backend: Backend::Sqlite,
            file: Some(file),
            space: Some(Arc::new(Space::around(path))),
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            readers: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
            health,
            outage: Outage::default(),
            observer: Observer::default(),
        })
    }

    /// Opens a PostgreSQL database.
    pub async fn open_postgres(url: &str, connections: u32) -> Result<Self, OpenError> {
        let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Url)?;
        let options = options.application_name("oauth-registry").disable_statement_logging();
        let health = PoolHealth::default();
        let pool = pool::<Postgres>(connections, &health).after_connect(|connection, _| Box::pin(set_up_session(connection)));
        let pool = pool.connect_with(options).await.map_err(|error| connect_error(&error))?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        let observer = Observer::default();
        Ok(Self {
            backend: Backend::Postgres,
            readers: connection.clone(),
            writer: connection,
            health,
            outage: Outage::default(),
            observer,
            file: None,
            space: None,
        })
    }

    /// Reads the settings that are in force, and refuses those of ours under which an acknowledged change could be lost. Whether
    /// PostgreSQL calls `fsync` is its operator's decision; it is reported.
    pub async fn verify_settings(&self) -> Result<SettingsReport, OpenError> {
        let (names, queries): (&[&'static str], fn(&str) -> String) = match self.backend {
            Backend::Sqlite => (&["journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout"], |name| {
                format!("PRAGMA {name}")
            }),
            Backend::Postgres => (
                &["fsync", "synchronous_commit", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"],
                |name| format!("SELECT current_setting('{name}')"),
            ),
        };
        let mut report = Vec::new();
        for name in names {
            let value = read_text(&self.writer, &queries(name)).await.map_err(|error| OpenError::Connect(error.to_string()))?;
            let lossy = match (*name, value.as_str()) {
                ("journal_mode", mode) => mode != "wal",
                ("synchronous", level) => level != "2",
                ("foreign_keys" | "secure_delete", on) => on != "1",
                ("synchronous_commit", mode) => mode == "off",
                _ => false,
            };
            if lossy {
                return Err(OpenError::Setting { name, value });
            }
            report.push((*name, value));
        }
        if self.backend == Backend::Sqlite {
            let version = read_text(&self.writer, "SELECT sqlite_version()").await;
            report.push(("sqlite_version", version.map_err(|error| OpenError::Connect(error.to_string()))?));
        }
        Ok(report)
    }
}

/// Sets what every session must have, whatever the role's and the database's defaults are. With READ COMMITTED a statement sees what
/// others committed while a lock was waited for.
async fn set_up_session(connection: &mut PgConnection) -> Result<(), sea_orm::sqlx::Error> {
    let settings = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; \
                    SET default_transaction_isolation = 'read committed'";
    connection.execute(settings).await.map(drop)
}

/// Reads the one text, or number, that a query returns.
pub(super) async fn read_text(connection: &DatabaseConnection, query: &str) -> Result<String, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await?.ok_or(StoreError::Stale)?;
    // SQLite answers some pragmas with a number.
    let text = row.try_get_by_index::<String>(0);
    Ok(text.or_else(|_| row.try_get_by_index::<i64>(0).map(|number| number.to_string()))?)
}

/// Sets up a pool whose connections are to one file, and commit to that file alone.
fn sqlite_pool(connections: u32, health: &PoolHealth, file: &Arc<MainFile>) -> PoolOptions<Sqlite> {
    let file = file.clone();
    pool::<Sqlite>(connections, health).after_connect(move |connection, _| {
        let file = file.clone();
        Box::pin(async move {
            file.check().map_err(|error| sea_orm::sqlx::Error::Io(std::io::Error::other(error)))?;
            connection.lock_handle().await?.set_commit_hook(move || file.check().is_ok());
            Ok(())
        })
    })
}

fn connect_error(error: &sea_orm::sqlx::Error) -> OpenError {
    if matches!(error, sea_orm::sqlx::Error::Configuration(_)) { OpenError::Url } else { OpenError::Connect(error.to_string()) }
}
