//! Bringing the schema up to date, and refusing a database on which that cannot be done.
//!
//! What is missing is read first, without a lock and without a statement that changes anything: a role that may only read and write
//! rows can start on a schema that is up to date.

use std::collections::BTreeSet;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use crate::storage::Store;
use crate::storage::connect::{Backend, OpenError};
use crate::storage::error::StoreError;
use crate::storage::setting::read_text;

/// The advisory lock that keeps two processes from migrating one PostgreSQL database at once.
const MIGRATION_LOCK: i64 = 0x6f61_7574_6872_6567;

impl Store {
    /// Says whether the database has ever had a schema of ours.
    pub async fn has_schema(&self) -> Result<bool, StoreError> {
        let query = match self.backend {
            Backend::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 'seaql_migrations'",
            Backend::Postgres => "SELECT count(to_regclass('seaql_migrations'))::text",
        };
        Ok(read_text(&self.writer, query).await? != "0")
    }

    /// Brings the schema up to date, if anything is missing. On PostgreSQL two processes take turns.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        self.require_primary().await?;
        self.require_known_migrations().await?;
        if Migrator::get_pending_migrations_read_only(&self.writer).await.map_err(|error| failed(&error))?.is_empty() {
            return Ok(());
        }
        match self.backend {
            Backend::Sqlite => {
                // One transaction, so that a start that is cut off leaves no half of a schema, and two starts take turns.
                let tx = self.begin().await.map_err(|error| OpenError::Migrate(error.to_string()))?;
                Migrator::up(&tx.transaction, None).await.map_err(|error| failed(&error))?;
                tx.save().await.map_err(|error| OpenError::Migrate(error.to_string()))
            }
            Backend::Postgres => {
                let lock = self.writer.begin().await.map_err(|error| failed(&error))?;
                // The other process may take longer than a call may wait.
                let turn = format!(
                    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
                );
                lock.execute_unprepared(&turn).await.map_err(|error| failed(&error))?;
                // On the connection that holds the lock: the pool may have no other, and an idle transaction is ended.
                Migrator::up(&lock, None).await.map_err(|error| failed(&error))?;
                lock.commit().await.map_err(|error| failed(&error))
            }
        }
    }

    /// Refuses a server that only repeats what another one writes.
    async fn require_primary(&self) -> Result<(), OpenError> {
        if self.backend == Backend::Sqlite {
            return Ok(());
        }
        let in_recovery = read_text(&self.writer, "SELECT pg_is_in_recovery()::text").await;
        match in_recovery.map_err(|error| OpenError::Connect(error.to_string()))?.as_str() {
            "false" => Ok(()),
            _ => Err(OpenError::Standby),
        }
    }

    /// Refuses a schema that a newer release has changed: this one would read and write rows by rules that no longer hold.
    async fn require_known_migrations(&self) -> Result<(), OpenError> {
        let unknown = self.unknown_migrations().await.map_err(|error| OpenError::Migrate(error.to_string()))?;
        if unknown.is_empty() { Ok(()) } else { Err(OpenError::Newer(unknown.join(", "))) }
    }

    /// Lists the names of the migrations that were applied and that this build does not have.
    async fn unknown_migrations(&self) -> Result<Vec<String>, StoreError> {
        if !self.has_schema().await? {
            return Ok(Vec::new());
        }
        let known: BTreeSet<String> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        let query = "SELECT version FROM seaql_migrations ORDER BY version";
        let applied = self.writer.query_all_raw(Statement::from_string(self.writer.get_database_backend(), query)).await?;
        let names = applied.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<String>, DbErr>>()?;
        Ok(names.into_iter().filter(|name| !known.contains(name)).collect())
    }

    /// Takes the schema back to nothing; for the tests that prove every way back.
    pub async fn migrate_down(&self) -> Result<(), OpenError> {
        Migrator::down(&self.writer, None).await.map_err(|error| failed(&error))
    }
}

fn failed(error: &DbErr) -> OpenError {
    OpenError::Migrate(error.to_string())
}
