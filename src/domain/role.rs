//! Roles: named sets of permissions, built in or a tenant's own.

mod assigned;
mod built_in;
mod draft;

pub use self::assigned::AssignedRoles;
pub use self::built_in::{BUILT_IN_ROLES, BuiltInRole};
pub use self::draft::{RoleDraft, RolePatch};
use crate::domain::id::{RoleId, TenantId};
use crate::domain::name::RoleName;
use crate::domain::permission::PermissionSet;
use crate::domain::stamp::Stamp;
use crate::domain::text::Description;

/// A role, whoever made it.
#[derive(Debug, Clone)]
pub enum Role {
    /// One that is in every tenant, immutable.
    BuiltIn(&'static BuiltInRole),
    /// One of a tenant's own.
    Own(OwnRole),
}

/// A tenant's own role.
#[derive(Debug, Clone)]
pub struct OwnRole {
    /// The id.
    pub id: RoleId,
    /// The tenant whose users may have it.
    pub tenant_id: TenantId,
    /// What the caller chose.
    pub spec: RoleSpec,
    /// Who made and changed it.
    pub stamp: Stamp,
}

/// What a caller chooses of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSpec {
    /// The name.
    pub name: RoleName,
    /// What the role is for.
    pub description: Option<Description>,
    /// What the role gives, not empty.
    pub permissions: PermissionSet,
}
