//! API keys, without their secrets.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Set, TransactionTrait};

use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::api_key::{ApiKey, ApiKeyStatus};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::page::Page;
use crate::domain::stamp::{Stamp, Version};
use crate::domain::tenant::Tenant;
use crate::domain::text::DisplayName;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::storage::entity::api_key;
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::row::{Row, StampColumns, permission_numbers};
use crate::storage::{Reader, Store, Tx, scope};

/// Which keys a list holds.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyFilter {
    /// Only keys of this user.
    pub user_id: Option<UserId>,
}

/// Everything that is stored about a presented key, but for its sealed digest.
#[derive(Debug, Clone)]
pub struct StoredKeyFacts {
    /// The key.
    pub api_key: ApiKey,
    /// The user that the key belongs to.
    pub user: StoredUserFacts,
}

/// Everything that is stored about a user who wants to act.
#[derive(Debug, Clone)]
pub struct StoredUserFacts {
    /// The user.
    pub user: User,
    /// The user's home tenant.
    pub tenant: Tenant,
    /// The tenants to which the user has administrative access.
    pub administered: BTreeSet<TenantId>,
}

impl Reader<'_> {
    /// Finds a key.
    pub async fn find_api_key(&self, scope: &TenantScope, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = scope::find::<api_key::Entity>(scope).filter(api_key::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Finds what is stored about the key that a token names.
    pub async fn find_key_facts(&self, scope: &TenantScope, public_id: &str) -> Result<Option<StoredKeyFacts>, StoreError> {
        let row = scope::find::<api_key::Entity>(scope).filter(api_key::Column::PublicId.eq(public_id));
        self.key_facts(scope, row.one(&self.connection).await?).await
    }

    /// Finds what is stored about a key.
    pub async fn find_key_facts_by_id(&self, scope: &TenantScope, id: ApiKeyId) -> Result<Option<StoredKeyFacts>, StoreError> {
        let row = scope::find::<api_key::Entity>(scope).filter(api_key::Column::Id.eq(id.as_uuid()));
        self.key_facts(scope, row.one(&self.connection).await?).await
    }

    async fn key_facts(&self, scope: &TenantScope, row: Option<api_key::Model>) -> Result<Option<StoredKeyFacts>, StoreError> {
        let Some(row) = row else { return Ok(None) };
        let api_key = ApiKey::try_from(row)?;
        let user = self.find_user_facts(scope, api_key.user_id).await?;
        Ok(user.map(|user| StoredKeyFacts { api_key, user }))
    }

    /// Finds what is stored about a user who wants to act.
    pub async fn find_user_facts(&self, scope: &TenantScope, id: UserId) -> Result<Option<StoredUserFacts>, StoreError> {
        match self.find_user(scope, id).await? {
            Some(user) => self.user_facts(scope, user).await,
            None => Ok(None),
        }
    }

    /// Adds to a user what is stored about tenant and administrative access.
    pub async fn user_facts(&self, scope: &TenantScope, user: User) -> Result<Option<StoredUserFacts>, StoreError> {
        let Some(tenant) = self.find_tenant(scope, user.tenant_id).await? else { return Ok(None) };
        let administered = match user.tenant_id {
            TenantId::SYSTEM => self.list_administered(scope, user.id).await?,
            _ => BTreeSet::new(),
        };
        Ok(Some(StoredUserFacts { user, tenant, administered }))
    }

    /// Lists keys.
    pub async fn list_api_keys(
        &self,
        scope: &TenantScope,
        filter: &ApiKeyFilter,
        at: PageAt,
    ) -> Result<Page<ApiKey>, StoreError> {
        let user = filter.user_id.map(|user| api_key::Column::UserId.eq(user.as_uuid()));
        let rows = scope::find::<api_key::Entity>(scope).filter(Condition::all().add_option(user));
        let columns = (api_key::Column::CreateTime, api_key::Column::Id);
        let rows: Vec<api_key::Model> = page::read(&self.connection, rows, columns, at).await?;
        let keys = rows.into_iter().map(ApiKey::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(keys, at, |key| (key.stamp.create_time, key.id.as_uuid())))
    }
}

impl Tx {
    /// Writes a new key.
    pub async fn insert_api_key(&self, scope: &TenantScope, key: &ApiKey) -> Result<(), StoreError> {
        let ApiKey {
            id,
            tenant_id,
            user_id,
            public_id,
            display_name,
            permissions,
            bound_tenant,
            expire_time,
            last_use_time,
            status,
            stamp,
        } = key;
        let row = api_key::ActiveModel {
            tenant_id: Set(tenant_id.as_uuid()),
            id: Set(id.as_uuid()),
            user_id: Set(user_id.as_uuid()),
            public_id: Set(public_id.clone()),
            display_name: Set(display_name.as_ref().map(|name| name.as_str().to_owned())),
            permissions: Set(permission_numbers(permissions)),
            bound_tenant_id: Set(bound_tenant.map(TenantId::as_uuid)),
            expire_time: Set(expire_time.map(Timestamp::as_micros)),
            last_use_time: Set(last_use_time.map(Timestamp::as_micros)),
            status: Set(status.as_str().to_owned()),
            create_time: Set(stamp.create_time.as_micros()),
            update_time: Set(stamp.update_time.as_micros()),
            create_actor: Set(stamp.create_actor.to_string()),
            update_actor: Set(stamp.update_actor.to_string()),
            version: Set(stamp.version.as_i64()),
        };
        scope::insert::<api_key::Entity, _>(&self.connection(), scope, row).await
    }

    /// Writes a key's new status and public id, if the key is still the one that was read.
    pub async fn save_api_key(&self, scope: &TenantScope, key: &ApiKey, read: Version) -> Result<(), StoreError> {
        let Stamp { update_time, update_actor, version, create_time: _, create_actor: _ } = &key.stamp;
        let saved = scope::update::<api_key::Entity>(scope)
            .col_expr(api_key::Column::PublicId, Expr::value(key.public_id.as_str()))
            .col_expr(api_key::Column::Status, Expr::value(key.status.as_str()))
            .col_expr(api_key::Column::UpdateTime, Expr::value(update_time.as_micros()))
            .col_expr(api_key::Column::UpdateActor, Expr::value(update_actor.to_string()))
            .col_expr(api_key::Column::Version, Expr::value(version.as_i64()))
            .filter(api_key::Column::Id.eq(key.id.as_uuid()))
            .filter(api_key::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes every key of a user, and destroys the secrets of all of them.
    pub async fn delete_api_keys_of(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let theirs = api_key::Column::UserId.eq(user.id.as_uuid());
        let keys = scope::find::<api_key::Entity>(scope).filter(theirs.clone());
        let ids = keys.select_only().column(api_key::Column::Id).into_query();
        self.delete_secrets_among(&scope.of_tenants(), user.tenant_id, (OwnerKind::ApiKey, ids)).await?;
        scope::delete::<api_key::Entity>(scope).filter(theirs).exec(&self.connection()).await?;
        Ok(())
    }
}

impl Store {
    /// Notes when keys last authenticated, all or none. Nobody's change: neither etag nor event follows.
    pub async fn record_key_uses(&self, scope: &TenantScope, uses: &[(ApiKeyId, Timestamp)]) -> Result<(), StoreError> {
        let transaction = self.writer.begin().await?;
        for (id, time) in uses {
            scope::update::<api_key::Entity>(scope)
                .col_expr(api_key::Column::LastUseTime, Expr::value(time.as_micros()))
                .filter(api_key::Column::Id.eq(id.as_uuid()))
                .exec(&transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
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
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "api_key", id };
        let display_name = display_name.map(DisplayName::from_stored);
        Ok(Self {
            id: ApiKeyId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            user_id: UserId::from_uuid(user_id),
            public_id,
            display_name,
            permissions: at.permissions("permissions", &permissions)?,
            bound_tenant: bound_tenant_id.map(TenantId::from_uuid),
            expire_time: expire_time.map(Timestamp::from_micros),
            last_use_time: last_use_time.map(Timestamp::from_micros),
            status: at.need("status", ApiKeyStatus::parse(&status))?,
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
