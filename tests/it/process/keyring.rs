//! A keyring that is gone or not good seals the server: it runs, says so, and makes no other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use oauth_registry::proto;
use tempfile::TempDir;
use tonic::Code;

use super::program::{Server, data, folder, printed, run, until_healthy, who};
use crate::harness::caller::reason;

/// A database that has been in use, and its key.
fn used() -> (TempDir, String) {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    server.stop();
    (folder, key)
}

async fn assert_sealed(folder: &TempDir, key: &str) {
    let server = Server::start(folder.path(), &[]);
    let refused = who(&server.caller(key).await).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "KEYRING_SEALED"));
    let health = run(folder.path(), &["health", "--address", &format!("http://{}", server.address)]);
    assert_eq!((health.status.code(), printed(&health).as_str()), (Some(1), "NOT_SERVING\n"));
    let ended = server.stop();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("sealed"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_keyring_seals_and_is_not_made_anew() {
    let (folder, key) = used();
    let keyring = data(&folder, "keyring");
    let kept = fs::read(&keyring).unwrap();
    fs::remove_file(&keyring).unwrap();
    assert_sealed(&folder, &key).await;
    assert!(!keyring.exists());
    fs::write(&keyring, kept).unwrap();
    fs::set_permissions(&keyring, fs::Permissions::from_mode(0o600)).unwrap();
    let server = Server::start(folder.path(), &[]);
    assert_eq!(who(&server.caller(&key).await).await.unwrap(), "administrator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyring_that_others_can_read_seals() {
    let (folder, key) = used();
    fs::set_permissions(data(&folder, "keyring"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_sealed(&folder, &key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyring_that_only_its_group_can_read_too_is_used() {
    let (folder, key) = used();
    // As Kubernetes hands secrets out (`fsGroup`).
    fs::set_permissions(data(&folder, "keyring"), fs::Permissions::from_mode(0o640)).unwrap();
    let server = Server::start(folder.path(), &[]);
    assert_eq!(who(&server.caller(&key).await).await.unwrap(), "administrator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_servers_keyring_seals() {
    let (folder, key) = used();
    let (other, _) = used();
    fs::copy(data(&other, "keyring"), data(&folder, "keyring")).unwrap();
    assert_sealed(&folder, &key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyring_that_is_moved_away_is_missed_until_it_is_back() {
    let folder = folder();
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let caller = server.caller(&key).await;
    let (keyring, aside) = (data(&folder, "keyring"), folder.path().join("aside"));
    let seal = async |name: &str| {
        let tenant = proto::Tenant { name: Some(name.to_owned()), ..Default::default() };
        caller.tenants().create_tenant(proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() }).await
    };
    let missed = async |name: &str| {
        until_healthy(folder.path(), &server, "NOT_SERVING").await;
        let refused = seal(name).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "KEYRING_SEALED"));
        assert_eq!(who(&caller).await.unwrap(), "administrator");
    };
    fs::rename(&keyring, &aside).unwrap();
    missed("Moved").await;
    // The same keys in another file are as good: it is the content that counts.
    fs::copy(&aside, &keyring).unwrap();
    until_healthy(folder.path(), &server, "SERVING").await;
    seal("Back").await.unwrap();
    fs::write(&keyring, "# nothing\n").unwrap();
    missed("Emptied").await;
    fs::copy(&aside, &keyring).unwrap();
    until_healthy(folder.path(), &server, "SERVING").await;
    seal("Back again").await.unwrap();
    let log = server.stop().stderr;
    assert_eq!(log.matches("nothing new is sealed until").count(), 2, "{log}");
}
