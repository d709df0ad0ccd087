//! Of every statement that a store runs its observer is told, with the values that ran.

use oauth_registry::proto::{self, Permission};
use oauth_registry::storage::{ExecutedStatement, Store};
use sea_orm::Value;
use std::time::Duration;

use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::{Home, SYSTEM, TestServer};
use crate::harness::statements::{Recorded, Recorder};

/// A caller whose statements are recorded.
async fn recorded_admin(server: &TestServer) -> (Caller, Recorder) {
    let recorder = Recorder::default();
    let channel = server.with_store(server.registry.store.clone().observed(recorder.observer())).await;
    recorder.take();
    (server.admin().over(channel), recorder)
}

fn creation(name: &str, validate_only: bool) -> proto::CreateOauthAppRequest {
    let client_secret = Some("s3cret".to_owned());
    proto::CreateOauthAppRequest { oauth_app: Some(sample_app(name)), client_secret, validate_only, ..Default::default() }
}

/// The words with which the recorded transactions begin and end.
fn bounds(statements: &[String]) -> Vec<&str> {
    let words = statements.iter().filter_map(|sql| sql.split(' ').next());
    words.filter(|word| ["BEGIN", "COMMIT", "ROLLBACK"].contains(word)).collect()
}

on_both_backends! {
    async fn an_observer_is_told_how_transactions_begin_and_end(server: TestServer) {
        let (admin, recorder) = recorded_admin(&server).await;
        admin.apps().create_oauth_app(creation("One", true)).await.unwrap();
        assert_eq!(bounds(&recorder.take_texts()), ["BEGIN", "ROLLBACK"], "a rehearsal");
        let app = admin.apps().create_oauth_app(creation("One", false)).await.unwrap().into_inner().oauth_app.unwrap();
        let statements = recorder.take_texts();
        assert_eq!(bounds(&statements), ["BEGIN", "COMMIT"], "a change");
        assert_eq!(statements.last().unwrap(), "COMMIT");
        admin.apps().create_oauth_app(creation("One", false)).await.unwrap_err();
        let statements = recorder.take();
        assert!(statements.iter().any(|one| one.failed && one.sql.starts_with("INSERT")), "a taken name");
        let texts: Vec<_> = statements.into_iter().map(|one| one.sql).collect();
        assert_eq!(bounds(&texts), ["BEGIN", "ROLLBACK"], "a transaction that is dropped");
        let deletion = proto::DeleteOauthAppRequest { oauth_app_id: app.id, ..Default::default() };
        admin.apps().delete_oauth_app(deletion).await.unwrap();
        assert_eq!(bounds(&recorder.take_texts()), ["BEGIN", "COMMIT"], "a deletion");
    }

    async fn an_observer_gets_the_values_and_does_not_print_them(server: TestServer) {
        let (admin, recorder) = recorded_admin(&server).await;
        admin.apps().create_oauth_app(creation("Canary", false)).await.unwrap();
        let is_name = |value: &Value| *value == Value::from("Canary");
        let inserts = recorder.take().into_iter().filter(|one| one.sql.starts_with("INSERT INTO \"oauth_app\""));
        let [Recorded { sql, values, failed: false }]: [Recorded; 1] = inserts.collect::<Vec<_>>().try_into().unwrap() else {
            panic!("the insertion failed");
        };
        assert!(values.iter().any(is_name), "{values:?}");
        let statement = ExecutedStatement { sql: &sql, values: &values, elapsed: Duration::ZERO, failed: false };
        assert!(format!("{statement:?}").contains("INSERT") && !format!("{statement:?}").contains("Canary"));
    }

    async fn an_observer_is_told_of_work_beside_the_calls(server: TestServer) {
        let (admin, recorder) = recorded_admin(&server).await;
        let store = server.registry.store.clone().observed(recorder.observer());
        store.ping().await.unwrap();
        assert_eq!(recorder.take_texts(), ["SELECT 1 FROM seaql_migrations LIMIT 1"]);
        server.registry.key_uses.flush(&store).await.unwrap();
        recorder.take();
        admin.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
        server.clock.advance_seconds(3600);
        admin.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
        recorder.take();
        server.registry.key_uses.flush(&store).await.unwrap();
        let statements = recorder.take_texts();
        assert_eq!(bounds(&statements), ["BEGIN", "COMMIT"]);
        assert!(statements.iter().any(|sql| sql.starts_with("UPDATE \"api_key\"")), "{statements:?}");
    }

    async fn other_copies_of_a_store_tell_the_observer_nothing(server: TestServer) {
        let (_admin, recorder) = recorded_admin(&server).await;
        server.admin().new_user(SYSTEM, "somebody", &[Permission::MgmtApi]).await;
        assert_eq!(recorder.take(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_is_told_of_the_emptying_of_sqlites_log() {
    let server = TestServer::sqlite().await;
    let recorder = Recorder::default();
    server.registry.store.clone().observed(recorder.observer()).truncate_log().await;
    assert_eq!(recorder.take_texts(), ["PRAGMA wal_checkpoint(TRUNCATE)"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_is_told_of_exactly_the_statements_that_postgres_logs() {
    let Some(server) = TestServer::postgres().await else { return };
    let Home::Postgres(database) = server.home() else { panic!("this is PostgreSQL") };
    database.log_statements();
    let recorder = Recorder::default();
    // One connection: the log is in the order of the statements.
    let store = Store::open_postgres(database.url(), 1).await.unwrap().observed(recorder.observer());
    let before = database.cluster_log().len();
    let admin = server.admin().over(server.with_store(store.clone()).await);
    let app = admin.apps().create_oauth_app(creation("One", false)).await.unwrap().into_inner().oauth_app.unwrap();
    admin.apps().create_oauth_app(creation("One", false)).await.unwrap_err();
    admin.apps().create_oauth_app(creation("Two", true)).await.unwrap();
    admin.apps().get_oauth_app(proto::GetOauthAppRequest { oauth_app_id: app.id }).await.unwrap();
    let user = admin.new_user(SYSTEM, "somebody", &[Permission::MgmtApi]).await;
    admin
        .new_key(&user, &[Permission::MgmtApi])
        .await
        .events()
        .list_events(proto::ListEventsRequest::default())
        .await
        .unwrap_err();
    admin.users().delete_user(proto::DeleteUserRequest { user_id: user, ..Default::default() }).await.unwrap();
    server.registry.key_uses.flush(&store).await.unwrap();
    let told = recorder.take_texts();
    let log = database.cluster_log();
    let logged: Vec<&str> = log[before..].lines().filter_map(logged_statement).collect();
    assert!(told.len() > 50, "{told:?}");
    assert_eq!(told, logged);
}

/// Returns the statement of a line of PostgreSQL's log, if it has one: `… LOG:  statement: COMMIT`, `… LOG:  execute sqlx_s_3: SELECT …`.
fn logged_statement(line: &str) -> Option<&str> {
    let (_, message) = line.split_once(" LOG:  ")?;
    if let Some(simple) = message.strip_prefix("statement: ") {
        return Some(simple);
    }
    message.strip_prefix("execute ")?.split_once(": ").map(|(_, sql)| sql)
}
