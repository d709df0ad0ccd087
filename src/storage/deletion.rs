//! Everything that a tenant owns, counted and deleted.
//!
//! A table that is added belongs here too; the tenant's own row cannot go before its last foreign key has.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::crypto::OwnerKind;
use crate::domain::id::TenantId;
use crate::storage::entity::{
    api_key, oauth_app, request_record, role, secret_version, tenant_administrator, tenant_key, user_account, user_role,
};
use crate::storage::error::StoreError;
use crate::storage::scope::Scoped;
use crate::storage::{Reader, Tx};

impl Reader<'_> {
    /// Counts by kind what a tenant owns, and the keys of others that are bound to it. Administrative access to the tenant and its own
    /// keys are nothing that it owns.
    pub async fn count_owned(&self, scope: &TenantScope, tenant: TenantId) -> Result<[(&'static str, u64); 4], StoreError> {
        let of_others = self
            .within(scope)
            .find::<api_key::Entity>()
            .filter(api_key::Column::BoundTenantId.eq(tenant.as_uuid()))
            .filter(api_key::Column::TenantId.ne(tenant.as_uuid()));
        let keys = self.count::<api_key::Entity>(scope, tenant).await?;
        let keys = keys.saturating_add(of_others.count(&self.connection).await?);
        Ok([
            ("users", self.count::<user_account::Entity>(scope, tenant).await?),
            ("roles", self.count::<role::Entity>(scope, tenant).await?),
            ("oauth_apps", self.count::<oauth_app::Entity>(scope, tenant).await?),
            ("api_keys", keys),
        ])
    }

    async fn count<E>(&self, scope: &TenantScope, tenant: TenantId) -> Result<u64, StoreError>
    where
        E: Scoped,
        E::Model: Send + Sync,
    {
        let rows = self.within(scope).find::<E>().filter(E::TENANT.eq(tenant.as_uuid()));
        Ok(rows.count(&self.connection).await?)
    }
}

impl Tx {
    /// Deletes every row of a tenant but its own and its events: first what refers to others. Owners go before their secrets, in the
    /// order in which every other deletion takes them, so that the two do not wait for each other.
    pub async fn delete_everything_of(&self, scope: &TenantScope, tenant: TenantId) -> Result<(), StoreError> {
        self.delete_rows::<oauth_app::Entity>(scope, tenant).await?;
        self.delete_rows::<user_role::Entity>(scope, tenant).await?;
        self.delete_rows::<role::Entity>(scope, tenant).await?;
        self.delete_rows::<api_key::Entity>(scope, tenant).await?;
        self.delete_rows::<user_account::Entity>(scope, tenant).await?;
        self.delete_rows::<tenant_administrator::Entity>(scope, tenant).await?;
        self.delete_rows::<request_record::Entity>(scope, tenant).await?;
        self.delete_rows::<secret_version::Entity>(scope, tenant).await?;
        self.delete_rows::<tenant_key::Entity>(scope, tenant).await
    }

    /// Deletes what other tenants have that makes no sense without this one: keys that are bound to it, with their secrets, and what
    /// was answered to requests about its things.
    pub async fn delete_what_hangs_on(&self, scope: &TenantScope, tenant: TenantId) -> Result<(), StoreError> {
        let bound = api_key::Column::BoundTenantId.eq(tenant.as_uuid());
        let within = self.within(scope);
        let keys = within.find::<api_key::Entity>().filter(bound.clone()).select_only();
        let keys = keys.columns([api_key::Column::TenantId, api_key::Column::Id]).into_tuple::<(Uuid, Uuid)>();
        let (homes, keys): (BTreeSet<Uuid>, Vec<Uuid>) = keys.all(&self.connection()).await?.into_iter().unzip();
        within.delete::<api_key::Entity>().filter(bound).exec(&self.connection()).await?;
        if !keys.is_empty() {
            // Without their tenants, which are few, no index serves the ids.
            within
                .delete::<secret_version::Entity>()
                .filter(within.is_listed(secret_version::Column::TenantId, homes.into_iter()))
                .filter(secret_version::Column::OwnerKind.eq(OwnerKind::ApiKey.as_str()))
                .filter(within.is_listed(secret_version::Column::OwnerId, keys.into_iter()))
                .exec(&self.connection())
                .await?;
        }
        self.within(scope)
            .delete::<request_record::Entity>()
            .filter(request_record::Column::ResourceTenantId.eq(tenant.as_uuid()))
            .exec(&self.connection())
            .await?;
        Ok(())
    }

    async fn delete_rows<E: Scoped>(&self, scope: &TenantScope, tenant: TenantId) -> Result<(), StoreError> {
        self.within(scope).delete::<E>().filter(E::TENANT.eq(tenant.as_uuid())).exec(&self.connection()).await?;
        Ok(())
    }
}
