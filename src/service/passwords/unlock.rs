//! Ending the lock that wrong passwords brought about.

use crate::authz::{Permit, UnlockUser};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::UserId;
use crate::domain::lockout::FailedLogins;
use crate::domain::stamp::Expected;
use crate::domain::user::User;
use crate::service::error::{Error, Resource};
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};

impl Registry {
    /// Ends the lock of another user; one who is not locked stays as they are. Nobody unlocks themselves: with an API key beside the
    /// password, whoever stole the key could guess without end.
    pub async fn unlock_user(&self, permit: &Permit<UnlockUser>, id: UserId, expected: &Expected) -> Result<User, Error> {
        self.retrying(|| self.unlock_user_once(permit, id, expected)).await
    }

    async fn unlock_user_once(&self, permit: &Permit<UnlockUser>, id: UserId, expected: &Expected) -> Result<User, Error> {
        let missing = || Error::NotFound(Resource::User(id));
        // Nobody takes a turn at what the scope does not hold.
        self.store.reader().find_user(permit.scope(), id).await?.ok_or_else(missing)?;
        permit.require_other(id)?;
        // By `begin_against` a failure that is just being counted comes before or after, and is not lost.
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let user = tx.lock_user(permit.scope(), id).await?.ok_or_else(missing)?;
        self.require_held(&tx.reader(), permit, (id, &user.effective_permissions())).await?;
        expect(expected, &user.stamp)?;
        working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        let now = self.write_clock.now();
        if !user.failed_logins.is_locked(self.clock.now()) {
            return Ok(user);
        }
        let read = user.stamp.version;
        let stamp = user.stamp.changed(now, permit.actor());
        let user = User { failed_logins: FailedLogins::default(), stamp, ..user };
        tx.save_user(permit.scope(), &user, read).await?;
        let change = Change::of(user.tenant_id, ResourceKind::User, id).fields(vec!["lock_expire_time"]);
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok(user)
    }
}
