//! Who may do what, where: every RPC and every way to name a resource, as the descriptors list them.

mod administrators;
mod behalf;
mod builders;
mod control;
mod coverage;
mod credentials;
mod decision_table;
mod denials;
mod descriptors;
mod escalation;
mod freshness;
mod isolation;
mod keys;
mod matrix;
mod page_tokens;
mod passwords;
mod paths;
mod role_changes;
mod roles;
mod rotation;
mod rules;
mod world;

use oauth_registry::proto::Permission;
use oauth_registry::service::{Making, Mode};
use tonic::Status;

use crate::harness::caller::reason;

/// The permissions of some numbers.
fn set(numbers: &[i32]) -> Vec<Permission> {
    numbers.iter().map(|number| Permission::try_from(*number).unwrap()).collect()
}

/// A creation that nobody repeats.
fn once<T>() -> Making<T> {
    Making { mode: Mode::Store, key: None, answer: |_| Vec::new() }
}

/// The reason of a refusal; `OK` when the call was answered.
fn outcome<T>(answer: &Result<T, Status>) -> String {
    answer.as_ref().err().map_or_else(|| "OK".to_owned(), reason)
}

/// An id of the same shape that nothing has.
fn made_up(id: &str) -> String {
    let (head, tail) = id.split_at(id.len() - 4);
    head.chars().chain(tail.chars().map(|letter| if letter == 'f' { 'e' } else { 'f' })).collect()
}
