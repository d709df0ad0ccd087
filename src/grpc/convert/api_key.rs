//! API keys.

use crate::domain::api_key::{ApiKey, ApiKeyDraft, ApiKeyStatus};
use crate::domain::invalid::Violations;
use crate::grpc::convert::{optional_id, permissions, time, timestamp};
use crate::proto;

/// Reads a key to be made.
pub(in crate::grpc) fn draft(api_key: Option<proto::ApiKey>, mut violations: Violations) -> (ApiKeyDraft, Violations) {
    let proto::ApiKey {
        id: _,
        user_id,
        display_name,
        permissions,
        tenant_id,
        expire_time,
        last_use_time: _,
        status: _,
        public_id: _,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag: _,
    } = api_key.unwrap_or_default();
    let draft = ApiKeyDraft {
        user_id: optional_id("api_key.user_id", user_id.as_deref(), &mut violations),
        display_name,
        permissions,
        bound_tenant: optional_id("api_key.tenant_id", tenant_id.as_deref(), &mut violations),
        expire_time: time("api_key.expire_time", expire_time, &mut violations),
    };
    (draft, violations)
}

/// Writes a key.
pub(in crate::grpc) fn message(key: ApiKey) -> proto::ApiKey {
    let ApiKey {
        id,
        tenant_id: _,
        user_id,
        public_id,
        display_name,
        permissions: listed,
        bound_tenant,
        expire_time,
        last_use_time,
        status,
        secrets: _,
        stamp,
    } = key;
    let status = match status {
        ApiKeyStatus::Active => proto::ApiKeyStatus::Active,
        ApiKeyStatus::Revoked => proto::ApiKeyStatus::Revoked,
    };
    proto::ApiKey {
        id: id.to_string(),
        user_id: Some(user_id.to_string()),
        display_name: display_name.map(|name| name.to_string()),
        permissions: permissions(&listed),
        tenant_id: bound_tenant.map(|tenant| tenant.to_string()),
        expire_time: expire_time.map(timestamp),
        last_use_time: last_use_time.map(timestamp),
        status: status.into(),
        public_id,
        create_time: Some(timestamp(stamp.create_time)),
        update_time: Some(timestamp(stamp.update_time)),
        create_actor: stamp.create_actor.to_string(),
        update_actor: stamp.update_actor.to_string(),
        etag: stamp.version.etag(),
    }
}
