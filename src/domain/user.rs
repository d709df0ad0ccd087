//! Users: people and service accounts, and what they may hold.

use std::collections::BTreeSet;

use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::name::LoginName;
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::role::BuiltInRole;
use crate::domain::stamp::Stamp;
use crate::domain::text::DisplayName;

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// A person.
    Person,
    /// A program.
    ServiceAccount,
}

impl UserKind {
    /// Returns the stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::ServiceAccount => "service_account",
        }
    }

    /// Returns the kind of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Person, Self::ServiceAccount].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether a user may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// The user works.
    Active,
    /// The user does not authenticate, by no credential.
    Suspended,
}

impl UserStatus {
    /// Returns the stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// Returns the status of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|status| status.as_str() == text)
    }
}

/// A user.
#[derive(Debug, Clone)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The home tenant.
    pub tenant_id: TenantId,
    /// Person or program.
    pub kind: UserKind,
    /// The login name.
    pub login_name: LoginName,
    /// The name for people.
    pub display_name: Option<DisplayName>,
    /// The roles.
    pub role_ids: BTreeSet<RoleId>,
    /// The permissions beside those of the roles.
    pub permissions: PermissionSet,
    /// Whether the user works.
    pub status: UserStatus,
    /// Who made and changed it.
    pub stamp: Stamp,
}

impl User {
    /// Returns the union of what the roles give and the explicit permissions.
    #[must_use]
    pub fn effective_permissions(&self) -> PermissionSet {
        effective(&self.role_ids, &self.permissions)
    }
}

/// A user as a caller wants it, not yet checked.
#[derive(Debug, Clone, Default)]
pub struct UserDraft {
    /// Person or program.
    pub kind: Option<UserKind>,
    /// The login name.
    pub login_name: Option<String>,
    /// The name for people.
    pub display_name: Option<String>,
    /// The ids of the roles.
    pub role_ids: Vec<String>,
    /// The numbers of the permissions.
    pub permissions: Vec<i32>,
}

/// A good user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSpec {
    /// Person or program.
    pub kind: UserKind,
    /// The login name.
    pub login_name: LoginName,
    /// The name for people.
    pub display_name: Option<DisplayName>,
    /// The roles.
    pub role_ids: BTreeSet<RoleId>,
    /// The permissions beside those of the roles.
    pub permissions: PermissionSet,
}

impl UserDraft {
    /// Checks every field of a user who shall live in `home`.
    pub fn validate(self, home: TenantId) -> Result<UserSpec, Invalid> {
        let mut violations = Violations::new();
        let kind = violations.check("user.kind", self.kind.ok_or_else(Fault::required));
        let login_name = violations.check("user.login_name", LoginName::parse(self.login_name.unwrap_or_default()));
        let display = self.display_name.filter(|name| !name.is_empty()).map(DisplayName::parse).transpose();
        let display_name = violations.check("user.display_name", display);
        let role_ids = check_roles(&self.role_ids, home, &mut violations);
        let permissions = check_permissions("user.permissions", &self.permissions, &mut violations);
        for (index, permission) in &permissions {
            if permission.is_system_tenant_only() && home != TenantId::SYSTEM {
                violations.push(format!("user.permissions[{index}]"), system_tenant_only());
            }
        }
        violations.finish()?;
        let spec = kind.zip(login_name).zip(display_name).map(|((kind, login_name), display_name)| UserSpec {
            kind,
            login_name,
            display_name,
            role_ids,
            permissions: permissions.into_iter().map(|(_, permission)| permission).collect(),
        });
        spec.ok_or_else(|| Invalid::one("user", Fault::required()))
    }
}

fn effective(role_ids: &BTreeSet<RoleId>, permissions: &PermissionSet) -> PermissionSet {
    let roles = role_ids.iter().filter_map(|id| BuiltInRole::find(*id));
    roles.fold(permissions.clone(), |all, role| all.union(&role.permissions()))
}

fn system_tenant_only() -> Fault {
    Fault::new(FieldReason::SystemTenantOnly, "Only users of the system tenant can hold this.")
}

fn check_roles(ids: &[String], home: TenantId, violations: &mut Violations) -> BTreeSet<RoleId> {
    let mut roles = BTreeSet::new();
    for (index, text) in ids.iter().enumerate() {
        let field = format!("user.role_ids[{index}]");
        match text.parse().ok().and_then(BuiltInRole::find) {
            None => violations.push(field, Fault::new(FieldReason::UnknownValue, "There is no such role in the user's tenant.")),
            Some(role) if role.system_tenant_only && home != TenantId::SYSTEM => violations.push(field, system_tenant_only()),
            Some(role) if !roles.insert(role.id) => {
                violations.push(field, Fault::new(FieldReason::Duplicate, "The role is listed twice."));
            }
            Some(_) => {}
        }
    }
    roles
}

/// Checks a list of permission numbers: each known, none twice. The places are kept, so that a later check can name them.
pub(super) fn check_permissions(field: &str, numbers: &[i32], violations: &mut Violations) -> Vec<(usize, Permission)> {
    let mut permissions: Vec<(usize, Permission)> = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        let field = format!("{field}[{index}]");
        match Permission::from_number(*number) {
            None => violations.push(field, Fault::new(FieldReason::UnknownValue, "There is no permission of this number.")),
            Some(permission) if permissions.iter().any(|(_, other)| *other == permission) => {
                violations.push(field, Fault::new(FieldReason::Duplicate, "The permission is listed twice."));
            }
            Some(permission) => permissions.push((index, permission)),
        }
    }
    permissions
}
