//! What every mutation does alike: it demands a working tenant, ends with its event, and is tried again after a lost race.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::authz::{Action, Job, Permit, SystemPermit, TenantScope};
use crate::domain::event::Change;
use crate::domain::id::{TenantId, UserId};
use crate::domain::permission::PermissionSet;
use crate::domain::stamp::{Expected, Stamp};
use crate::domain::tenant::{Tenant, TenantStatus};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::service::error::{Error, Resource};
use crate::service::{Mode, Registry};
use crate::storage::{Committed, Reader, Tx};

/// How often a call is tried that loses its races.
const ATTEMPTS: u32 = 5;
/// The longest wait before the second attempt; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(10);

impl Registry {
    /// Tries a call again while it loses races, each time after a random wait.
    pub(super) async fn retrying<T, F, Fut>(&self, attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        self.retrying_while(Error::is_lost_race, attempt).await
    }

    /// Tries something again while it fails for a reason that may pass, each time after a random wait.
    pub(super) async fn retrying_while<T, F, Fut>(&self, may_pass: fn(&Error) -> bool, mut attempt: F) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        for round in 1..ATTEMPTS {
            match attempt().await {
                Err(error) if may_pass(&error) => {}
                done => return done,
            }
            let mut jitter = [0];
            self.random.fill(&mut jitter)?;
            let longest = FIRST_WAIT.saturating_mul(1 << round);
            tokio::time::sleep(longest.mul_f64(f64::from(u8::from_ne_bytes(jitter)) / 255.0)).await;
        }
        attempt().await
    }

    /// Ends a transaction with the event of what it did; a rehearsal leaves nothing behind.
    pub(super) async fn finish<A: Action>(
        &self,
        tx: Tx,
        permit: &Permit<A>,
        (change, now): (Change, Timestamp),
        mode: Mode,
    ) -> Result<Option<Committed>, Error> {
        let event = permit.event(change, now, self.random.as_ref())?;
        let log = record_change();
        match mode {
            Mode::Store => Ok(Some(tx.commit(log.scope(), &event).await?)),
            Mode::ValidateOnly => {
                tx.rehearse(log.scope(), &event).await?;
                Ok(None)
            }
        }
    }

    /// Demands, for a change of another user or their keys, that the caller's credential holds all that the user holds.
    pub(super) async fn require_control<A: Action>(&self, tx: &Tx, permit: &Permit<A>, user: &User) -> Result<(), Error> {
        if user.id == permit.principal().user_id() {
            return Ok(());
        }
        self.require_held(&tx.reader(), permit, (user.id, &user.effective_permissions())).await
    }

    /// Demands that the caller's credential holds permissions of another user, and every administrative access that the user has.
    pub(super) async fn require_held<A: Action>(
        &self,
        reader: &Reader<'_>,
        permit: &Permit<A>,
        (user, permissions): (UserId, &PermissionSet),
    ) -> Result<(), Error> {
        let tenants = administered(reader, user).await?;
        Ok(permit.require_holds(permissions, tenants.into_iter())?)
    }

    /// Returns the stamp of something that the permit's caller makes.
    pub(super) fn created<A: Action>(&self, permit: &Permit<A>) -> Stamp {
        Stamp::created(self.clock.now(), permit.actor())
    }
}

/// Reads the administrative access of a user, to compare it with the caller's.
pub(super) async fn administered(reader: &Reader<'_>, user: UserId) -> Result<BTreeSet<TenantId>, Error> {
    let permit = SystemPermit::new(Job::CompareGrants, "what a user holds is compared with what the caller holds");
    Ok(reader.list_administered(permit.scope(), user).await?)
}

/// Opens the event log for the event of a change.
pub(super) fn record_change() -> SystemPermit {
    SystemPermit::new(Job::RecordChange, "an event belongs to the tenant of what its change has reached, a new tenant's too")
}

/// Finds a tenant inside the scope and demands that it works.
pub(super) async fn working_tenant(tx: &Tx, scope: &TenantScope, id: TenantId) -> Result<Tenant, Error> {
    works(tx.lock_tenant(&scope.of_tenants(), id).await?, id)
}

/// Finds a tenant inside the scope which the transaction has locked already, and demands that it works.
pub(super) async fn locked_working_tenant(tx: &Tx, scope: &TenantScope, id: TenantId) -> Result<Tenant, Error> {
    works(tx.reader().find_tenant(&scope.of_tenants(), id).await?, id)
}

fn works(tenant: Option<Tenant>, id: TenantId) -> Result<Tenant, Error> {
    let tenant = tenant.ok_or(Error::NotFound(Resource::Tenant(id)))?;
    match tenant.status {
        TenantStatus::Active => Ok(tenant),
        TenantStatus::Suspended => Err(Error::TenantSuspended(id)),
    }
}

/// Demands the version that the caller expects.
pub(super) fn expect(expected: &Expected, stamp: &Stamp) -> Result<(), Error> {
    if expected.matches(stamp.version) { Ok(()) } else { Err(Error::EtagMismatch) }
}
