//! Use-cases: permits and domain values in, domain values out.
//!
//! Knows the order of things: what is read, checked, sealed, written and told. Must not know gRPC or SeaORM. Every mutation runs in
//! one transaction that ends with its event; a secret is sealed before the transaction begins and handed out after it is committed.

mod api_keys;
mod authenticate;
mod beginning;
mod behalf;
mod bootstrap;
mod callers;
mod catalogue;
mod data_loss;
mod data_stores;
mod denials;
mod error;
mod events;
mod issued;
mod key_uses;
mod keys;
mod last_administrator;
mod listing;
mod name_keys;
mod oauth_apps;
mod passwords;
mod requests;
mod roles;
mod secrets;
mod tenants;
mod users;
mod writing;

use std::sync::Arc;

pub use self::api_keys::{ApiKeyIssued, ListApiKeys};
pub use self::authenticate::Rejected;
pub use self::bootstrap::{Bootstrapped, bootstrap, has_users, is_bootstrapped, recover, withdraw};
pub use self::data_loss::LossReports;
pub use self::denials::{Claimant, DenialQueue, DenialWriter, Refusal};
pub use self::error::{Dependants, Error, LostSecret, Resource, Sealed};
pub use self::events::ListEventsQuery;
pub use self::issued::IssuedSecret;
pub use self::key_uses::{KeyUseQueue, KeyUseWriter};
pub use self::keys::{KeyState, Keys};
pub use self::listing::{ListRequest, Listed};
pub use self::name_keys::refresh_name_keys;
pub use self::oauth_apps::{AppListing, ListAppsQuery, NewOauthApp, OauthAppUpdate, Revealed};
pub use self::passwords::{PasswordReset, Passwords};
pub use self::requests::{Making, Repeated, RequestKey};
pub use self::roles::{NewRole, RoleUpdate};
pub use self::tenants::{TenantDeletion, TenantUpdate};
pub use self::users::{NewUser, UserUpdate};
use crate::domain::data_store::DataStoreCatalogue;
use crate::domain::random::Random;
use crate::domain::time::Clock;
use crate::domain::uri::EgressRules;
use crate::storage::Store;

/// Everything that the use-cases stand on.
#[derive(Clone)]
pub struct Registry {
    /// The database.
    pub store: Store,
    /// The keys of all tenants.
    pub keys: Arc<Keys>,
    /// What hashes passwords.
    pub passwords: Arc<Passwords>,
    /// The source of time.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub random: Arc<dyn Random>,
    /// The data stores.
    pub catalogue: Arc<DataStoreCatalogue>,
    /// What the operator allows in URIs.
    pub egress: Arc<EgressRules>,
    /// Takes refused calls to the event log.
    pub denials: DenialQueue,
    /// The stored secrets that were found not to open.
    pub losses: LossReports,
    /// Takes the times at which keys were used.
    pub key_uses: KeyUseQueue,
}

/// Whether a call stores what it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It does.
    Store,
    /// It runs every check, and stores nothing.
    ValidateOnly,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("store", &self.store).finish_non_exhaustive()
    }
}
