//! A deleted tenant's secrets: nothing opens them again, and on SQLite no file holds them any more.

use std::path::Path;

use oauth_registry::crypto::KeyPurpose;
use oauth_registry::domain::id::TenantId;
use oauth_registry::proto;
use oauth_registry::service::{Error, KeyState};
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, reason};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{Home, TestServer};
use crate::secrets::reveal;

const APP: &str = "An app that nobody must find";

async fn suspend(admin: &Caller, tenant_id: &str) {
    let request = proto::SuspendTenantRequest { tenant_id: tenant_id.to_owned(), ..Default::default() };
    admin.tenants().suspend_tenant(request).await.unwrap();
}

async fn delete(admin: &Caller, tenant_id: &str) -> Result<(), Status> {
    let request = proto::DeleteTenantRequest { tenant_id: tenant_id.to_owned(), force: true, ..Default::default() };
    admin.tenants().delete_tenant(request).await.map(drop)
}

/// What must not be left of a tenant: a name, its app's envelope, its wrapped keys.
async fn traces(server: &TestServer, tenant: &str) -> Vec<Vec<u8>> {
    let raw = Raw::of(server).await;
    let mut traces = vec![APP.as_bytes().to_vec()];
    for (table, column) in [("secret_version", "envelope"), ("tenant_key", "wrapped")] {
        let rows = raw.rows(&format!("SELECT {column} FROM {table} WHERE tenant_id = {}", raw.id(tenant))).await;
        traces.extend(rows.iter().map(|row| row.try_get_by_index::<Vec<u8>>(0).unwrap()));
    }
    assert_eq!(traces.len(), 5);
    traces
}

/// How many of the traces stand in the files of a folder.
fn left(folder: &Path, traces: &[Vec<u8>]) -> usize {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let files: Vec<_> = files.collect();
    let stands = |trace: &&Vec<u8>| files.iter().any(|file| file.windows(trace.len()).any(|window| window == trace.as_slice()));
    traces.iter().filter(stands).count()
}

fn folder(server: &TestServer) -> &Path {
    match server.home() {
        Home::Sqlite(folder) => folder.path(),
        Home::Postgres(_) => panic!("the server has no files"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_deletion_no_file_holds_what_the_tenant_had() {
    let server = TestServer::sqlite().await;
    let admin = server.admin();
    let tenant = admin.new_tenant("Acme").await;
    admin.new_app(&tenant, APP).await;
    let traces = traces(&server, &tenant).await;
    suspend(&admin, &tenant).await;
    assert_eq!(left(folder(&server), &traces), traces.len(), "what is there is found");
    delete(&admin, &tenant).await.unwrap();
    assert_eq!(left(folder(&server), &traces), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_who_stands_in_the_way_of_the_wiping_does_not_undo_the_deletion() {
    let server = TestServer::sqlite().await;
    let admin = server.admin();
    let tenant = admin.new_tenant("Acme").await;
    admin.new_app(&tenant, APP).await;
    let traces = traces(&server, &tenant).await;
    suspend(&admin, &tenant).await;
    let url = format!("sqlite://{}", folder(&server).join("registry.sqlite").display());
    let outside = Database::connect(url).await.unwrap();
    let reading = outside.begin().await.unwrap();
    reading.execute_unprepared("SELECT count(*) FROM tenant").await.unwrap();
    delete(&admin, &tenant).await.unwrap();
    assert_eq!(delete(&admin, &tenant).await.unwrap_err().code(), Code::NotFound);
    admin.new_tenant("The one writer is free").await;
    assert_eq!(left(folder(&server), &traces), traces.len(), "the reader still sees them");
    reading.rollback().await.unwrap();
    server.registry.store.truncate_log().await;
    assert_eq!(left(folder(&server), &traces), 0);
}

on_both_backends! {
    async fn an_envelope_that_was_copied_aside_opens_no_more(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, APP).await.id;
        assert_eq!(reveal(&admin, &app).await.unwrap().client_secret, "s3cret");
        let raw = Raw::of(&server).await;
        let copied = [("tenant", "id"), ("oauth_app", "tenant_id"), ("secret_version", "tenant_id")];
        for (table, column) in copied {
            raw.run(&format!("CREATE TABLE aside_{table} AS SELECT * FROM {table} WHERE {column} = {}", raw.id(&tenant))).await;
        }
        suspend(&admin, &tenant).await;
        delete(&admin, &tenant).await.unwrap();
        assert_eq!(reveal(&admin, &app).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(raw.count("tenant_key", &format!("tenant_id = {}", raw.id(&tenant))).await, 0);
        let unbound = raw.either("PRAGMA foreign_keys = OFF", "SET session_replication_role = replica");
        for (table, _) in copied {
            raw.run(&format!("{unbound}; INSERT INTO {table} SELECT * FROM aside_{table}")).await;
        }
        let (_, channel) = server.with_keys(KeyState::Usable(TestServer::keyring())).await;
        let elsewhere = Caller::new(channel, Some(server.admin_token().to_owned()));
        for caller in [admin, elsewhere] {
            let refused = reveal(&caller, &app).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::DataLoss, "SECRET_UNREADABLE"), "{refused:?}");
        }
    }

    async fn a_key_that_is_loaded_while_its_tenant_goes_is_not_kept(server: TestServer) {
        let tenant = server.admin().new_tenant("Acme").await;
        let id: TenantId = tenant.parse().unwrap();
        let (keys, reader) = (&server.registry.keys, server.registry.store.reader());
        let key = keys.active(&reader, id, KeyPurpose::Secrets).await.unwrap().identity().id;
        // The rows are still there, as they are for a load that began before the deletion was committed.
        keys.forget(id).await;
        assert!(matches!(keys.named(&reader, id, key).await, Err(Error::ConcurrentChange)));
        assert!(matches!(keys.active(&reader, id, KeyPurpose::Secrets).await, Err(Error::ConcurrentChange)));
        keys.active(&reader, TenantId::SYSTEM, KeyPurpose::Secrets).await.unwrap();
    }

    async fn a_deleted_tenant_is_no_lost_secret(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (id, reader): (TenantId, _) = (tenant.parse().unwrap(), server.registry.store.reader());
        let key = server.registry.keys.active(&reader, id, KeyPurpose::Secrets).await.unwrap().identity().id;
        suspend(&admin, &tenant).await;
        delete(&admin, &tenant).await.unwrap();
        // Who was about to seal or open something is told of the race, and finds no tenant at the next try.
        let fresh = oauth_registry::service::Keys::new(KeyState::Usable(TestServer::keyring()));
        for keys in [&fresh, &server.registry.keys] {
            assert!(matches!(keys.active(&reader, id, KeyPurpose::Secrets).await, Err(Error::ConcurrentChange)));
            assert!(matches!(keys.named(&reader, id, key).await, Err(Error::ConcurrentChange)));
        }
    }
}
