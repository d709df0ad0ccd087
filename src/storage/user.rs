//! Users.

use sea_orm::{ColumnTrait, QueryFilter, Set};

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::name::LoginName;
use crate::domain::page::Page;
use crate::domain::text::DisplayName;
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
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
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
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Finds several users, in no order.
    pub async fn find_users(&self, scope: &TenantScope, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows = scope::find::<user_account::Entity>(scope).filter(user_account::Column::Id.is_in(ids));
        rows.all(&self.connection).await?.into_iter().map(User::try_from).collect()
    }

    /// Lists users.
    pub async fn list_users(&self, scope: &TenantScope, at: PageAt) -> Result<Page<User>, StoreError> {
        let rows = scope::find::<user_account::Entity>(scope);
        let columns = (user_account::Column::CreateTime, user_account::Column::Id);
        let rows: Vec<user_account::Model> = page::read(&self.connection, rows, columns, at).await?;
        let users = rows.into_iter().map(User::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(users, at, |user| (user.stamp.create_time, user.id.as_uuid())))
    }
}

impl Tx {
    /// Finds a user and keeps it from changing until the transaction ends.
    pub async fn lock_user(&self, scope: &TenantScope, id: UserId) -> Result<Option<User>, StoreError> {
        self.share(&[id.as_uuid()]).await?;
        self.reader().find_user(scope, id).await
    }

    /// Writes a new user.
    pub async fn insert_user(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let User { id, tenant_id, kind, login_name, display_name, role_ids, permissions, status, stamp } = user;
        let row = user_account::ActiveModel {
            tenant_id: Set(tenant_id.as_uuid()),
            id: Set(id.as_uuid()),
            kind: Set(kind.as_str().to_owned()),
            login_name: Set(login_name.as_str().to_owned()),
            login_key: Set(login_name.key()),
            display_name: Set(display_name.as_ref().map(|name| name.as_str().to_owned())),
            role_ids: Set(join(role_ids)),
            permissions: Set(permission_numbers(permissions)),
            status: Set(status.as_str().to_owned()),
            create_time: Set(stamp.create_time.as_micros()),
            update_time: Set(stamp.update_time.as_micros()),
            create_actor: Set(stamp.create_actor.to_string()),
            update_actor: Set(stamp.update_actor.to_string()),
            version: Set(stamp.version.as_i64()),
        };
        scope::insert::<user_account::Entity, _>(&self.connection(), scope, row).await
    }
}

impl TryFrom<user_account::Model> for User {
    type Error = StoreError;

    fn try_from(row: user_account::Model) -> Result<Self, StoreError> {
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
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "user_account", id };
        let display_name = display_name.map(DisplayName::parse).transpose();
        Ok(Self {
            id: UserId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            kind: at.need("kind", UserKind::parse(&kind))?,
            login_name: at.need("login_name", LoginName::parse(login_name).ok())?,
            display_name: at.need("display_name", display_name.ok())?,
            role_ids: at.list::<RoleId>("role_ids", &role_ids)?.into_iter().collect(),
            permissions: at.permissions("permissions", &permissions)?,
            status: at.need("status", UserStatus::parse(&status))?,
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
