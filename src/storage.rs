//! Rows in and out of SQLite or PostgreSQL.
//!
//! Knows tables and transactions. Must not know gRPC, or who may do what: every query takes a [`crate::authz::TenantScope`], which only
//! a permit can make, and begins with its tenants (`scope.rs`). Absence is `None`, never an error.
//!
//! How to add a resource: a migration, a row shape in `entity/`, a line in `scope.rs`, and a file here with its queries and the
//! conversion of its row. Reads are methods of [`Reader`], writes of [`Tx`]; a transaction ends only with the event that tells of it.

mod api_key;
mod connect;
mod deletion;
mod entity;
mod error;
mod event;
mod holder;
mod key;
mod log;
mod login;
mod name_key;
mod oauth_app;
mod page;
mod request;
mod role;
mod row;
mod scope;
mod secret;
mod tenant;
mod user;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, DbBackend, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

pub use self::api_key::{ApiKeyFilter, StoredKeyFacts, StoredUserFacts};
pub use self::connect::{Backend, OpenError, SettingsReport};
pub use self::error::StoreError;
pub use self::event::EventFilter;
pub use self::key::{NewTenantKey, StoredTenantKey};
pub use self::login::{CountedLogins, StoredLogin};
pub use self::name_key::{Collision, NameKeyError};
pub use self::oauth_app::OauthAppFilter;
pub use self::page::PageAt;
pub use self::request::{RecordedSecret, RequestName, RequestRecord};
pub use self::secret::{NewSecret, SecretOwner, StoredSecret};
pub use self::tenant::Administrator;
use crate::domain::event::Event;
use uuid::Uuid;

/// A pool or a running transaction.
pub(crate) type Connection<'a> = DatabaseExecutor<'a>;

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    readers: DatabaseConnection,
    writer: DatabaseConnection,
}

/// Reads rows, inside a transaction or outside.
#[derive(Debug)]
pub struct Reader<'a> {
    connection: Connection<'a>,
}

/// A running transaction; dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Tx {
    transaction: DatabaseTransaction,
}

/// The proof that a transaction was committed.
#[derive(Debug)]
pub struct Committed(());

/// How a transaction takes its turn at a user, a role or a tenant. Nobody passes anybody who waits: row locks would let them, and a
/// flood of calls could keep its own end waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// With others, as long as nothing is taken away.
    Shared,
    /// Alone, since something is taken away.
    Alone,
}

impl Turn {
    const fn function(self) -> &'static str {
        match self {
            Self::Shared => "pg_advisory_xact_lock_shared",
            Self::Alone => "pg_advisory_xact_lock",
        }
    }
}

/// Returns the number by which users and tenants take turns: 64 random bits of the id. Two ids of one number wait for each other.
fn turn(id: Uuid) -> i64 {
    let (_, low) = id.as_u64_pair();
    low.cast_signed()
}

impl Store {
    /// Returns which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Reads outside a transaction.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: Connection::from(&self.readers) }
    }

    /// Begins a transaction; on SQLite it is the only writer from here on.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        // On PostgreSQL each statement must see what others committed while a turn was waited for, whatever the role's default is.
        let postgres = self.backend == Backend::Postgres;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            isolation_level: postgres.then_some(IsolationLevel::ReadCommitted),
            ..TransactionOptions::default()
        };
        Ok(Tx { transaction: self.writer.begin_with_options(options).await? })
    }

    /// Closes every connection, here and in every copy; a SQLite file is left without a log of writes beside it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await?;
        Ok(self.writer.close().await?)
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), StoreError> {
        // A statement that reads no table would succeed on a SQLite file that is gone.
        self.readers.execute_unprepared("SELECT 1 FROM seaql_migrations LIMIT 1").await?;
        Ok(())
    }
}

impl Tx {
    /// Reads inside the transaction.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: self.connection() }
    }

    /// Writes a further event, of a change that has more than one.
    pub async fn also(&self, event: &Event) -> Result<(), StoreError> {
        self.insert_event(event).await
    }

    /// Writes the event and commits: what is not told of does not happen.
    pub async fn commit(self, event: &Event) -> Result<Committed, StoreError> {
        self.insert_event(event).await?;
        self.transaction.commit().await?;
        Ok(Committed(()))
    }

    /// Does everything that [`Tx::commit`] would, and then leaves nothing behind.
    pub async fn rehearse(self, event: &Event) -> Result<(), StoreError> {
        self.insert_event(event).await?;
        self.transaction.rollback().await?;
        Ok(())
    }

    /// Keeps what these users, roles and tenants hold from being taken away until the transaction ends.
    pub async fn share(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        self.take_turns(ids.iter().map(|id| (*id, Turn::Shared))).await
    }

    /// Waits until nobody shares a user, role or tenant any more, and keeps others out until the transaction ends.
    pub async fn exclude(&self, id: Uuid) -> Result<(), StoreError> {
        self.take_turns([(id, Turn::Alone)]).await
    }

    /// Takes several turns, one after the other in the order that is given.
    pub async fn take_turns(&self, turns: impl IntoIterator<Item = (Uuid, Turn)>) -> Result<(), StoreError> {
        let calls: Vec<String> = turns.into_iter().map(|(id, how)| format!("{}({})", how.function(), turn(id))).collect();
        // SQLite has one writer at a time, and this transaction is it.
        if self.transaction.get_database_backend() == DbBackend::Postgres && !calls.is_empty() {
            self.transaction.execute_unprepared(&format!("SELECT {}", calls.join(", "))).await?;
        }
        Ok(())
    }

    fn connection(&self) -> Connection<'_> {
        Connection::from(&self.transaction)
    }
}
