//! Users: people and service accounts, and what they may hold.

mod patch;

pub use self::patch::UserPatch;
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::lockout::FailedLogins;
use crate::domain::name::LoginName;
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::role::{AssignedRoles, BuiltInRole};
use crate::domain::secret_list::SecretList;
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
    pub roles: AssignedRoles,
    /// The permissions beside those of the roles.
    pub permissions: PermissionSet,
    /// Whether the user works.
    pub status: UserStatus,
    /// The live versions of the password; none when the user has no password.
    pub secrets: SecretList,
    /// The wrong passwords since the last good one.
    pub failed_logins: FailedLogins,
    /// Who made and changed it.
    pub stamp: Stamp,
}

impl User {
    /// Returns the union of what the roles give and the explicit permissions. Numbers that only users of the system tenant may hold
    /// count for nobody else, whatever a row says.
    #[must_use]
    pub fn effective_permissions(&self) -> PermissionSet {
        let all = self.permissions.union(&self.roles.gives());
        if self.tenant_id == TenantId::SYSTEM { all } else { all.iter().filter(|one| !one.is_system_tenant_only()).collect() }
    }

    /// Says whether the system tenant is administered by this user, among others: a user of it who works and holds 12.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        let works = self.tenant_id == TenantId::SYSTEM && self.status == UserStatus::Active;
        works && self.effective_permissions().contains(Permission::Administrator)
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
    pub roles: AssignedRoles,
    /// The permissions beside those of the roles.
    pub permissions: PermissionSet,
}

impl UserSpec {
    /// Returns the union of what the roles give and the explicit permissions.
    #[must_use]
    pub fn effective_permissions(&self) -> PermissionSet {
        self.permissions.union(&self.roles.gives())
    }
}

impl UserDraft {
    /// Returns the ids among the roles that may be those of a tenant's own.
    pub fn own_role_ids(&self) -> impl Iterator<Item = RoleId> {
        self.role_ids.iter().filter_map(|id| id.parse().ok()).filter(|id| BuiltInRole::find(*id).is_none())
    }

    /// Checks every field of a user who shall live in `home`; `own` are those of the tenant's own roles that exist.
    pub fn validate(self, home: TenantId, own: &AssignedRoles) -> Result<UserSpec, Invalid> {
        let mut violations = Violations::new();
        let kind = violations.check("user.kind", self.kind.ok_or_else(Fault::required));
        let login_name = violations.check("user.login_name", LoginName::parse(self.login_name.unwrap_or_default()));
        let display = self.display_name.filter(|name| !name.is_empty()).map(DisplayName::parse).transpose();
        let display_name = violations.check("user.display_name", display);
        let roles = check_roles(&self.role_ids, (home, own), &mut violations);
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
            roles,
            permissions: permissions.into_iter().map(|(_, permission)| permission).collect(),
        });
        spec.ok_or_else(|| Invalid::one("user", Fault::required()))
    }
}

fn system_tenant_only() -> Fault {
    Fault::new(FieldReason::SystemTenantOnly, "Only users of the system tenant can hold this.")
}

fn check_roles(ids: &[String], (home, own): (TenantId, &AssignedRoles), violations: &mut Violations) -> AssignedRoles {
    let mut roles = AssignedRoles::default();
    for (index, text) in ids.iter().enumerate() {
        let field = format!("user.role_ids[{index}]");
        match text.parse().ok().and_then(|id| Some((id, gives(id, own)?))) {
            None => violations.push(field, Fault::new(FieldReason::UnknownValue, "There is no such role in the user's tenant.")),
            Some((_, gives)) if reserved(&gives) && home != TenantId::SYSTEM => violations.push(field, system_tenant_only()),
            Some((id, gives)) => {
                if !roles.insert(id, gives) {
                    violations.push(field, Fault::new(FieldReason::Duplicate, "The role is listed twice."));
                }
            }
        }
    }
    roles
}

fn gives(id: RoleId, own: &AssignedRoles) -> Option<PermissionSet> {
    BuiltInRole::find(id).map(BuiltInRole::permissions).or_else(|| own.get(id).cloned())
}

fn reserved(permissions: &PermissionSet) -> bool {
    permissions.iter().any(Permission::is_system_tenant_only)
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
