//! What a statement costs on SQLite: its plan, and the steps of the virtual machine that runs it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, SqlxSqliteConnector, Statement, TransactionTrait, Values};

use super::judge::{Allowance, is_done_already};
use super::rows::GROWING;
use crate::harness::statements::Recorded;

/// The steps that visiting one row may take: finding it takes some ten, and each column that is read one more.
const STEPS_FOR_EACH_ROW: u64 = 60;
/// The steps that a statement may take before and after its rows: opening what it writes, checking foreign keys.
const STEPS_FOR_EACH_STATEMENT: u64 = 500;
/// Every how many steps SQLite calls back.
const RESOLUTION: i32 = 10;

/// One connection that counts the steps of its statements.
pub(super) struct Steps {
    connection: DatabaseConnection,
    counted: Arc<AtomicU64>,
}

impl Steps {
    pub(super) async fn open(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).foreign_keys(true).synchronous(SqliteSynchronous::Off);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let counted = Arc::new(AtomicU64::new(0));
        let callback = counted.clone();
        let mut connection = pool.acquire().await.unwrap();
        connection.lock_handle().await.unwrap().set_progress_handler(RESOLUTION, move || {
            callback.fetch_add(1, Ordering::SeqCst);
            true
        });
        drop(connection);
        Self { connection: SqlxSqliteConnector::from_sqlx_sqlite_pool(pool), counted }
    }

    /// Lets SQLite measure its tables.
    pub(super) async fn analyze(&self) {
        self.connection.execute_unprepared("ANALYZE").await.unwrap();
    }

    /// Says what is too much about a statement.
    pub(super) async fn faults(&self, statement: &Recorded, allowance: Allowance) -> Vec<String> {
        let plan = self.plan(statement).await;
        let steps = self.steps(statement).await;
        let most = STEPS_FOR_EACH_STATEMENT + STEPS_FOR_EACH_ROW * (allowance.rows + allowance.tenants);
        let scans = plan.iter().filter(|line| scans_a_table(line, &statement.sql));
        // The rows of a subquery are read from one end to the other under the subquery's name, which may be a table's.
        let subqueries = plan.iter().filter(|line| is_subquery(line)).count();
        let scans = scans.skip(subqueries).map(|line| format!("reads a whole table: {line}"));
        let slow = (steps > most).then(|| format!("takes {steps} steps, at most {most}: {}", plan.join("; ")));
        scans.chain(slow).collect()
    }

    /// The lines of the plan.
    async fn plan(&self, statement: &Recorded) -> Vec<String> {
        let rows = self.connection.query_all_raw(prepared("EXPLAIN QUERY PLAN ", statement)).await;
        rows.unwrap_or_else(|error| panic!("{}: {error}", statement.sql))
            .iter()
            .map(|row| row.try_get("", "detail").unwrap())
            .collect()
    }

    /// The steps of the statement, which is taken back.
    pub(super) async fn steps(&self, statement: &Recorded) -> u64 {
        let transaction = self.connection.begin().await.unwrap();
        self.counted.store(0, Ordering::SeqCst);
        if let Err(error) = transaction.query_all_raw(prepared("", statement)).await {
            assert!(is_done_already(&error), "{}: {error}", statement.sql);
        }
        let counted = self.counted.load(Ordering::SeqCst);
        transaction.rollback().await.unwrap();
        counted * u64::try_from(RESOLUTION).unwrap()
    }
}

fn prepared(before: &str, statement: &Recorded) -> Statement {
    let sql = format!("{before}{}", statement.sql);
    Statement { sql, values: Some(Values(statement.values.clone())), db_backend: DbBackend::Sqlite }
}

/// Says whether a line of a plan begins a subquery that has the name of a growing table.
fn is_subquery(line: &str) -> bool {
    let name = line.strip_prefix("CO-ROUTINE ").or_else(|| line.strip_prefix("MATERIALIZE "));
    name.is_some_and(|name| GROWING.contains(&name))
}

/// Says whether a line of a plan reads a growing table from one end to the other, and not by an index whose steps are counted.
fn scans_a_table(line: &str, sql: &str) -> bool {
    let Some(name) = line.strip_prefix("SCAN ").filter(|rest| !rest.contains(" USING ")) else { return false };
    let name = name.split(' ').next().unwrap_or(name);
    let is_alias =
        |table: &str| sql.contains(&format!("\"{table}\" AS \"{name}\"")) || sql.contains(&format!("{table} AS {name}"));
    GROWING.iter().any(|table| *table == name || is_alias(table))
}
