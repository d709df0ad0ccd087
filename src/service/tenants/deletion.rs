//! Deleting a tenant with all that it owns, so that nothing that its keys sealed opens again.

use tracing::Instrument;

use crate::authz::{DeleteTenant, Permit};
use crate::domain::event::{Change, Event, ResourceKind};
use crate::domain::id::TenantId;
use crate::domain::stamp::Expected;
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::service::error::{Dependants, Error, Resource};
use crate::service::writing::{expect, record_change};
use crate::service::{Mode, Registry};
use crate::storage::{StoreError, Tx};

/// A tenant that is to go.
#[derive(Debug)]
pub struct TenantDeletion {
    /// The tenant.
    pub id: TenantId,
    /// The state that the caller expects.
    pub expected: Expected,
    /// Whether everything goes that the tenant owns.
    pub force: bool,
}

impl TenantDeletion {
    /// Refuses a tenant that may not go.
    fn check(&self, tenant: &Tenant) -> Result<(), Error> {
        expect(&self.expected, &tenant.stamp)?;
        match tenant.status {
            _ if tenant.id == TenantId::SYSTEM => Err(Error::SystemTenant),
            TenantStatus::Active => Err(Error::TenantNotSuspended(tenant.id)),
            TenantStatus::Suspended => Ok(()),
        }
    }
}

impl Registry {
    /// Deletes a suspended tenant and destroys its keys.
    pub async fn delete_tenant(&self, permit: &Permit<DeleteTenant>, deletion: &TenantDeletion, mode: Mode) -> Result<(), Error> {
        self.retrying(|| self.delete_tenant_once(permit, deletion, mode)).await
    }

    async fn delete_tenant_once(
        &self,
        permit: &Permit<DeleteTenant>,
        deletion: &TenantDeletion,
        mode: Mode,
    ) -> Result<(), Error> {
        let missing = || Error::NotFound(Resource::Tenant(deletion.id));
        // What is refused anyway, by the scope above all, keeps nobody of the tenant waiting.
        deletion.check(&self.store.reader().find_tenant(permit.scope(), deletion.id).await?.ok_or_else(missing)?)?;
        let tx = self.begin_against(permit, &[deletion.id.as_uuid()]).await?;
        let tenant = tx.claim_tenant(permit.scope(), deletion.id).await?.ok_or_else(missing)?;
        deletion.check(&tenant)?;
        if !deletion.force {
            self.require_nothing_owned(&tx, permit, tenant.id).await?;
        }
        tx.delete_everything_of(permit.scope(), tenant.id).await?;
        tx.delete_what_hangs_on(&permit.hanging_scope(), tenant.id).await?;
        tx.delete_tenant(permit.scope(), &tenant).await?;
        let now = self.write_clock.now();
        let change = Change::of(tenant.id, ResourceKind::Tenant, tenant.id);
        match mode {
            Mode::Store => self.commit_and_wipe(tx, permit.event(change, now, self.random.as_ref())?, tenant.id).await,
            Mode::ValidateOnly => self.finish(tx, permit, (change, now), mode).await.map(drop),
        }
    }

    /// Demands that the tenant owns nothing that is worth a second thought, and counts what it owns.
    async fn require_nothing_owned(&self, tx: &Tx, permit: &Permit<DeleteTenant>, tenant: TenantId) -> Result<(), Error> {
        let owned = tx.reader().count_owned(&permit.hanging_scope(), tenant).await?;
        let dependants: Vec<_> =
            owned.into_iter().filter(|(_, count)| *count > 0).map(|(kind, count)| Dependants { kind, count }).collect();
        if dependants.is_empty() { Ok(()) } else { Err(Error::DependantsExist(dependants)) }
    }

    /// Commits the deletion, and then takes the tenant's keys out of memory and its rows out of the log of writes. A task of its own:
    /// a caller who hangs up in between cannot stop it half way.
    async fn commit_and_wipe(&self, tx: Tx, event: Event, tenant: TenantId) -> Result<(), Error> {
        let registry = self.clone();
        let wiping = async move {
            tx.commit(record_change().scope(), &event).await?;
            registry.keys.forget(tenant).await;
            registry.store.truncate_log().await;
            Ok(())
        };
        let ended = tokio::spawn(wiping.in_current_span()).await;
        ended.unwrap_or_else(|error| Err(Error::Store(StoreError::Unexpected(error.to_string()))))
    }
}
