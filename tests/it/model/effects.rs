//! What a call that is allowed makes of the world.

use super::callers::Caller;
use super::calls::{Call, Credential, KeyWish, Step};
use super::world::{App, Id, Key, Role, RoleName, SYSTEM, Tenant, User, World};

impl World {
    /// Does what an allowed step does. Leaves out what refers to things that are not there.
    pub(super) fn apply(&mut self, step: &Step) {
        if let Call::Wait(seconds) = step.call {
            self.now += seconds;
        }
        let Ok(caller) = Caller::of(self, step) else { return };
        match &step.call {
            Call::CreateTenant => {
                self.tenants.insert(step.number, Tenant::default());
                self.users.entry(caller.actor).and_modify(|user| {
                    user.administers.insert(step.number);
                });
            }
            Call::UpdateTenant(tenant) => self.change_tenant(*tenant, |tenant| tenant.description = Some(name(step.number))),
            Call::SuspendTenant(tenant) => self.change_tenant(*tenant, |tenant| tenant.suspended = true),
            Call::ReactivateTenant(tenant) => self.change_tenant(*tenant, |tenant| tenant.suspended = false),
            Call::DeleteTenant(tenant, _) => self.delete_tenant(*tenant),
            Call::AddTenantAdministrator(tenant, user) => {
                self.change_user(*user, |user| {
                    user.administers.insert(*tenant);
                });
            }
            Call::RemoveTenantAdministrator(tenant, user) => {
                self.change_user(*user, |user| {
                    user.administers.remove(tenant);
                });
            }
            Call::CreateOauthApp(tenant) => {
                let tenant = tenant.unwrap_or(caller.default_tenant());
                self.apps.insert(step.number, App { tenant });
            }
            Call::DeleteOauthApp(app) => drop(self.apps.remove(app)),
            other => self.apply_to_people(step.number, &caller, other),
        }
    }

    fn apply_to_people(&mut self, number: Id, caller: &Caller, call: &Call) {
        match call {
            Call::CreateUser(tenant, roles, grants) => {
                let home = tenant.unwrap_or(caller.default_tenant());
                let (roles, grants) = (roles.clone(), grants.clone());
                let user = User { home, roles, grants, suspended: false, display_name: None, administers: [].into() };
                self.users.insert(number, user);
            }
            Call::RenameUser(user) => self.change_user(*user, |user| user.display_name = Some(name(number))),
            Call::UpdateUser(user, roles, grants) => self.change_user(*user, |user| {
                user.roles = roles.clone().unwrap_or_else(|| user.roles.clone());
                user.grants = grants.clone().unwrap_or_else(|| user.grants.clone());
            }),
            Call::SuspendUser(user) => self.change_user(*user, |user| user.suspended = true),
            Call::ReactivateUser(user) => self.change_user(*user, |user| user.suspended = false),
            Call::DeleteUser(user) => {
                self.users.remove(user);
                self.keys.retain(|_, key| key.user != *user);
            }
            Call::CreateRole(tenant, gives) => {
                let tenant = tenant.unwrap_or(caller.default_tenant());
                self.roles.insert(number, Role { tenant, gives: gives.clone() });
            }
            Call::UpdateRole(RoleName::Own(role), gives) => {
                self.roles.entry(*role).and_modify(|role| role.gives.clone_from(gives));
            }
            Call::DeleteRole(RoleName::Own(role)) => drop(self.roles.remove(role)),
            Call::CreateApiKey(wish) => {
                self.keys.insert(number, wished(caller, wish));
                self.issued.insert(Credential { key: number, rotations: 0 });
            }
            Call::RotateApiKey(id) => {
                let Some(key) = self.keys.get_mut(id) else { return };
                key.rotations += 1;
                self.issued.insert(Credential { key: *id, rotations: key.rotations });
            }
            Call::RevokeApiKey(key) => drop(self.keys.entry(*key).and_modify(|key| key.revoked = true)),
            _ => {}
        }
    }

    fn change_tenant(&mut self, id: Id, change: impl FnOnce(&mut Tenant)) {
        self.tenants.entry(id).and_modify(change);
    }

    fn change_user(&mut self, id: Id, change: impl FnOnce(&mut User)) {
        self.users.entry(id).and_modify(change);
    }

    /// A tenant goes with all that it owns, all access to it, and every key that is bound to it.
    fn delete_tenant(&mut self, id: Id) {
        if id == SYSTEM {
            return;
        }
        self.tenants.remove(&id);
        let gone: Vec<Id> = self.users.iter().filter(|(_, user)| user.home == id).map(|(user, _)| *user).collect();
        self.users.retain(|_, user| user.home != id);
        self.users.values_mut().for_each(|user| {
            user.administers.remove(&id);
        });
        self.keys.retain(|_, key| key.bound != Some(id) && !gone.contains(&key.user));
        self.roles.retain(|_, role| role.tenant != id);
        self.apps.retain(|_, app| app.tenant != id);
    }
}

/// The key that a caller gets who wishes for one: never bound to less or alive for longer than the caller's own.
fn wished(caller: &Caller, wish: &KeyWish) -> Key {
    Key {
        user: wish.user.unwrap_or(caller.user()),
        lists: wish.lists.clone(),
        bound: wish.bound.or(caller.bound),
        ends: match (wish.ends, caller.ends) {
            (Some(end), Some(limit)) => Some(end.min(limit)),
            (end, limit) => end.or(limit),
        },
        revoked: false,
        rotations: 0,
    }
}

/// The name of what a step makes, and the text that it leaves in a field.
pub(super) fn name(number: Id) -> String {
    format!("step-{number}")
}
