//! Requests of the service of roles.

use oauth_registry::proto;
use prost::Message;

use super::{Builder, by, plain, tenant};
use crate::authz::world::Ids;

pub(super) const ROLES: &[Builder] = &[
    by("RoleService/GetRole", "role_id", role, |_, id| proto::GetRoleRequest { role_id: id.to_owned() }.encode_to_vec()),
    by("RoleService/ListRoles", "tenant_id", tenant, |_, id| {
        proto::ListRolesRequest { tenant_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("RoleService/CreateRole", "role.tenant_id", tenant, |_, id| {
        let role = proto::Role {
            tenant_id: Some(id.to_owned()),
            name: Some("a new one".to_owned()),
            permissions: vec![11],
            ..Default::default()
        };
        proto::CreateRoleRequest { role: Some(role), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    by("RoleService/UpdateRole", "role.id", role, |_, id| changed(proto::Role { id: id.to_owned(), ..Default::default() })),
    by("RoleService/UpdateRole", "role.tenant_id", tenant, |place, id| {
        changed(proto::Role { id: place.role.clone(), tenant_id: Some(id.to_owned()), ..Default::default() })
    }),
    by("RoleService/DeleteRole", "role_id", role, |_, id| {
        proto::DeleteRoleRequest { role_id: id.to_owned(), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    plain("RoleService/ListPermissions", |_, _| proto::ListPermissionsRequest::default().encode_to_vec()),
];

fn role(ids: &Ids) -> &str {
    &ids.role
}

fn changed(role: proto::Role) -> Vec<u8> {
    let role = proto::Role { description: Some("Another description".to_owned()), ..role };
    proto::UpdateRoleRequest { role: Some(role), validate_only: true, ..Default::default() }.encode_to_vec()
}
