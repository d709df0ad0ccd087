//! Roles and the catalogue of permissions.

use crate::domain::permission::Permission;
use crate::domain::role::BuiltInRole;
use crate::grpc::convert::permissions;
use crate::proto;

/// Writes a role.
pub(in crate::grpc) fn message(role: &BuiltInRole) -> proto::Role {
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

/// Writes a permission.
pub(in crate::grpc) fn permission(permission: Permission) -> proto::PermissionInfo {
    proto::PermissionInfo {
        permission: permission.number(),
        name: permission.name().to_owned(),
        description: permission.description().to_owned(),
        system_tenant_only: permission.is_system_tenant_only(),
    }
}
