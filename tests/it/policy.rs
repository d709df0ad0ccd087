//! The protos' own rules, and the code that is written from them, fed with good and bad protos.
//!
//! Compiles `proto/policy.rs` and `proto/codegen.rs`, which are parts of the build script, a second time.

mod access;
mod behavior;
#[path = "../../proto/codegen.rs"]
mod codegen;
mod dialect;
mod generated;
mod protos;
#[path = "../../proto/policy.rs"]
mod rules;
mod secrets;

// `codegen` looks for its sibling where the build script has it: under `crate::policy`.
pub(crate) use self::rules::{IMMUTABLE, Method, OUTPUT_ONLY, PACKAGE, Policy, REQUIRED, behaviors, comment, is_redacted, read};
