//! Rows in and out of SQLite or PostgreSQL.
//!
//! Knows tables and transactions. Must not know gRPC, or who may do what: every query takes a [`crate::authz::TenantScope`], which only
//! a permit can make, and begins with its tenants (`scope.rs`). Absence is `None`, never an error.
//!
//! How to add a resource: a migration, a row shape in `entity/`, a line in `scope.rs` and, if it is listed, in `page.rs`, and a file
//! here with its queries and the conversion of its row. Reads are methods of [`Reader`], writes of [`Tx`]; a transaction ends only with the event that tells of it.

mod api_key;
mod caller;
mod connect;
mod connection;
mod deletion;
mod entity;
mod error;
mod event;
mod holder;
mod key;
mod log;
mod login;
mod main_file;
mod migrate;
mod name_key;
mod oauth_app;
mod observer;
mod outage;
mod page;
mod pool;
mod postgres_route;
mod postgres_session;
mod request;
mod role;
mod row;
mod scope;
mod secret;
mod setting;
mod space;
mod tenant;
mod user;

use std::sync::Arc;

use sea_orm::sea_query::ArrayType;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait, Value,
};

pub use self::api_key::ApiKeyFilter;
pub use self::caller::{KeyFacts, LoginFacts, UserName};
pub use self::connect::{Backend, OpenError};
use self::connection::{Connection, is_broken};
pub use self::error::StoreError;
pub use self::event::EventFilter;
pub use self::key::{NewTenantKey, StoredTenantKey};
pub use self::login::CountedLogins;
use self::main_file::MainFile;
pub use self::name_key::{Collision, NameKeyError};
pub use self::oauth_app::OauthAppFilter;
pub use self::observer::{ExecutedStatement, StatementObserver};
use self::outage::Outage;
pub use self::page::PageAt;
use self::pool::PoolHealth;
pub use self::postgres_route::is_exposed;
pub use self::request::{RecordedSecret, RequestName, RequestRecord};
use self::scope::Within;
pub use self::secret::{NewSecret, SecretOwner, StoredSecret};
pub use self::setting::{SettingRule, SettingsReport};
use self::space::Space;
pub use self::tenant::Administrator;
use crate::authz::TenantScope;
use crate::domain::event::Event;
use crate::storage::observer::{Ending, Observer};
use uuid::Uuid;

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    backend: Backend,
    settings: Arc<SettingsReport>,
    readers: DatabaseConnection,
    writer: DatabaseConnection,
    health: PoolHealth,
    outage: Outage,
    observer: Observer,
    file: Option<Arc<MainFile>>,
    space: Option<Arc<Space>>,
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
    health: PoolHealth,
    ending: Ending,
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

