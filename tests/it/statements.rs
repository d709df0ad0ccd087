//! How many statements a call costs: every RPC, by every kind of caller, on both databases.

pub(crate) mod callers;
mod counts;
mod observer;
pub(crate) mod place;
pub(crate) mod requests;
mod times;
mod variables;
