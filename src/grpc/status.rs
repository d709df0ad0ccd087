//! The one place where an error becomes a gRPC status. No wildcard: a new error does not compile until somebody decides.

mod details;

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

pub use self::details::complete;
use crate::authz::{Denied, RefusedCredential};
use crate::domain::id::TenantId;
use crate::domain::invalid::Invalid;
use crate::grpc::status::details::{RETRY_RACE, RETRY_UNAVAILABLE, permission_sets, resource};
use crate::proto::{ErrorReason, PACKAGE};
use crate::service::Error;
use crate::storage::StoreError;

/// Returns the code and the sentence that go with a reason, always.
#[must_use]
pub const fn describe(reason: ErrorReason) -> (Code, &'static str) {
    match reason {
        ErrorReason::Unspecified | ErrorReason::Internal => {
            (Code::Internal, "The server made a mistake; the request id leads to its cause.")
        }
        ErrorReason::InvalidCredential => (Code::Unauthenticated, "The credential is missing or not good."),
        ErrorReason::MissingPermission => (Code::PermissionDenied, "The caller lacks a permission."),
        ErrorReason::CredentialRefused => (Code::PermissionDenied, "The method refuses this kind of credential."),
        ErrorReason::ExceedsCaller => {
            (Code::PermissionDenied, "The change touches something that the caller's credential does not hold.")
        }
        ErrorReason::SelfChange => (Code::PermissionDenied, "Nobody changes their own roles, grants, access or status."),
        ErrorReason::InvalidFields => (Code::InvalidArgument, "The request has invalid fields; the details list every one."),
        ErrorReason::MalformedMessage => (Code::InvalidArgument, "The bytes are not one message of the request type."),
        ErrorReason::ResourceNotFound => (Code::NotFound, "There is no such resource in the caller's scope."),
        ErrorReason::ValueTaken => (Code::AlreadyExists, "A value that must be unique is taken."),
        ErrorReason::EtagMismatch => (Code::Aborted, "The resource has changed since it was read."),
        ErrorReason::ConcurrentChange => (Code::Aborted, "The call lost a race; try it again."),
        ErrorReason::SecretRequiredForNewDestination => {
            (Code::FailedPrecondition, "The token URI moves to another origin, so the client secret must be supplied again.")
        }
        ErrorReason::DependantsExist => (Code::FailedPrecondition, "Other resources depend on this one."),
        ErrorReason::TenantSuspended => (Code::FailedPrecondition, "The tenant is suspended."),
        ErrorReason::NotInSystemTenant => (Code::FailedPrecondition, "The user does not live in the system tenant."),
        ErrorReason::KeyringSealed => (Code::FailedPrecondition, "The server has no usable key-encryption key."),
        ErrorReason::SecretUnreadable => (Code::DataLoss, "A stored secret does not open."),
        ErrorReason::DatabaseUnavailable => (Code::Unavailable, "The database does not answer."),
        ErrorReason::AuditUnavailable => (Code::Unavailable, "The event log does not take the refusal."),
        ErrorReason::UnknownMethod => (Code::Unimplemented, "There is no such method."),
        ErrorReason::MessageTooLarge => (Code::ResourceExhausted, "The message is larger than the limit."),
        ErrorReason::Overloaded => (Code::ResourceExhausted, "The server is at capacity."),
        ErrorReason::DeadlineExceeded => (Code::DeadlineExceeded, "The call took too long."),
        ErrorReason::OnBehalfOfRefused => (Code::PermissionDenied, "The caller may not act on behalf of this user."),
        ErrorReason::RequestIdReused => (Code::InvalidArgument, "The request id was used before, with another request."),
        ErrorReason::LastAdministrator => {
            (Code::FailedPrecondition, "The system tenant needs an active user who holds permission 12.")
        }
        ErrorReason::SystemTenant => (Code::FailedPrecondition, "The system tenant cannot be suspended or deleted."),
        ErrorReason::TenantNotSuspended => (Code::FailedPrecondition, "Only a suspended tenant can be deleted."),
        ErrorReason::NotAPerson => (Code::FailedPrecondition, "Only a person has a password."),
        ErrorReason::BuiltInRole => (Code::FailedPrecondition, "A built-in role cannot be changed or deleted."),
        ErrorReason::ApiKeyNotActive => (Code::FailedPrecondition, "The API key is revoked or has expired."),
        ErrorReason::UnsupportedEncoding => (Code::Unimplemented, "The encoding of the message is not supported."),
    }
}

