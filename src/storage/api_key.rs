//! API keys, without their secrets.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Set};

use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::api_key::{ApiKey, ApiKeyStatus};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::page::Page;
use crate::domain::stamp::Version;
use crate::domain::text::DisplayName;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::storage::entity::api_key;
use crate::storage::error::StoreError;
use crate::storage::page::PageAt;
use crate::storage::row::{Row, StampColumns, permission_numbers};
use crate::storage::{Reader, Store, Tx};

/// Which keys a list holds.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyFilter {
    /// Only keys of this user.
    pub user_id: Option<UserId>,
}

impl Reader<'_> {
    /// Finds a key.
    pub async fn find_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = self.within(scope).find::<api_key::Entity>().filter(api_key::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Lists keys.
    pub async fn list_api_keys(
        &self,
        scope: &TenantScope,
        filter: &ApiKeyFilter,
        at: PageAt,
    ) -> Result<Page<ApiKey>, StoreError> {
        let user = filter.user_id.map(|user| api_key::Column::UserId.eq(user.as_uuid()));
        let listing = at.filtered(Condition::all().add_option(user));
        self.page::<api_key::Entity, api_key::Model>(scope, &listing, at).await?.try_map(ApiKey::try_from)
    }
}

impl Tx {
    /// Writes a new key.
    pub async fn insert_api_key(&self, scope: &TenantScope, key: &ApiKey) -> Result<(), StoreError> {
        let row = api_key::ActiveModel {
            tenant_id: Set(key.tenant_id.as_uuid()),
            id: Set(key.id.as_uuid()),
            user_id: Set(key.user_id.as_uuid()),
            create_time: Set(key.stamp.create_time.as_micros()),
            create_actor: Set(key.stamp.create_actor.to_string()),
            last_use_time: Set(key.last_use_time.map(Timestamp::as_micros)),
            ..writable(key)
        };
        self.within(scope).insert::<api_key::Entity, _>(&self.connection(), row).await
    }

    /// Writes a changed key, if the stored one is still the one that was read.
    pub async fn save_api_key(&self, scope: &TenantScope, key: &ApiKey, read: Version) -> Result<(), StoreError> {
        let saved = self
            .within(scope)
            .update::<api_key::Entity>()
            .set(writable(key))
            .filter(api_key::Column::Id.eq(key.id.as_uuid()))
            .filter(api_key::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes every key of a user, and destroys the secrets of all of them.
    pub async fn delete_api_keys_of(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let theirs = Condition::all()
            .add(api_key::Column::TenantId.eq(user.tenant_id.as_uuid()))
            .add(api_key::Column::UserId.eq(user.id.as_uuid()));
        let keys = self.within(scope).find::<api_key::Entity>().filter(theirs.clone());
        let ids = keys.select_only().column(api_key::Column::Id).into_query();
        self.delete_secrets_among(&scope.of_tenants(), user.tenant_id, (OwnerKind::ApiKey, ids)).await?;
        self.within(scope).delete::<api_key::Entity>().filter(theirs).exec(&self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// Notes when keys last authenticated, all or none. Nobody's change: neither etag nor event follows.
    pub async fn record_key_uses(&self, scope: &TenantScope, uses: &[(ApiKeyId, Timestamp)]) -> Result<(), StoreError> {
        let tx = self.begin().await?;
        for (id, time) in uses {
            tx.within(scope)
                .update::<api_key::Entity>()
                .col_expr(api_key::Column::LastUseTime, Expr::value(time.as_micros()))
                .filter(api_key::Column::Id.eq(id.as_uuid()))
                .exec(&tx.connection())
                .await?;
        }
        tx.save().await
    }
}

/// The columns that a change may write.
fn writable(key: &ApiKey) -> api_key::ActiveModel {
    let ApiKey {
        id: _,
        tenant_id: _,
        user_id: _,
        public_id,
        display_name,
        permissions,
        bound_tenant,
        expire_time,
        last_use_time: _,
        status,
        secrets,
        stamp,
    } = key;
    api_key::ActiveModel {
        tenant_id: ActiveValue::NotSet,
        id: ActiveValue::NotSet,
        user_id: ActiveValue::NotSet,
        public_id: Set(public_id.clone()),
        display_name: Set(display_name.as_ref().map(|name| name.as_str().to_owned())),
        permissions: Set(permission_numbers(permissions)),
        bound_tenant_id: Set(bound_tenant.map(TenantId::as_uuid)),
        expire_time: Set(expire_time.map(Timestamp::as_micros)),
        last_use_time: ActiveValue::NotSet,
        status: Set(status.as_str().to_owned()),
        secrets: Set(secrets.to_string()),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

impl TryFrom<api_key::Model> for ApiKey {
    type Error = StoreError;

    fn try_from(row: api_key::Model) -> Result<Self, StoreError> {
        let api_key::Model {
            tenant_id,
            id,
            user_id,
            public_id,
            display_name,
            permissions,
            bound_tenant_id,
            expire_time,
            last_use_time,
            status,
            secrets,
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "api_key", id };
        Ok(Self {
            id: ApiKeyId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            user_id: UserId::from_uuid(user_id),
            public_id,
            display_name: at.optional("display_name", display_name, DisplayName::from_stored)?,
            permissions: at.permissions("permissions", &permissions)?,
            bound_tenant: bound_tenant_id.map(TenantId::from_uuid),
            expire_time: expire_time.map(Timestamp::from_micros),
            last_use_time: last_use_time.map(Timestamp::from_micros),
            status: at.need("status", ApiKeyStatus::parse(&status))?,
            secrets: at.need("secrets", secrets.parse().ok())?,
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
