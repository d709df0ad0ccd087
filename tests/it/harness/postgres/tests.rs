use std::{
    fs,
    process::{Command, Stdio},
};

use super::{Cluster, Database, available};

fn query(database: &Database, sql: &str) -> String {
    psql(database.url(), sql)
}

fn psql(url: &str, sql: &str) -> String {
    let programs = super::Programs::installed().unwrap();
    let output = Command::new(programs.path("psql"))
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
        .output()
        .unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn notes(cluster: &Cluster) -> super::Template<'_> {
    cluster.template("notes", |url| {
        psql(url, "CREATE TABLE note (text TEXT NOT NULL); INSERT INTO note VALUES ('from the template')");
    })
}

#[test]
fn two_databases_of_one_template_are_independent() {
    if !available() {
        return;
    }
    let template = notes(Cluster::shared());
    let (one, other) = (template.create_database(), template.create_database());
    query(&one, "INSERT INTO note VALUES ('only in one')");
    assert_eq!(query(&one, "SELECT count(*) FROM note"), "2");
    assert_eq!(query(&other, "SELECT text FROM note"), "from the template");
    assert_eq!(query(&template.create_database(), "SELECT text FROM note"), "from the template");
}

#[test]
fn a_template_is_migrated_once_and_may_block_on_a_runtime_of_its_own() {
    if !available() {
        return;
    }
    let migrations = std::sync::atomic::AtomicU32::new(0);
    let migrate = |url: &str| {
        migrations.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let connection = sea_orm::Database::connect(url).await.unwrap();
            sea_orm::ConnectionTrait::execute_unprepared(&connection, "CREATE TABLE once (id BIGINT)").await.unwrap();
        });
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let databases = runtime.block_on(async {
        let cluster = Cluster::shared();
        [cluster.template("once", migrate).create_database(), cluster.template("once", migrate).create_database()]
    });
    assert_eq!(migrations.into_inner(), 1);
    assert_eq!(databases.map(|database| query(&database, "SELECT count(*) FROM once")), ["0", "0"]);
}

#[test]
fn a_template_whose_migration_failed_is_made_anew() {
    if !available() {
        return;
    }
    let cluster = Cluster::shared();
    let failed = std::panic::catch_unwind(|| {
        cluster.template("mended", |url| {
            psql(url, "CREATE TABLE half (id BIGINT)");
            panic!("the migration breaks");
        });
    });
    assert!(failed.is_err());
    let database = cluster.template("mended", |url| drop(psql(url, "CREATE TABLE whole (id BIGINT)"))).create_database();
    assert_eq!(query(&database, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"), "whole");
}

#[tokio::test]
async fn a_connected_pool_does_not_keep_its_database_alive() {
    if !available() {
        return;
    }
    let database = notes(Cluster::shared()).create_database();
    let pool = sea_orm::Database::connect(database.url()).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&pool, "SELECT text FROM note").await.unwrap();
    let name = database.name.clone();
    drop(database);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(psql(&Cluster::shared().psql.url("postgres"), &left), "0");
}

#[test]
fn a_cluster_ends_and_leaves_no_file_when_its_standard_input_closes() {
    if !available() {
        return;
    }
    let cluster = Cluster::start();
    let home = cluster.psql.socket.clone();
    let pid = fs::read_to_string(home.join("data/postmaster.pid")).unwrap().lines().next().unwrap().to_owned();
    assert!(is_alive(&pid));
    // What the end of a process does to the pipe, with `wait` on the shell to know that it has taken effect.
    drop(cluster);
    assert!(!is_alive(&pid));
    assert!(!home.exists());
}

#[test]
fn a_cluster_whose_tests_died_while_it_was_starting_ends_too() {
    if !available() {
        return;
    }
    let home = super::new_home();
    let mut command = super::shell_command(super::Programs::installed().unwrap(), home.path());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    assert!(!home.path().exists());
}

fn is_alive(pid: &str) -> bool {
    Command::new("sh").args(["-c", "kill -0 \"$1\" 2>/dev/null", "sh", pid]).status().unwrap().success()
}
