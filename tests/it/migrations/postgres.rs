//! On PostgreSQL, where it is installed.

use std::time::Duration;

use oauth_registry::storage::{OpenError, Store};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::{Raw, assert_newer_is_refused, assert_there_and_back};
use crate::harness::postgres::{Cluster, Database, available};
use crate::harness::server::TestServer;

const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
const SCHEMA: &str = "SELECT concat_ws(' ', 'column', table_name, column_name, data_type, is_nullable, column_default) \
    FROM information_schema.columns WHERE table_schema = 'public' \
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' \
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) \
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1";

/// The lock of whoever migrates, which every release takes.
const MIGRATION_LOCK: i64 = 0x6f61_7574_6872_6567;

/// Returns a database without a table.
fn empty() -> Database {
    Cluster::shared().template("empty", |_| {}).create_database()
}

async fn open(database: &Database) -> Store {
    Store::open_postgres(database.url(), 4).await.unwrap()
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    if !available() {
        return;
    }
    let database = empty();
    let store = open(&database).await;
    assert_there_and_back(&store, &Raw::connect(database.url()).await, (TABLES, SCHEMA)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_migrate_at_once_both_succeed() {
    if !available() {
        return;
    }
    let alone = empty();
    open(&alone).await.migrate().await.unwrap();
    let expected = Raw::connect(alone.url()).await.texts(SCHEMA).await;
    for _ in 0..3 {
        let database = empty();
        let (one, other) = (open(&database).await, open(&database).await);
        let (one, other) = (tokio::spawn(async move { one.migrate().await }), tokio::spawn(async move { other.migrate().await }));
        one.await.unwrap().unwrap();
        other.await.unwrap().unwrap();
        assert_eq!(Raw::connect(database.url()).await.texts(SCHEMA).await, expected);
    }
}

#[tokio::test]
async fn one_connection_is_enough_to_migrate() {
    if !available() {
        return;
    }
    let database = empty();
    Store::open_postgres(database.url(), 1).await.unwrap().migrate().await.unwrap();
    assert!(Raw::connect(database.url()).await.texts(TABLES).await.contains(&"oauth_app".to_owned()));
}

#[tokio::test]
async fn what_is_up_to_date_needs_no_turn() {
    if !available() {
        return;
    }
    let database = empty();
    let (raw, store) = (Raw::connect(database.url()).await, open(&database).await);
    let other = raw.0.begin().await.unwrap();
    other.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.unwrap();
    let migrating = tokio::spawn(async move { store.migrate().await.map(|()| store) });
    let waiting = "SELECT 'waits' FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while raw.texts(waiting).await.is_empty() {
        assert!(!migrating.is_finished(), "whoever has something to migrate takes turns");
    }
    other.commit().await.unwrap();
    let store = migrating.await.unwrap().unwrap();
    let other = raw.0.begin().await.unwrap();
    other.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.unwrap();
    tokio::time::timeout(Duration::from_mins(1), store.migrate()).await.expect("nobody is waited for").unwrap();
}

#[tokio::test]
async fn a_schema_of_a_newer_release_is_refused() {
    if !available() {
        return;
    }
    let database = empty();
    assert_newer_is_refused(&open(&database).await, &Raw::connect(database.url()).await).await;
}

#[tokio::test]
async fn a_hot_standby_is_refused() {
    if !available() {
        return;
    }
    let standby = Cluster::start_standby();
    let store = Store::open_postgres(&standby.maintenance_url(), 1).await.unwrap();
    let refused = store.migrate().await.unwrap_err();
    assert!(matches!(refused, OpenError::Standby), "{refused}");
    assert!(refused.to_string().contains("hot standby"), "{refused}");
}

#[tokio::test]
async fn the_settings_keep_what_was_acknowledged() {
    if !available() {
        return;
    }
    let database = empty();
    let store = open(&database).await;
    let report = store.settings();
    let bounds = [("statement_timeout", "5s"), ("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "10s")];
    for (name, value) in bounds {
        assert!(report.contains(&(name, value.to_owned())), "{name} is not {value}: {report:?}");
    }
    assert!(report.iter().any(|(name, value)| *name == "synchronous_commit" && value != "off"), "{report:?}");
}

/// The tests' clusters order every text so, whatever the columns say; a cluster of another locale would not.
#[tokio::test]
async fn keys_are_compared_byte_by_byte_whatever_the_locale() {
    let Some(server) = TestServer::postgres().await else { return };
    let raw = crate::harness::raw::Raw::of(&server).await;
    let keys = "SELECT concat_ws(' ', table_name, column_name, collation_name) FROM information_schema.columns \
                WHERE column_name IN ('name_key', 'login_key') ORDER BY 1";
    let expected = ["oauth_app name_key C", "role name_key C", "tenant name_key C", "user_account login_key C"];
    assert_eq!(raw.texts(keys).await, expected);
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused_before_a_table_is_made() {
    if !available() {
        return;
    }
    for encoding in ["LATIN1", "SQL_ASCII", "EUC_JP"] {
        let database = Cluster::shared().create_database_with(&format!("ENCODING '{encoding}'"));
        let refused = Store::open_postgres(database.url(), 4).await.unwrap_err();
        assert!(matches!(refused, OpenError::Setting { name: "server_encoding", .. }), "{refused:?}");
        assert_eq!(refused.to_string(), format!("the database setting server_encoding is {encoding}, and must be UTF8"));
        assert_eq!(Raw::connect(database.url()).await.texts(TABLES).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_database_that_could_lose_what_was_acknowledged_is_refused_before_a_table_is_made() {
    if !available() {
        return;
    }
    let database = empty();
    database.set("synchronous_commit = off");
    let refused = Store::open_postgres(database.url(), 4).await.unwrap_err();
    assert_eq!(refused.to_string(), "the database setting synchronous_commit is off, and must not be off");
    assert_eq!(Raw::connect(database.url()).await.texts(TABLES).await, [""; 0]);
}
