//! The connection that queries run on. It tries a read once more when its connection was dead, and tells the pool what errors say about
//! the other connections.

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::sqlx;
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};

use crate::storage::pool::PoolHealth;

/// A pool or a running transaction.
#[derive(Debug)]
pub(crate) struct Connection<'a> {
    executor: DatabaseExecutor<'a>,
    health: &'a PoolHealth,
}

impl<'a> Connection<'a> {
    /// Runs queries on a pool or in a transaction.
    pub(super) fn new(executor: impl Into<DatabaseExecutor<'a>>, health: &'a PoolHealth) -> Self {
        Self { executor: executor.into(), health }
    }

    fn noted<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        outcome.inspect_err(|error| self.health.note(error))
    }

    /// Says whether a failed statement may run once more: a read outside of a transaction, on a connection that was dead. A write may
    /// have been done, and a transaction is gone with its connection.
    fn may_repeat(&self, statement: &Statement, error: &DbErr) -> bool {
        matches!(self.executor, DatabaseExecutor::Connection(_)) && statement.sql.starts_with("SELECT") && is_broken(error)
    }
}

#[async_trait]
impl ConnectionTrait for Connection<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.executor.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.noted(self.executor.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.noted(self.executor.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.noted(self.executor.query_one_raw(statement.clone()).await) {
            Err(error) if self.may_repeat(&statement, &error) => self.noted(self.executor.query_one_raw(statement).await),
            outcome => outcome,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.noted(self.executor.query_all_raw(statement.clone()).await) {
            Err(error) if self.may_repeat(&statement, &error) => self.noted(self.executor.query_all_raw(statement).await),
            outcome => outcome,
        }
    }
}

/// Says whether the connection was dead: closed by the other end, or ended by the server.
pub(super) fn is_broken(error: &DbErr) -> bool {
    match driver_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => true,
        Some(sqlx::Error::Database(_)) => code(error).is_some_and(|code| {
            // Connection exceptions; ended by an administrator, after a crash, while the server starts, or for idling.
            code.starts_with("08") || ["57P01", "57P02", "57P03", "57P05", "25P03"].contains(&code.as_str())
        }),
        _ => false,
    }
}

/// Returns the code that the database itself gave.
pub(super) fn code(error: &DbErr) -> Option<String> {
    driver_error(error)?.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// Says whether the driver could not read what the database answered.
pub(super) fn is_undecodable(error: &DbErr) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnIndexOutOfBounds, ColumnNotFound, Decode, TypeNotFound};
    matches!(
        driver_error(error),
        Some(Decode(_) | ColumnDecode { .. } | ColumnIndexOutOfBounds { .. } | ColumnNotFound(_) | TypeNotFound { .. })
    )
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause))
    | DbErr::Query(RuntimeErr::SqlxError(cause))
    | DbErr::Conn(RuntimeErr::SqlxError(cause))) = error
    else {
        return None;
    };
    Some(cause)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::{Database, TransactionTrait as _};

    use super::*;

    fn failed(cause: sqlx::Error) -> DbErr {
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(cause)))
    }

    #[tokio::test]
    async fn only_a_read_outside_of_a_transaction_on_a_dead_connection_runs_once_more() {
        let (pool, health) = (Database::connect("sqlite::memory:").await.unwrap(), PoolHealth::default());
        let dead = failed(sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into()));
        let statement = |sql: &str| Statement::from_string(DbBackend::Sqlite, sql);
        let connection = Connection::new(&pool, &health);
        assert!(connection.may_repeat(&statement("SELECT 1"), &dead));
        assert!(!connection.may_repeat(&statement("SELECT 1"), &failed(sqlx::Error::RowNotFound)));
        for write in ["INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "COMMIT"] {
            assert!(!connection.may_repeat(&statement(write), &dead), "{write}");
        }
        let transaction = pool.begin().await.unwrap();
        assert!(!Connection::new(&transaction, &health).may_repeat(&statement("SELECT 1"), &dead));
    }
}
