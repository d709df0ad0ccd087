//! `migrate` and `bootstrap`, on both databases.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::program::{Server, data, folder, keys_in, printed, run, who};
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

/// Recovers with these arguments, which must fail with this code and these words.
fn assert_no_recovery(folder: &Path, arguments: &[&str], expected: (i32, &str)) {
    let refused = run(folder, &[&["bootstrap", "--recover"], arguments].concat());
    assert_eq!(refused.status.code(), Some(expected.0), "{refused:?}");
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(complaint.contains(expected.1), "{complaint}");
    assert!(printed(&refused).is_empty(), "{refused:?}");
}

#[test]
fn recovery_makes_nothing_where_there_is_no_database() {
    let folder = folder();
    for arguments in [&[][..], &["--data-dir", "dtaa"], &["--database-url", "sqlite:registry.sqlit"]] {
        assert_no_recovery(folder.path(), arguments, (64, "there is no database at"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
}

#[test]
fn recovery_refuses_a_database_that_was_never_bootstrapped() {
    let folder = folder();
    let never = (1, "has never been bootstrapped");
    assert!(run(folder.path(), &["migrate"]).status.success());
    assert_no_recovery(folder.path(), &[], never);
    assert!(!data(&folder, "keyring").exists());
    fs::write(folder.path().join("empty.sqlite"), "").unwrap();
    fs::set_permissions(folder.path().join("empty.sqlite"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_no_recovery(folder.path(), &["--data-dir", "new", "--database-url", "sqlite:empty.sqlite"], never);
    if postgres::available() {
        let database = Cluster::shared().template("empty", |_| ()).create_database();
        let arguments = ["--data-dir", "new", "--database-url", database.url()];
        assert_no_recovery(folder.path(), &arguments, never);
        assert!(run(folder.path(), &[&["migrate"], &arguments[2..]].concat()).status.success());
        assert_no_recovery(folder.path(), &arguments, never);
    }
    assert!(!folder.path().join("new").exists());
}
