//! One role owns the schema and migrates it, another one serves and can change rows alone.

use sea_orm::ConnectionTrait as _;

use super::program::{Server, folder, run, who};
use crate::harness::postgres::{self, Cluster};

/// The page that shows the two roles.
const PAGE: &str = include_str!("../../../docs/operations.md");

/// Returns the statements of the block of the page that begins with a comment.
fn block(comment: &str) -> &'static str {
    let (_, block) =
        PAGE.split_once(&format!("```sql\n-- {comment}")).unwrap_or_else(|| panic!("no block begins with {comment}"));
    let (_, statements) = block.split_once('\n').unwrap();
    statements.split_once("```").unwrap().0
}

async fn execute(url: &str, statements: &str) {
    let connection = sea_orm::Database::connect(url).await.unwrap();
    connection.execute_unprepared(statements).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_may_change_rows_alone_serves_what_the_owner_has_migrated_on_postgres() {
    if !postgres::available() {
        return;
    }
    let (folder, database) = (folder(), Cluster::shared().template("empty", |_| ()).create_database());
    let url = |role: &str| database.url().replace("user=postgres", &format!("user={role}"));
    let (owner, service) = (url("registry_owner"), url("registry"));
    let name = database.url().split_once('?').unwrap().0.rsplit('/').next().unwrap();
    // The database is there already.
    let (roles, _) = block("a superuser").split_once("CREATE DATABASE").expect("a superuser makes the database");
    execute(database.url(), &format!("{roles}; ALTER DATABASE \"{name}\" OWNER TO registry_owner")).await;
    execute(&owner, block("registry_owner, in the database registry, before the first migration")).await;

    let refused = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--database-url", &service]);
    assert_eq!(refused.status.code(), Some(1));
    let refused = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.contains("cannot migrate the database") && refused.contains("permission denied"), "{refused}");

    let migrated = run(folder.path(), &["migrate", "--database-url", &owner]);
    assert!(migrated.status.success(), "{migrated:?}");
    let mut server = Server::start(folder.path(), &["--database-url", &service]);
    let key = server.first_key();
    let admin = server.caller(&key).await;
    assert_eq!(who(&admin).await.unwrap(), "administrator");
    admin.new_app(&admin.new_tenant("Acme").await, "Analytics").await;
    drop(admin);
    assert_eq!(server.stop().status.code(), Some(0));

    execute(&owner, "INSERT INTO seaql_migrations VALUES ('m20991231_000001_add_everything', 0)").await;
    let refused = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--database-url", &service]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("the schema is newer than this release"));
}
