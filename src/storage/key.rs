//! Tenant keys, wrapped, and the check values of the keys that wrap them.

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::authz::TenantScope;
use crate::crypto::{KeyPurpose, TenantKeyId, TenantKeyIdentity, WrappedKey};
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::storage::entity::{key_encryption_key, tenant_key};
use crate::storage::error::StoreError;
use crate::storage::row::Row;
use crate::storage::{Reader, Store, Tx, scope};

/// The state of the key that seals.
const ACTIVE: &str = "active";

/// A tenant's key, wrapped.
#[derive(Debug)]
pub struct StoredTenantKey {
    /// Which key it is.
    pub identity: TenantKeyIdentity,
    /// The name of the key-encryption key that wraps it.
    pub kek_id: String,
    /// The wrapped key.
    pub wrapped: WrappedKey,
}

/// A tenant's key to be stored.
#[derive(Debug)]
pub struct NewTenantKey {
    /// The key, wrapped.
    pub key: StoredTenantKey,
    /// When it was made.
    pub create_time: Timestamp,
}

impl Reader<'_> {
    /// Finds the key that an envelope names; its tenant is part of the question.
    pub async fn find_tenant_key(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        id: TenantKeyId,
    ) -> Result<Option<StoredTenantKey>, StoreError> {
        let row = self
            .within(scope)
            .find::<tenant_key::Entity>()
            .filter(tenant_key::Column::TenantId.eq(tenant.as_uuid()))
            .filter(tenant_key::Column::KeyId.eq(id.as_bytes().to_vec()));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Finds the key by which a tenant seals for a purpose.
    pub async fn find_active_tenant_key(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        purpose: KeyPurpose,
    ) -> Result<Option<StoredTenantKey>, StoreError> {
        let row = self
            .within(scope)
            .find::<tenant_key::Entity>()
            .filter(tenant_key::Column::TenantId.eq(tenant.as_uuid()))
            .filter(tenant_key::Column::Purpose.eq(purpose.as_str()))
            .filter(tenant_key::Column::State.eq(ACTIVE))
            .order_by_desc(tenant_key::Column::KeyVersion);
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Lists the names of the key-encryption keys that wrap any tenant's key.
    pub async fn list_referenced_kek_ids(&self, scope: &TenantScope) -> Result<Vec<String>, StoreError> {
        let rows = self.within(scope).find::<tenant_key::Entity>().select_only().column(tenant_key::Column::KekId).distinct();
        Ok(rows.into_tuple().all(&self.connection).await?)
    }

    /// Lists the check value of every key-encryption key that the database has seen.
    pub async fn list_check_values(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let rows = scope::find_key_encryption_keys().all(&self.connection).await?;
        Ok(rows.into_iter().map(|row| (row.kek_id, row.check_value)).collect())
    }
}

impl Tx {
    /// Writes a tenant's key.
    pub async fn insert_tenant_key(&self, scope: &TenantScope, new: &NewTenantKey) -> Result<(), StoreError> {
        let StoredTenantKey { identity, kek_id, wrapped } = &new.key;
        let row = tenant_key::ActiveModel {
            tenant_id: Set(identity.tenant.as_uuid()),
            key_id: Set(identity.id.as_bytes().to_vec()),
            purpose: Set(identity.purpose.as_str().to_owned()),
            key_version: Set(i64::from(identity.version)),
            state: Set(ACTIVE.to_owned()),
            kek_id: Set(kek_id.clone()),
            wrapped: Set(wrapped.as_bytes().to_vec()),
            create_time: Set(new.create_time.as_micros()),
        };
        self.within(scope).insert::<tenant_key::Entity, _>(&self.connection(), row).await
    }
}

impl Store {
    /// Notes the check value of a key-encryption key, once.
    pub async fn insert_check_value(&self, kek_id: &str, value: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let row = key_encryption_key::ActiveModel {
            kek_id: Set(kek_id.to_owned()),
            check_value: Set(value.to_vec()),
            create_time: Set(now.as_micros()),
        };
        scope::insert_key_encryption_key(&self.writing(), row).await
    }
}

impl TryFrom<tenant_key::Model> for StoredTenantKey {
    type Error = StoreError;

    fn try_from(row: tenant_key::Model) -> Result<Self, StoreError> {
        let tenant_key::Model { tenant_id, key_id, purpose, key_version, state: _, kek_id, wrapped, create_time: _ } = row;
        let at = Row { table: "tenant_key", id: tenant_id };
        let identity = TenantKeyIdentity {
            id: TenantKeyId::from_bytes(at.need("key_id", key_id.try_into().ok())?),
            tenant: TenantId::from_uuid(tenant_id),
            purpose: at.need("purpose", purpose.parse().ok())?,
            version: at.need("key_version", key_version.try_into().ok())?,
        };
        Ok(Self { identity, kek_id, wrapped: WrappedKey::from_bytes(wrapped) })
    }
}
