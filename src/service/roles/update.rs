//! Changing a role, for all who have it: nobody raises or lowers themselves, or somebody stronger.

use crate::authz::{Job, Permit, SystemPermit, UpdateRole};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId};
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::permission::Permission;
use crate::domain::role::{OwnRole, RolePatch, RoleSpec};
use crate::domain::stamp::Expected;
use crate::service::error::{Error, Resource};
use crate::service::roles::require_no_built_in_name;
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::Tx;

/// A change of a role.
#[derive(Debug)]
pub struct RoleUpdate {
    /// The role.
    pub id: RoleId,
    /// The state that the caller expects.
    pub expected: Expected,
    /// What to do to each field.
    pub patch: RolePatch,
    /// The tenant that stands in the resource; it must be the stored one.
    pub tenant_id: Option<TenantId>,
    /// What the conversion found wrong.
    pub violations: Violations,
}

impl Registry {
    /// Changes a role, for all who have it.
    pub async fn update_role(&self, permit: &Permit<UpdateRole>, update: RoleUpdate, mode: Mode) -> Result<OwnRole, Error> {
        self.retrying(|| self.update_role_once(permit, &update, mode)).await
    }

    async fn update_role_once(&self, permit: &Permit<UpdateRole>, update: &RoleUpdate, mode: Mode) -> Result<OwnRole, Error> {
        let seen = self.own_role(permit.scope(), update.id).await;
        if seen.is_err() {
            update.violations.clone().finish()?;
        }
        merged(&seen?, update)?;
        let tx = self.begin_against(permit, &[update.id.as_uuid()]).await?;
        let found = tx.reader().find_role(permit.scope(), update.id).await?;
        let role = found.ok_or(Error::NotFound(Resource::Role(update.id)))?;
        let spec = merged(&role, update)?;
        self.require_control_of_holders(&tx, permit, (&role, &spec)).await?;
        expect(&update.expected, &role.stamp)?;
        working_tenant(&tx, permit.scope(), role.tenant_id).await?;
        let fields = role.spec.changed_fields(&spec);
        if fields.is_empty() {
            return Ok(role);
        }
        if fields.contains(&"name") {
            require_no_built_in_name(&spec.name)?;
        }
        let now = self.write_clock.now();
        let changed = OwnRole { spec, stamp: role.stamp.changed(now, permit.actor()), ..role };
        tx.save_role(permit.scope(), &changed, role.stamp.version).await?;
        let gave_all = role.spec.permissions.contains(Permission::Administrator);
        if gave_all && !changed.spec.permissions.contains(Permission::Administrator) {
            self.require_administrator(&tx).await?;
        }
        let change = Change::of(changed.tenant_id, ResourceKind::Role, changed.id).fields(fields);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(changed)
    }

    /// Demands that the caller has not the role, and that the caller's credential holds all that the role gives, before and after the
    /// change, and all that each of its holders holds.
    async fn require_control_of_holders(
        &self,
        tx: &Tx,
        permit: &Permit<UpdateRole>,
        (role, spec): (&OwnRole, &RoleSpec),
    ) -> Result<(), Error> {
        let mut held = role.spec.permissions.union(&spec.permissions);
        let mut last = None;
        loop {
            let holders = tx.reader().list_role_holders(permit.scope(), role, last).await?;
            last = holders.last().map(|holder| holder.id);
            for holder in &holders {
                // Who has the role is read here and not from the call's beginning: it may have been given since.
                permit.require_other(holder.id)?;
                held = held.union(&holder.effective_permissions());
            }
            if holders.is_empty() {
                break;
            }
        }
        // What the caller does not reach counts too, so the caller's own scope would see too little.
        let system = SystemPermit::new(Job::CompareGrants, "what a role's holders hold is compared with what the caller holds");
        let administered = tx.reader().list_administered_by_holders(system.scope(), role).await?;
        Ok(permit.require_holds(&held, administered.into_iter())?)
    }
}

/// Merges the change into the stored role and checks the result as a whole.
fn merged(role: &OwnRole, update: &RoleUpdate) -> Result<RoleSpec, Invalid> {
    let mut violations = update.violations.clone();
    if update.tenant_id.is_some_and(|tenant| tenant != role.tenant_id) {
        let fault = Fault::new(FieldReason::ImmutableField, "The field cannot change after creation.");
        violations.push("role.tenant_id", fault);
    }
    let spec = violations.absorb(role.spec.patched(update.patch.clone()).validate(role.tenant_id));
    violations.finish_with("role", spec)
}
