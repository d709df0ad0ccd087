//! What was answered to requests that carried a `request_id`.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::crypto::{OwnerKind, SealedSecret, TenantKeyId};
use crate::domain::id::{TenantId, UserId};
use crate::domain::secret_list::SecretVersion;
use crate::domain::time::Timestamp;
use crate::storage::entity::request_record;
use crate::storage::error::StoreError;
use crate::storage::row::Row;
use crate::storage::scope::Within;
use crate::storage::{Reader, Store, Tx};

/// By what a request is known again.
#[derive(Debug, Clone)]
pub struct RequestName {
    /// The home tenant of the actor.
    pub tenant_id: TenantId,
    /// The actor's credential.
    pub credential: String,
    /// The full name of the method.
    pub method: &'static str,
    /// The id that the caller chose.
    pub request_id: Uuid,
}

/// What was answered to a request.
#[derive(Debug)]
pub struct RequestRecord {
    /// The request.
    pub name: RequestName,
    /// The key of the code and of the sealed secret.
    pub key_id: TenantKeyId,
    /// The code of the request's message.
    pub body_mac: Vec<u8>,
    /// The tenant of what was made.
    pub resource_tenant: TenantId,
    /// The user of what was made, where it belongs to one.
    pub resource_user: Option<UserId>,
    /// The answer, without a secret.
    pub answer: Vec<u8>,
    /// The secret that was answered.
    pub secret: Option<RecordedSecret>,
    /// When it was answered.
    pub create_time: Timestamp,
}

/// A secret that was answered, until it is forgotten.
#[derive(Debug)]
pub struct RecordedSecret {
    /// The envelope of the answer; absent when it is forgotten.
    pub sealed: Option<SealedSecret>,
    /// The kind of the secret's owner.
    pub owner_kind: OwnerKind,
    /// The secret's owner.
    pub owner: Uuid,
    /// The version of the secret.
    pub version: SecretVersion,
}

impl Reader<'_> {
    /// Finds what was answered to a request after a time.
    pub async fn find_request(
        &self,
        scope: &TenantScope,
        name: &RequestName,
        after: Timestamp,
    ) -> Result<Option<RequestRecord>, StoreError> {
        let row = self
            .within(scope)
            .find::<request_record::Entity>()
            .filter(named(name))
            .filter(request_record::Column::CreateTime.gt(after.as_micros()));
        row.one(&self.connection).await?.map(|row| record(name, row)).transpose()
    }
}

impl Tx {
    /// Writes what is about to be answered to a request, in the place of what was answered before `expired`. The second of two calls
    /// with one id waits here for the first, and then finds the id taken.
    pub async fn insert_request(
        &self,
        scope: &TenantScope,
        record: &RequestRecord,
        expired: Timestamp,
    ) -> Result<(), StoreError> {
        let RequestRecord { name, key_id, body_mac, resource_tenant, resource_user, answer, secret, create_time } = record;
        self.within(scope)
            .delete::<request_record::Entity>()
            .filter(named(name))
            .filter(request_record::Column::CreateTime.lte(expired.as_micros()))
            .exec(&self.connection())
            .await?;
        let sealed = secret.as_ref().and_then(|secret| secret.sealed.as_ref());
        let row = request_record::ActiveModel {
            tenant_id: Set(name.tenant_id.as_uuid()),
            credential: Set(name.credential.clone()),
            method: Set(name.method.to_owned()),
            request_id: Set(name.request_id),
            key_id: Set(key_id.as_bytes().to_vec()),
            body_mac: Set(body_mac.clone()),
            resource_tenant_id: Set(resource_tenant.as_uuid()),
            resource_user_id: Set(resource_user.map(UserId::as_uuid)),
            answer: Set(answer.clone()),
            secret: Set(sealed.map(|sealed| sealed.as_bytes().to_vec())),
            secret_owner_kind: Set(secret.as_ref().map(|secret| secret.owner_kind.as_str().to_owned())),
            secret_owner_id: Set(secret.as_ref().map(|secret| secret.owner)),
            secret_version: Set(secret.as_ref().map(|secret| secret.version.as_i64())),
            create_time: Set(create_time.as_micros()),
        };
        self.within(scope).insert::<request_record::Entity, _>(&self.connection(), row).await
    }
}

impl Store {
    /// Forgets the secrets of answers that were given before the one time, and whole answers that were given before the other.
    pub async fn forget_requests(&self, scope: &TenantScope, secrets: Timestamp, answers: Timestamp) -> Result<(), StoreError> {
        let within = Within::new(&self.writer, scope);
        within
            .update::<request_record::Entity>()
            .col_expr(request_record::Column::Secret, Expr::value(Option::<Vec<u8>>::None))
            .filter(request_record::Column::Secret.is_not_null())
            .filter(request_record::Column::CreateTime.lte(secrets.as_micros()))
            .exec(&self.writing())
            .await?;
        within
            .delete::<request_record::Entity>()
            .filter(request_record::Column::CreateTime.lte(answers.as_micros()))
            .exec(&self.writing())
            .await?;
        Ok(())
    }
}

fn named(name: &RequestName) -> Condition {
    Condition::all()
        .add(request_record::Column::TenantId.eq(name.tenant_id.as_uuid()))
        .add(request_record::Column::Credential.eq(name.credential.as_str()))
        .add(request_record::Column::Method.eq(name.method))
        .add(request_record::Column::RequestId.eq(name.request_id))
}

fn record(name: &RequestName, row: request_record::Model) -> Result<RequestRecord, StoreError> {
    let request_record::Model {
        tenant_id: _,
        credential: _,
        method: _,
        request_id,
        key_id,
        body_mac,
        resource_tenant_id,
        resource_user_id,
        answer,
        secret,
        secret_owner_kind,
        secret_owner_id,
        secret_version,
        create_time,
    } = row;
    let at = Row { table: "request_record", id: request_id };
    let secret = match (secret_owner_kind, secret_owner_id, secret_version) {
        (Some(kind), Some(owner), Some(version)) => Some(RecordedSecret {
            sealed: secret.map(SealedSecret::from_bytes),
            owner_kind: at.need("secret_owner_kind", OwnerKind::parse(&kind))?,
            owner,
            version: at.need("secret_version", SecretVersion::from_i64(version))?,
        }),
        _ => None,
    };
    Ok(RequestRecord {
        name: name.clone(),
        key_id: TenantKeyId::from_bytes(at.need("key_id", key_id.try_into().ok())?),
        body_mac,
        resource_tenant: TenantId::from_uuid(resource_tenant_id),
        resource_user: resource_user_id.map(UserId::from_uuid),
        answer,
        secret,
        create_time: Timestamp::from_micros(create_time),
    })
}
