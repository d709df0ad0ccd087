//! The wrong passwords of a user since the last good one.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter};

use crate::authz::TenantScope;
use crate::domain::event::Event;
use crate::domain::id::UserId;
use crate::domain::lockout::FailedLogins;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::storage::entity::user_account;
use crate::storage::error::StoreError;
use crate::storage::{Store, Tx};

/// A new count of wrong passwords, and the event of what it brought about, if it did.
#[derive(Debug)]
pub struct CountedLogins {
    /// The count.
    pub failed_logins: FailedLogins,
    /// What it brought about.
    pub event: Option<Event>,
}

impl Tx {
    async fn save_failed_logins(&self, scope: &TenantScope, id: UserId, logins: FailedLogins) -> Result<(), StoreError> {
        let FailedLogins { count, since, lock_expire_time } = logins;
        self.within(scope)
            .update::<user_account::Entity>()
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
        let tx = self.begin_in_reserve().await?;
        tx.exclude(id.as_uuid()).await?;
        let Some(user) = tx.reader().find_user(scope, id).await? else { return Ok(()) };
        let Some(CountedLogins { failed_logins, event }) = count(&user)? else { return Ok(()) };
        tx.save_failed_logins(scope, id, failed_logins).await?;
        match event {
            Some(event) => tx.commit(scope, &event).await.map(|_| ())?,
            None => tx.save().await?,
        }
        Ok(())
    }
}
