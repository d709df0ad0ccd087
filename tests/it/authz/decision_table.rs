//! The contract's decision table for OAuth apps, cell by cell, with further rows for keys and forced access.

use oauth_registry::proto;
use oauth_registry::storage::Backend;
use prost::Message;

use super::descriptors::path;
use super::world::World;
use super::{made_up, outcome, set};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

const OK: &str = "OK";
const NONE: &str = "RESOURCE_NOT_FOUND";
const DENIED: &str = "MISSING_PERMISSION";

/// What a row says of: own tenant, system tenant, child with administrative access, other child, missing id.
type Cells = [&'static str; 5];

/// One row: who calls, from which tenant, and what becomes of reads and of writes.
struct Row {
    title: &'static str,
    caller: Caller,
    own: String,
    reads: Cells,
    writes: Cells,
}

/// An app and its tenant.
#[derive(Clone)]
struct Target {
    app: String,
    tenant: String,
}

impl Target {
    /// One message for each of the four methods; the first two read.
    fn messages(&self) -> [(&'static str, Vec<u8>); 4] {
        let Self { app, tenant } = self;
        let changed = proto::OauthApp { id: app.clone(), description: Some("Changed".to_owned()), ..Default::default() };
        let list = proto::ListOauthAppsRequest { tenant_id: Some(tenant.clone()), ..Default::default() };
        let update = proto::UpdateOauthAppRequest { oauth_app: Some(changed), validate_only: true, ..Default::default() };
        let delete = proto::DeleteOauthAppRequest { oauth_app_id: app.clone(), validate_only: true, ..Default::default() };
        [
            ("OauthAppService/GetOauthApp", proto::GetOauthAppRequest { oauth_app_id: app.clone() }.encode_to_vec()),
            ("OauthAppService/ListOauthApps", list.encode_to_vec()),
            ("OauthAppService/UpdateOauthApp", update.encode_to_vec()),
            ("OauthAppService/DeleteOauthApp", delete.encode_to_vec()),
        ]
    }
}

on_both_backends! {
    async fn every_cell_of_the_decision_table_holds(server: TestServer) {
        let world = World::new(server).await;
        let home = world.admin.new_tenant("home of the children").await;
        let own_app = Target { app: world.admin.new_app(&home, "own").await.id, tenant: home.clone() };
        let [administered, other, system] = [&world.alpha, &world.beta, &world.system]
            .map(|ids| Target { app: ids.app.clone(), tenant: ids.tenant.clone() });
        let missing = Target { app: made_up(&other.app), tenant: made_up(&other.tenant) };
        let rows = [system_rows(&world).await, child_rows(&world, &home).await, key_rows(&world).await];
        for row in rows.into_iter().flatten() {
            let own = [&own_app, &system, &administered].into_iter().find(|target| target.tenant == row.own).unwrap();
            for (column, target) in [own, &system, &administered, &other, &missing].into_iter().enumerate() {
                for (at, (method, message)) in target.messages().into_iter().enumerate() {
                    let expected = if at < 2 { row.reads[column] } else { row.writes[column] };
                    let answer = row.caller.raw(&path(method), message).await;
                    assert_eq!(outcome(&answer), expected, "{}, column {column}, {method}", row.title);
                }
            }
        }
    }
}

on_both_backends! {
    async fn a_secret_is_revealed_in_the_home_tenant_and_elsewhere_only_with_twelve(server: TestServer) {
        let world = World::new(server).await;
        let strong = world.admin.new_user(SYSTEM, "strong", &set(&[12, 1006])).await;
        let child = world.admin.new_caller(&world.alpha.tenant, "child", &set(&[1006])).await;
        let cases = [
            ("system {1006}", delegate(&world, "revealer", &[1006]).await, [OK, NONE, NONE]),
            ("system {11, 28, 1006}", delegate(&world, "manager", &[11, 28, 1006]).await, [OK, NONE, NONE]),
            ("{12}", world.admin.new_caller(SYSTEM, "twelve", &set(&[12])).await, [DENIED; 3]),
            ("{12, 1006}", world.admin.new_key(&strong, &set(&[12, 1006])).await, [OK; 3]),
            ("key {1006} of {12, 1006}", world.admin.new_key(&strong, &set(&[1006])).await, [OK, NONE, NONE]),
            ("child {1006}", child, [NONE, OK, NONE]),
        ];
        for (title, caller, cells) in cases {
            for (ids, expected) in [&world.system, &world.alpha, &world.beta].into_iter().zip(cells) {
                let reason = "to test it".to_owned();
                let request = proto::RevealOauthAppSecretRequest { oauth_app_id: ids.app.clone(), reason, ..Default::default() };
                let revealed = caller.apps().reveal_oauth_app_secret(request).await;
                assert_eq!(outcome(&revealed), expected, "{title}, {}", ids.tenant_name);
                assert!(revealed.is_err() || revealed.unwrap().into_inner().client_secret == "s3cret");
            }
        }
    }
}

fn row(title: &'static str, caller: Caller, own: &str, cells: Cells) -> Row {
    Row { title, caller, own: own.to_owned(), reads: cells, writes: cells }
}

/// A user of the system tenant with administrative access to the first child tenant, and a key that lists the same.
async fn delegate(world: &World, login: &str, numbers: &[i32]) -> Caller {
    let user = world.admin.new_user(SYSTEM, login, &set(numbers)).await;
    world.admin.add_administrator(&world.alpha.tenant, &user).await;
    world.admin.new_key(&user, &set(numbers)).await
}

async fn system_rows(world: &World) -> Vec<Row> {
    let reader = Row {
        reads: [OK, OK, OK, NONE, NONE],
        ..row("system {1011}", delegate(world, "reader", &[1011]).await, SYSTEM, [DENIED; 5])
    };
    vec![
        row("{12}", world.admin.new_caller(SYSTEM, "twelve", &set(&[12])).await, SYSTEM, [OK, OK, OK, OK, NONE]),
        row("system {11, 28}", delegate(world, "both", &[11, 28]).await, SYSTEM, [OK, OK, OK, NONE, NONE]),
        row("system {11}", delegate(world, "eleven", &[11]).await, SYSTEM, [DENIED; 5]),
        row("system {28}", delegate(world, "twenty-eight", &[28]).await, SYSTEM, [DENIED; 5]),
        row("system {1001}", delegate(world, "other-kind", &[1001]).await, SYSTEM, [DENIED; 5]),
        reader,
    ]
}

async fn child_rows(world: &World, home: &str) -> Vec<Row> {
    let user = world.admin.new_user(home, "both", &set(&[11, 28])).await;
    let both = world.admin.new_key(&user, &set(&[11, 28])).await;
    let forced = world.admin.new_user(home, "forced", &set(&[11, 28])).await;
    force_access(world, home, &forced).await;
    let forced = world.admin.new_key(&forced, &set(&[11, 28])).await;
    let only = world.admin.new_caller(home, "twenty-eight", &set(&[28])).await;
    let other = world.admin.new_caller(home, "other-kind", &set(&[1001])).await;
    let reader = Row {
        reads: [OK, NONE, NONE, NONE, NONE],
        ..row("child {1011}", world.admin.new_caller(home, "reader", &set(&[1011])).await, home, [DENIED; 5])
    };
    vec![
        row("child {11, 28}", both, home, [OK, NONE, NONE, NONE, NONE]),
        row("child {11, 28} with access that was forced in", forced, home, [OK, NONE, NONE, NONE, NONE]),
        row("child {28}", only, home, [DENIED; 5]),
        row("child {1001}", other, home, [DENIED; 5]),
        reader,
    ]
}

/// Writes administrative access for a user of a child tenant, which no call gives.
async fn force_access(world: &World, home: &str, user: &str) {
    let server = &world.server;
    let ids = [&world.alpha.tenant, home, user].map(|id| server.sql_id(id)).join(", ");
    let columns = "tenant_id, user_tenant_id, user_id, create_time, create_actor";
    // The database refuses such a row itself.
    let unchecked = match server.registry.store.backend() {
        Backend::Sqlite => "PRAGMA ignore_check_constraints = ON",
        Backend::Postgres => {
            "ALTER TABLE tenant_administrator DROP CONSTRAINT IF EXISTS tenant_administrator_user_tenant_id_check"
        }
    };
    let sql = format!("{unchecked}; INSERT INTO tenant_administrator ({columns}) VALUES ({ids}, 1, 'user:{user}')");
    server.execute(&sql).await;
    let written = format!("UPDATE tenant_administrator SET create_time = 2 WHERE user_id = {}", server.sql_id(user));
    assert_eq!(server.execute(&written).await, 1);
}

async fn key_rows(world: &World) -> Vec<Row> {
    let child = world.alpha.tenant.clone();
    let strong = world.admin.new_user(SYSTEM, "strong", &set(&[12])).await;
    let weaker = world.admin.new_user(SYSTEM, "weaker", &set(&[11, 28])).await;
    world.admin.add_administrator(&child, &weaker).await;
    let outsider = world.admin.new_user(SYSTEM, "outsider", &set(&[11, 28])).await;
    let everywhere = world.admin.new_user(SYSTEM, "everywhere", &set(&[12])).await;
    vec![
        row("key of {12}, bound to a child", bound(world, &strong, &[12], &child).await, &child, [OK, NONE, OK, NONE, NONE]),
        row("key of {12}, bound to system", bound(world, &strong, &[12], SYSTEM).await, SYSTEM, [OK, OK, NONE, NONE, NONE]),
        row(
            "key of {11, 28}, bound to a child",
            bound(world, &weaker, &[11, 28], &child).await,
            &child,
            [OK, NONE, OK, NONE, NONE],
        ),
        row("key bound without access", bound(world, &outsider, &[11, 28], &child).await, &child, [NONE; 5]),
        row("key {11, 28} of {12}", world.admin.new_key(&everywhere, &set(&[11, 28])).await, SYSTEM, [OK, OK, NONE, NONE, NONE]),
    ]
}

async fn bound(world: &World, user: &str, numbers: &[i32], tenant: &str) -> Caller {
    let key = proto::ApiKey {
        user_id: Some(user.to_owned()),
        permissions: numbers.to_vec(),
        tenant_id: Some(tenant.to_owned()),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    world.server.caller(&world.admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret)
}
