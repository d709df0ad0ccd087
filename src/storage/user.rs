//! Users.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, Set};

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::lockout::FailedLogins;
use crate::domain::name::LoginName;
use crate::domain::page::Page;
use crate::domain::role::{AssignedRoles, BuiltInRole};
use crate::domain::stamp::{Stamp, Version};
use crate::domain::text::DisplayName;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserKind, UserStatus};
use crate::storage::entity::user_account;
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::row::{Row, StampColumns, join, permission_numbers};
use crate::storage::{Reader, Tx, scope};

impl Reader<'_> {
    /// Finds a user.
    pub async fn find_user(&self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError> {
        let row = scope::find::<user_account::Entity>(scope).filter(user_account::Column::Id.eq(id.as_uuid()));
        Ok(self.with_roles(scope, row.one(&self.connection).await?.into_iter().collect()).await?.pop())
    }

    /// Finds a user by the key of the login name.
    pub async fn find_user_by_login(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        login_key: &str,
    ) -> Result<Option<User>, StoreError> {
        let row = scope::find::<user_account::Entity>(scope)
            .filter(user_account::Column::TenantId.eq(tenant.as_uuid()))
            .filter(user_account::Column::LoginKey.eq(login_key));
        Ok(self.with_roles(scope, row.one(&self.connection).await?.into_iter().collect()).await?.pop())
    }

    /// Finds several users, in no order.
    pub async fn find_users(&self, scope: &TenantScope, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows = scope::find::<user_account::Entity>(scope).filter(user_account::Column::Id.is_in(ids));
        self.with_roles(scope, rows.all(&self.connection).await?).await
    }

    /// Lists users.
    pub async fn list_users(&self, scope: &TenantScope, at: PageAt) -> Result<Page<User>, StoreError> {
        let rows = scope::find::<user_account::Entity>(scope);
        let columns = (user_account::Column::CreateTime, user_account::Column::Id);
        let rows: Vec<user_account::Model> = page::read(&self.connection, rows, columns, at).await?;
        let users = self.with_roles(scope, rows).await?;
        Ok(page::cut(users, at, |user| (user.stamp.create_time, user.id.as_uuid())))
    }

    /// Reads users, each with the tenant's own roles among theirs.
    pub(super) async fn with_roles(&self, scope: &TenantScope, rows: Vec<user_account::Model>) -> Result<Vec<User>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut own = self.find_own_roles(scope, &ids).await?;
        rows.into_iter().map(|row| (own.remove(&row.id).unwrap_or_default(), row)).map(|(own, row)| user(row, own)).collect()
    }
}

