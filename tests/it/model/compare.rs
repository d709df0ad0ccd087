//! Reads the server's state back, as the first administrator, and holds it against the model's.

use std::collections::BTreeMap;
use std::fmt::Debug;

use oauth_registry::proto;

use super::callers::Caller;
use super::calls::Call;
use super::draw::FIRST;
use super::numbers::Numbers;
use super::server::{Answer, Named};
use super::world::{App, Id, Key, Role, RoleName, Tenant, User, World};
use crate::harness::caller::Caller as Client;

/// A list must fit on one page.
const PAGE: i32 = 500;

/// Says what an answer tells that the model does not.
pub(super) fn answer(world: &World, named: &Named, (caller, call): (&Caller, &Call), answer: &Answer) -> Result<(), String> {
    match (answer, call) {
        (Answer::Nothing, _) => Ok(()),
        (Answer::Caller(seen), _) => caller_seen(world, named, caller, seen),
        (Answer::Users(ids), Call::ListUsers(tenant)) => {
            let wanted = |home: Id| tenant.is_none_or(|tenant| tenant == home) && caller.reaches(home);
            let expected = world.users.iter().filter(|(_, user)| wanted(user.home)).map(|(id, _)| named.id(*id));
            same("users", ids, &expected.collect())
        }
        (Answer::Users(_), _) => Err("users were not asked for".to_owned()),
    }
}

fn caller_seen(world: &World, named: &Named, caller: &Caller, seen: &proto::GetCallerResponse) -> Result<(), String> {
    let user = |user: &Option<proto::User>| user.as_ref().map(|user| user.id.clone());
    same("user", &user(&seen.user), &Some(named.id(caller.actor)))?;
    same("on_behalf_of", &user(&seen.on_behalf_of), &caller.subject.map(|subject| named.id(subject)))?;
    same("permissions", &seen.permissions, &caller.numbers.iter().copied().collect())?;
    same("default_tenant_id", &seen.default_tenant_id, &named.id(caller.default_tenant()))?;
    let administered = world.users[&caller.user()].administers.iter().filter(|tenant| caller.reaches(**tenant));
    let mut expected: Vec<String> = administered.map(|tenant| named.id(*tenant)).collect();
    expected.sort();
    same("administered_tenant_ids", &seen.administered_tenant_ids, &expected)
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: the server has {found:?}, the model {expected:?}")) }
}

/// Says where the server's state differs from the model's.
pub(super) async fn state(world: &World, named: &Named) -> Result<(), String> {
    let root = named.caller(FIRST, None).expect("the first administrator's token was given out");
    same("tenants", &tenants(&root, named).await?, &world.tenants)?;
    same("users", &users(&root, named, world).await?, &world.users)?;
    same("roles", &roles(&root, named).await?, &world.roles)?;
    same("keys", &keys(&root, named, world).await?, &world.keys)?;
    same("apps", &apps(&root, named).await?, &world.apps)
}

fn known(named: &Named, id: &str) -> Result<Id, String> {
    named.name_of(id).ok_or_else(|| format!("{id} is in the server and was never made"))
}

fn numbers(list: &[i32]) -> Numbers {
    list.iter().copied().collect()
}

async fn tenants(root: &Client, named: &Named) -> Result<BTreeMap<Id, Tenant>, String> {
    let request = proto::ListTenantsRequest { page_size: PAGE, ..Default::default() };
    let found = root.tenants().list_tenants(request).await.unwrap().into_inner().tenants;
    let tenant = |found: proto::Tenant| {
        let suspended = found.status() == proto::TenantStatus::Suspended;
        // What `bootstrap` says of the system tenant is no part of the model, until somebody changes it.
        let description = found.description.filter(|text| text.starts_with("step-"));
        Ok((known(named, &found.id)?, Tenant { suspended, description }))
    };
    found.into_iter().map(tenant).collect()
}

async fn users(root: &Client, named: &Named, world: &World) -> Result<BTreeMap<Id, User>, String> {
    let request = proto::ListUsersRequest { page_size: PAGE, ..Default::default() };
    let found = root.users().list_users(request).await.unwrap().into_inner().users;
    let mut users = BTreeMap::new();
    for found in found {
        let user = User {
            home: known(named, found.tenant_id())?,
            suspended: found.status() == proto::UserStatus::Suspended,
            grants: numbers(&found.permissions),
            display_name: found.display_name.clone().filter(|text| text.starts_with("step-")),
            roles: found.role_ids.iter().map(|id| role_name(named, id)).collect::<Result<_, _>>()?,
            administers: [].into(),
        };
        users.insert(known(named, &found.id)?, user);
    }
    for tenant in world.tenants.keys() {
        let request =
            proto::ListTenantAdministratorsRequest { tenant_id: named.id(*tenant), page_size: PAGE, ..Default::default() };
        let found = root.tenants().list_tenant_administrators(request).await.unwrap().into_inner().tenant_administrators;
        for access in found {
            let user = users.get_mut(&known(named, &access.user_id)?);
            user.ok_or_else(|| format!("{} administers and is no user", access.user_id))?.administers.insert(*tenant);
        }
    }
    Ok(users)
}

fn role_name(named: &Named, id: &str) -> Result<RoleName, String> {
    match id.strip_prefix("00000000-0000-0000-0001-") {
        Some(place) => Ok(RoleName::BuiltIn(place.parse().unwrap())),
        None => Ok(RoleName::Own(known(named, id)?)),
    }
}

async fn roles(root: &Client, named: &Named) -> Result<BTreeMap<Id, Role>, String> {
    let request = proto::ListRolesRequest { page_size: PAGE, ..Default::default() };
    let found = root.roles().list_roles(request).await.unwrap().into_inner().roles;
    let own = found.into_iter().filter(|role| !role.built_in);
    let role = |found: proto::Role| {
        let role = Role { tenant: known(named, found.tenant_id())?, gives: numbers(&found.permissions) };
        Ok((known(named, &found.id)?, role))
    };
    own.map(role).collect()
}

async fn keys(root: &Client, named: &Named, world: &World) -> Result<BTreeMap<Id, Key>, String> {
    let request = proto::ListApiKeysRequest { page_size: PAGE, ..Default::default() };
    let found = root.api_keys().list_api_keys(request).await.unwrap().into_inner().api_keys;
    let key = |found: proto::ApiKey| {
        let id = known(named, &found.id)?;
        let key = Key {
            user: known(named, found.user_id())?,
            lists: numbers(&found.permissions),
            bound: found.tenant_id.as_ref().map(|tenant| known(named, tenant)).transpose()?,
            ends: found.expire_time.map(|end| end.seconds),
            revoked: found.status() == proto::ApiKeyStatus::Revoked,
            // Nobody can see it, but for the secrets that are dead.
            rotations: world.keys.get(&id).map_or(0, |key| key.rotations),
        };
        Ok((id, key))
    };
    found.into_iter().map(key).collect()
}

async fn apps(root: &Client, named: &Named) -> Result<BTreeMap<Id, App>, String> {
    let request = proto::ListOauthAppsRequest { page_size: PAGE, ..Default::default() };
    let found = root.apps().list_oauth_apps(request).await.unwrap().into_inner().oauth_apps;
    let app = |found: proto::OauthApp| Ok((known(named, &found.id)?, App { tenant: known(named, found.tenant_id())? }));
    found.into_iter().map(app).collect()
}
