//! Sessions of PostgreSQL: how a connection is opened and what is set in its session, inside and outside of the pool.

use std::io;
use std::time::Duration;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{ConnectOptions, Connection as _, Error, Executor as _, PgConnection, Row as _};

use crate::storage::connect::OpenError;
use crate::storage::{Backend, Store, StoreError};

/// How long a connection outside of the pool may take, as long as a call waits for one of the pool.
const DIAL_TIMEOUT: Duration = Duration::from_secs(2);
/// How often one connection looks for what another one has set.
const ROUNDS: usize = 5;

/// What every session must have, whatever the role's and the database's defaults are. With READ COMMITTED a statement sees what others
/// committed while a lock was waited for.
const SET_UP: &str = "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; \
                      SET default_transaction_isolation = 'read committed'";
const READ_BACK: &str = "SELECT concat_ws(', ', current_setting('statement_timeout'), current_setting('lock_timeout'), \
                         current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_isolation'))";
const EXPECTED: &str = "5s, 2s, 10s, read committed";

/// Reads a URL. A pooler refuses a connection that begins with other parameters than it knows: nothing is set by one but the driver's
/// own and the name of the application.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Url)?;
    let options = options.extra_float_digits(None).disable_statement_logging();
    let is_named = options.get_application_name().is_some();
    Ok(if is_named { options } else { options.application_name("oauth-registry") })
}

/// Sets up a session, and demands that the next statement runs in it.
pub(super) async fn set_up(connection: &mut PgConnection) -> Result<(), Error> {
    connection.execute(SET_UP).await?;
    let found = read(connection, READ_BACK).await?.unwrap_or_default();
    if found == EXPECTED {
        return Ok(());
    }
    Err(Error::Configuration(
        format!(
            "the session does not keep its settings: they are {found} and not {EXPECTED}; a pooler must use pool_mode = session"
        )
        .into(),
    ))
}

/// Opens a connection outside of the pool, whose own error tells only that time has run out.
pub(super) async fn dial(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    let dialled = tokio::time::timeout(DIAL_TIMEOUT, async {
        let mut connection = options.connect().await?;
        set_up(&mut connection).await?;
        Ok(connection)
    });
    dialled.await.unwrap_or_else(|_| Err(Error::Io(io::Error::new(io::ErrorKind::TimedOut, "no answer in time"))))
}

/// Opens a connection and ends it, so that whatever is wrong with the server, or with a pooler before it, is told at the start.
pub(super) async fn try_out(options: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = dial(options).await.map_err(|error| OpenError::Connect(error.to_string()))?;
    // Without a second connection, or without an answer in time, nothing is found: the pool may do with one.
    let found = tokio::time::timeout(DIAL_TIMEOUT, is_shared(&mut connection, options)).await;
    if matches!(found, Ok(Ok(true))) {
        return Err(OpenError::SharedSession);
    }
    connection.close().await.map_err(|error| OpenError::Connect(error.to_string()))
}

impl Store {
    /// Finds out why PostgreSQL gave no answer: a connection outside of the pool tells what the pool keeps to itself while it tries again.
    /// Contains no secret. SQLite's own checks tell their causes themselves.
    pub async fn explain(&self, failure: Option<&StoreError>) -> Option<String> {
        if self.backend == Backend::Sqlite {
            return None;
        }
        let pool = self.writer.get_postgres_connection_pool();
        match dial(&pool.connect_options()).await {
            Err(error) => Some(error.to_string()),
            Ok(connection) => {
                drop(connection);
                let all_in_use = pool.num_idle() == 0 && pool.size() >= pool.options().get_max_connections();
                Some(match failure {
                    _ if all_in_use => format!("all {} connections of the pool are in use", pool.size()),
                    Some(failure) => failure.to_string(),
                    None => "a statement takes too long".to_owned(),
                })
            }
        }
    }
}

/// Says whether another connection ever reads what was set in the session of this one.
async fn is_shared(connection: &mut PgConnection, options: &PgConnectOptions) -> Result<bool, Error> {
    let mut other = options.connect().await?;
    let mut values = Vec::new();
    for _ in 0..ROUNDS {
        values.push(read(connection, "SELECT set_config('oauth_registry.session', gen_random_uuid()::text, false)").await?);
        let seen = read(&mut other, "SELECT current_setting('oauth_registry.session', true)").await?;
        if seen.is_some() && values.contains(&seen) {
            return Ok(true);
        }
    }
    other.close().await?;
    Ok(false)
}

/// Reads one text without a prepared statement, which a pooler may not find again.
async fn read(connection: &mut PgConnection, query: &'static str) -> Result<Option<String>, Error> {
    connection.fetch_one(query).await?.try_get(0)
}