/// Returns the published name of a reason: without the enum's prefix.
#[must_use]
pub fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

/// Returns the reason of an error.
#[must_use]
pub const fn reason(error: &Error) -> ErrorReason {
    match error {
        Error::Unauthenticated(_) => ErrorReason::InvalidCredential,
        Error::Denied(denied) => denied_reason(denied),
        Error::Invalid(_) => ErrorReason::InvalidFields,
        Error::NotFound(_) => ErrorReason::ResourceNotFound,
        Error::Taken { .. } => ErrorReason::ValueTaken,
        Error::EtagMismatch => ErrorReason::EtagMismatch,
        // A repeat is told apart from other lost races only inside.
        Error::ConcurrentChange | Error::Repeated => ErrorReason::ConcurrentChange,
        Error::SecretRequired => ErrorReason::SecretRequiredForNewDestination,
        Error::DependantsExist(_) => ErrorReason::DependantsExist,
        Error::LastAdministrator => ErrorReason::LastAdministrator,
        Error::SystemTenant => ErrorReason::SystemTenant,
        Error::TenantNotSuspended(_) => ErrorReason::TenantNotSuspended,
        Error::BuiltInRole(_) => ErrorReason::BuiltInRole,
        Error::NotAPerson(_) => ErrorReason::NotAPerson,
        Error::ApiKeyNotActive(_) => ErrorReason::ApiKeyNotActive,
        Error::RequestIdReused => ErrorReason::RequestIdReused,
        Error::Overloaded => ErrorReason::Overloaded,
        Error::TenantSuspended(_) => ErrorReason::TenantSuspended,
        Error::NotInSystemTenant(_) => ErrorReason::NotInSystemTenant,
        Error::Sealed(_) => ErrorReason::KeyringSealed,
        Error::Unreadable(_) => ErrorReason::SecretUnreadable,
        Error::AuditUnavailable => ErrorReason::AuditUnavailable,
        Error::Store(StoreError::Unavailable(_) | StoreError::Full(_)) => ErrorReason::DatabaseUnavailable,
        Error::Store(
            StoreError::Corrupt { .. }
            | StoreError::OutOfScope
            | StoreError::Unexpected(_)
            | StoreError::Taken { .. }
            | StoreError::ForeignKey
            | StoreError::Stale
            | StoreError::Contention,
        )
        | Error::Seal(_)
        | Error::PasswordHash
        | Error::Random(_) => ErrorReason::Internal,
    }
}

const fn denied_reason(denied: &Denied) -> ErrorReason {
    match denied {
        Denied::MissingPermission { .. } | Denied::NotInSystemTenant => ErrorReason::MissingPermission,
        Denied::Credential(_) => ErrorReason::CredentialRefused,
        Denied::OnBehalfOf => ErrorReason::OnBehalfOfRefused,
        Denied::ExceedsCaller => ErrorReason::ExceedsCaller,
        Denied::SelfChange => ErrorReason::SelfChange,
    }
}

/// Makes the status of an error, and logs the cause of one that is not the caller's doing.
#[must_use]
pub fn status(error: &Error) -> Status {
    let reason = reason(error);
    if matches!(reason, ErrorReason::Internal | ErrorReason::DatabaseUnavailable | ErrorReason::SecretUnreadable) {
        tracing::error!(reason = reason_name(reason), cause = %error, "call failed");
    }
    let mut details = ErrorDetails::new();
    let metadata = metadata(error, &mut details);
    refusal(reason, metadata, details)
}

/// Makes the status of a message that does not decode, or that another one follows.
#[must_use]
pub fn malformed() -> Status {
    bare(ErrorReason::MalformedMessage)
}

/// Makes the status of a reason that needs no further words.
#[must_use]
pub fn bare(reason: ErrorReason) -> Status {
    refusal(reason, HashMap::new(), ErrorDetails::new())
}

