//! Roles and the catalogue of permissions.

use crate::domain::id::TenantId;
use crate::domain::invalid::Violations;
use crate::domain::permission::Permission;
use crate::domain::role::{BuiltInRole, OwnRole, Role, RoleDraft, RolePatch};
use crate::domain::stamp::Expected;
use crate::grpc::convert::mask::Mask;
use crate::grpc::convert::{id, optional_id, permissions, timestamp};
use crate::proto;
use crate::service::{Error, NewRole, RoleUpdate};

/// Reads a role to be made.
pub(in crate::grpc) fn new(role: Option<proto::Role>, mut violations: Violations) -> NewRole {
    let proto::Role {
        id: _,
        name,
        description,
        permissions,
        built_in: _,
        system_tenant_only: _,
        tenant_id,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag: _,
    } = role.unwrap_or_default();
    let tenant_id = optional_id("role.tenant_id", tenant_id.as_deref(), &mut violations);
    NewRole { tenant_id, draft: RoleDraft { name, description, permissions }, violations }
}

/// Reads a change of a role; without the role's id there is nothing to change, so that is refused with all else that is wrong.
pub(in crate::grpc) fn update(request: proto::UpdateRoleRequest) -> Result<RoleUpdate, Error> {
    let proto::UpdateRoleRequest { role, update_mask, validate_only: _ } = request;
    let mut violations = Violations::new();
    let mask = Mask::read(update_mask, proto::fields::ROLE, &mut violations);
    let proto::Role {
        id: role_id,
        name,
        description,
        permissions,
        built_in: _,
        system_tenant_only: _,
        tenant_id,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag,
    } = role.unwrap_or_default();
    let tenant_id = optional_id("role.tenant_id", tenant_id.as_deref(), &mut violations);
    let Some(id) = id("role.id", &role_id, &mut violations) else {
        return Err(violations.finish_with::<()>("role.id", None).err().map_or(Error::ConcurrentChange, Error::Invalid));
    };
    // An empty list is an absent one: there is no other way to send it.
    let permissions = Some(permissions).filter(|numbers| !numbers.is_empty());
    let patch = RolePatch {
        name: mask.patch("name", name),
        description: mask.patch("description", description),
        permissions: mask.patch("permissions", permissions),
    };
    Ok(RoleUpdate { id, expected: Expected::from_etag(etag), patch, tenant_id, violations })
}

/// Writes a role.
pub(in crate::grpc) fn message(role: Role) -> proto::Role {
    match role {
        Role::BuiltIn(role) => built_in(role),
        Role::Own(role) => own(role),
    }
}

fn built_in(role: &BuiltInRole) -> proto::Role {
    proto::Role {
        id: role.id.to_string(),
        name: Some(role.name.to_owned()),
        description: Some(role.description.to_owned()),
        permissions: permissions(&role.permissions()),
        built_in: true,
        system_tenant_only: role.system_tenant_only,
        ..Default::default()
    }
}

/// Writes a tenant's own role.
pub(in crate::grpc) fn own(role: OwnRole) -> proto::Role {
    let OwnRole { id, tenant_id, spec, stamp } = role;
    proto::Role {
        id: id.to_string(),
        name: Some(spec.name.to_string()),
        description: spec.description.map(|text| text.to_string()),
        permissions: permissions(&spec.permissions),
        built_in: false,
        system_tenant_only: tenant_id == TenantId::SYSTEM,
        tenant_id: Some(tenant_id.to_string()),
        create_time: Some(timestamp(stamp.create_time)),
        update_time: Some(timestamp(stamp.update_time)),
        create_actor: stamp.create_actor.to_string(),
        update_actor: stamp.update_actor.to_string(),
        etag: stamp.version.etag(),
    }
}

/// Writes a permission.
pub(in crate::grpc) fn permission(permission: Permission) -> proto::PermissionInfo {
    proto::PermissionInfo {
        permission: permission.number(),
        name: permission.name().to_owned(),
        description: permission.description().to_owned(),
        system_tenant_only: permission.is_system_tenant_only(),
    }
}
