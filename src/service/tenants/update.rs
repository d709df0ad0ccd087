//! Changing a tenant's name and description.

use crate::authz::{Permit, UpdateTenant};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::TenantId;
use crate::domain::invalid::{Invalid, Violations};
use crate::domain::stamp::Expected;
use crate::domain::tenant::{Tenant, TenantPatch, TenantSpec};
use crate::service::error::{Error, Resource};
use crate::service::writing::expect;
use crate::service::{Mode, Registry};

/// A change of a tenant.
#[derive(Debug)]
pub struct TenantUpdate {
    /// The tenant.
    pub id: TenantId,
    /// The state that the caller expects.
    pub expected: Expected,
    /// What to do to each field.
    pub patch: TenantPatch,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// What a change makes of a tenant.
struct Plan {
    spec: TenantSpec,
    fields: Vec<&'static str>,
}

impl TenantUpdate {
    /// Works out what the change makes of a tenant.
    fn plan(&self, tenant: &Tenant) -> Result<Plan, Error> {
        let spec = self.merged(tenant)?;
        expect(&self.expected, &tenant.stamp)?;
        let fields = tenant.spec.changed_fields(&spec);
        Ok(Plan { spec, fields })
    }

    /// Merges the change into the stored tenant and checks the result as a whole.
    fn merged(&self, tenant: &Tenant) -> Result<TenantSpec, Invalid> {
        let mut violations = self.violations.clone();
        let spec = violations.absorb(tenant.spec.patched(self.patch.clone()).validate());
        violations.finish_with("tenant", spec)
    }
}

impl Registry {
    /// Changes a tenant, a suspended one too: it is its objects that cannot be changed then.
    pub async fn update_tenant(&self, permit: &Permit<UpdateTenant>, update: TenantUpdate, mode: Mode) -> Result<Tenant, Error> {
        self.retrying(|| self.update_tenant_once(permit, &update, mode)).await
    }

    async fn update_tenant_once(
        &self,
        permit: &Permit<UpdateTenant>,
        update: &TenantUpdate,
        mode: Mode,
    ) -> Result<Tenant, Error> {
        let missing = || Error::NotFound(Resource::Tenant(update.id));
        let Some(seen) = self.store.reader().find_tenant(permit.scope(), update.id).await? else {
            update.violations.clone().finish()?;
            return Err(missing());
        };
        if update.plan(&seen)?.fields.is_empty() {
            return Ok(seen);
        }
        let tx = self.begin(permit).await?;
        // Whoever came first has changed what was seen; only what is locked is merged, so that no change of theirs is lost.
        let tenant = tx.claim_tenant(permit.scope(), update.id).await?.ok_or_else(missing)?;
        let Plan { spec, fields } = update.plan(&tenant)?;
        if fields.is_empty() {
            return Ok(tenant);
        }
        let now = self.write_clock.now();
        let changed = Tenant { spec, stamp: tenant.stamp.changed(now, permit.actor()), ..tenant };
        tx.save_tenant(permit.scope(), &changed, tenant.stamp.version).await?;
        let change = Change::of(changed.id, ResourceKind::Tenant, changed.id).fields(fields);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(changed)
    }
}
