//! Users.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, SelectStatement, SimpleExpr, SubQueryStatement};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, DbErr, FromQueryResult, JoinType, QueryFilter, QueryResult,
    QuerySelect, QueryTrait, Select, Set,
};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::lockout::FailedLogins;
use crate::domain::name::LoginName;
use crate::domain::page::Page;
use crate::domain::permission::PermissionSet;
use crate::domain::role::{AssignedRoles, BuiltInRole};
use crate::domain::stamp::Version;
use crate::domain::text::DisplayName;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserKind, UserStatus};
use crate::storage::entity::{role, user_account, user_role};
use crate::storage::error::StoreError;
use crate::storage::page::PageAt;
use crate::storage::row::{Row, StampColumns, join, permission_numbers};
use crate::storage::scope::Within;
use crate::storage::{Reader, Tx};

/// The column of what the tenant's own roles among a user's give.
const OWN_ROLES: &str = "own_roles";

/// A user's row, with what the tenant's own roles among the user's give.
#[derive(Debug)]
pub(super) struct UserRow {
    row: user_account::Model,
    own_roles: Option<String>,
}

impl FromQueryResult for UserRow {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        let user = user_account::Model::from_query_result(row, prefix)?;
        Ok(Self { row: user, own_roles: row.try_get(prefix, OWN_ROLES)? })
    }
}

impl UserRow {
    /// Adds the column that the row has beside the user's own, under a prefix. The query selects from `user_account`.
    pub(super) fn extend(rows: &mut SelectStatement, within: Within<'_>, prefix: &str) {
        rows.expr_as(own_roles(within), Alias::new(format!("{prefix}{OWN_ROLES}")));
    }
}

