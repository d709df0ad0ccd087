//! Who may do what, and where.
//!
//! The rules are generated from the protos. [`authorize`] is the only maker of a [`Permit`], which every use-case demands, and only
//! a permit makes the [`TenantScope`] that every query demands. Must not know a database, a message or a header: the caller comes in
//! as a value.

mod decision;
mod method;
mod permit;
mod scope;

pub use self::decision::{Denied, RefusedCredential, decide};
pub use self::method::*;
pub use self::permit::{CallInfo, Caller, Job, MayOpen, Permit, SystemPermit, authorize};
pub use self::scope::TenantScope;
