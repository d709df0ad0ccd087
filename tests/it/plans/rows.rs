//! Very many rows in little time: copies of rows that the server wrote, made by the database itself.

use std::collections::BTreeMap;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

use crate::harness::server::{Home, TestServer};

/// The tables that grow with the tenants, their things and the calls.
pub(super) const GROWING: [&str; 11] = [
    "tenant",
    "tenant_key",
    "user_account",
    "role",
    "user_role",
    "tenant_administrator",
    "api_key",
    "oauth_app",
    "secret_version",
    "event",
    "request_record",
];

/// A kind of id; each has numbers of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum IdKind {
    Tenant = 1,
    User = 2,
    Role = 3,
    ApiKey = 4,
    OauthApp = 5,
    Event = 6,
    Request = 7,
    TenantKey = 8,
}

/// The id of a number, as the API writes it.
pub(super) fn id_text(set: u8, kind: IdKind, number: u64) -> String {
    format!("{}-0000-0000-0000-{number:012x}", id_prefix(set, kind))
}

fn id_prefix(set: u8, kind: IdKind) -> String {
    format!("{set:02x}{:02x}0000", kind as u8)
}

/// The database of a server on one connection, on which foreign keys are not checked: rows come in any order.
pub(super) struct Rows {
    connection: DatabaseConnection,
    columns: BTreeMap<&'static str, Vec<String>>,
}

impl Rows {
    /// Opens the database, and keeps of every table the row that a condition finds, to be copied.
    pub(super) async fn open(server: &TestServer, templates: &[(&'static str, String)]) -> Self {
        let mut options = ConnectOptions::new(match server.home() {
            Home::Sqlite(folder) => format!("sqlite://{}", folder.path().join("registry.sqlite").display()),
            Home::Postgres(database) => database.url().to_owned(),
        });
        options.max_connections(1).sqlx_logging(false);
        let mut rows = Self { connection: Database::connect(options).await.unwrap(), columns: BTreeMap::new() };
        let off = rows.either("PRAGMA foreign_keys = OFF", "SET session_replication_role = replica");
        rows.run(off).await;
        for (table, condition) in templates {
            let columns = rows.column_names(table).await;
            rows.columns.insert(*table, columns);
            let template = format!("CREATE TEMP TABLE template_{table} AS SELECT * FROM {table} WHERE {condition} LIMIT 1");
            rows.run(&template).await;
            assert_eq!(rows.number(&format!("SELECT count(*) FROM template_{table}")).await, 1, "{table} WHERE {condition}");
        }
        rows
    }

    /// Copies the kept row of a table so many times, with other values in some columns; in them `n` counts from 1.
    pub(super) async fn copy(&self, table: &str, count: u64, values: &[(&str, String)]) {
        let columns = &self.columns[table];
        for (column, _) in values {
            assert!(columns.iter().any(|name| name == column), "{table} has no column {column}");
        }
        let value = |column: &String| match values.iter().find(|(name, _)| name == column) {
            Some((_, value)) => value.clone(),
            None => format!("t.{column}"),
        };
        let chosen: Vec<String> = columns.iter().map(value).collect();
        let numbers = format!(
            "WITH RECURSIVE s(n) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT {} FROM s",
            chosen.join(", ")
        );
        self.run(&format!("INSERT INTO {table} ({}) {numbers} CROSS JOIN template_{table} AS t", columns.join(", "))).await;
    }

    /// Takes every index away but those of primary keys, and returns what makes them again: rows are written faster without.
    pub(super) async fn drop_indexes(&self) -> Vec<String> {
        let indexes = self.texts(self.either(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        ));
        let names = self.texts(self.either(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            "SELECT indexname::text FROM pg_indexes
             WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        ));
        let (indexes, names) = (indexes.await, names.await);
        assert!(indexes.len() > 10 && indexes.len() == names.len(), "{names:?}");
        for name in names {
            self.run(&format!("DROP INDEX {name}")).await;
        }
        indexes
    }

    /// Runs a statement.
    pub(super) async fn run(&self, sql: &str) {
        self.connection.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Returns the text for the backend at hand.
    pub(super) fn either<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        if self.is_sqlite() { sqlite } else { postgres }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Sqlite
    }

    /// The SQL of the id of a number.
    pub(super) fn id(&self, set: u8, kind: IdKind, number: &str) -> String {
        let prefix = id_prefix(set, kind);
        if self.is_sqlite() {
            format!("unhex('{prefix}' || printf('%024x', {number}))")
        } else {
            format!("('{prefix}' || lpad(to_hex({number}), 24, '0'))::uuid")
        }
    }

    /// The SQL of the id of a number as text.
    pub(super) fn id_text(&self, set: u8, kind: IdKind, number: &str) -> String {
        let digits =
            if self.is_sqlite() { format!("printf('%012x', {number})") } else { format!("lpad(to_hex({number}), 12, '0')") };
        format!("'{}-0000-0000-0000-' || {digits}", id_prefix(set, kind))
    }

    /// The SQL of the id of a number as bytes.
    pub(super) fn id_bytes(&self, set: u8, kind: IdKind, number: &str) -> String {
        let prefix = id_prefix(set, kind);
        if self.is_sqlite() {
            self.id(set, kind, number)
        } else {
            format!("decode('{prefix}' || lpad(to_hex({number}), 24, '0'), 'hex')")
        }
    }

    /// The SQL of one id.
    pub(super) fn literal(&self, id: &str) -> String {
        if self.is_sqlite() { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'::uuid") }
    }

    /// Lets PostgreSQL know what its tables are like, as it does by itself; SQLite knows nothing of its tables in a server.
    pub(super) async fn settle(&self) {
        if self.is_sqlite() {
            self.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
        } else {
            self.run("VACUUM ANALYZE").await;
        }
    }

    /// Returns a number that a query gives.
    pub(super) async fn number(&self, query: &str) -> i64 {
        let statement = Statement::from_string(self.connection.get_database_backend(), query);
        self.connection.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Returns the first column of every row.
    async fn texts(&self, query: &str) -> Vec<String> {
        let rows = self.connection.query_all_raw(Statement::from_string(self.connection.get_database_backend(), query)).await;
        rows.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    async fn column_names(&self, table: &str) -> Vec<String> {
        let query = self.either(
            "SELECT name FROM pragma_table_info('TABLE') ORDER BY cid",
            "SELECT column_name::text FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = 'TABLE' ORDER BY ordinal_position",
        );
        self.texts(&query.replace("TABLE'", &format!("{table}'"))).await
    }
}