/// Takes turns in the order of the bound list, whose rows are produced and evaluated one after the other.
const TAKE_TURNS: &str = "SELECT CASE WHEN alone THEN pg_advisory_xact_lock(number) ELSE pg_advisory_xact_lock_shared(number) END \
     FROM unnest($1, $2) AS turn (number, alone)";

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
        Reader { connection: Connection::new(&self.readers, &self.health) }
    }

    /// Begins a transaction; on SQLite it is the only writer from here on.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.space.as_ref().map_or(Ok(()), |space| space.check())?;
        self.begin_in_reserve().await
    }

    /// Begins a transaction though the room that is left is kept for what must be written all the same.
    pub(in crate::storage) async fn begin_in_reserve(&self) -> Result<Tx, StoreError> {
        self.check_file()?;
        let transaction = match self.try_begin().await {
            // Nothing is lost with a connection that was dead before the transaction.
            Err(error) if is_broken(&error) => self.try_begin().await,
            outcome => outcome,
        };
        Ok(Tx { transaction: transaction?, health: self.health.clone(), ending: self.observer.ending() })
    }

    async fn try_begin(&self) -> Result<DatabaseTransaction, DbErr> {
        // The isolation level of PostgreSQL is set for the session, which costs no statement here.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begin = if self.backend == Backend::Postgres { "BEGIN" } else { "BEGIN IMMEDIATE" };
        let outcome = self.observer.tell(begin, self.writer.begin_with_options(options)).await;
        outcome.inspect_err(|error| self.health.note(error))
    }

    /// Writes outside a transaction.
    fn writing(&self) -> Connection<'_> {
        Connection::new(&self.writer, &self.health)
    }

    /// Closes every connection, here and in every copy; a SQLite file is left without a log of writes beside it.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close().await?;
        Ok(self.writer.close().await?)
    }

    /// Asks the database for a sign of life, and demands room to write.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.check_file()?;
        self.space.as_ref().map_or(Ok(()), |space| space.look())?;
        // A statement that reads no table would succeed on a SQLite file that is gone.
        let sql = "SELECT 1 FROM seaql_migrations LIMIT 1";
        let connection = Connection::new(&self.readers, &self.health);
        match self.observer.tell(sql, connection.execute_unprepared(sql)).await {
            // Dead connections are no sign of a dead database: from the first error on the pool tries out the others.
            Err(error) if is_broken(&error) => self.observer.tell(sql, connection.execute_unprepared(sql)).await?,
            outcome => outcome?,
        };
        Ok(())
    }

    /// Takes notice of what a call or other work failed by: without room, health has to know, and the log of a database that is away or
    /// full, at most once a second.
    pub fn note(&self, failure: &StoreError) {
        if let (StoreError::Full(_), Some(space)) = (failure, &self.space) {
            space.note_full();
        }
        if failure.is_outage() {
            self.outage.note(failure);
        }
    }

    /// Demands that a SQLite file is still where it was opened.
    fn check_file(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check())
    }
}

impl Reader<'_> {
    fn within<'scope>(&self, scope: &'scope TenantScope) -> Within<'scope> {
        Within::new(&self.connection, scope)
    }
}

impl Tx {
    fn within<'scope>(&self, scope: &'scope TenantScope) -> Within<'scope> {
        Within::new(&self.connection(), scope)
    }

    /// Reads inside the transaction.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: self.connection() }
    }

    /// Writes a further event, of a change that has more than one.
    pub async fn also(&self, log: &TenantScope, event: &Event) -> Result<(), StoreError> {
        self.insert_event(log, event).await
    }

    /// Writes the event and commits: what is not told of does not happen. `log` is the scope of the tenants whose events are written.
    pub async fn commit(self, log: &TenantScope, event: &Event) -> Result<Committed, StoreError> {
        self.insert_event(log, event).await?;
        self.save().await?;
        Ok(Committed(()))
    }

    /// Does everything that [`Tx::commit`] would, and then leaves nothing behind.
    pub async fn rehearse(self, log: &TenantScope, event: &Event) -> Result<(), StoreError> {
        self.insert_event(log, event).await?;
        let Self { transaction, health, ending } = self;
        let ended = ending.by("ROLLBACK", transaction.rollback()).await;
        Ok(ended.inspect_err(|error| health.note(error))?)
    }

    /// Commits what nobody is told of.
    async fn save(self) -> Result<(), StoreError> {
        let Self { transaction, health, ending } = self;
        let ended = ending.by("COMMIT", transaction.commit()).await;
        Ok(ended.inspect_err(|error| health.note(error))?)
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
        let (numbers, alone): (Vec<Value>, Vec<Value>) =
            turns.into_iter().map(|(id, how)| (turn(id).into(), (how == Turn::Alone).into())).unzip();
        // SQLite has one writer at a time, and this transaction is it.
        if self.transaction.get_database_backend() == DbBackend::Postgres && !numbers.is_empty() {
            let lists = [(ArrayType::BigInt, numbers), (ArrayType::Bool, alone)];
            let lists = lists.map(|(kind, values)| Value::Array(kind, Some(Box::new(values))));
            self.connection().execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, TAKE_TURNS, lists)).await?;
        }
        Ok(())
    }

    fn connection(&self) -> Connection<'_> {
        Connection::new(&self.transaction, &self.health)
    }
}
