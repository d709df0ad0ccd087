//! What stands between a user and a password: which password is the present one, and the wrong ones since the last good one.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::event::Event;
use crate::domain::id::{TenantId, UserId};
use crate::domain::lockout::FailedLogins;
use crate::domain::login::QualifiedLogin;
use crate::domain::stamp::{Stamp, Version};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::storage::entity::user_account;
use crate::storage::error::StoreError;
use crate::storage::user::user;
use crate::storage::{Reader, SecretOwner, Store, StoredSecret, StoredUserFacts, Tx, scope};

/// What is stored about a login that somebody presents.
#[derive(Debug)]
pub struct StoredLogin {
    /// Whether there is the tenant.
    pub has_tenant: bool,
    /// The user; absent when the login is nobody's.
    pub user: Option<StoredUserFacts>,
    /// The user's present password.
    pub password: Option<StoredSecret>,
}

impl SecretOwner {
    /// The password of a user.
    #[must_use]
    pub const fn password(tenant_id: TenantId, user: UserId) -> Self {
        Self { tenant_id, kind: OwnerKind::User, id: user.as_uuid(), field: "password" }
    }
}

impl Reader<'_> {
    /// Finds all that is stored about a login. The statements are the same whether the login is anybody's or not; `nobody` is an id of
    /// no user and no role, which stands in for what is not there.
    pub async fn find_login(&self, scope: &TenantScope, login: &QualifiedLogin, nobody: Uuid) -> Result<StoredLogin, StoreError> {
        let tenant_id = login.tenant_id;
        let row = scope::find::<user_account::Entity>(scope)
            .filter(user_account::Column::TenantId.eq(tenant_id.as_uuid()))
            .filter(user_account::Column::LoginKey.eq(login.login_name.key()))
            .one(&self.connection)
            .await?;
        let id = UserId::from_uuid(row.as_ref().map_or(nobody, |row| row.id));
        let assigned = self.find_assigned(scope, &[id.as_uuid()]).await?;
        let roles = if assigned.is_empty() { vec![nobody] } else { assigned.iter().map(|row| row.role_id).collect() };
        let own = self.find_given(scope, assigned, &roles).await?.remove(&id.as_uuid()).unwrap_or_default();
        let tenant = self.find_tenant(scope, tenant_id).await?;
        let administered = self.list_administered(scope, id).await?;
        let password = self.find_current_secret(scope, SecretOwner::password(tenant_id, id)).await?;
        let has_tenant = tenant.is_some();
        let user = row.map(|row| user(row, own)).transpose()?.zip(tenant).map(|(user, tenant)| {
            let administered = if tenant_id == TenantId::SYSTEM { administered } else { BTreeSet::new() };
            StoredUserFacts { user, tenant, administered }
        });
        Ok(StoredLogin { has_tenant, user, password })
    }
}

/// A new count of wrong passwords, and the event of what it brought about, if it did.
#[derive(Debug)]
pub struct CountedLogins {
    /// The count.
    pub failed_logins: FailedLogins,
    /// What it brought about.
    pub event: Option<Event>,
}

impl Tx {
    /// Writes a user's password version, count of wrong passwords and stamp, if the user is still the one that was read.
    pub async fn save_user_login(&self, scope: &TenantScope, user: &User, read: Version) -> Result<(), StoreError> {
        let FailedLogins { count, since, lock_expire_time } = user.failed_logins;
        let Stamp { update_time, update_actor, version, create_time: _, create_actor: _ } = &user.stamp;
        let saved = scope::update::<user_account::Entity>(scope)
            .col_expr(user_account::Column::PasswordVersion, Expr::value(user.password_version))
            .col_expr(user_account::Column::FailedLogins, Expr::value(count))
            .col_expr(user_account::Column::FailedLoginsSince, Expr::value(since.map(Timestamp::as_micros)))
            .col_expr(user_account::Column::LockExpireTime, Expr::value(lock_expire_time.map(Timestamp::as_micros)))
            .col_expr(user_account::Column::UpdateTime, Expr::value(update_time.as_micros()))
            .col_expr(user_account::Column::UpdateActor, Expr::value(update_actor.to_string()))
            .col_expr(user_account::Column::Version, Expr::value(version.as_i64()))
            .filter(user_account::Column::Id.eq(user.id.as_uuid()))
            .filter(user_account::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    async fn save_failed_logins(&self, scope: &TenantScope, id: UserId, logins: FailedLogins) -> Result<(), StoreError> {
        let FailedLogins { count, since, lock_expire_time } = logins;
        scope::update::<user_account::Entity>(scope)
            .col_expr(user_account::Column::FailedLogins, Expr::value(count))
            .col_expr(user_account::Column::FailedLoginsSince, Expr::value(since.map(Timestamp::as_micros)))
            .col_expr(user_account::Column::LockExpireTime, Expr::value(lock_expire_time.map(Timestamp::as_micros)))
            .filter(user_account::Column::Id.eq(id.as_uuid()))
            .exec(&self.connection())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Counts a user's wrong passwords anew, as `count` says of the user whom nobody else can change meanwhile; nothing is written
    /// when it says nothing, or when the user is gone. Nobody's change of the user: neither etag nor event follows, unless the count
    /// brings something about.
    pub async fn count_logins<E: From<StoreError>>(
        &self,
        scope: &TenantScope,
        id: UserId,
        count: impl FnOnce(&User) -> Result<Option<CountedLogins>, E>,
    ) -> Result<(), E> {
        let tx = self.begin().await?;
        tx.exclude(id.as_uuid()).await?;
        let Some(user) = tx.reader().find_user(scope, id).await? else { return Ok(()) };
        let Some(CountedLogins { failed_logins, event }) = count(&user)? else { return Ok(()) };
        tx.save_failed_logins(scope, id, failed_logins).await?;
        match event {
            Some(event) => tx.commit(&event).await.map(|_| ())?,
            None => tx.transaction.commit().await.map_err(StoreError::from)?,
        }
        Ok(())
    }
}
