//! Deleting a user, with everything that belongs to the user and to nobody else.

use crate::authz::{DeleteUser, Permit};
use crate::crypto::OwnerKind;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::UserId;
use crate::domain::stamp::Expected;
use crate::domain::user::User;
use crate::service::error::{Error, Resource};
use crate::service::{Mode, Registry};
use crate::storage::Tx;

impl Registry {
    /// Deletes a user with keys, password, roles and administrative access. Events keep the name.
    pub async fn delete_user(&self, permit: &Permit<DeleteUser>, target: (UserId, &Expected), mode: Mode) -> Result<(), Error> {
        self.retrying(|| self.delete_user_once(permit, target, mode)).await
    }

    async fn delete_user_once(
        &self,
        permit: &Permit<DeleteUser>,
        (id, expected): (UserId, &Expected),
        mode: Mode,
    ) -> Result<(), Error> {
        let now = self.write_clock.now();
        let missing = || Error::NotFound(Resource::User(id));
        let reader = self.store.reader();
        let seen = reader.find_user(permit.scope(), id).await?.ok_or_else(missing)?;
        // Only who may change what is seen takes the user's turn; what is locked may be another thing, so it is judged again.
        self.require_control_of(&reader, permit, (&seen, expected)).await?;
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let user = tx.lock_user(permit.scope(), id).await?.ok_or_else(missing)?;
        self.require_control_of(&tx.reader(), permit, (&user, expected)).await?;
        erase(&tx, permit, &user).await?;
        if user.is_administrator() {
            self.require_administrator(&tx).await?;
        }
        let destroyed = user.secrets.versions().collect();
        let change = Change::of(user.tenant_id, ResourceKind::User, id).secrets(destroyed);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(())
    }
}

/// Deletes every row that belongs to the user, and then the user.
async fn erase(tx: &Tx, permit: &Permit<DeleteUser>, user: &User) -> Result<(), Error> {
    let scope = permit.scope();
    tx.delete_api_keys_of(scope, user).await?;
    tx.delete_secrets_of(&scope.of_tenants(), user.tenant_id, (OwnerKind::User, user.id.as_uuid())).await?;
    tx.delete_administrator_everywhere(&scope.of_tenants(), user.id).await?;
    Ok(tx.delete_user(scope, user).await?)
}
