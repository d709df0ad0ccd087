//! The wire edge: one file per service, conversions per resource, and the one place where an error becomes a status.
//!
//! Knows gRPC and the messages. Must not know a database or a rule: a handler opens the request, converts the message, calls one
//! use-case and converts its result.

mod api_key;
mod caller;
pub mod codec;
mod convert;
mod data_store;
mod edge;
mod event;
pub mod layer;
mod oauth_app;
pub mod reflection;
mod repeat;
mod role;
pub mod status;
mod tenant;
mod user;

pub use self::edge::Api;
