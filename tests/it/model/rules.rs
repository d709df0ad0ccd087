//! What a call may do: product.md section 3, written from the contract and not from `src/`.
//!
//! Refusals come in the order of the contract: who calls, whether they may call the method, what is wrong with the fields by
//! themselves, what is not in the scope, and then everything that depends on what was found. Within one of these, any reason that
//! fits will do.

mod keys;

use std::collections::BTreeSet;

use super::callers::Caller;
use super::calls::{Call, Force, Step};
use super::methods::{self, Rows};
use super::numbers::{self, Numbers};
use super::reasons::{
    BUILT_IN_ROLE, DEPENDANTS_EXIST, EXCEEDS_CALLER, INVALID_FIELDS, NOT_FOUND, NOT_IN_SYSTEM_TENANT, Refused, SELF_CHANGE,
    SYSTEM_TENANT, TENANT_NOT_SUSPENDED, TENANT_SUSPENDED, refuse_if, refused,
};
use super::world::{App, Id, Role, RoleName, SYSTEM, User, World};

/// Judges a step.
pub(super) fn judge(world: &World, step: &Step) -> Result<(), Refused> {
    if let Call::Wait(_) = step.call {
        return Ok(());
    }
    let caller = Caller::of(world, step)?;
    let rows = methods::allowed(&caller, &step.call)?;
    Judge { world, caller, rows }.judge(&step.call)
}

/// Somebody who may call the method, in a world.
struct Judge<'a> {
    world: &'a World,
    caller: Caller,
    rows: Rows,
}

