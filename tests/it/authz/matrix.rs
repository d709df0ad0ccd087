//! The matrix: every RPC, tried by every kind of caller, as a golden file that people can read.

use std::fmt::Write as _;

use tonic::{Code, Status};

use super::builders;
use super::descriptors::{Rpc, rpcs};
use super::world::{Ids, World};
use super::{outcome, set};
use crate::golden;
use crate::harness::caller::Caller;
use crate::harness::server::{SYSTEM, TestServer};
use oauth_registry::domain::role::BUILT_IN_ROLES;
use oauth_registry::proto::{self, Permission};

/// The permission sets that are tried beside the built-in roles.
const SETS: [&[i32]; 9] = [&[11], &[28], &[11, 28], &[12], &[1001], &[1006], &[11, 25], &[1009], &[1011]];
/// The numbers that only users of the system tenant hold.
const RESERVED: [i32; 2] = [12, 25];

/// One column.
struct Column {
    title: String,
    caller: Caller,
    place: Ids,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_passes_exactly_where_the_matrix_says() {
    let world = World::new(TestServer::sqlite().await).await;
    let columns = columns(&world).await;
    let mut rows = Vec::new();
    for rpc in rpcs() {
        let mut cells = Vec::new();
        for column in &columns {
            cells.push(cell(&rpc, column).await);
        }
        rows.push((rpc, cells));
    }
    golden::assert_matches("authz_matrix.txt", &render(&columns, &rows));
}

/// Tries every builder of an RPC; they must agree, because the rule is decided before the message is read.
async fn cell(rpc: &Rpc, column: &Column) -> &'static str {
    let mut cells = Vec::new();
    for builder in builders::of(&rpc.name) {
        let message = builder.build(&column.place, (builder.target)(&column.place));
        let answer = column.caller.raw(&rpc.path(), message).await;
        cells.push(symbol(&answer));
    }
    assert!(cells.windows(2).all(|pair| pair[0] == pair[1]), "{} by {}: {cells:?}", rpc.name, column.title);
    cells[0]
}

fn symbol<T>(answer: &Result<T, Status>) -> &'static str {
    match (answer.as_ref().err().map(Status::code), outcome(answer).as_str()) {
        (Some(Code::Unauthenticated), _) => "?",
        (Some(Code::PermissionDenied), "MISSING_PERMISSION") => "-",
        (Some(Code::PermissionDenied), "CREDENTIAL_REFUSED") => "k",
        (Some(Code::Unimplemented | Code::Internal | Code::Unknown | Code::Unavailable), reason) => panic!("{reason}"),
        _ => "Y",
    }
}

async fn columns(world: &World) -> Vec<Column> {
    let mut columns = Vec::new();
    for (tenant, place) in [("system", &world.system), ("child", &world.alpha)] {
        for role in BUILT_IN_ROLES.iter().filter(|role| tenant == "system" || !role.system_tenant_only) {
            let caller = holder(world, place, (role.name, Some(role.id.to_string())), &numbers(role)).await;
            columns.push(Column { title: format!("{tenant} tenant, role {}", role.name), caller, place: place.clone() });
        }
        let reserved = |numbers: &[i32]| numbers.iter().any(|number| RESERVED.contains(number));
        for numbers in SETS.into_iter().filter(|numbers| tenant == "system" || !reserved(numbers)) {
            let title = numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
            let caller = holder(world, place, (&format!("set-{}", title.join("-")), None), &set(numbers)).await;
            columns.push(Column { title: format!("{tenant} tenant, {{{}}}", title.join(", ")), caller, place: place.clone() });
        }
    }
    let bound = bound_key(world, &world.alpha.tenant).await;
    columns.push(Column {
        title: "key of {12}, bound to the child tenant".to_owned(),
        caller: bound,
        place: world.alpha.clone(),
    });
    let (_, person) = world.admin.new_person(&world.alpha.tenant, "by-password", &set(&[11])).await;
    columns.push(Column { title: "child tenant, {11}, by password".to_owned(), caller: person, place: world.alpha.clone() });
    columns.push(Column { title: "anonymous".to_owned(), caller: world.server.anonymous(), place: world.alpha.clone() });
    columns
}

fn numbers(role: &oauth_registry::domain::role::BuiltInRole) -> Vec<Permission> {
    set(&role.permissions().iter().map(oauth_registry::domain::permission::Permission::number).collect::<Vec<_>>())
}

/// A user with one role, or with permissions of its own, and a key that lists all of them.
async fn holder(world: &World, place: &Ids, (login, role): (&str, Option<String>), permissions: &[Permission]) -> Caller {
    let explicit = if role.is_none() { permissions.iter().map(|one| (*one).into()).collect() } else { Vec::new() };
    let user = proto::User {
        tenant_id: Some(place.tenant.clone()),
        kind: proto::UserKind::ServiceAccount.into(),
        login_name: Some(login.to_owned()),
        role_ids: role.into_iter().collect(),
        permissions: explicit,
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
    let user = world.admin.users().create_user(request).await.unwrap().into_inner().user.unwrap().id;
    world.admin.new_key(&user, permissions).await
}

async fn bound_key(world: &World, tenant: &str) -> Caller {
    let user = world.admin.new_user(SYSTEM, "bound", &set(&[12])).await;
    let key =
        proto::ApiKey { user_id: Some(user), permissions: vec![12], tenant_id: Some(tenant.to_owned()), ..Default::default() };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    world.server.caller(&world.admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret)
}

fn render(columns: &[Column], rows: &[(Rpc, Vec<&'static str>)]) -> String {
    let mut text = "Who passes which method's rule, measured by calling the server.\n\n".to_owned();
    text.push_str("Y  the call reaches its handler (where it then acts is the caller's scope)\n");
    text.push_str("-  PERMISSION_DENIED / MISSING_PERMISSION\n");
    text.push_str("k  PERMISSION_DENIED / CREDENTIAL_REFUSED\n");
    text.push_str("?  UNAUTHENTICATED\n\n");
    text.push_str(
        "Rules: a·b both numbers, | or, any: every caller, self: every caller for their own rows. `no bound key`: a key that\n",
    );
    text.push_str(
        "is bound to one tenant is refused. `no API key`: only a password will do. `home tenant`: without 12 the method\n",
    );
    text.push_str("reaches no administered tenant.\n\nCallers:\n");
    for (number, column) in (1..).zip(columns) {
        writeln!(text, "{number:>4}  {}", column.title).unwrap();
    }
    let numbers: String = (1..=columns.len()).map(|number| format!("{number:>3}")).collect();
    let mut service = "";
    for (rpc, cells) in rows {
        if rpc.service() != service {
            service = rpc.service();
            writeln!(text, "\n{service:<60}{numbers}").unwrap();
        }
        let cells: String = cells.iter().map(|cell| format!("{cell:>3}")).collect();
        let method = rpc.name.split_once('/').unwrap().1;
        writeln!(text, "  {method:<26}{:<18}{:<14}{cells}", rpc.rule_text(), rpc.flags()).unwrap();
    }
    text
}
