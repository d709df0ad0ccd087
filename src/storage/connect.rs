//! Opening the database with the settings that must be on, and a report of what is in force.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions, Postgres, Sqlite};
use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};

use crate::storage::Store;
use crate::storage::main_file::MainFile;
use crate::storage::observer::Observer;
use crate::storage::outage::Outage;
use crate::storage::pool::{PoolHealth, pool};
use crate::storage::postgres_session;
use crate::storage::setting::{SettingRule, read_settings};
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
    /// A pooler gives one session to several connections.
    #[error("the database is behind a pooler that gives one session to several connections: it must use pool_mode = session")]
    SharedSession,
    /// A setting that must be on is not.
    #[error("the database setting {name} is {value}, and {rule}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: SettingRule,
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
        let writer = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer);
        Ok(Self {
            backend: Backend::Sqlite,
            settings: Arc::new(read_settings(Backend::Sqlite, &writer).await?),
            file: Some(file),
            space: Some(Arc::new(Space::around(path))),
            writer,
            readers: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
            health,
            outage: Outage::default(),
            observer: Observer::default(),
        })
    }

    /// Opens a PostgreSQL database.
    pub async fn open_postgres(url: &str, connections: u32) -> Result<Self, OpenError> {
        let options = postgres_session::options(url)?;
        postgres_session::try_out(&options).await?;
        let health = PoolHealth::default();
        let pool =
            pool::<Postgres>(connections, &health).after_connect(|connection, _| Box::pin(postgres_session::set_up(connection)));
        let pool = pool.connect_with(options).await.map_err(|error| connect_error(&error))?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        let observer = Observer::default();
        Ok(Self {
            backend: Backend::Postgres,
            settings: Arc::new(read_settings(Backend::Postgres, &connection).await?),
            readers: connection.clone(),
            writer: connection,
            health,
            outage: Outage::default(),
            observer,
            file: None,
            space: None,
        })
    }
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
    OpenError::Connect(error.to_string())
}
