//! Telling an observer of every statement that runs.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbErr, Value};

use crate::storage::Store;

/// A statement that ran.
///
/// The values may be sealed bytes and names of people, never secrets in the clear. They are there for whoever asks the database for a
/// plan; they must not be logged, and `Debug` does not show them.
pub struct ExecutedStatement<'a> {
    /// The text, with placeholders for the values.
    pub sql: &'a str,
    /// The values of the placeholders, in their order.
    pub values: &'a [Value],
    /// How long it took; of a `BEGIN`, the wait for a connection included. Zero for a `ROLLBACK` that was left to the connection.
    pub elapsed: Duration,
    /// Whether the database refused it.
    pub failed: bool,
}

impl fmt::Debug for ExecutedStatement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sql, values: _, elapsed, failed } = self;
        f.debug_struct("ExecutedStatement")
            .field("sql", sql)
            .field("elapsed", elapsed)
            .field("failed", failed)
            .finish_non_exhaustive()
    }
}

/// Whoever is told of statements. Called on the task that ran the statement, after it: it must not block.
pub type StatementObserver = Arc<dyn Fn(&ExecutedStatement<'_>) + Send + Sync>;

/// An observer, if there is one.
#[derive(Clone, Default)]
pub(super) struct Observer(Option<StatementObserver>);

/// The end of a transaction, of which is told once: as `ROLLBACK`, unless it ended otherwise.
#[derive(Debug)]
pub(super) struct Ending {
    observer: Observer,
    open: bool,
}

impl Store {
    /// Tells an observer of every statement that this store runs from now on, and no other copy that is there already. Each of `BEGIN`,
    /// `COMMIT` and `ROLLBACK` is a statement. Migrations are not told of in full.
    #[must_use]
    pub fn observed(mut self, observer: StatementObserver) -> Self {
        for pool in [&mut self.readers, &mut self.writer] {
            tell_of_prepared(pool, observer.clone());
        }
        self.observer = Observer(Some(observer));
        self
    }
}

/// Has SeaORM tell of what it prepares, inside transactions too. Of all else our own code tells.
fn tell_of_prepared(pool: &mut DatabaseConnection, observer: StatementObserver) {
    pool.set_metric_callback(move |info| {
        let values = info.statement.values.as_ref().map_or(&[][..], |values| values.0.as_slice());
        observer(&ExecutedStatement { sql: &info.statement.sql, values, elapsed: info.elapsed, failed: info.failed });
    });
}

impl Observer {
    /// Runs a statement of which SeaORM does not tell.
    pub(super) async fn tell<T, E>(&self, sql: &str, run: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let Some(observer) = &self.0 else { return run.await };
        let start = Instant::now();
        let outcome = run.await;
        observer(&ExecutedStatement { sql, values: &[], elapsed: start.elapsed(), failed: outcome.is_err() });
        outcome
    }

    /// Tells of a statement that ran as part of another, or will be run by the connection.
    pub(super) fn told(&self, sql: &str) {
        if let Some(observer) = &self.0 {
            observer(&ExecutedStatement { sql, values: &[], elapsed: Duration::ZERO, failed: false });
        }
    }

    /// Begins to watch over the end of a transaction.
    pub(super) fn ending(&self) -> Ending {
        Ending { observer: self.clone(), open: true }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "None" })
    }
}

impl Ending {
    /// Ends the transaction; refused, it is rolled back when it is dropped.
    pub(super) async fn by(mut self, sql: &str, run: impl Future<Output = Result<(), DbErr>>) -> Result<(), DbErr> {
        let outcome = self.observer.tell(sql, run).await;
        self.open = outcome.is_err();
        outcome
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.open {
            self.observer.told("ROLLBACK");
        }
    }
}
