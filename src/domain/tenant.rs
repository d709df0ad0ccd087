//! Tenants: the owners of everything else.

use crate::domain::id::TenantId;
use crate::domain::invalid::{Invalid, Violations};
use crate::domain::name::TenantName;
use crate::domain::patch::Patch;
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

/// What an update does to each field of a tenant.
#[derive(Debug, Clone, Default)]
pub struct TenantPatch {
    /// The name.
    pub name: Patch<String>,
    /// What the tenant is.
    pub description: Patch<String>,
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

impl TenantSpec {
    /// Returns what an update would leave, to be validated as a whole.
    #[must_use]
    pub fn patched(&self, patch: TenantPatch) -> TenantDraft {
        let Self { name, description } = self;
        TenantDraft {
            name: patch.name.apply(Some(name.as_str().to_owned())),
            description: patch.description.apply(description.as_ref().map(|text| text.as_str().to_owned())),
        }
    }

    /// Returns the names of the fields that differ, for the event of a change.
    #[must_use]
    pub fn changed_fields(&self, other: &Self) -> Vec<&'static str> {
        let Self { name, description } = self;
        let fields = [("name", *name != other.name), ("description", *description != other.description)];
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}
