//! Another key for an operator who lost those of the administrators.

use super::{Bootstrap, Bootstrapped};
use crate::authz::TenantScope;
use crate::domain::id::TenantId;
use crate::domain::user::{User, UserKind};
use crate::service::error::{Error, Resource};
use crate::storage::Tx;

impl Bootstrap<'_> {
    pub(super) async fn recover(&self) -> Result<Bootstrapped, Error> {
        let seen = self.registry.store.reader().find_active_administrator(&self.system()?).await?;
        let user = match &seen {
            Some(user) => user.clone(),
            None => self.recovery_account()?,
        };
        let sealed = self.seal_token(user.id).await?;
        let tx = self.registry.store.begin().await?;
        match self.lock_administrator(&tx).await? {
            Some(oldest) if seen.is_some() && oldest.id == user.id => self.hand_out(tx, &oldest, sealed).await,
            None if seen.is_none() => {
                self.insert_user(&tx, &user).await?;
                self.hand_out(tx, &user, sealed).await
            }
            // Another user is the oldest now, and the sealed token belongs to one user.
            Some(_) | None => Err(Error::ConcurrentChange),
        }
    }

    fn recovery_account(&self) -> Result<User, Error> {
        let mut digits = [0; 4];
        self.registry.random.fill(&mut digits)?;
        // Random, so that a second recovery does not meet the account of the first.
        self.first_user(UserKind::ServiceAccount, format!("recovery-{:08x}", u32::from_be_bytes(digits)))
    }

    fn system(&self) -> Result<TenantScope, Error> {
        let missing = || Error::NotFound(Resource::Tenant(TenantId::SYSTEM));
        self.permit.scope().narrowed_to(TenantId::SYSTEM).ok_or_else(missing)
    }

    /// Finds the oldest administrator, and keeps status, grants and roles from changing until the transaction ends.
    async fn lock_administrator(&self, tx: &Tx) -> Result<Option<User>, Error> {
        let system = self.system()?;
        let Some(found) = tx.reader().find_active_administrator(&system).await? else { return Ok(None) };
        let locked = tx.lock_user(&system, found.id).await?.filter(User::is_administrator);
        // Whoever had the turn before took the status or 12 away: another user is the oldest now.
        locked.map(Some).ok_or(Error::ConcurrentChange)
    }
}