impl Reader<'_> {
    /// Finds a user.
    pub async fn find_user(&self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError> {
        let rows = self.within(scope).find::<user_account::Entity>().filter(user_account::Column::Id.eq(id.as_uuid()));
        Ok(self.users(scope, rows).await?.pop())
    }

    /// Finds several users, in no order.
    pub async fn find_users(&self, scope: &TenantScope, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let within = self.within(scope);
        let is_one = within.is_listed(user_account::Column::Id, ids.iter().map(|id| id.as_uuid()));
        self.users(scope, within.find::<user_account::Entity>().filter(is_one)).await
    }

    /// Lists users.
    pub async fn list_users(&self, scope: &TenantScope, at: PageAt) -> Result<Page<User>, StoreError> {
        let tenants = scope.of_tenants();
        let roles = self.within(&tenants);
        let extend = |rows: &mut SelectStatement| UserRow::extend(rows, roles, "");
        let page = self.page_with::<user_account::Entity, UserRow>(scope, &at.all(), at, extend).await?;
        page.try_map(User::try_from)
    }

    /// Reads the users that a query finds.
    pub(super) async fn users(&self, scope: &TenantScope, rows: Select<user_account::Entity>) -> Result<Vec<User>, StoreError> {
        let (tenants, mut rows) = (scope.of_tenants(), rows.into_query());
        UserRow::extend(&mut rows, self.within(&tenants), "");
        let rows = self.connection.query_all(&rows).await?;
        rows.iter().map(|row| UserRow::from_query_result(row, "")?.try_into()).collect()
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
        let row = user_account::ActiveModel {
            tenant_id: Set(user.tenant_id.as_uuid()),
            id: Set(user.id.as_uuid()),
            kind: Set(user.kind.as_str().to_owned()),
            create_time: Set(user.stamp.create_time.as_micros()),
            create_actor: Set(user.stamp.create_actor.to_string()),
            ..writable(user)
        };
        self.within(scope).insert::<user_account::Entity, _>(&self.connection(), row).await?;
        self.assign_roles(scope, user).await
    }

    /// Writes a changed user, if the stored one is still the one that was read.
    pub async fn save_user(&self, scope: &TenantScope, user: &User, read: Version) -> Result<(), StoreError> {
        let saved = self
            .within(scope)
            .update::<user_account::Entity>()
            .set(writable(user))
            .filter(user_account::Column::Id.eq(user.id.as_uuid()))
            .filter(user_account::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes a user to whom nothing belongs any more but the roles, if the stored one is still the one that was read.
    pub async fn delete_user(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        self.unassign_roles(scope, user).await?;
        let deleted = self
            .within(scope)
            .delete::<user_account::Entity>()
            .filter(user_account::Column::Id.eq(user.id.as_uuid()))
            .filter(user_account::Column::Version.eq(user.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }
}

/// The columns that a change may write.
fn writable(user: &User) -> user_account::ActiveModel {
    let User {
        id: _,
        tenant_id: _,
        kind: _,
        login_name,
        display_name,
        roles,
        permissions,
        status,
        secrets,
        failed_logins,
        stamp,
    } = user;
    let FailedLogins { count, since, lock_expire_time } = failed_logins;
    user_account::ActiveModel {
        tenant_id: ActiveValue::NotSet,
        id: ActiveValue::NotSet,
        kind: ActiveValue::NotSet,
        login_name: Set(login_name.as_str().to_owned()),
        login_key: Set(login_name.key()),
        display_name: Set(display_name.as_ref().map(|name| name.as_str().to_owned())),
        role_ids: Set(join(roles.built_in_ids())),
        permissions: Set(permission_numbers(permissions)),
        status: Set(status.as_str().to_owned()),
        secrets: Set(secrets.to_string()),
        failed_logins: Set(*count),
        failed_logins_since: Set(since.map(Timestamp::as_micros)),
        lock_expire_time: Set(lock_expire_time.map(Timestamp::as_micros)),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

/// Selects, for a row of `user_account`, `<id>:<permissions>;…` of the tenant's own roles that the user has.
fn own_roles(within: Within<'_>) -> SimpleExpr {
    let of = |column: user_role::Column| Expr::col(column.as_column_ref());
    let is_role = of(user_role::Column::TenantId)
        .eq(Expr::col(role::Column::TenantId.as_column_ref()))
        .and(of(user_role::Column::RoleId).eq(Expr::col(role::Column::Id.as_column_ref())));
    let assigned = within.find::<user_role::Entity>().select_only();
    let roles = within
        .join::<user_role::Entity, role::Entity>(assigned, JoinType::InnerJoin, is_role)
        .expr(Expr::cust(if within.backend() == DbBackend::Postgres {
            r#"string_agg("role"."id"::text || ':' || "role"."permissions", ';')"#
        } else {
            r#"group_concat(hex("role"."id") || ':' || "role"."permissions", ';')"#
        }))
        .filter(of(user_role::Column::TenantId).eq(Expr::col(user_account::Column::TenantId.as_column_ref())))
        .filter(of(user_role::Column::UserId).eq(Expr::col(user_account::Column::Id.as_column_ref())));
    SimpleExpr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(roles.into_query())))
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let UserRow { row, own_roles } = row;
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
            secrets,
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
        Ok(Self {
            id: UserId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            kind: at.need("kind", UserKind::parse(&kind))?,
            login_name: at.need("login_name", LoginName::from_stored(login_name))?,
            display_name: at.optional("display_name", display_name, DisplayName::from_stored)?,
            roles: assigned_roles(at, &role_ids, own_roles.as_deref().unwrap_or_default())?,
            permissions: at.permissions("permissions", &permissions)?,
            status: at.need("status", UserStatus::parse(&status))?,
            secrets: at.need("secrets", secrets.parse().ok())?,
            failed_logins: FailedLogins {
                count: failed_logins,
                since: failed_logins_since.map(Timestamp::from_micros),
                lock_expire_time: lock_expire_time.map(Timestamp::from_micros),
            },
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}

/// Reads the roles of a user: the ids of built-in ones, and the tenant's own as `<id>:<permissions>;…`.
fn assigned_roles(at: Row, built_in: &str, own: &str) -> Result<AssignedRoles, StoreError> {
    let mut roles: BTreeMap<RoleId, PermissionSet> = BTreeMap::new();
    for id in at.list::<RoleId>("role_ids", built_in)? {
        roles.insert(id, at.need("role_ids", BuiltInRole::find(id))?.permissions());
    }
    for one in own.split(';').filter(|one| !one.is_empty()) {
        let (id, permissions) = at.need("user_role", one.split_once(':'))?;
        let id = at.need("user_role", Uuid::try_parse(id).ok())?;
        roles.insert(RoleId::from_uuid(id), Row { table: "role", id }.permissions("permissions", permissions)?);
    }
    Ok(roles.into_iter().collect())
}
