//! API keys: the bearer credentials of users, without their secrets.

use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::secret_list::SecretList;
use crate::domain::stamp::Stamp;
use crate::domain::text::DisplayName;
use crate::domain::time::Timestamp;
use crate::domain::user::check_permissions;

/// Whether a key authenticates, as long as it has not expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyStatus {
    /// The key works.
    Active,
    /// The key is dead for good.
    Revoked,
}

impl ApiKeyStatus {
    /// Returns the stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    /// Returns the status of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Revoked].into_iter().find(|status| status.as_str() == text)
    }
}

/// An API key.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// The home tenant of the user.
    pub tenant_id: TenantId,
    /// The user that the key belongs to.
    pub user_id: UserId,
    /// The part of the token that names the key; no secret.
    pub public_id: String,
    /// The name for people.
    pub display_name: Option<DisplayName>,
    /// The permissions that the key lists.
    pub permissions: PermissionSet,
    /// The one tenant that the key is bound to.
    pub bound_tenant: Option<TenantId>,
    /// When the key ends.
    pub expire_time: Option<Timestamp>,
    /// When the key last authenticated, roughly.
    pub last_use_time: Option<Timestamp>,
    /// Whether the key works.
    pub status: ApiKeyStatus,
    /// The live versions of the key's secret.
    pub secrets: SecretList,
    /// Who made and changed it.
    pub stamp: Stamp,
}

impl ApiKey {
    /// Says whether the key authenticates at `now`, as far as it is the key's own doing.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        self.status == ApiKeyStatus::Active && self.expire_time.is_none_or(|end| now < end)
    }
}

/// A key as a caller wants it, not yet checked.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyDraft {
    /// The user; absent means the caller.
    pub user_id: Option<UserId>,
    /// The name for people.
    pub display_name: Option<String>,
    /// The numbers of the permissions.
    pub permissions: Vec<i32>,
    /// The one tenant that the key shall be bound to.
    pub bound_tenant: Option<TenantId>,
    /// When the key shall end.
    pub expire_time: Option<Timestamp>,
}

/// A good key.
#[derive(Debug, Clone)]
pub struct ApiKeySpec {
    /// The user; absent means the caller.
    pub user_id: Option<UserId>,
    /// The name for people.
    pub display_name: Option<DisplayName>,
    /// The permissions, not empty.
    pub permissions: PermissionSet,
    /// Each permission with its place in the request.
    pub places: Vec<(usize, Permission)>,
    /// The one tenant that the key shall be bound to.
    pub bound_tenant: Option<TenantId>,
    /// When the key shall end.
    pub expire_time: Option<Timestamp>,
}

impl ApiKeyDraft {
    /// Checks every field, as far as that is possible without the user.
    pub fn validate(self, now: Timestamp) -> Result<ApiKeySpec, Invalid> {
        let mut violations = Violations::new();
        let display = self.display_name.filter(|name| !name.is_empty()).map(DisplayName::parse).transpose();
        let display_name = violations.check("api_key.display_name", display);
        let permissions = check_permissions("api_key.permissions", &self.permissions, &mut violations);
        if self.permissions.is_empty() {
            violations.push("api_key.permissions", Fault::required());
        }
        if self.expire_time.is_some_and(|end| end <= now) {
            violations.push("api_key.expire_time", Fault::new(FieldReason::OutOfRange, "The time must be in the future."));
        }
        violations.finish()?;
        Ok(ApiKeySpec {
            user_id: self.user_id,
            display_name: display_name.flatten(),
            places: permissions.clone(),
            permissions: permissions.into_iter().map(|(_, permission)| permission).collect(),
            bound_tenant: self.bound_tenant,
            expire_time: self.expire_time,
        })
    }
}
