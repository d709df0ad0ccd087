//! What a statement may cost, and who asks the database what it costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sea_orm::{DbErr, SqlErr};

use super::calls::{Log, Ran};
use super::{postgres, sqlite};
use crate::harness::server::{Home, TestServer};
use crate::harness::statements::Recorded;

/// How many rows a statement may visit for each row of its page: a filter may look at some that do not match.
const ROWS_FOR_EACH: u64 = 20;

/// What a statement may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// The rows that it may visit.
    pub(super) rows: u64,
    /// The tenants in each of which it may begin to look.
    pub(super) tenants: u64,
}

impl Allowance {
    /// The allowance of a statement for a page, by a caller with administrative access to some tenants: one page is read in each.
    pub(super) fn of_page(size: u64, administered: u64) -> Self {
        Self { rows: ROWS_FOR_EACH * (size + 1) + administered * size, tenants: administered + 1 }
    }
}

/// Asks a database what statements cost.
pub(super) enum Judge {
    Sqlite(sqlite::Steps),
    Postgres(postgres::Plans),
}

/// A statement that costs too much.
pub(super) struct Offence {
    /// What was called, by whom, and on which database.
    call: String,
    /// What is too much.
    faults: Vec<String>,
    /// The statement, without the columns and the placeholders that say nothing.
    sql: String,
}

impl Judge {
    pub(super) async fn of(server: &TestServer) -> Self {
        match server.home() {
            Home::Sqlite(folder) => Self::Sqlite(sqlite::Steps::open(&folder.path().join("registry.sqlite")).await),
            Home::Postgres(database) => Self::Postgres(postgres::Plans::open(database.url()).await),
        }
    }

    /// Lets the database measure its tables, where it does not do so by itself; says whether anything may be otherwise now.
    pub(super) async fn measure_tables(&self) -> bool {
        match self {
            Self::Sqlite(steps) => steps.analyze().await,
            Self::Postgres(_) => return false,
        }
        true
    }

    /// The SQL of the least id.
    pub(super) fn least_id(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "x'00000000000000000000000000000000'",
            Self::Postgres(_) => "'00000000-0000-0000-0000-000000000000'",
        }
    }

    /// Says what is too much about a statement; nothing when it is good.
    pub(super) async fn faults(&self, statement: &Recorded, allowance: Allowance) -> Vec<String> {
        match self {
            Self::Sqlite(steps) => steps.faults(statement, allowance).await,
            Self::Postgres(plans) => plans.faults(statement, allowance).await,
        }
    }

    /// Judges every statement.
    pub(super) async fn offences(&self, log: &Log, database: &str) -> Vec<Offence> {
        let mut offences = Vec::new();
        for Ran { call, statement, allowance } in log.statements() {
            let faults = self.faults(statement, *allowance).await;
            if !faults.is_empty() {
                let call = format!("{database}: {call}");
                offences.push(Offence { call, faults, sql: shortened(&statement.sql) });
            }
        }
        offences
    }
}

/// Says whether a statement failed since it ran before: what it inserts is there, or what that belongs to is gone.
pub(super) fn is_done_already(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)))
}

/// Lists every offence, those of one statement together.
pub(super) fn report(offences: &[Offence]) -> String {
    let mut statements: BTreeMap<&str, Vec<&Offence>> = BTreeMap::new();
    for offence in offences {
        statements.entry(&offence.sql).or_default().push(offence);
    }
    let mut text = format!("{} statements cost too much, in {} calls:\n", statements.len(), offences.len());
    for (sql, offences) in statements {
        writeln!(text, "\n{sql}").unwrap();
        for Offence { call, faults, .. } in offences {
            writeln!(text, "  {call}\n    {}", faults.join("\n    ")).unwrap();
        }
    }
    text
}

/// Shortens a statement: of many columns the first, of many placeholders none.
fn shortened(sql: &str) -> String {
    let mut short = sql.to_owned();
    for (begin, end) in [("SELECT ", " FROM "), ("(?, ", ")"), ("($", ")")] {
        let mut from = 0;
        while let Some(at) = short[from..].find(begin).map(|at| from + at + begin.len()) {
            let length = short[at..].find(end).unwrap_or(0);
            let is_list = !short[at..at + length].contains(['(', ')']) && short[at..at + length].matches(", ").count() > 3;
            if is_list {
                let first = short[at..].find(", ").unwrap_or(0);
                short.replace_range(at + first..at + length, ", …");
            }
            from = at;
        }
    }
    short
}

#[test]
fn a_shortened_statement_keeps_its_tables_and_conditions() {
    let sql = "SELECT a, b, c, d, e FROM t WHERE i IN (?, ?, ?, ?, ?, ?) AND j IN ($1, $2, $3, $4, $5) AND (k, l) > (?, ?)";
    assert_eq!(shortened(sql), "SELECT a, … FROM t WHERE i IN (?, ?, …) AND j IN ($1, …) AND (k, l) > (?, ?)");
}
