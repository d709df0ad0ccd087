//! Tenants and their administrators.

use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::domain::tenant::{Tenant, TenantDraft, TenantPatch, TenantSpec, TenantStatus};
use crate::domain::user::User;
use crate::grpc::convert::mask::Mask;
use crate::grpc::convert::{id, timestamp};
use crate::proto;
use crate::service::{Error, TenantUpdate};
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

/// Reads a change of a tenant; without the tenant's id there is nothing to change, so that is refused with all else that is wrong.
pub(in crate::grpc) fn update(request: proto::UpdateTenantRequest) -> Result<TenantUpdate, Error> {
    let proto::UpdateTenantRequest { tenant, update_mask, validate_only: _ } = request;
    let mut violations = Violations::new();
    let mask = Mask::read(update_mask, proto::fields::TENANT, &mut violations);
    let proto::Tenant {
        id: tenant_id,
        name,
        status: _,
        description,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag,
    } = tenant.unwrap_or_default();
    let Some(id) = id("tenant.id", &tenant_id, &mut violations) else {
        return Err(violations.finish_with::<()>("tenant.id", None).err().map_or(Error::ConcurrentChange, Error::Invalid));
    };
    let patch = TenantPatch { name: mask.patch("name", name), description: mask.patch("description", description) };
    Ok(TenantUpdate { id, expected: Expected::from_etag(etag), patch, violations })
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
