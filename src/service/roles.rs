//! Roles: the built-in ones, which are in every tenant, and the tenants' own.

mod listing;
mod update;

use std::iter;

pub use self::update::RoleUpdate;
use crate::authz::{CreateRole, DeleteRole, GetRole, Permit, TenantScope};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId};
use crate::domain::invalid::Violations;
use crate::domain::name::RoleName;
use crate::domain::role::{BuiltInRole, OwnRole, Role, RoleDraft, RoleSpec};
use crate::domain::stamp::Expected;
use crate::service::error::{Dependants, Error, Resource};
use crate::service::requests::{Made, Making};
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};

/// A role to be made.
#[derive(Debug)]
pub struct NewRole {
    /// The tenant whose users may have it; absent means the caller's default tenant.
    pub tenant_id: Option<TenantId>,
    /// The fields.
    pub draft: RoleDraft,
    /// What the conversion found wrong.
    pub violations: Violations,
}

impl Registry {
    /// Makes a role, which may give no more than the caller's credential holds.
    pub async fn create_role(
        &self,
        permit: &Permit<CreateRole>,
        new: NewRole,
        making: &Making<OwnRole>,
    ) -> Result<OwnRole, Error> {
        let NewRole { tenant_id, draft, mut violations } = new;
        let tenant = tenant_id.unwrap_or_else(|| permit.principal().default_tenant());
        let spec = violations.absorb(draft.validate(tenant));
        let spec = violations.finish_with("role", spec)?;
        self.retrying(|| self.create_role_once(permit, (tenant, &spec), making)).await
    }

    async fn create_role_once(
        &self,
        permit: &Permit<CreateRole>,
        (tenant_id, spec): (TenantId, &RoleSpec),
        making: &Making<OwnRole>,
    ) -> Result<OwnRole, Error> {
        let unknown = Error::NotFound(Resource::Tenant(tenant_id));
        self.store.reader().find_tenant(permit.scope(), tenant_id).await?.ok_or(unknown)?;
        let stamp = self.created(permit);
        let now = stamp.create_time;
        let role = OwnRole { id: RoleId::generate(now, self.random.as_ref())?, tenant_id, spec: spec.clone(), stamp };
        let made = Made { thing: &role, tenant: tenant_id, user: None, secret: None };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        permit.require_holds(&role.spec.permissions, iter::empty())?;
        working_tenant(&tx, permit.scope(), tenant_id).await?;
        require_no_built_in_name(&role.spec.name)?;
        tx.insert_role(permit.scope(), &role).await?;
        let change = Change::of(tenant_id, ResourceKind::Role, role.id).fields(RoleSpec::FIELDS.to_vec());
        self.finish(tx, permit, (change, now), making.mode).await?;
        Ok(role)
    }

    /// Returns one role, if users inside the scope may have it.
    pub async fn get_role(&self, permit: &Permit<GetRole>, id: RoleId) -> Result<Role, Error> {
        self.role(permit.scope(), id).await
    }

    async fn role(&self, scope: &TenantScope, id: RoleId) -> Result<Role, Error> {
        let found = match BuiltInRole::find(id) {
            Some(role) => is_assignable(role, scope).then_some(Role::BuiltIn(role)),
            None => self.store.reader().find_role(scope, id).await?.map(Role::Own),
        };
        found.ok_or(Error::NotFound(Resource::Role(id)))
    }

    /// Finds a role of a tenant's own, before anybody is kept waiting for the sake of an id that the caller does not reach.
    async fn own_role(&self, scope: &TenantScope, id: RoleId) -> Result<OwnRole, Error> {
        match self.role(scope, id).await? {
            Role::Own(role) => Ok(role),
            Role::BuiltIn(role) => Err(Error::BuiltInRole(role.id)),
        }
    }

    /// Deletes a role that nobody has.
    pub async fn delete_role(
        &self,
        permit: &Permit<DeleteRole>,
        (id, expected): (RoleId, &Expected),
        mode: Mode,
    ) -> Result<(), Error> {
        self.retrying(|| self.delete_role_once(permit, (id, expected), mode)).await
    }

    async fn delete_role_once(
        &self,
        permit: &Permit<DeleteRole>,
        (id, expected): (RoleId, &Expected),
        mode: Mode,
    ) -> Result<(), Error> {
        let now = self.write_clock.now();
        self.own_role(permit.scope(), id).await?;
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let found = tx.reader().find_role(permit.scope(), id).await?;
        let role = found.ok_or(Error::NotFound(Resource::Role(id)))?;
        permit.require_holds(&role.spec.permissions, iter::empty())?;
        expect(expected, &role.stamp)?;
        let users = tx.reader().count_role_holders(permit.scope(), &role).await?;
        if users > 0 {
            return Err(Error::DependantsExist(vec![Dependants { kind: "users", count: users }]));
        }
        tx.delete_role(permit.scope(), &role).await?;
        let change = Change::of(role.tenant_id, ResourceKind::Role, id);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(())
    }
}

fn is_assignable(role: &BuiltInRole, scope: &TenantScope) -> bool {
    !role.system_tenant_only || scope.contains(TenantId::SYSTEM)
}

/// A built-in role is in every tenant, and so its name is taken in every tenant.
fn require_no_built_in_name(name: &RoleName) -> Result<(), Error> {
    if BuiltInRole::has_name(name) { Err(Error::Taken { field: "role.name" }) } else { Ok(()) }
}