/// Makes the status of a call that is one too many.
#[must_use]
pub fn overloaded() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_UNAVAILABLE));
    refusal(ErrorReason::Overloaded, HashMap::new(), details)
}

fn refusal(reason: ErrorReason, metadata: HashMap<String, String>, mut details: ErrorDetails) -> Status {
    let (code, sentence) = describe(reason);
    details.set_error_info(reason_name(reason), PACKAGE, metadata);
    Status::with_error_details(code, sentence, details)
}

/// Returns the metadata of the `ErrorInfo`, and adds the details that the error calls for.
fn metadata(error: &Error, details: &mut ErrorDetails) -> HashMap<String, String> {
    let mut metadata = HashMap::new();
    let (_, sentence) = describe(reason(error));
    let mut precondition = |subject: String| {
        details.add_precondition_failure_violation(reason_name(reason(error)), subject, sentence);
    };
    match error {
        Error::Denied(denied) => metadata.extend(denied_metadata(denied)),
        Error::Invalid(invalid) => {
            details.set_bad_request(violations(invalid));
        }
        Error::NotFound(missing) => {
            let (kind, name) = resource(missing);
            details.set_resource_info(kind, name, "", sentence);
        }
        Error::Taken { field } => {
            metadata.insert("field".to_owned(), (*field).to_owned());
        }
        Error::SecretRequired => precondition("client_secret".to_owned()),
        Error::DependantsExist(dependants) => {
            precondition(String::new());
            metadata.extend(dependants.iter().map(|one| (one.kind.to_owned(), one.count.to_string())));
        }
        Error::LastAdministrator | Error::SystemTenant => precondition(TenantId::SYSTEM.to_string()),
        Error::BuiltInRole(role) => precondition(role.to_string()),
        Error::ApiKeyNotActive(key) => precondition(key.to_string()),
        Error::TenantSuspended(tenant) | Error::TenantNotSuspended(tenant) => precondition(tenant.to_string()),
        Error::NotInSystemTenant(user) | Error::NotAPerson(user) => precondition(user.to_string()),
        Error::Sealed(_) => precondition("keyring".to_owned()),
        Error::ConcurrentChange | Error::Repeated => {
            details.set_retry_info(Some(RETRY_RACE));
        }
        Error::Overloaded | Error::AuditUnavailable | Error::Store(StoreError::Unavailable(_) | StoreError::Full(_)) => {
            details.set_retry_info(Some(RETRY_UNAVAILABLE));
        }
        Error::Unauthenticated(_)
        | Error::EtagMismatch
        | Error::RequestIdReused
        | Error::Unreadable(_)
        | Error::Store(_)
        | Error::Seal(_)
        | Error::PasswordHash
        | Error::Random(_) => {}
    }
    metadata
}

fn denied_metadata(denied: &Denied) -> Vec<(String, String)> {
    let pair = |key: &str, value: String| (key.to_owned(), value);
    match denied {
        Denied::MissingPermission { required, missing } => {
            let required = required.iter().map(|set| set.iter().copied().collect());
            vec![
                pair("required_permissions", permission_sets(required)),
                pair("missing_permissions", permission_sets(missing.iter().cloned())),
            ]
        }
        Denied::NotInSystemTenant => vec![pair("required_tenant", "system".to_owned())],
        Denied::Credential(kind) => vec![pair("credential", credential(*kind).to_owned())],
        Denied::OnBehalfOf | Denied::ExceedsCaller | Denied::SelfChange => Vec::new(),
    }
}

const fn credential(kind: RefusedCredential) -> &'static str {
    match kind {
        RefusedCredential::BoundKey => "bound API key",
        RefusedCredential::ApiKey => "API key",
        RefusedCredential::OnBehalfOf => "on behalf of a user",
    }
}

fn violations(invalid: &Invalid) -> Vec<FieldViolation> {
    let violation = |one: &crate::domain::invalid::Violation| {
        let mut violation = FieldViolation::new(one.field.clone(), one.sentence.clone());
        one.reason.as_str().clone_into(&mut violation.reason);
        violation
    };
    invalid.violations().iter().map(violation).collect()
}
