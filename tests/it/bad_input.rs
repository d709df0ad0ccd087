//! Bad input of every kind: refused in the API's own words, never a bug's answer, never a panic, and nothing written.

mod bytes;
mod frames;
mod headers;
mod reasons;
mod required;
mod texts;

use oauth_registry::grpc::status::{describe, reason_name};
use oauth_registry::proto::ErrorReason;
use tonic::{Code, Status};

use crate::harness::caller::{details, reason};

/// Every reason that can be sent.
fn every_reason() -> impl Iterator<Item = ErrorReason> {
    (1..).map_while(|number| ErrorReason::try_from(number).ok())
}

/// Demands that an error is complete: a reason of the enum, with its own code and sentence, and the server's id of the call.
fn assert_complete(status: &Status, place: &str) {
    let details = details(status);
    let info = details.error_info().unwrap_or_else(|| panic!("{place}: no ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "oauthregistry.v1", "{place}");
    let name = reason(status);
    let known = every_reason().find(|known| reason_name(*known) == name).unwrap_or_else(|| panic!("{place}: {name}"));
    assert_eq!((status.code(), status.message()), describe(known), "{place}");
    assert!(![Code::Internal, Code::Unknown].contains(&status.code()), "{place}: {status:?}");
    assert!(!details.request_info().unwrap().request_id.is_empty(), "{place}");
}

/// Demands this reason of a complete error.
fn assert_reason(status: &Status, expected: &str, place: &str) {
    assert_complete(status, place);
    assert_eq!(reason(status), expected, "{place}");
}
