//! The rules of the registry, pure.
//!
//! Knows what an app, a user, a permission is and when an input is good. Must not know gRPC, a database, a clock or a socket: time
//! and chance come in as arguments.

pub mod api_key;
mod character;
pub mod client_id;
pub mod data_store;
pub mod event;
pub mod id;
pub mod invalid;
pub mod lockout;
pub mod login;
pub mod name;
pub mod oauth_app;
pub mod page;
pub mod password;
pub mod patch;
pub mod permission;
pub mod random;
pub mod role;
pub mod scope_list;
pub mod secret_list;
pub mod secret_text;
pub mod stamp;
pub mod tenant;
pub mod text;
pub mod time;
pub mod uri;
pub mod user;
