//! Tenants: the owners of everything else.

use crate::domain::id::TenantId;
use crate::domain::invalid::{Invalid, Violations};
use crate::domain::name::TenantName;
use crate::domain::stamp::Stamp;
use crate::domain::text::Description;

/// Whether a tenant's users, keys and clients may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// The tenant works.
    Active,
    /// Nobody of the tenant authenticates; its objects can be read and deleted, nothing else.
    Suspended,
}

impl TenantStatus {
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

/// A tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// What the caller chose.
    pub spec: TenantSpec,
    /// Whether it works.
    pub status: TenantStatus,
    /// Who made and changed it.
    pub stamp: Stamp,
}

/// A tenant as a caller wants it, not yet checked.
#[derive(Debug, Clone, Default)]
pub struct TenantDraft {
    /// The name.
    pub name: Option<String>,
    /// What the tenant is.
    pub description: Option<String>,
}

/// A good tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSpec {
    /// The name.
    pub name: TenantName,
    /// What the tenant is.
    pub description: Option<Description>,
}

impl TenantDraft {
    /// Checks every field.
    pub fn validate(self) -> Result<TenantSpec, Invalid> {
        let mut violations = Violations::new();
        let name = violations.check("tenant.name", TenantName::parse(self.name.unwrap_or_default()));
        let description = self.description.filter(|text| !text.is_empty()).map(Description::parse).transpose();
        let description = violations.check("tenant.description", description);
        let spec = name.zip(description).map(|(name, description)| TenantSpec { name, description });
        violations.finish_with("tenant", spec)
    }
}
