//! Suspending a user, who then authenticates by no credential, and ending that.

use crate::authz::{Action, Permit, ReactivateUser, SuspendUser};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::UserId;
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserStatus};
use crate::service::error::{Error, Resource};
use crate::service::writing::working_tenant;
use crate::service::{Mode, Registry};

impl Registry {
    /// Stops a user from authenticating. Calls of the user that have begun to change something are waited for.
    pub async fn suspend_user(&self, permit: &Permit<SuspendUser>, target: (UserId, &Expected)) -> Result<User, Error> {
        self.retrying(|| self.set_status_once(permit, target, UserStatus::Suspended)).await
    }

    /// Ends the suspension of a user.
    pub async fn reactivate_user(&self, permit: &Permit<ReactivateUser>, target: (UserId, &Expected)) -> Result<User, Error> {
        self.retrying(|| self.set_status_once(permit, target, UserStatus::Active)).await
    }

    async fn set_status_once<A: Action>(
        &self,
        permit: &Permit<A>,
        (id, expected): (UserId, &Expected),
        status: UserStatus,
    ) -> Result<User, Error> {
        let now = self.write_clock.now();
        let missing = || Error::NotFound(Resource::User(id));
        let reader = self.store.reader();
        let seen = reader.find_user(permit.scope(), id).await?.ok_or_else(missing)?;
        // Only who may change what is seen takes the user's turn; what is locked may be another thing, so it is judged again.
        self.require_control_of(&reader, permit, (&seen, expected)).await?;
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let user = tx.lock_user(permit.scope(), id).await?.ok_or_else(missing)?;
        self.require_control_of(&tx.reader(), permit, (&user, expected)).await?;
        working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        if user.status == status {
            return Ok(user);
        }
        let changed = User { status, stamp: user.stamp.changed(now, permit.actor()), ..user.clone() };
        tx.save_user(permit.scope(), &changed, user.stamp.version).await?;
        if user.is_administrator() {
            self.require_administrator(&tx).await?;
        }
        let change = Change::of(user.tenant_id, ResourceKind::User, id).fields(vec!["status"]);
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok(changed)
    }
}
