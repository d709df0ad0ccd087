//! Sealed secrets: one table for every kind, each version of each secret a row.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::crypto::{OwnerKind, SealedSecret};
use crate::domain::id::TenantId;
use crate::domain::time::Timestamp;
use crate::storage::entity::secret_version;
use crate::storage::error::StoreError;
use crate::storage::{Reader, Tx, scope};

/// The state of the version that is used.
const CURRENT: &str = "current";

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
    /// The version number, from 1.
    pub version: u64,
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

impl Reader<'_> {
    /// Finds the version of a secret that is used.
    pub async fn find_current_secret(&self, scope: &TenantScope, owner: SecretOwner) -> Result<Option<StoredSecret>, StoreError> {
        let row = scope::find::<secret_version::Entity>(scope)
            .filter(owned(owner))
            .filter(secret_version::Column::State.eq(CURRENT))
            .order_by_desc(secret_version::Column::SecretVersion);
        let Some(row) = row.one(&self.connection).await? else { return Ok(None) };
        let version = u64::try_from(row.secret_version).map_err(|_| StoreError::Corrupt {
            table: "secret_version",
            column: "secret_version",
            row: owner.id.to_string(),
        })?;
        Ok(Some(StoredSecret { owner, version, sealed: SealedSecret::from_bytes(row.envelope), origin: row.origin }))
    }

    /// Finds the numbers of the used versions of several owners' secrets, in no order.
    pub async fn find_secret_versions(
        &self,
        scope: &TenantScope,
        (kind, field): (OwnerKind, &'static str),
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let rows = scope::find::<secret_version::Entity>(scope)
            .filter(secret_version::Column::OwnerKind.eq(kind.as_str()))
            .filter(secret_version::Column::Field.eq(field))
            .filter(secret_version::Column::State.eq(CURRENT))
            .filter(secret_version::Column::OwnerId.is_in(ids.iter().copied()))
            .all(&self.connection)
            .await?;
        Ok(rows.into_iter().map(|row| (row.owner_id, row.secret_version)).collect())
    }
}

impl Tx {
    /// Writes a version, the one that is used from now on.
    pub async fn insert_secret(&self, scope: &TenantScope, new: &NewSecret) -> Result<(), StoreError> {
        let StoredSecret { owner, version, sealed, origin } = &new.secret;
        let key_id = sealed.key_id().map_err(|_| StoreError::Unexpected("a sealed secret without a key id".to_owned()))?;
        let row = secret_version::ActiveModel {
            tenant_id: Set(owner.tenant_id.as_uuid()),
            owner_kind: Set(owner.kind.as_str().to_owned()),
            owner_id: Set(owner.id),
            field: Set(owner.field.to_owned()),
            secret_version: Set(i64::try_from(*version).unwrap_or(i64::MAX)),
            state: Set(CURRENT.to_owned()),
            key_id: Set(key_id.as_bytes().to_vec()),
            envelope: Set(sealed.as_bytes().to_vec()),
            origin: Set(origin.clone()),
            create_time: Set(new.create_time.as_micros()),
        };
        scope::insert::<secret_version::Entity, _>(&self.connection(), scope, row).await
    }

    /// Destroys every version of a secret; says how many there were.
    pub async fn delete_secrets(&self, scope: &TenantScope, owner: SecretOwner) -> Result<u64, StoreError> {
        let deleted = scope::delete::<secret_version::Entity>(scope).filter(owned(owner)).exec(&self.connection()).await?;
        Ok(deleted.rows_affected)
    }

    /// Destroys every version of every secret of one owner, whatever its field.
    pub async fn delete_secrets_of(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        (kind, id): (OwnerKind, Uuid),
    ) -> Result<(), StoreError> {
        scope::delete::<secret_version::Entity>(scope)
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
        scope::delete::<secret_version::Entity>(scope)
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