impl Judge<'_> {
    fn judge(&self, call: &Call) -> Result<(), Refused> {
        match call {
            Call::Wait(_) | Call::GetCaller | Call::CreateTenant => Ok(()),
            Call::UpdateTenant(tenant) | Call::ReactivateTenant(tenant) => self.tenant(*tenant),
            Call::SuspendTenant(tenant) => {
                self.tenant(*tenant)?;
                refuse_if([(*tenant == SYSTEM, SYSTEM_TENANT)])
            }
            Call::DeleteTenant(tenant, force) => self.delete_tenant(*tenant, *force),
            Call::AddTenantAdministrator(tenant, user) => self.add_administrator(*tenant, *user),
            Call::RemoveTenantAdministrator(tenant, user) => self.remove_administrator(*tenant, *user),
            Call::CreateUser(tenant, roles, grants) => self.create_user(*tenant, roles, grants),
            Call::ListUsers(tenant) => tenant.map_or(Ok(()), |tenant| self.tenant(tenant)),
            Call::RenameUser(user) => self.update_user(*user, None, None),
            Call::UpdateUser(user, roles, grants) => self.update_user(*user, roles.as_ref(), grants.as_ref()),
            Call::SuspendUser(user) | Call::ReactivateUser(user) => {
                let found = self.other_user(*user)?;
                refuse_if([(!self.controls(found), EXCEEDS_CALLER), (self.rests(found.home), TENANT_SUSPENDED)])
            }
            Call::DeleteUser(user) => {
                let found = self.other_user(*user)?;
                refuse_if([(!self.controls(found), EXCEEDS_CALLER)])
            }
            Call::CreateRole(tenant, gives) => self.create_role(*tenant, gives),
            Call::UpdateRole(role, gives) => self.update_role(*role, gives),
            Call::DeleteRole(role) => self.delete_role(*role),
            Call::CreateApiKey(wish) => self.create_key(wish),
            Call::RotateApiKey(key) => self.rotate_key(*key),
            Call::RevokeApiKey(key) => self.revoke_key(*key),
            Call::CreateOauthApp(tenant) => {
                let tenant = tenant.unwrap_or(self.caller.default_tenant());
                self.tenant(tenant)?;
                refuse_if([(self.rests(tenant), TENANT_SUSPENDED)])
            }
            Call::GetOauthApp(app) | Call::DeleteOauthApp(app) => self.app(*app).map(drop),
            Call::RevealOauthAppSecret(app) => self.reveal(*app),
        }
    }

    /// Demands a tenant inside the scope.
    fn tenant(&self, id: Id) -> Result<(), Refused> {
        refuse_if([(!self.world.tenants.contains_key(&id) || !self.caller.reaches(id), NOT_FOUND)])
    }

    /// Finds a user inside the scope.
    fn user(&self, id: Id) -> Result<&User, Refused> {
        let found = self.world.users.get(&id).filter(|user| self.caller.reaches(user.home));
        found.filter(|_| self.rows == Rows::All || id == self.caller.user()).ok_or_else(|| refused(NOT_FOUND))
    }

    /// Finds a user who does not take part in the call. Whether they do depends on no row.
    fn other_user(&self, id: Id) -> Result<&User, Refused> {
        let reasons = refuse_if([(self.caller.is(id), SELF_CHANGE)]);
        match (self.user(id), reasons) {
            (Ok(user), Ok(())) => Ok(user),
            (found, reasons) => Err(found.err().into_iter().chain(reasons.err()).flatten().collect()),
        }
    }

    /// Finds an app inside the scope.
    fn app(&self, id: Id) -> Result<&App, Refused> {
        self.world.apps.get(&id).filter(|app| self.caller.reaches(app.tenant)).ok_or_else(|| refused(NOT_FOUND))
    }

    /// Says whether a tenant is suspended: its objects can be read and deleted, nothing else.
    fn rests(&self, tenant: Id) -> bool {
        self.world.is_suspended(tenant)
    }

    /// Says whether the caller's credential holds every permission and every administrative access that a user has.
    fn controls(&self, user: &User) -> bool {
        let mut accesses = user.administers.iter();
        self.holds(&self.world.held_by(user)) && accesses.all(|tenant| self.caller.administers(*tenant))
    }

    /// Says whether the credential holds all of some numbers; 12 is access to every tenant, which a bound key does not have.
    fn holds(&self, numbers: &Numbers) -> bool {
        let everywhere = !numbers.contains(&12) || self.caller.bound.is_none();
        everywhere && numbers::covers(&self.caller.numbers, numbers)
    }

    fn delete_tenant(&self, tenant: Id, force: Force) -> Result<(), Refused> {
        self.tenant(tenant)?;
        let used = force == Force::No && self.world.is_used(tenant);
        let works = tenant != SYSTEM && !self.world.is_suspended(tenant);
        refuse_if([(tenant == SYSTEM, SYSTEM_TENANT), (works, TENANT_NOT_SUSPENDED), (used, DEPENDANTS_EXIST)])
    }

    fn add_administrator(&self, tenant: Id, user: Id) -> Result<(), Refused> {
        let found = self.administrator_to_be(tenant, user)?;
        let holds = self.controls(found) && self.caller.administers(tenant);
        let elsewhere = found.home != SYSTEM;
        refuse_if([(!holds, EXCEEDS_CALLER), (elsewhere, NOT_IN_SYSTEM_TENANT), (self.rests(tenant), TENANT_SUSPENDED)])
    }

    fn remove_administrator(&self, tenant: Id, user: Id) -> Result<(), Refused> {
        let found = self.administrator_to_be(tenant, user)?;
        refuse_if([(!found.administers.contains(&tenant), NOT_FOUND), (!self.controls(found), EXCEEDS_CALLER)])
    }

    fn administrator_to_be(&self, tenant: Id, user: Id) -> Result<&User, Refused> {
        match (self.other_user(user), self.tenant(tenant)) {
            (Ok(user), Ok(())) => Ok(user),
            (found, tenant) => Err(found.err().into_iter().chain(tenant.err()).flatten().collect()),
        }
    }

    fn create_user(&self, tenant: Option<Id>, roles: &BTreeSet<RoleName>, grants: &Numbers) -> Result<(), Refused> {
        let home = tenant.unwrap_or(self.caller.default_tenant());
        refuse_if([(!suits(home, grants) || roles.iter().any(|role| is_reserved(home, *role)), INVALID_FIELDS)])?;
        if self.tenant(home).is_err() {
            // A role of a tenant that cannot be seen is no role.
            let own = roles.iter().any(|role| matches!(role, RoleName::Own(_)));
            return refuse_if([(true, NOT_FOUND), (own, INVALID_FIELDS)]);
        }
        let foreign = !self.are_assignable(home, roles);
        let exceeds = !self.holds(&self.world.sum(roles, grants));
        refuse_if([(foreign, INVALID_FIELDS), (exceeds, EXCEEDS_CALLER), (self.rests(home), TENANT_SUSPENDED)])
    }

    /// Says whether roles belong to the user's own tenant or are built in.
    fn are_assignable(&self, home: Id, roles: &BTreeSet<RoleName>) -> bool {
        roles.iter().all(|role| match role {
            RoleName::BuiltIn(_) => !is_reserved(home, *role),
            RoleName::Own(id) => self.world.roles.get(id).is_some_and(|role| role.tenant == home),
        })
    }

    fn update_user(&self, id: Id, roles: Option<&BTreeSet<RoleName>>, grants: Option<&Numbers>) -> Result<(), Refused> {
        let user = self.user(id)?;
        let (roles, grants) = (roles.unwrap_or(&user.roles), grants.unwrap_or(&user.grants));
        let invalid = !suits(user.home, grants) || !self.are_assignable(user.home, roles);
        let regrants = roles != &user.roles || grants != &user.grants;
        let controls = self.controls(user) && self.holds(&self.world.sum(roles, grants));
        refuse_if([
            (invalid, INVALID_FIELDS),
            (regrants && self.caller.is(id), SELF_CHANGE),
            (!self.caller.is_only(id) && !controls, EXCEEDS_CALLER),
            (self.rests(user.home), TENANT_SUSPENDED),
        ])
    }

    fn create_role(&self, tenant: Option<Id>, gives: &Numbers) -> Result<(), Refused> {
        let tenant = tenant.unwrap_or(self.caller.default_tenant());
        refuse_if([(gives.is_empty() || !suits(tenant, gives), INVALID_FIELDS)])?;
        self.tenant(tenant)?;
        refuse_if([(!self.holds(gives), EXCEEDS_CALLER), (self.rests(tenant), TENANT_SUSPENDED)])
    }

    fn update_role(&self, name: RoleName, gives: &Numbers) -> Result<(), Refused> {
        let (id, role) = self.own_role(name)?;
        let mut holders = self.world.holders(id);
        let controls = holders.all(|(_, user)| self.controls(user)) && self.holds(&role.gives) && self.holds(gives);
        refuse_if([
            (gives.is_empty() || !suits(role.tenant, gives), INVALID_FIELDS),
            (self.is_among_holders(id), SELF_CHANGE),
            (!controls, EXCEEDS_CALLER),
            (self.rests(role.tenant), TENANT_SUSPENDED),
        ])
    }

    fn delete_role(&self, name: RoleName) -> Result<(), Refused> {
        let (id, role) = self.own_role(name)?;
        refuse_if([
            (self.is_among_holders(id), SELF_CHANGE),
            (!self.holds(&role.gives), EXCEEDS_CALLER),
            (self.world.holders(id).next().is_some(), DEPENDANTS_EXIST),
        ])
    }

    /// Finds a role of a tenant's own inside the scope.
    fn own_role(&self, name: RoleName) -> Result<(Id, &Role), Refused> {
        match name {
            RoleName::BuiltIn(1) if !self.caller.reaches(SYSTEM) => Err(refused(NOT_FOUND)),
            RoleName::BuiltIn(_) => Err(refused(BUILT_IN_ROLE)),
            RoleName::Own(id) => {
                let found = self.world.roles.get(&id).filter(|role| self.caller.reaches(role.tenant));
                found.map(|role| (id, role)).ok_or_else(|| refused(NOT_FOUND))
            }
        }
    }

    fn is_among_holders(&self, role: Id) -> bool {
        self.world.holders(role).any(|(user, _)| self.caller.is(user))
    }

    fn reveal(&self, id: Id) -> Result<(), Refused> {
        let app = self.app(id)?;
        // Managing is not using: only 12 together with 1006 goes beyond the home tenant.
        let near = self.caller.numbers.contains(&12) || app.tenant == self.caller.home();
        refuse_if([(!near, NOT_FOUND)])?;
        refuse_if([(self.rests(app.tenant), TENANT_SUSPENDED)])
    }
}

/// Says whether users of a tenant may hold the numbers.
fn suits(tenant: Id, numbers: &Numbers) -> bool {
    tenant == SYSTEM || numbers::suit_child_tenants(numbers)
}

/// Says whether a role is one that users of the system tenant alone may have.
fn is_reserved(tenant: Id, role: RoleName) -> bool {
    tenant != SYSTEM && role == RoleName::BuiltIn(1)
}
