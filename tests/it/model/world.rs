//! What there is, as far as access goes: tenants, users, roles, keys, apps. Things are named by the number of the step that made
//! them, so that a history can be cut and played again.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::Credential;
use super::numbers::{self, Numbers};

/// The number of the step that made a thing.
pub(super) type Id = usize;

/// The system tenant.
pub(super) const SYSTEM: Id = 0;
/// The first administrator.
pub(super) const ROOT: Id = 1;
/// The first administrator's key.
pub(super) const ROOT_KEY: Id = 2;

/// A role that a user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RoleName {
    /// One of the built-in roles, counted from 1.
    BuiltIn(usize),
    /// A tenant's own.
    Own(Id),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tenant {
    pub(super) suspended: bool,
    pub(super) description: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) home: Id,
    pub(super) roles: BTreeSet<RoleName>,
    pub(super) grants: Numbers,
    pub(super) suspended: bool,
    pub(super) display_name: Option<String>,
    /// The tenants to which the user has administrative access.
    pub(super) administers: BTreeSet<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) tenant: Id,
    pub(super) gives: Numbers,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) user: Id,
    pub(super) lists: Numbers,
    pub(super) bound: Option<Id>,
    /// In seconds of the server's clock.
    pub(super) ends: Option<i64>,
    pub(super) revoked: bool,
    /// How often the key was rotated: only the newest secret lives.
    pub(super) rotations: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct App {
    pub(super) tenant: Id,
}

/// Everything.
#[derive(Debug, Clone)]
pub(super) struct World {
    /// In seconds of the server's clock.
    pub(super) now: i64,
    pub(super) tenants: BTreeMap<Id, Tenant>,
    pub(super) users: BTreeMap<Id, User>,
    pub(super) roles: BTreeMap<Id, Role>,
    pub(super) keys: BTreeMap<Id, Key>,
    pub(super) apps: BTreeMap<Id, App>,
    /// Every secret that was ever given out, dead ones too.
    pub(super) issued: BTreeSet<Credential>,
}

impl World {
    /// The world as `bootstrap` leaves it.
    pub(super) fn at_first(now: i64) -> Self {
        let all = Numbers::from([12, 1006, 1007]);
        let root = User {
            home: SYSTEM,
            roles: BTreeSet::new(),
            grants: all.clone(),
            suspended: false,
            display_name: None,
            administers: BTreeSet::new(),
        };
        let key = Key { user: ROOT, lists: all, bound: None, ends: None, revoked: false, rotations: 0 };
        Self {
            now,
            tenants: BTreeMap::from([(SYSTEM, Tenant::default())]),
            users: BTreeMap::from([(ROOT, root)]),
            roles: BTreeMap::new(),
            keys: BTreeMap::from([(ROOT_KEY, key)]),
            apps: BTreeMap::new(),
            issued: BTreeSet::from([Credential { key: ROOT_KEY, rotations: 0 }]),
        }
    }

    /// What a role gives; nothing when there is none.
    pub(super) fn given_by(&self, role: RoleName) -> Numbers {
        match role {
            RoleName::BuiltIn(place) => numbers::of_built_in(place),
            RoleName::Own(id) => self.roles.get(&id).map(|role| role.gives.clone()).unwrap_or_default(),
        }
    }

    /// What roles and explicit grants give together.
    pub(super) fn sum(&self, roles: &BTreeSet<RoleName>, grants: &Numbers) -> Numbers {
        roles.iter().flat_map(|role| self.given_by(*role)).chain(grants.iter().copied()).collect()
    }

    /// What a user holds.
    pub(super) fn held_by(&self, user: &User) -> Numbers {
        self.sum(&user.roles, &user.grants)
    }

    /// Who has a role.
    pub(super) fn holders(&self, role: Id) -> impl Iterator<Item = (Id, &User)> {
        let has = move |user: &User| user.roles.contains(&RoleName::Own(role));
        self.users.iter().filter(move |(_, user)| has(user)).map(|(id, user)| (*id, user))
    }

    /// Says whether a tenant is there and suspended.
    pub(super) fn is_suspended(&self, tenant: Id) -> bool {
        self.tenants.get(&tenant).is_some_and(|tenant| tenant.suspended)
    }

    /// Says whether a tenant owns anything, or anything hangs on it.
    pub(super) fn is_used(&self, tenant: Id) -> bool {
        self.users.values().any(|user| user.home == tenant)
            || self.roles.values().any(|role| role.tenant == tenant)
            || self.apps.values().any(|app| app.tenant == tenant)
            || self.keys.values().any(|key| key.bound == Some(tenant))
    }

    /// Says whether the system tenant has an active user who holds 12.
    pub(super) fn has_administrator(&self) -> bool {
        let mut users = self.users.values();
        users.any(|user| user.home == SYSTEM && !user.suspended && self.held_by(user).contains(&12))
    }
}
