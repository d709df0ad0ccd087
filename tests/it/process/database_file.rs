//! The database file of a running server is removed or replaced: nothing more is acknowledged, since it would be gone at the stop.

use std::fs;
use std::path::Path;

use oauth_registry::proto;
use tempfile::TempDir;
use tonic::{Code, Status};

use super::program::{Server, data, folder, until_healthy, who};
use crate::harness::caller::{Caller, reason};

async fn write(caller: &Caller, name: &str) -> Result<(), Status> {
    let tenant = proto::Tenant { name: Some(name.to_owned()), ..Default::default() };
    let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
    caller.tenants().create_tenant(request).await.map(drop)
}

fn assert_unavailable(answer: Result<(), Status>) {
    let refused = answer.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
}

fn files(folder: &TempDir) -> Vec<std::path::PathBuf> {
    ["registry.sqlite", "registry.sqlite-wal", "registry.sqlite-shm"].map(|name| data(folder, name)).to_vec()
}

/// Serves, does something to the files, and demands that nothing is written from then on; returns the server.
async fn serve_and_lose(folder: &TempDir, lose: impl FnOnce(&Path)) -> (Server, Caller) {
    let mut server = Server::start(folder.path(), &[]);
    let key = server.first_key();
    let caller = server.caller(&key).await;
    write(&caller, "Before").await.unwrap();
    lose(&data(folder, "registry.sqlite"));
    assert_unavailable(write(&caller, "After").await);
    let line = server.log_line("the database file is gone");
    assert!(line.contains("ERROR") && line.contains("registry.sqlite"), "{line}");
    until_healthy(folder.path(), &server, "NOT_SERVING").await;
    assert_unavailable(write(&caller, "Later").await);
    (server, caller)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_file_is_removed_acknowledges_nothing_more() {
    let folder = folder();
    let (server, _) = serve_and_lose(&folder, |_| files(&folder).iter().for_each(|file| fs::remove_file(file).unwrap())).await;
    assert_eq!(server.stop().status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_file_was_away_is_well_after_a_restart_alone() {
    let folder = folder();
    let aside = folder.path().join("aside");
    let (server, caller) = serve_and_lose(&folder, |file| fs::rename(file, &aside).unwrap()).await;
    fs::rename(&aside, data(&folder, "registry.sqlite")).unwrap();
    assert_unavailable(write(&caller, "Back").await);
    let key = caller.token().unwrap().to_owned();
    drop(caller);
    server.stop();
    let again = Server::start(folder.path(), &[]);
    until_healthy(folder.path(), &again, "SERVING").await;
    let caller = again.caller(&key).await;
    assert_eq!(who(&caller).await.unwrap(), "administrator");
    let request = proto::ListTenantsRequest::default();
    let tenants = caller.tenants().list_tenants(request).await.unwrap().into_inner().tenants;
    let names: Vec<_> = tenants.iter().map(proto::Tenant::name).collect();
    assert_eq!(names, ["system", "Before"], "all that was acknowledged is there, and nothing else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_file_is_replaced_acknowledges_nothing_more() {
    let folder = folder();
    let copy = folder.path().join("copy");
    serve_and_lose(&folder, |file| {
        fs::copy(file, &copy).unwrap();
        fs::rename(&copy, file).unwrap();
    })
    .await;
}
