//! Built-in roles: named sets of permissions that are in every tenant and cannot be changed.

use uuid::Uuid;

use crate::domain::id::RoleId;
use crate::domain::name::RoleName;
use crate::domain::permission::{Permission, PermissionSet};

/// A role that is in every tenant, immutable.
#[derive(Debug)]
pub struct BuiltInRole {
    /// The id, the same in every installation.
    pub id: RoleId,
    /// The name.
    pub name: &'static str,
    /// What the role is for.
    pub description: &'static str,
    /// Whether only users of the system tenant may have it.
    pub system_tenant_only: bool,
    permissions: &'static [&'static [Permission]],
}

impl BuiltInRole {
    /// Returns what the role gives.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        self.permissions.iter().copied().flatten().copied().collect()
    }

    /// Returns the role of an id, if it is a built-in one.
    #[must_use]
    pub fn find(id: RoleId) -> Option<&'static Self> {
        BUILT_IN_ROLES.iter().find(|role| role.id == id)
    }

    /// Says whether a built-in role has the name, without regard to case: no tenant's own role may have it too.
    #[must_use]
    pub fn has_name(name: &RoleName) -> bool {
        BUILT_IN_ROLES.iter().any(|role| RoleName::key_of(role.name) == name.key())
    }
}

const fn role_id(number: u128) -> RoleId {
    RoleId::from_uuid(Uuid::from_u128(0x0001_0000_0000_0000 + number))
}

/// Users: 13 to 16.
const USERS: &[Permission] = &[Permission::CreateUsers, Permission::ViewUsers, Permission::ModifyUsers, Permission::DeleteUsers];
/// Roles: 17 to 20.
const ROLES: &[Permission] = &[Permission::CreateRole, Permission::ViewRole, Permission::ModifyRole, Permission::DeleteRole];
/// Apps, clients and auth methods: 11, 28, 1001 to 1005.
const REGISTRATIONS: &[Permission] = &[
    Permission::MgmtApi,
    Permission::Oauth,
    Permission::ManageIntegrations,
    Permission::ReadIntegrations,
    Permission::ReadOauthClients,
    Permission::WriteOauthClients,
    Permission::RotateSecrets,
];

/// Every built-in role, in the order of the ids.
pub static BUILT_IN_ROLES: &[BuiltInRole] = &[
    BuiltInRole {
        id: role_id(1),
        name: "system_administrator",
        description: "Any operation in any tenant, except revealing secrets and using credentials.",
        system_tenant_only: true,
        permissions: &[&[Permission::Administrator]],
    },
    BuiltInRole {
        id: role_id(2),
        name: "tenant_administrator",
        description: "Everything inside a tenant: users, roles, apps, clients, auth methods, events.",
        system_tenant_only: false,
        permissions: &[
            USERS,
            ROLES,
            REGISTRATIONS,
            &[Permission::UseCredentials, Permission::AuthenticateClients, Permission::ReadAudit],
        ],
    },
    BuiltInRole {
        id: role_id(3),
        name: "org_owner",
        description: "Owns an organization: users, roles, apps, clients, auth methods, events.",
        system_tenant_only: false,
        permissions: &[USERS, ROLES, REGISTRATIONS, &[Permission::UseCredentials, Permission::ReadAudit]],
    },
    BuiltInRole {
        id: role_id(4),
        name: "org_admin",
        description: "Administers an organization: users, apps, clients, auth methods, events.",
        system_tenant_only: false,
        permissions: &[USERS, REGISTRATIONS, &[Permission::UseCredentials, Permission::ReadAudit]],
    },
    BuiltInRole {
        id: role_id(5),
        name: "developer",
        description: "Builds with apps, clients and auth methods.",
        system_tenant_only: false,
        permissions: &[REGISTRATIONS, &[Permission::UseCredentials]],
    },
    BuiltInRole {
        id: role_id(6),
        name: "auth_server",
        description: "An authorization server that asks whether clients are good.",
        system_tenant_only: false,
        permissions: &[&[Permission::AuthenticateClients]],
    },
    BuiltInRole {
        id: role_id(7),
        name: "viewer",
        description: "Reads apps, clients, auth methods and events.",
        system_tenant_only: false,
        permissions: &[&[
            Permission::ReadIntegrations,
            Permission::ReadOauthClients,
            Permission::ReadAudit,
            Permission::ReadOauthApps,
        ]],
    },
];

#[cfg(test)]
mod tests {
    use super::{BUILT_IN_ROLES, Permission};

    #[test]
    fn the_built_in_roles_are_those_of_the_contract() {
        let table: Vec<(&str, Vec<i32>)> =
            BUILT_IN_ROLES.iter().map(|role| (role.name, role.permissions().iter().map(Permission::number).collect())).collect();
        let all = [11, 13, 14, 15, 16, 17, 18, 19, 20, 28, 1001, 1002, 1003, 1004, 1005, 1007, 1008, 1009];
        let without = |left_out: &[i32]| all.iter().copied().filter(|number| !left_out.contains(number)).collect::<Vec<_>>();
        assert_eq!(
            table,
            [
                ("system_administrator", vec![12]),
                ("tenant_administrator", all.to_vec()),
                ("org_owner", without(&[1008])),
                ("org_admin", without(&[17, 18, 19, 20, 1008])),
                ("developer", vec![11, 28, 1001, 1002, 1003, 1004, 1005, 1007]),
                ("auth_server", vec![1008]),
                ("viewer", vec![1002, 1003, 1009, 1011]),
            ]
        );
    }

    #[test]
    fn only_the_system_administrator_is_for_the_system_tenant_alone() {
        for role in BUILT_IN_ROLES {
            let lists_reserved = role.permissions().iter().any(Permission::is_system_tenant_only);
            assert_eq!(role.system_tenant_only, lists_reserved, "{}", role.name);
        }
    }
}
