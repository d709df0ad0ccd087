//! The details of a status: what each says, and the completion of those that tonic made by itself.

use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::domain::id::RequestId;
use crate::domain::permission::{Permission, PermissionSet};
use crate::grpc::status::{bare, overloaded};
use crate::proto::ErrorReason;
use crate::service::Resource;

/// When a call that lost a race may be tried again.
pub(super) const RETRY_RACE: Duration = Duration::from_millis(100);
/// When a call that found something away may be tried again.
pub(super) const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// Gives a status the server's id of the call, and the details that tonic leaves out of its own.
#[must_use]
pub fn complete(status: Status, request_id: RequestId) -> Status {
    // Of a status that is translated too: it may say which encodings are read.
    let metadata = status.metadata().clone();
    let status = if status.details().is_empty() { translate(&status) } else { status };
    let mut details = status.get_error_details();
    details.set_request_info(request_id.to_string(), "");
    Status::with_error_details_and_metadata(status.code(), status.message(), details, metadata)
}

/// Says in the words of this API what tonic refused before a handler saw it. Every status of our own has details.
fn translate(status: &Status) -> Status {
    match status.code() {
        // Only framing that is no gRPC message ends so: a missing message, a compression flag that is neither 0 nor 1.
        Code::Internal | Code::InvalidArgument | Code::Unknown => bare(ErrorReason::MalformedMessage),
        Code::OutOfRange => bare(ErrorReason::MessageTooLarge),
        Code::ResourceExhausted => overloaded(),
        Code::Cancelled | Code::DeadlineExceeded => bare(ErrorReason::DeadlineExceeded),
        Code::Unimplemented if status.message().is_empty() => bare(ErrorReason::UnknownMethod),
        Code::Unimplemented => bare(ErrorReason::UnsupportedEncoding),
        // The health of a service that there is not.
        Code::NotFound => bare(ErrorReason::ResourceNotFound),
        // Only a request whose peer resets it ends so, and nobody reads that answer.
        Code::Ok
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => bare(ErrorReason::Internal),
    }
}

/// Writes alternatives of permissions: `12|11,28`.
pub(super) fn permission_sets(sets: impl Iterator<Item = PermissionSet>) -> String {
    let numbers = |set: PermissionSet| set.iter().map(Permission::number).map(|number| number.to_string()).collect::<Vec<_>>();
    sets.map(|set| numbers(set).join(",")).collect::<Vec<_>>().join("|")
}

/// Returns the type and the name of a resource, as `ResourceInfo` has them.
pub(super) fn resource(resource: &Resource) -> (&'static str, String) {
    match resource {
        Resource::ApiKey(id) => ("oauthregistry.v1.ApiKey", id.to_string()),
        Resource::DataStore(id) => ("oauthregistry.v1.DataStore", id.to_string()),
        Resource::OauthApp(id) => ("oauthregistry.v1.OauthApp", id.to_string()),
        Resource::Role(id) => ("oauthregistry.v1.Role", id.to_string()),
        Resource::Tenant(id) => ("oauthregistry.v1.Tenant", id.to_string()),
        Resource::TenantNamed(name) => ("oauthregistry.v1.Tenant", name.clone()),
        Resource::TenantAdministrator(tenant, user) => ("oauthregistry.v1.TenantAdministrator", format!("{tenant}/{user}")),
        Resource::User(id) => ("oauthregistry.v1.User", id.to_string()),
    }
}
