//! Suspending tenants and ending that again.

use crate::authz::{Action, Permit, ReactivateTenant, SuspendTenant};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::TenantId;
use crate::domain::stamp::Expected;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::service::error::{Error, Resource};
use crate::service::writing::expect;
use crate::service::{Mode, Registry};

/// A tenant that is to have a status.
#[derive(Clone, Copy)]
struct Wish<'a> {
    id: TenantId,
    expected: &'a Expected,
    status: TenantStatus,
}

impl Wish<'_> {
    /// Says whether there is anything to do, and refuses what may not be done.
    fn changes(&self, tenant: &Tenant) -> Result<bool, Error> {
        expect(self.expected, &tenant.stamp)?;
        if tenant.id == TenantId::SYSTEM && self.status == TenantStatus::Suspended {
            return Err(Error::SystemTenant);
        }
        Ok(tenant.status != self.status)
    }
}

impl Registry {
    /// Stops everybody who lives in a tenant from authenticating. When it returns, none of their calls changes anything any more.
    pub async fn suspend_tenant(
        &self,
        permit: &Permit<SuspendTenant>,
        (id, expected): (TenantId, &Expected),
    ) -> Result<Tenant, Error> {
        let wish = Wish { id, expected, status: TenantStatus::Suspended };
        self.retrying(|| self.set_tenant_status_once(permit, wish)).await
    }

    /// Ends the suspension of a tenant.
    pub async fn reactivate_tenant(
        &self,
        permit: &Permit<ReactivateTenant>,
        (id, expected): (TenantId, &Expected),
    ) -> Result<Tenant, Error> {
        let wish = Wish { id, expected, status: TenantStatus::Active };
        self.retrying(|| self.set_tenant_status_once(permit, wish)).await
    }

    async fn set_tenant_status_once<A: Action>(&self, permit: &Permit<A>, wish: Wish<'_>) -> Result<Tenant, Error> {
        let missing = || Error::NotFound(Resource::Tenant(wish.id));
        // What is refused anyway, by the scope above all, keeps nobody of the tenant waiting.
        let seen = self.store.reader().find_tenant(permit.scope(), wish.id).await?.ok_or_else(missing)?;
        if !wish.changes(&seen)? {
            return Ok(seen);
        }
        let tx = self.begin_against(permit, &[wish.id.as_uuid()]).await?;
        let tenant = tx.claim_tenant(permit.scope(), wish.id).await?.ok_or_else(missing)?;
        if !wish.changes(&tenant)? {
            return Ok(tenant);
        }
        let now = self.write_clock.now();
        let changed = Tenant { status: wish.status, stamp: tenant.stamp.changed(now, permit.actor()), ..tenant };
        tx.save_tenant(permit.scope(), &changed, tenant.stamp.version).await?;
        let change = Change::of(changed.id, ResourceKind::Tenant, changed.id).fields(vec!["status"]);
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok(changed)
    }
}
