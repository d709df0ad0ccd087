//! A connection of its own beside the server's: what somebody with the database in hand can do. Must not know the product's rules.

use oauth_registry::storage::Backend;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, QueryResult, Statement, TransactionTrait};

use crate::harness::server::{Home, TestServer};

/// The database of a server, opened from outside.
pub(crate) struct Raw {
    connection: DatabaseConnection,
    backend: Backend,
}

impl Raw {
    /// Opens the database of a server.
    pub(crate) async fn of(server: &TestServer) -> Self {
        let url = match server.home() {
            Home::Sqlite(folder) => format!("sqlite://{}", folder.path().join("registry.sqlite").display()),
            Home::Postgres(database) => database.url().to_owned(),
        };
        Self { connection: Database::connect(url).await.unwrap(), backend: server.registry.store.backend() }
    }

    /// Returns the text for the backend at hand.
    pub(crate) fn either<'a>(&self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self.backend {
            Backend::Sqlite => sqlite,
            Backend::Postgres => postgres,
        }
    }

    /// Writes an id as a literal.
    pub(crate) fn id(&self, id: &str) -> String {
        match self.backend {
            Backend::Sqlite => format!("x'{}'", id.replace('-', "")),
            Backend::Postgres => format!("'{id}'::uuid"),
        }
    }

    /// Writes bytes as a literal.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        match self.backend {
            Backend::Sqlite => format!("x'{}'", hex(bytes)),
            Backend::Postgres => format!("'\\x{}'::bytea", hex(bytes)),
        }
    }

    /// Runs a statement and says how many rows it touched.
    pub(crate) async fn run(&self, statement: &str) -> u64 {
        self.connection.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
    }

    /// Runs a statement that the database may refuse, and returns what it says then.
    pub(crate) async fn try_run(&self, statement: &str) -> Result<u64, String> {
        let done = self.connection.execute_unprepared(statement).await;
        done.map(|done| done.rows_affected()).map_err(|error| error.to_string())
    }

    /// Begins a transaction, which holds the locks of its statements until it is dropped.
    pub(crate) async fn begin(&self) -> DatabaseTransaction {
        self.connection.begin().await.unwrap()
    }

    /// Returns the rows of a query.
    pub(crate) async fn rows(&self, query: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.connection.get_database_backend(), query);
        self.connection.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Returns the first column of every row.
    pub(crate) async fn texts(&self, query: &str) -> Vec<String> {
        self.rows(query).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// Returns the number of rows of a table that satisfy a condition.
    pub(crate) async fn count(&self, table: &str, condition: &str) -> i64 {
        let rows = self.rows(&format!("SELECT count(*) FROM {table} WHERE {condition}")).await;
        rows[0].try_get_by_index(0).unwrap()
    }

    /// Returns the names of all tables.
    pub(crate) async fn tables(&self) -> Vec<String> {
        let sqlite = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
        let postgres = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        self.texts(self.either(sqlite, postgres)).await
    }

    /// Returns every column of every row of a table as text; bytes are in hexadecimal.
    pub(crate) async fn cells(&self, table: &str) -> Vec<String> {
        match self.backend {
            Backend::Sqlite => {
                let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{table}')")).await;
                let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
                self.texts(&format!("SELECT {} FROM \"{table}\"", quoted.join(" || ',' || "))).await
            }
            Backend::Postgres => self.texts(&format!("SELECT t::text FROM \"{table}\" t")).await,
        }
    }

    /// Returns how many rows each table has, but for events of refused calls and the time of a key's last use.
    pub(crate) async fn census(&self) -> Vec<(String, i64)> {
        let mut census = Vec::new();
        for table in self.tables().await {
            let condition = if table == "event" { "decision = 'allowed'" } else { "true" };
            census.push((table.clone(), self.count(&table, condition).await));
        }
        census
    }

    /// Lets no wrong password be counted from now on.
    pub(crate) async fn stop_counting(&self) {
        match self.backend {
            Backend::Sqlite => {
                let raise = "BEGIN SELECT RAISE(ABORT, 'nothing is counted'); END";
                self.run(&format!("CREATE TRIGGER uncounted BEFORE UPDATE OF failed_logins ON user_account {raise}")).await;
            }
            Backend::Postgres => {
                let raise = "BEGIN RAISE EXCEPTION 'nothing is counted'; END";
                self.run(&format!("CREATE FUNCTION uncounted() RETURNS trigger LANGUAGE plpgsql AS $$ {raise} $$")).await;
                let trigger = "CREATE TRIGGER uncounted BEFORE UPDATE OF failed_logins ON user_account";
                self.run(&format!("{trigger} FOR EACH ROW EXECUTE FUNCTION uncounted()")).await;
            }
        }
    }

    /// Lets no event be written from now on.
    pub(crate) async fn lock_the_log(&self) {
        match self.backend {
            Backend::Sqlite => {
                let raise = "BEGIN SELECT RAISE(ABORT, 'the log is down'); END";
                self.run(&format!("CREATE TRIGGER log_down BEFORE INSERT ON event {raise}")).await;
            }
            Backend::Postgres => {
                let raise = "BEGIN RAISE EXCEPTION 'the log is down'; END";
                self.run(&format!("CREATE FUNCTION log_down() RETURNS trigger LANGUAGE plpgsql AS $$ {raise} $$")).await;
                self.run("CREATE TRIGGER log_down BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION log_down()").await;
            }
        }
    }

    /// Lets events be written again.
    pub(crate) async fn unlock_the_log(&self) {
        self.run(self.either("DROP TRIGGER log_down", "DROP TRIGGER log_down ON event")).await;
    }
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
