//! Events: what happened, by whom. Built from an allow-list, so no value of a secret field can enter.

use crate::domain::id::{ApiKeyId, EventId, RequestId, TenantId, UserId};
use crate::domain::permission::PermissionSet;
use crate::domain::secret_list::SecretVersion;
use crate::domain::stamp::Actor;
use crate::domain::time::Timestamp;

/// What became of the call that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The call was allowed, and what it did is stored.
    Allowed,
    /// The call was refused for want of permission.
    Denied,
    /// The credential was refused.
    Unauthenticated,
    /// A stored secret did not open.
    Failed,
}

impl Decision {
    /// Returns the stored name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Unauthenticated => "unauthenticated",
            Self::Failed => "failed",
        }
    }

    /// Returns the decision of a stored name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allowed, Self::Denied, Self::Unauthenticated, Self::Failed].into_iter().find(|decision| decision.as_str() == text)
    }
}

/// The kind of resource that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// An API key.
    ApiKey,
    /// An OAuth app.
    OauthApp,
    /// The kept answer to a request.
    Request,
    /// A role.
    Role,
    /// A tenant, or administrative access to one.
    Tenant,
    /// A tenant's key.
    TenantKey,
    /// A user.
    User,
}

impl ResourceKind {
    /// Returns the published name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::OauthApp => "oauth_app",
            Self::Request => "request",
            Self::Role => "role",
            Self::Tenant => "tenant",
            Self::TenantKey => "tenant_key",
            Self::User => "user",
        }
    }
}

/// What a use-case did: the part of an event that only it knows.
#[derive(Debug, Clone)]
pub struct Change {
    /// The tenant that the event belongs to: the resource's.
    pub tenant_id: TenantId,
    /// The kind of the resource.
    pub kind: ResourceKind,
    /// The id of the resource.
    pub resource_id: String,
    /// A second tenant or user that the change is about; empty when there is none.
    pub related_id: String,
    /// The names of the fields that changed.
    pub changed_fields: Vec<&'static str>,
    /// The version numbers of the secrets that were stored, destroyed or revealed.
    pub secret_versions: Vec<SecretVersion>,
    /// The reason that the caller gave; empty when none is asked for.
    pub stated_reason: String,
}

impl Change {
    /// Begins the description of a change.
    pub fn of(tenant_id: TenantId, kind: ResourceKind, resource_id: impl std::fmt::Display) -> Self {
        Self {
            tenant_id,
            kind,
            resource_id: resource_id.to_string(),
            related_id: String::new(),
            changed_fields: Vec::new(),
            secret_versions: Vec::new(),
            stated_reason: String::new(),
        }
    }

    /// Names a second tenant or user that the change is about.
    #[must_use]
    pub fn related_to(mut self, id: impl std::fmt::Display) -> Self {
        self.related_id = id.to_string();
        self
    }

    /// Names the fields that changed.
    #[must_use]
    pub fn fields(mut self, names: Vec<&'static str>) -> Self {
        self.changed_fields = names;
        self
    }

    /// Numbers the secrets that were stored, destroyed or revealed.
    #[must_use]
    pub fn secrets(mut self, versions: Vec<SecretVersion>) -> Self {
        self.secret_versions = versions;
        self
    }

    /// Gives the caller's own reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.stated_reason = reason.into();
        self
    }
}

/// The user for whom somebody acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Represented {
    /// The user.
    pub user_id: UserId,
    /// The user's login name at that time.
    pub login_name: String,
}

/// One mutation, reveal, denial or authentication failure.
#[derive(Debug, Clone)]
pub struct Event {
    /// The id.
    pub id: EventId,
    /// The tenant that the event belongs to.
    pub tenant_id: TenantId,
    /// When it happened.
    pub time: Timestamp,
    /// Who did it; absent for an unknown caller.
    pub actor: Option<Actor>,
    /// The actor's login name at that time; empty for jobs and unknown callers.
    pub actor_login_name: String,
    /// The user for whom the actor acted.
    pub on_behalf_of: Option<Represented>,
    /// The API key that was used.
    pub api_key_id: Option<ApiKeyId>,
    /// The full method name, or the job's.
    pub method: String,
    /// The kind of the resource; empty for a refused call.
    pub resource_kind: String,
    /// The id of the resource; empty for a refused call.
    pub resource_id: String,
    /// A second tenant or user that the change is about; otherwise empty.
    pub related_id: String,
    /// What became of the call.
    pub decision: Decision,
    /// The permissions by which the call was allowed.
    pub permissions: PermissionSet,
    /// The names of the fields that changed.
    pub changed_fields: Vec<String>,
    /// The version numbers of the secrets that were stored, destroyed or revealed.
    pub secret_versions: Vec<SecretVersion>,
    /// The caller's own reason; otherwise empty.
    pub stated_reason: String,
    /// The published reason of a refusal; otherwise empty.
    pub error_reason: String,
    /// The server's id of the call; absent for jobs.
    pub request_id: Option<RequestId>,
    /// The network address of the caller; empty when unknown.
    pub peer: String,
    /// How many denials of the tenant were counted, but not written, since the event before.
    pub suppressed_count: i64,
}
