//! The first start in an empty folder, and the second.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use oauth_registry::proto;
use sea_orm::ConnectionTrait;

use super::program::{Server, command, data, folder, keys_in, run, who};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_folder_is_all_that_a_first_start_needs() {
    let folder = folder();
    let mut server = Server::spawn(command(folder.path(), &["serve"]).env("OAUTH_REGISTRY_LISTEN", "127.0.0.1:0"));
    let key = server.first_key();
    assert_eq!(who(&server.caller(&key).await).await.unwrap(), "administrator");
    assert_eq!(mode(&folder.path().join("data")), 0o700);
    for file in ["registry.sqlite", "keyring"] {
        assert_eq!(mode(&data(&folder, file)), 0o600, "{file}");
    }
    let address = server.address.clone();
    assert!(!address.ends_with(":0"), "{address}");
    let ended = server.stop();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let call =
        format!("  grpcurl -plaintext -H 'authorization: Bearer {key}' {address} oauthregistry.v1.CallerService/GetCaller");
    assert!(ended.stdout.lines().any(|line| line == call), "{}", ended.stdout);
    // Once by itself and once in the call to try; and nowhere in the log.
    assert_eq!(keys_in(&ended.stdout), [key.clone(), key]);
    assert!(keys_in(&ended.stderr).is_empty(), "{}", ended.stderr);
}

#[test]
fn a_data_folder_that_others_can_write_is_warned_of() {
    let folder = folder();
    let path = folder.path().join("data");
    std::fs::create_dir(&path).unwrap();
    for (mode, warned) in [(0o755, false), (0o770, true), (0o702, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let ended = Server::start(folder.path(), &["--log-format", "human"]).stop();
        let warning = ended.stderr.lines().find(|line| line.contains("others can write the data folder"));
        assert_eq!(warning.is_some(), warned, "{mode:o}: {}", ended.stderr);
        assert!(warning.is_none_or(|line| line.contains("WARN") && line.contains("data")), "{warning:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_prints_no_key_and_knows_the_first() {
    let folder = folder();
    let mut first = Server::start(folder.path(), &[]);
    let key = first.first_key();
    first.stop();
    let second = Server::start(folder.path(), &[]);
    assert_eq!(who(&second.caller(&key).await).await.unwrap(), "administrator");
    let ended = second.stop();
    assert!(keys_in(&ended.stdout).is_empty(), "{}", ended.stdout);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_killed_starts_again() {
    let folder = folder();
    let mut first = Server::start(folder.path(), &[]);
    let key = first.first_key();
    first.signal("KILL");
    assert_eq!(first.wait().status.code(), None);
    let second = Server::start(folder.path(), &[]);
    assert_eq!(who(&second.caller(&key).await).await.unwrap(), "administrator");
}

/// Another process that opens the database and ends takes itself for its last user, unless the server's locks say otherwise.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_outlives_a_second_process_on_the_same_file() {
    let folder = folder();
    let mut first = Server::start(folder.path(), &[]);
    let key = first.first_key();
    first.signal("KILL");
    first.wait();
    let second = Server::start(folder.path(), &[]);
    let tenant = second.caller(&key).await.new_tenant("Before").await;
    assert!(run(folder.path(), &["migrate"]).status.success());
    assert!(data(&folder, "registry.sqlite-wal").exists(), "the server's log of writes was taken from under it");
    let late = second.caller(&key).await.new_tenant("After").await;
    second.signal("KILL");
    second.wait();
    let third = Server::start(folder.path(), &[]);
    for tenant_id in [tenant, late] {
        let request = proto::GetTenantRequest { tenant_id };
        third.caller(&key).await.tenants().get_tenant(request).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_stops_and_names_the_names_that_have_become_the_same() {
    let folder = folder();
    let mut first = Server::start(folder.path(), &[]);
    let key = first.first_key();
    let admin = first.caller(&key).await;
    let (one, two) = (admin.new_tenant("Straße").await, admin.new_tenant("Road").await);
    first.stop();
    let url = format!("sqlite://{}", data(&folder, "registry.sqlite").display());
    let database = sea_orm::Database::connect(url).await.unwrap();
    for sql in [
        "UPDATE tenant SET name_key = 'straße' WHERE name = 'Straße'",
        "UPDATE tenant SET name = 'STRASSE', name_key = 'strasse' WHERE name = 'Road'",
        "UPDATE setting SET value = 'lower case'",
    ] {
        assert_eq!(database.execute_unprepared(sql).await.unwrap().rows_affected(), 1, "{sql}");
    }
    database.close().await.unwrap();
    for command in ["serve", "migrate"] {
        let refused = run(folder.path(), &[command]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains(&format!("tenant {one} and {two}")), "{refused:?}");
    }
}

#[test]
fn a_busy_port_does_not_cost_the_first_key() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(folder.path(), &["serve", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(keys_in(&String::from_utf8_lossy(&refused.stdout)).is_empty(), "{refused:?}");
    drop(Server::start(folder.path(), &[]).first_key());
}

#[test]
fn plaintext_on_a_reachable_address_is_refused() {
    let folder = folder();
    let refused = run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(64), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--insecure-plaintext"), "{refused:?}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn the_log_tells_the_settings_in_force() {
    let folder = folder();
    // Few enough for every limit of open files.
    let mut server = Server::start(folder.path(), &["--log-format", "human", "--max-connections", "50"]);
    let line = server.log_line("settings in force");
    for setting in [r#""journal_mode", "wal""#, r#""synchronous", "2""#, r#""foreign_keys", "1""#, r#""secure_delete", "1""#] {
        assert!(line.contains(setting), "{setting}: {line}");
    }
    for setting in ["max_local_error_reset_streams=1024", "max_request=262144", "max_connections=50", "handshake_timeout=5s"] {
        assert!(line.contains(setting), "{setting}: {line}");
    }
}