impl Tx {
    /// Finds a user and keeps it, and what its roles give, from changing until the transaction ends.
    pub async fn lock_user(&self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError> {
        self.share(&[id.as_uuid()]).await?;
        let Some(user) = self.reader().find_user(scope, id).await? else { return Ok(None) };
        let roles: Vec<_> = user.roles.own_ids().map(RoleId::as_uuid).collect();
        if roles.is_empty() {
            return Ok(Some(user));
        }
        self.share(&roles).await?;
        self.reader().find_user(scope, id).await
    }

    /// Writes a new user.
    pub async fn insert_user(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let User {
            id,
            tenant_id,
            kind,
            login_name,
            display_name,
            roles,
            permissions,
            status,
            password_version,
            failed_logins,
            stamp,
        } = user;
        let FailedLogins { count, since, lock_expire_time } = failed_logins;
        let row = user_account::ActiveModel {
            tenant_id: Set(tenant_id.as_uuid()),
            id: Set(id.as_uuid()),
            kind: Set(kind.as_str().to_owned()),
            login_name: Set(login_name.as_str().to_owned()),
            login_key: Set(login_name.key()),
            display_name: Set(display_name.as_ref().map(|name| name.as_str().to_owned())),
            role_ids: Set(join(roles.built_in_ids())),
            permissions: Set(permission_numbers(permissions)),
            status: Set(status.as_str().to_owned()),
            password_version: Set(*password_version),
            failed_logins: Set(*count),
            failed_logins_since: Set(since.map(Timestamp::as_micros)),
            lock_expire_time: Set(lock_expire_time.map(Timestamp::as_micros)),
            create_time: Set(stamp.create_time.as_micros()),
            update_time: Set(stamp.update_time.as_micros()),
            create_actor: Set(stamp.create_actor.to_string()),
            update_actor: Set(stamp.update_actor.to_string()),
            version: Set(stamp.version.as_i64()),
        };
        scope::insert::<user_account::Entity, _>(&self.connection(), scope, row).await?;
        self.assign_roles(scope, user).await
    }

    /// Writes a changed user, but for what belongs to the password, if the stored one is still the one that was read.
    pub async fn save_user(&self, scope: &TenantScope, user: &User, read: Version) -> Result<(), StoreError> {
        let Stamp { update_time, update_actor, version, create_time: _, create_actor: _ } = &user.stamp;
        let display_name = user.display_name.as_ref().map(|name| name.as_str().to_owned());
        let saved = scope::update::<user_account::Entity>(scope)
            .col_expr(user_account::Column::LoginName, Expr::value(user.login_name.as_str()))
            .col_expr(user_account::Column::LoginKey, Expr::value(user.login_name.key()))
            .col_expr(user_account::Column::DisplayName, Expr::value(display_name))
            .col_expr(user_account::Column::RoleIds, Expr::value(join(user.roles.built_in_ids())))
            .col_expr(user_account::Column::Permissions, Expr::value(permission_numbers(&user.permissions)))
            .col_expr(user_account::Column::Status, Expr::value(user.status.as_str()))
            .col_expr(user_account::Column::UpdateTime, Expr::value(update_time.as_micros()))
            .col_expr(user_account::Column::UpdateActor, Expr::value(update_actor.to_string()))
            .col_expr(user_account::Column::Version, Expr::value(version.as_i64()))
            .filter(user_account::Column::Id.eq(user.id.as_uuid()))
            .filter(user_account::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { self.assign_roles(scope, user).await } else { Err(StoreError::Stale) }
    }

    /// Deletes a user to whom nothing belongs any more but the roles, if the stored one is still the one that was read.
    pub async fn delete_user(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        self.unassign_roles(scope, user).await?;
        let deleted = scope::delete::<user_account::Entity>(scope)
            .filter(user_account::Column::Id.eq(user.id.as_uuid()))
            .filter(user_account::Column::Version.eq(user.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// Reads a user's row; `own` are the tenant's own roles that the user has.
pub(super) fn user(row: user_account::Model, own: AssignedRoles) -> Result<User, StoreError> {
    let user_account::Model {
        tenant_id,
        id,
        kind,
        login_name,
        login_key: _,
        display_name,
        role_ids,
        permissions,
        status,
        password_version,
        failed_logins,
        failed_logins_since,
        lock_expire_time,
        create_time,
        update_time,
        create_actor,
        update_actor,
        version,
    } = row;
    let at = Row { table: "user_account", id };
    let display_name = display_name.map(DisplayName::from_stored);
    let mut roles = own;
    for id in at.list::<RoleId>("role_ids", &role_ids)? {
        roles.insert(id, at.need("role_ids", BuiltInRole::find(id))?.permissions());
    }
    Ok(User {
        id: UserId::from_uuid(id),
        tenant_id: TenantId::from_uuid(tenant_id),
        kind: at.need("kind", UserKind::parse(&kind))?,
        login_name: LoginName::from_stored(login_name),
        display_name,
        roles,
        permissions: at.permissions("permissions", &permissions)?,
        status: at.need("status", UserStatus::parse(&status))?,
        password_version,
        failed_logins: FailedLogins {
            count: failed_logins,
            since: failed_logins_since.map(Timestamp::from_micros),
            lock_expire_time: lock_expire_time.map(Timestamp::from_micros),
        },
        stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
    })
}
