//! The kinds of caller whose calls are counted, each where it works.

use std::sync::Arc;

use oauth_registry::domain::role::BUILT_IN_ROLES;
use oauth_registry::proto::Permission;

use super::place::Place;
use crate::harness::caller::Caller;
use crate::harness::server::{SYSTEM, TestServer};

/// What lets a user do everything inside a tenant.
const EVERYTHING: [i32; 12] = [11, 13, 14, 15, 16, 17, 18, 19, 20, 28, 1006, 1009];
/// What lets a delegate do the same in administered tenants, and with the tenants themselves.
const OF_DELEGATE: [i32; 13] = [11, 13, 14, 15, 16, 17, 18, 19, 20, 25, 28, 1006, 1009];
/// What an administrator has; secrets are revealed by 1006 alone.
const OF_ADMINISTRATOR: [i32; 2] = [12, 1006];
/// The role that may have no number beyond those of a tenant.
const BUILT_IN: &str = "org_owner";

/// A kind of caller.
pub(crate) struct Kind {
    /// What the tables say of it.
    pub(crate) title: &'static str,
    /// One caller of the kind.
    pub(crate) caller: Caller,
    /// Where the caller works.
    pub(crate) place: Place,
    /// To how many tenants the caller has administrative access.
    pub(crate) administered: u64,
    /// Whether calls are authenticated by a key alone.
    pub(crate) is_plain: bool,
}

impl Kind {
    /// A kind whose callers have a key and no administrative access.
    pub(crate) fn new(title: &'static str, caller: Caller, place: Place) -> Self {
        Self { title, caller, place, administered: 0, is_plain: true }
    }
}

/// The permissions of numbers.
pub(crate) fn set(numbers: &[i32]) -> Vec<Permission> {
    numbers.iter().map(|number| Permission::try_from(*number).unwrap()).collect()
}

/// The name of the child tenant where all work.
pub(crate) const WORKPLACE: &str = "workplace";

/// Makes one caller of every kind; the delegate has administrative access to so many tenants.
pub(crate) async fn kinds(server: &Arc<TestServer>, administered: u64) -> Vec<Kind> {
    let tenant = server.admin().new_tenant(WORKPLACE).await;
    vec![
        administrator(server, &tenant).await,
        delegate(server, &tenant, administered).await,
        built_in(server, &tenant).await,
        own_roles(server, &tenant).await,
        person(server, &tenant).await,
        on_behalf(server, &tenant).await,
    ]
}

async fn administrator(server: &Arc<TestServer>, tenant: &str) -> Kind {
    let caller = server.admin().new_caller(SYSTEM, "operator", &set(&OF_ADMINISTRATOR)).await;
    let place = Place::new(server, "operator", tenant, SYSTEM);
    Kind::new("system tenant, {12, 1006}", caller, place)
}

async fn delegate(server: &Arc<TestServer>, tenant: &str, administered: u64) -> Kind {
    let admin = server.admin();
    let user = admin.new_user(SYSTEM, "delegate", &set(&OF_DELEGATE)).await;
    admin.add_administrator(tenant, &user).await;
    for number in 1..administered {
        admin.add_administrator(&admin.new_tenant(&format!("administered {number}")).await, &user).await;
    }
    let caller = admin.new_key(&user, &set(&OF_DELEGATE)).await;
    let place = Place::new(server, "delegate", tenant, SYSTEM).of_delegate(&user);
    let title = "system tenant, everything but {12}, administrative access to several tenants";
    Kind { administered, ..Kind::new(title, caller, place) }
}

async fn built_in(server: &Arc<TestServer>, tenant: &str) -> Kind {
    let admin = server.admin();
    let role = BUILT_IN_ROLES.iter().find(|role| role.name == BUILT_IN).unwrap();
    let user = admin.new_holder(tenant, "owner", &[&role.id.to_string()]).await;
    let numbers: Vec<i32> = role.permissions().iter().map(oauth_registry::domain::permission::Permission::number).collect();
    let caller = admin.new_key(&user, &set(&numbers)).await;
    Kind::new("child tenant, built-in role org_owner", caller, Place::new(server, "owner", tenant, tenant))
}

async fn own_roles(server: &Arc<TestServer>, tenant: &str) -> Kind {
    let admin = server.admin();
    let (some, rest) = EVERYTHING.split_at(6);
    let some = admin.new_role(tenant, "some", &set(some)).await;
    let rest = admin.new_role(tenant, "the rest", &set(rest)).await;
    let user = admin.new_holder(tenant, "holder", &[&some, &rest]).await;
    let caller = admin.new_key(&user, &set(&EVERYTHING)).await;
    let place = Place::new(server, "holder", tenant, tenant);
    Kind::new("child tenant, two roles of the tenant's own with everything", caller, place)
}

async fn person(server: &Arc<TestServer>, tenant: &str) -> Kind {
    let (_, caller) = server.admin().new_person(tenant, "person", &set(&EVERYTHING)).await;
    let place = Place::new(server, "person", tenant, tenant);
    Kind { is_plain: false, ..Kind::new("child tenant, everything, by password", caller, place) }
}

async fn on_behalf(server: &Arc<TestServer>, tenant: &str) -> Kind {
    let admin = server.admin();
    let subject = admin.new_user(tenant, "subject", &set(&EVERYTHING)).await;
    let actor = admin.new_caller(SYSTEM, "actor", &set(&OF_ADMINISTRATOR)).await;
    let place = Place::new(server, "actor", tenant, tenant);
    let title = "system tenant, {12, 1006}, on behalf of a user of a child tenant with everything";
    Kind { is_plain: false, ..Kind::new(title, actor.on_behalf_of(&subject), place) }
}
