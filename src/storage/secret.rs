//! Sealed secrets: one table for every kind, each version of each secret a row.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::crypto::{OwnerKind, SealedSecret};
use crate::domain::id::{ApiKeyId, OauthAppId, TenantId, UserId};
use crate::domain::secret_list::SecretVersion;
use crate::domain::time::Timestamp;
use crate::storage::entity::secret_version;
use crate::storage::error::StoreError;
use crate::storage::row::Row;
use crate::storage::{Reader, Tx};

/// Whose secret it is, and which of the owner's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretOwner {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The kind of the owner.
    pub kind: OwnerKind,
    /// The owner's id.
    pub id: Uuid,
    /// The name of the secret among the owner's.
    pub field: &'static str,
}

/// A stored version of a secret.
#[derive(Debug)]
pub struct StoredSecret {
    /// Whose it is.
    pub owner: SecretOwner,
    /// The version number.
    pub version: SecretVersion,
    /// The envelope.
    pub sealed: SealedSecret,
    /// The origin that a supplied secret is meant for; empty for issued ones.
    pub origin: String,
}

/// A version to be stored.
#[derive(Debug)]
pub struct NewSecret {
    /// The version, sealed.
    pub secret: StoredSecret,
    /// When it was made.
    pub create_time: Timestamp,
}

impl SecretOwner {
    /// The name of an app's one secret.
    pub(super) const CLIENT_SECRET: &str = "client_secret";
    /// The name of an API key's one secret.
    pub(super) const API_KEY: &str = "secret";
    /// The name of a user's one secret.
    pub(super) const PASSWORD: &str = "password";

    /// The client secret of an app.
    #[must_use]
    pub fn oauth_app(tenant_id: TenantId, id: OauthAppId) -> Self {
        Self { tenant_id, kind: OwnerKind::OauthApp, id: id.as_uuid(), field: Self::CLIENT_SECRET }
    }

    /// The secret of an API key.
    #[must_use]
    pub fn api_key(tenant_id: TenantId, id: ApiKeyId) -> Self {
        Self { tenant_id, kind: OwnerKind::ApiKey, id: id.as_uuid(), field: Self::API_KEY }
    }

    /// The password of a user.
    #[must_use]
    pub fn password(tenant_id: TenantId, id: UserId) -> Self {
        Self { tenant_id, kind: OwnerKind::User, id: id.as_uuid(), field: Self::PASSWORD }
    }
}

impl StoredSecret {
    /// Reads a row of an owner's.
    pub(super) fn from_row(row: secret_version::Model, owner: SecretOwner) -> Result<Self, StoreError> {
        let at = Row { table: "secret_version", id: owner.id };
        let version = at.need("secret_version", SecretVersion::from_i64(row.secret_version))?;
        Ok(Self { owner, version, sealed: SealedSecret::from_bytes(row.envelope), origin: row.origin })
    }
}

impl Reader<'_> {
    /// Finds a stored version of a secret. Whether it is alive stands in the owner's row.
    pub async fn find_secret(
        &self,
        scope: &TenantScope,
        owner: SecretOwner,
        version: SecretVersion,
    ) -> Result<Option<StoredSecret>, StoreError> {
        let row = self
            .within(scope)
            .find::<secret_version::Entity>()
            .filter(owned(owner))
            .filter(secret_version::Column::SecretVersion.eq(version.as_i64()));
        row.one(&self.connection).await?.map(|row| StoredSecret::from_row(row, owner)).transpose()
    }
}

impl Tx {
    /// Writes a version; a row of the same number must not be there.
    pub async fn insert_secret(&self, scope: &TenantScope, new: &NewSecret) -> Result<(), StoreError> {
        let StoredSecret { owner, version, sealed, origin } = &new.secret;
        let key_id = sealed.key_id().map_err(|_| StoreError::Unexpected("a sealed secret without a key id".to_owned()))?;
        let row = secret_version::ActiveModel {
            tenant_id: Set(owner.tenant_id.as_uuid()),
            owner_kind: Set(owner.kind.as_str().to_owned()),
            owner_id: Set(owner.id),
            field: Set(owner.field.to_owned()),
            secret_version: Set(version.as_i64()),
            key_id: Set(key_id.as_bytes().to_vec()),
            envelope: Set(sealed.as_bytes().to_vec()),
            origin: Set(origin.clone()),
            create_time: Set(new.create_time.as_micros()),
        };
        self.within(scope).insert::<secret_version::Entity, _>(&self.connection(), row).await
    }

    /// Destroys every version of a secret; says how many there were.
    pub async fn delete_secrets(&self, scope: &TenantScope, owner: SecretOwner) -> Result<u64, StoreError> {
        let versions = self.within(scope).delete::<secret_version::Entity>().filter(owned(owner));
        let deleted = versions.exec(&self.connection()).await?;
        Ok(deleted.rows_affected)
    }

    /// Destroys every version of every secret of one owner, whatever its field.
    pub async fn delete_secrets_of(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        (kind, id): (OwnerKind, Uuid),
    ) -> Result<(), StoreError> {
        self.within(scope)
            .delete::<secret_version::Entity>()
            .filter(secret_version::Column::TenantId.eq(tenant.as_uuid()))
            .filter(secret_version::Column::OwnerKind.eq(kind.as_str()))
            .filter(secret_version::Column::OwnerId.eq(id))
            .exec(&self.connection())
            .await?;
        Ok(())
    }

    /// Destroys every secret of the owners whose ids a query finds.
    pub(super) async fn delete_secrets_among(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        (kind, owners): (OwnerKind, SelectStatement),
    ) -> Result<(), StoreError> {
        self.within(scope)
            .delete::<secret_version::Entity>()
            .filter(secret_version::Column::TenantId.eq(tenant.as_uuid()))
            .filter(secret_version::Column::OwnerKind.eq(kind.as_str()))
            .filter(secret_version::Column::OwnerId.in_subquery(owners))
            .exec(&self.connection())
            .await?;
        Ok(())
    }
}

fn owned(owner: SecretOwner) -> Condition {
    Condition::all()
        .add(secret_version::Column::TenantId.eq(owner.tenant_id.as_uuid()))
        .add(secret_version::Column::OwnerKind.eq(owner.kind.as_str()))
        .add(secret_version::Column::OwnerId.eq(owner.id))
        .add(secret_version::Column::Field.eq(owner.field))
}
