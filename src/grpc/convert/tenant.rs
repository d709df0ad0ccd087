//! Tenants and their administrators.

use crate::domain::tenant::{Tenant, TenantDraft, TenantSpec, TenantStatus};
use crate::domain::user::User;
use crate::grpc::convert::timestamp;
use crate::proto;
use crate::storage::Administrator;

/// Reads a tenant to be made.
pub(in crate::grpc) fn draft(tenant: Option<proto::Tenant>) -> TenantDraft {
    let proto::Tenant {
        id: _,
        name,
        status: _,
        description,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag: _,
    } = tenant.unwrap_or_default();
    TenantDraft { name, description }
}

/// Writes a tenant.
pub(in crate::grpc) fn message(tenant: Tenant) -> proto::Tenant {
    let Tenant { id, spec: TenantSpec { name, description }, status, stamp } = tenant;
    let status = match status {
        TenantStatus::Active => proto::TenantStatus::Active,
        TenantStatus::Suspended => proto::TenantStatus::Suspended,
    };
    proto::Tenant {
        id: id.to_string(),
        name: Some(name.to_string()),
        status: status.into(),
        description: description.map(|text| text.to_string()),
        create_time: Some(timestamp(stamp.create_time)),
        update_time: Some(timestamp(stamp.update_time)),
        create_actor: stamp.create_actor.to_string(),
        update_actor: stamp.update_actor.to_string(),
        etag: stamp.version.etag(),
    }
}

/// Writes administrative access.
pub(in crate::grpc) fn administrator((access, user): (Administrator, User)) -> proto::TenantAdministrator {
    let Administrator { tenant_id, user_id, create_time, create_actor } = access;
    proto::TenantAdministrator {
        tenant_id: tenant_id.to_string(),
        user_id: user_id.to_string(),
        login_name: user.login_name.to_string(),
        create_time: Some(timestamp(create_time)),
        create_actor: create_actor.to_string(),
    }
}
