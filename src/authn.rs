//! From a credential to a caller.
//!
//! Knows how a credential looks and when it is good. Must not know a database or a header map: what is stored comes in as values,
//! and the use-case `service::authenticate` does the reading.

mod basic;
mod presented;
mod principal;

pub use self::basic::PresentedPassword;
pub use self::presented::{Presented, presented};
pub use self::principal::{Credential, NotOnBehalf, Principal, Standing, UserFacts, by_key, by_password};

/// The caller could not be authenticated; why stays inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not authenticated")]
pub struct Unauthenticated;
