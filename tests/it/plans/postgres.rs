//! What a statement costs on PostgreSQL: the rows and pages that its plan visits when it runs.

use sea_orm::sqlx::Row as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement, TransactionTrait, Values,
};
use serde_json::Value;

use super::judge::{Allowance, is_done_already};
use crate::harness::statements::Recorded;

/// The pages that a scan may read for each row that it visits: the row's, and some of the index on the way there.
const PAGES_FOR_EACH_ROW: u64 = 8;
/// The pages that a scan may read besides.
const PAGES_FOR_EACH_SCAN: u64 = 40;

/// One connection that asks for plans.
pub(super) struct Plans {
    connection: DatabaseConnection,
}

/// What a plan costs.
#[derive(Debug, Default)]
struct Cost {
    /// The rows that scans visited, with the nodes that visited them.
    visited: u64,
    scans: Vec<String>,
    /// The most rows that one sort took in.
    sorted: u64,
    /// The scans that read more pages than their rows explain: entries of an index that no row came of.
    wasteful: Vec<String>,
}

impl Plans {
    pub(super) async fn open(url: &str) -> Self {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Self { connection: Database::connect(options).await.unwrap() }
    }

    /// Says what is too much about a statement.
    pub(super) async fn faults(&self, statement: &Recorded, allowance: Allowance) -> Vec<String> {
        let mut cost = Cost::default();
        cost.add(&self.plan(statement).await, allowance);
        let Cost { visited, scans, sorted, wasteful } = cost;
        let most = allowance.rows;
        let visits = (visited > most).then(|| format!("visits {visited} rows, at most {most}: {}", scans.join("; ")));
        let sorts = (sorted > most).then(|| format!("sorts {sorted} rows, at most {most}"));
        visits.into_iter().chain(sorts).chain(wasteful).collect()
    }

    /// The plan of the statement, which runs and is taken back. Where it cannot run a second time, since what it inserts is there
    /// already, the database's estimate is all there is.
    async fn plan(&self, statement: &Recorded) -> Value {
        let mut plan = self.explain("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ", statement).await;
        if plan.as_ref().is_err_and(is_done_already) {
            plan = self.explain("EXPLAIN (FORMAT JSON) ", statement).await;
        }
        plan.unwrap_or_else(|error| panic!("{}: {error}", statement.sql))
    }

    async fn explain(&self, before: &str, statement: &Recorded) -> Result<Value, DbErr> {
        let sql = format!("{before}{}", statement.sql);
        let prepared = Statement { sql, values: Some(Values(statement.values.clone())), db_backend: DbBackend::Postgres };
        let transaction = self.connection.begin().await?;
        let row = transaction.query_one_raw(prepared).await;
        transaction.rollback().await?;
        let row = row?.expect("a plan is a row");
        let text: String = row.try_as_pg_row().unwrap().try_get_unchecked(0).unwrap();
        let plans: Value = serde_json::from_str(&text).unwrap();
        Ok(plans[0]["Plan"].clone())
    }
}

impl Cost {
    /// Adds a node of a plan and all below it.
    fn add(&mut self, node: &Value, allowance: Allowance) {
        let kind = node["Node Type"].as_str().unwrap();
        if kind == "Bitmap Heap Scan" {
            return self.add_bitmap(kind, node, allowance);
        }
        if kind.ends_with("Scan") && (node["Relation Name"].is_string() || node["Index Name"].is_string()) {
            self.add_scan(kind, node, allowance);
        }
        let below = node["Plans"].as_array();
        if kind.ends_with("Sort") {
            let taken = below.into_iter().flatten().map(|node| number(node, "Actual Rows") * number(node, "Actual Loops")).sum();
            self.sorted = self.sorted.max(taken);
        }
        below.into_iter().flatten().for_each(|node| self.add(node, allowance));
    }

    /// Adds a scan by a bitmap: the entries of its indexes are the rows that it visits, unless they are more.
    fn add_bitmap(&mut self, kind: &str, node: &Value, allowance: Allowance) {
        let (mut rows, mut entries) = (Self::default(), Self::default());
        rows.add_scan(kind, node, allowance);
        node["Plans"].as_array().into_iter().flatten().for_each(|node| entries.add(node, allowance));
        self.visited += rows.visited.max(entries.visited);
        self.sorted = self.sorted.max(entries.sorted);
        self.scans.extend(rows.scans.into_iter().chain(entries.scans));
        self.wasteful.extend(rows.wasteful.into_iter().chain(entries.wasteful));
    }

    fn add_scan(&mut self, kind: &str, node: &Value, allowance: Allowance) {
        let has_run = node["Actual Rows"].is_number();
        let found = if has_run { number(node, "Actual Rows") } else { number(node, "Plan Rows") };
        let loops = if has_run { number(node, "Actual Loops") } else { 1 };
        let visited = loops * (found + number(node, "Rows Removed by Filter") + number(node, "Rows Removed by Index Recheck"));
        let name =
            [&node["Relation Name"], &node["Index Name"]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" by ");
        let name = format!("{kind} of {name}, {visited} rows");
        // The pages of a node include those of the nodes below it: of a subquery in its answer, for example.
        let below: u64 = node["Plans"].as_array().into_iter().flatten().map(pages).sum();
        let pages = pages(node).saturating_sub(below);
        let most = PAGES_FOR_EACH_SCAN + PAGES_FOR_EACH_ROW * (visited + loops + allowance.tenants);
        if pages > most {
            self.wasteful.push(format!("reads {pages} pages, at most {most}: {name}"));
        }
        self.visited += visited;
        self.scans.push(name);
    }
}

/// The pages that a node of a plan and all below it read.
fn pages(node: &Value) -> u64 {
    number(node, "Shared Hit Blocks") + number(node, "Shared Read Blocks")
}

/// A number of a plan; zero when it is not there.
fn number(node: &Value, name: &str) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of rows and pages")]
    let whole = node[name].as_f64().unwrap_or_default().round() as u64;
    whole
}
