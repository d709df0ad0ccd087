//! `migrate` and `bootstrap`, on both databases.

use std::path::Path;

use super::program::{Server, folder, keys_in, printed, run, who};
use crate::harness::postgres::{self, Cluster};

/// Runs the subcommands one after the other on a fresh database, then serves it.
async fn keys_are_made_once_and_again_on_demand(folder: &Path, database: &[&str]) {
    let program = |arguments: &[&str]| {
        let output = run(folder, &[arguments, database].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        printed(&output)
    };
    assert_eq!(program(&["migrate"]), "the schema is up to date\n");
    assert_eq!(program(&["migrate"]), "the schema is up to date\n");
    let first = keys_in(&program(&["bootstrap"])).remove(0);
    let again = program(&["bootstrap"]);
    assert!(again.contains("--recover") && keys_in(&again).is_empty(), "{again}");
    let second = keys_in(&program(&["bootstrap", "--recover"])).remove(0);
    assert_ne!(first, second);
    let server = Server::start(folder, database);
    // Beside a running server too: an operator who lost the key need not stop it.
    let third = keys_in(&program(&["bootstrap", "--recover"])).remove(0);
    for key in [&first, &second, &third] {
        assert_eq!(who(&server.caller(key).await).await.unwrap(), "administrator");
    }
    let ended = server.stop();
    assert!(keys_in(&ended.stdout).is_empty(), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_once_and_again_on_demand_on_sqlite() {
    keys_are_made_once_and_again_on_demand(folder().path(), &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_once_and_again_on_demand_on_postgres() {
    if postgres::available() {
        let database = Cluster::shared().template("empty", |_| ()).create_database();
        keys_are_made_once_and_again_on_demand(folder().path(), &["--database-url", database.url()]).await;
    }
}

#[test]
fn recovery_needs_a_first_administrator() {
    let folder = folder();
    let refused = run(folder.path(), &["bootstrap", "--recover"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(keys_in(&printed(&refused)).is_empty());
}
