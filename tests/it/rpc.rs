//! The promises of each service, as its callers see them; held on both databases, so that neither knows a rule that the other does not.

mod api_key;
mod caller;
mod data_store;
mod errors;
mod event;
mod ids;
mod names;
mod oauth_app;
mod pages;
mod password;
mod repeats;
mod resources;
mod role;
mod stored;
mod tenant;
mod user;

use tonic::{Code, Status};

use crate::harness::caller::{reason, violations};

/// An id that is well-formed and nobody's.
const NOBODYS: &str = "01890000-0000-7000-8000-000000000000";

/// The code and the reason of an error.
fn refusal(status: &Status) -> (Code, String) {
    (status.code(), reason(status))
}

/// Asserts which error a call got.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, reason: &str) {
    assert_eq!(refusal(&answer.unwrap_err()), (code, reason.to_owned()));
}

/// Asserts that a call was refused for exactly these fields and reasons, in this order.
#[track_caller]
fn assert_violations<T: std::fmt::Debug>(answer: Result<T, Status>, expected: &[(&str, &str)]) {
    let status = answer.unwrap_err();
    assert_eq!(refusal(&status), (Code::InvalidArgument, "INVALID_FIELDS".to_owned()));
    let expected: Vec<_> = expected.iter().map(|(field, reason)| ((*field).to_owned(), (*reason).to_owned())).collect();
    assert_eq!(violations(&status), expected);
}
