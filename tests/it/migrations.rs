//! The schema: up, down and up again on each backend, its keys, and the settings under which the database is opened.

mod keys;
mod postgres;
mod sqlite;

use oauth_registry::storage::{OpenError, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};

/// The table in which the migrations remember what they did.
const MEMORY: &str = "seaql_migrations";

/// A raw connection, beside the one of the store.
struct Raw(DatabaseConnection);

impl Raw {
    async fn connect(url: &str) -> Self {
        Self(Database::connect(url).await.unwrap())
    }

    async fn rows(&self, query: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.0.get_database_backend(), query);
        self.0.query_all_raw(statement).await.unwrap()
    }

    /// Returns the first column of every row.
    async fn texts(&self, query: &str) -> Vec<String> {
        self.rows(query).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }
}

/// Takes the schema up, down and up again, and demands that nothing is left in between and nothing is lost after.
///
/// `tables` asks for the names of the tables, `schema` for a text per column, index and constraint.
async fn assert_there_and_back(store: &Store, raw: &Raw, (tables, schema): (&str, &str)) {
    store.migrate().await.unwrap();
    let first = raw.texts(schema).await;
    assert!(raw.texts(tables).await.contains(&"oauth_app".to_owned()));
    store.migrate_down().await.unwrap();
    assert_eq!(raw.texts(tables).await, [MEMORY], "the way back leaves nothing");
    assert_eq!(raw.texts(&format!("SELECT version FROM {MEMORY}")).await, [""; 0], "the way back is remembered");
    store.migrate().await.unwrap();
    assert_eq!(raw.texts(schema).await, first, "the second way up leads to the same schema");
    store.migrate().await.unwrap();
    assert_eq!(raw.texts(schema).await, first, "migrating twice changes nothing");
}

/// Demands that a schema with a migration that this build does not have is refused, by its name, and that nothing is changed.
async fn assert_newer_is_refused(store: &Store, raw: &Raw) {
    store.migrate().await.unwrap();
    let newer = "m20991231_000001_add_everything";
    raw.0.execute_unprepared(&format!("INSERT INTO {MEMORY} VALUES ('{newer}', 0)")).await.unwrap();
    let refused = store.migrate().await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer(_)), "{refused}");
    assert!(refused.to_string().contains(newer), "{refused}");
    raw.0.execute_unprepared(&format!("DELETE FROM {MEMORY} WHERE version < '{newer}'")).await.unwrap();
    let refused = store.migrate().await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer(_)), "whatever else is pending: {refused}");
    assert_eq!(raw.texts(&format!("SELECT version FROM {MEMORY}")).await, [newer]);
}
