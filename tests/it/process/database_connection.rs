//! Connections to PostgreSQL that work, and what is told of those that do not.

use tonic::Code;

use super::program::{Server, folder, printed, run, until_healthy, who};
use crate::harness::caller::{details, reason};
use crate::harness::postgres::{Cluster, Database, available};

fn database() -> Option<Database> {
    available().then(|| Cluster::shared().template("empty", |_| ()).create_database())
}

#[test]
fn a_url_with_a_user_and_a_socket_reaches_the_database_on_postgres() {
    let (folder, Some(database)) = (folder(), database()) else { return };
    let url = database.url().replace("postgres:///", "postgres://postgres:p@:5432/").replace("&port=5432&user=postgres", "");
    let migrated = run(folder.path(), &["migrate", "--database-url", &url]);
    assert_eq!(printed(&migrated), "the schema is up to date\n", "{migrated:?}");
}

#[test]
fn a_start_without_a_connection_tells_the_cause() {
    let mut cases = vec![("postgres://ada:canary@127.0.0.1:1/r".to_owned(), "Connection refused")];
    let database = database();
    if let Some(database) = &database {
        let role = database.create_owner();
        database.administer(&format!("ALTER ROLE \"{role}\" CONNECTION LIMIT 0"));
        cases.push((database.url_of(&role), "too many connections for role"));
        cases.push((database.url_of("nobody"), "role \"nobody\" does not exist"));
    }
    for (url, cause) in cases {
        let folder = folder();
        for arguments in [["serve", "--listen=127.0.0.1:0"], ["migrate", "--log=info"]] {
            let refused = run(folder.path(), &[&arguments[..], &["--database-url", &url]].concat());
            let stderr = String::from_utf8_lossy(&refused.stderr);
            assert_eq!(refused.status.code(), Some(1), "{refused:?}");
            assert!(stderr.contains(cause) && !stderr.contains("pool timed out"), "{stderr}");
            assert!(!stderr.contains("canary"), "{stderr}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_tells_why_it_gets_no_connection_on_postgres() {
    let (folder, Some(database)) = (folder(), database()) else { return };
    let role = database.create_owner();
    let url = format!("{}&password=canary", database.url_of(&role));
    let mut server = Server::start(folder.path(), &["--log-format", "human", "--database-url", &url]);
    let key = server.first_key();
    let admin = server.caller(&key).await;
    database.administer(&format!("ALTER ROLE \"{role}\" CONNECTION LIMIT 0"));
    database.administer(&format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{role}'"));
    let told = server.log_line("too many connections for role");
    assert!(told.contains("WARN") && told.contains("the database does not answer"), "{told}");
    let refused = who(&admin).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"), "{refused:?}");
    assert!(!refused.message().contains("too many") && details(&refused).retry_info().is_some(), "{refused:?}");
    database.administer(&format!("ALTER ROLE \"{role}\" CONNECTION LIMIT -1"));
    until_healthy(folder.path(), &server, "SERVING").await;
    server.log_line("the database answers again");
    assert_eq!(who(&admin).await.unwrap(), "administrator");
    drop(admin);
    let ended = server.stop();
    assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
}
