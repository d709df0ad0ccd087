//! Another key for an operator who lost those of the administrators.

use super::{Bootstrap, Bootstrapped};
use crate::domain::id::TenantId;
use crate::domain::permission::Permission;
use crate::domain::user::{User, UserKind};
use crate::service::error::{Error, Resource};
use crate::storage::Tx;

impl Bootstrap<'_> {
    pub(super) async fn recover(&self) -> Result<Bootstrapped, Error> {
        let sealed = self.seal_token().await?;
        let tx = self.registry.store.begin().await?;
        if let Some(user) = self.lock_administrator(&tx).await? {
            return self.hand_out(tx, &user, sealed).await;
        }
        let mut digits = [0; 4];
        self.registry.random.fill(&mut digits)?;
        // Random, so that a second recovery does not meet the account of the first.
        let login_name = format!("recovery-{:08x}", u32::from_be_bytes(digits));
        let user = self.first_user(UserKind::ServiceAccount, login_name)?;
        self.insert_user(&tx, &user).await?;
        self.hand_out(tx, &user, sealed).await
    }

    /// Finds the oldest administrator, and keeps status, grants and roles from changing until the transaction ends.
    async fn lock_administrator(&self, tx: &Tx) -> Result<Option<User>, Error> {
        let missing = || Error::NotFound(Resource::Tenant(TenantId::SYSTEM));
        let system = self.permit.scope().narrowed_to(TenantId::SYSTEM).ok_or_else(missing)?;
        let Some(found) = tx.reader().find_active_holder(&system, Permission::Administrator).await? else { return Ok(None) };
        let locked = tx.lock_user(&system, found.id).await?.filter(User::is_administrator);
        // Whoever had the turn before took the status or 12 away: another user is the oldest now.
        locked.map(Some).ok_or(Error::ConcurrentChange)
    }
}
