//! A real pgbouncer between the program and PostgreSQL.

use oauth_registry::storage::{OpenError, Store};

use super::program::{Server, folder, printed, run, until_healthy, who};
use crate::harness::postgres::{Cluster, Database, Pooler, available};

/// An empty database, where both programs are installed.
fn database() -> Option<Database> {
    (available() && Pooler::available()).then(|| Cluster::shared().template("empty", |_| ()).create_database())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_gives_each_connection_a_session_serves_on_postgres() {
    let (folder, Some(database)) = (folder(), database()) else { return };
    let pooler = Pooler::start(&database, "session");
    let url = pooler.url(&database);
    let mut server = Server::start(folder.path(), &["--log-format", "human", "--database-url", &url]);
    let key = server.first_key();
    let settings = server.log_line("settings in force");
    for setting in [r#""statement_timeout", "5s""#, r#""lock_timeout", "2s""#, r#""idle_in_transaction_session_timeout", "10s""#]
    {
        assert!(settings.contains(setting), "{setting}: {settings}");
    }
    let admin = server.caller(&key).await;
    let tenant = admin.new_tenant("日本語").await;
    admin.new_app(&tenant, "Analytics").await;
    assert_eq!(who(&admin).await.unwrap(), "administrator");
    until_healthy(folder.path(), &server, "SERVING").await;
    let again = run(folder.path(), &["migrate", "--database-url", &url]);
    assert_eq!(printed(&again), "the schema is up to date\n", "{again:?}");
    drop(admin);
    let ended = server.stop();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_sessions_stops_the_start_on_postgres() {
    let (folder, Some(database)) = (folder(), database()) else { return };
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::start(&database, mode);
        let url = pooler.url(&database);
        for arguments in [["serve", "--listen=127.0.0.1:0"], ["migrate", "--log=info"]] {
            let refused = run(folder.path(), &[&arguments[..], &["--database-url", &url]].concat());
            assert_eq!((refused.status.code(), printed(&refused).as_str()), (Some(1), ""), "{mode}: {refused:?}");
            assert!(String::from_utf8_lossy(&refused.stderr).contains("pool_mode = session"), "{mode}: {refused:?}");
        }
        let refused = Store::open_postgres(&url, 4).await;
        assert!(matches!(refused, Err(OpenError::SharedSession)), "{mode}: {refused:?}");
    }
    assert!(!Store::open_postgres(database.url(), 4).await.unwrap().has_schema().await.unwrap(), "nothing was made");
}
