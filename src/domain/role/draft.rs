//! Roles before validation, and the one function that validates them.

use crate::domain::id::TenantId;
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::name::RoleName;
use crate::domain::patch::Patch;
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::role::RoleSpec;
use crate::domain::text::Description;
use crate::domain::user::check_permissions;

/// A role as a caller sent it, or as an update would leave it; nothing is checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleDraft {
    /// The name; required.
    pub name: Option<String>,
    /// What the role is for.
    pub description: Option<String>,
    /// The numbers of the permissions; at least one.
    pub permissions: Vec<i32>,
}

/// What an update sets; the tenant never changes and so is not here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RolePatch {
    /// What happens to the name.
    pub name: Patch<String>,
    /// What happens to the description.
    pub description: Patch<String>,
    /// What happens to the permissions.
    pub permissions: Patch<Vec<i32>>,
}

impl RoleDraft {
    /// Validates a role that is to be created in a tenant, or the merged result of an update; reports every violation at once under
    /// `role.<field>`.
    pub fn validate(self, tenant: TenantId) -> Result<RoleSpec, Invalid> {
        let mut violations = Violations::new();
        let name = violations.check("role.name", RoleName::parse(self.name.unwrap_or_default()));
        let description = self.description.filter(|text| !text.is_empty()).map(Description::parse).transpose();
        let description = violations.check("role.description", description);
        let permissions = gives(&self.permissions, tenant, &mut violations);
        violations.finish()?;
        let spec = name.zip(description).map(|(name, description)| RoleSpec { name, description, permissions });
        spec.ok_or_else(|| Invalid::one("role", Fault::required()))
    }
}

/// Checks what a role gives: something, and nothing that users of the tenant cannot hold.
fn gives(numbers: &[i32], tenant: TenantId, violations: &mut Violations) -> PermissionSet {
    if numbers.is_empty() {
        violations.push("role.permissions", Fault::required());
    }
    let listed: Vec<(usize, Permission)> = check_permissions("role.permissions", numbers, violations);
    for (index, permission) in &listed {
        if permission.is_system_tenant_only() && tenant != TenantId::SYSTEM {
            let fault = Fault::new(FieldReason::SystemTenantOnly, "Only a role of the system tenant can give this.");
            violations.push(format!("role.permissions[{index}]"), fault);
        }
    }
    listed.into_iter().map(|(_, permission)| permission).collect()
}

impl RoleSpec {
    /// The names of all fields, in the order of the API.
    pub const FIELDS: &[&str] = &["name", "description", "permissions"];

    /// Returns what an update would leave, to be validated as a whole.
    #[must_use]
    pub fn patched(&self, patch: RolePatch) -> RoleDraft {
        let Self { name, description, permissions } = self;
        let numbers = permissions.iter().map(Permission::number).collect();
        RoleDraft {
            name: patch.name.apply(Some(name.as_str().to_owned())),
            description: patch.description.apply(description.as_ref().map(|text| text.as_str().to_owned())),
            permissions: patch.permissions.apply(Some(numbers)).unwrap_or_default(),
        }
    }

    /// Returns the names of the fields that differ, for the event of a change.
    #[must_use]
    pub fn changed_fields(&self, other: &Self) -> Vec<&'static str> {
        let Self { name, description, permissions } = self;
        let fields = [
            ("name", *name != other.name),
            ("description", *description != other.description),
            ("permissions", *permissions != other.permissions),
        ];
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}
