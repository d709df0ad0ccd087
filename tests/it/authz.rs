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

use std::sync::Arc;

use oauth_registry::authz::{Action, CallInfo, Caller, Permit, authorize};
use oauth_registry::crypto::ParsedToken;
use oauth_registry::domain::id::RequestId;
use oauth_registry::domain::time::Clock;
use oauth_registry::proto::Permission;
use oauth_registry::service::{Making, Mode};
use tonic::Status;

use crate::harness::caller::reason;
use crate::harness::server::TestServer;

/// The permissions of some numbers.
fn set(numbers: &[i32]) -> Vec<Permission> {
    numbers.iter().map(|number| Permission::try_from(*number).unwrap()).collect()
}

/// The permit of a token's caller, on behalf of a user if there is one.
async fn permit<A: Action>(server: &TestServer, token: &str, subject: Option<&str>) -> Permit<A> {
    let registry = &server.registry;
    let mut principal = registry.authenticate(&ParsedToken::parse(token).unwrap()).await.unwrap();
    if let Some(subject) = subject {
        principal = registry.on_behalf_of(principal, subject).await.unwrap();
    }
    let request_id = RequestId::generate(server.clock.now(), registry.random.as_ref()).unwrap();
    authorize::<A>(Caller { principal: Arc::new(principal), call: CallInfo { request_id, peer: String::new() } }).unwrap()
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
