//! What a use-case can answer instead of a result: a closed set, without a word of gRPC.

use std::fmt;

use crate::authn::Unauthenticated;
use crate::authz::Denied;
use crate::crypto::{OwnerKind, PasswordHashError, SealError};
use crate::domain::event::ResourceKind;
use crate::domain::id::{ApiKeyId, OauthAppId, RoleId, TenantId, UserId};
use crate::domain::invalid::Invalid;
use crate::domain::random::RandomError;
use crate::domain::secret_list::SecretVersion;
use crate::service::Registry;
use crate::storage::{SecretOwner, StoreError};

/// A resource, by kind and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A data store.
    DataStore(i32),
    /// An OAuth app.
    OauthApp(OauthAppId),
    /// A role.
    Role(RoleId),
    /// A tenant.
    Tenant(TenantId),
    /// A tenant, by the name that was sent.
    TenantNamed(String),
    /// A user's administrative access to a tenant.
    TenantAdministrator(TenantId, UserId),
    /// A user.
    User(UserId),
}

/// There is no usable key-encryption key; why is for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the keyring is sealed: {0}")]
pub struct Sealed(pub String);

/// A stored secret, or a key of a tenant, that does not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostSecret {
    /// The tenant of the row.
    pub tenant_id: TenantId,
    /// What owns the secret, or that it is a key.
    pub kind: ResourceKind,
    /// The owner's id.
    pub id: String,
    /// The version; absent where there are none.
    pub version: Option<SecretVersion>,
}

impl LostSecret {
    /// Names a version of an owner's secret, or all that the owner has.
    #[must_use]
    pub fn of(owner: SecretOwner, version: impl Into<Option<SecretVersion>>) -> Self {
        Self { tenant_id: owner.tenant_id, kind: owner.kind.into(), id: owner.id.to_string(), version: version.into() }
    }
}

impl From<OwnerKind> for ResourceKind {
    fn from(kind: OwnerKind) -> Self {
        match kind {
            OwnerKind::OauthApp => Self::OauthApp,
            OwnerKind::ApiKey => Self::ApiKey,
            OwnerKind::PageToken | OwnerKind::Request => Self::Request,
            OwnerKind::User => Self::User,
        }
    }
}

impl fmt::Display for LostSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of tenant {}", self.kind.as_str(), self.id, self.tenant_id)?;
        self.version.map_or(Ok(()), |version| write!(f, ", version {version}"))
    }
}

/// What stands in the way of a deletion, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependants {
    /// What they are, such as `users`.
    pub kind: &'static str,
    /// How many there are.
    pub count: u64,
}

/// Why a use-case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credential is no longer good.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// The caller may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Fields are bad.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such object inside the caller's scope.
    #[error("not found")]
    NotFound(Resource),
    /// A unique value is taken.
    #[error("{field} is taken")]
    Taken {
        /// The field, as in the API.
        field: &'static str,
    },
    /// The etag is not the current one.
    #[error("the etag is not the current one")]
    EtagMismatch,
    /// The call lost a race, more than once.
    #[error("lost a race")]
    ConcurrentChange,
    /// The token URI's origin changes without a secret.
    #[error("a new destination needs its secret")]
    SecretRequired,
    /// Other objects depend on the one to be deleted.
    #[error("dependants exist")]
    DependantsExist(Vec<Dependants>),
    /// The system tenant would be left without an active user who holds 12.
    #[error("the last administrator")]
    LastAdministrator,
    /// The system tenant cannot be suspended or deleted.
    #[error("the system tenant")]
    SystemTenant,
    /// Only a suspended tenant can be deleted.
    #[error("the tenant is not suspended")]
    TenantNotSuspended(TenantId),
    /// A built-in role cannot be changed or deleted.
    #[error("the role is built in")]
    BuiltInRole(RoleId),
    /// Only a person has a password.
    #[error("the user is no person")]
    NotAPerson(UserId),
    /// The key is revoked or has expired.
    #[error("the key is not active")]
    ApiKeyNotActive(ApiKeyId),
    /// The request id was used before, with another request.
    #[error("the request id was used with another request")]
    RequestIdReused,
    /// Another call with the same request id was quicker; its answer is the answer.
    #[error("the request is a repeat")]
    Repeated,
    /// Too many calls wait for the same scarce thing.
    #[error("at capacity")]
    Overloaded,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    TenantSuspended(TenantId),
    /// The user does not live in the system tenant.
    #[error("the user does not live in the system tenant")]
    NotInSystemTenant(UserId),
    /// There is no usable key-encryption key.
    #[error(transparent)]
    Sealed(#[from] Sealed),
    /// A stored secret does not open.
    #[error("a stored secret does not open: {0}")]
    Unreadable(LostSecret),
    /// The event log does not take the denial.
    #[error("the event log does not take the denial")]
    AuditUnavailable,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// A secret could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A password could not be hashed.
    #[error("a password could not be hashed")]
    PasswordHash,
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { field: "request_id" } => Self::Repeated,
            StoreError::Taken { field } => Self::Taken { field },
            StoreError::ForeignKey => Self::DependantsExist(Vec::new()),
            StoreError::Stale | StoreError::Contention => Self::ConcurrentChange,
            other @ (StoreError::Unavailable(_)
            | StoreError::Full(_)
            | StoreError::Corrupt { .. }
            | StoreError::OutOfScope
            | StoreError::Unexpected(_)) => Self::Store(other),
        }
    }
}

impl Registry {
    /// Takes notice of what a call failed by.
    pub fn note(&self, failure: &Error) {
        if let Error::Store(failure) = failure {
            self.store.note(failure);
        }
    }
}

impl From<PasswordHashError> for Error {
    fn from(error: PasswordHashError) -> Self {
        match error {
            PasswordHashError::Computation | PasswordHashError::Malformed => Self::PasswordHash,
            PasswordHashError::Random(error) => Self::Random(error),
        }
    }
}

impl Error {
    /// Says whether trying again may help without the caller's doing.
    #[must_use]
    pub fn is_lost_race(&self) -> bool {
        matches!(self, Self::ConcurrentChange)
    }

    /// Says whether the database may do later what it did not do now.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.is_lost_race() || matches!(self, Self::Store(StoreError::Unavailable(_)))
    }
}
