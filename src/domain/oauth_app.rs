//! OAuth apps: a tenant's registration at a data store's authorization server.
//!
//! Knows when an app is good and what an update makes of it. Must not know the client secret, which stands beside the app and
//! never inside it, nor which names are taken.

mod draft;
mod spec;

pub use self::draft::{OauthAppDraft, OauthAppPatch, OauthAppRules};
pub use self::spec::{OauthAppSpec, StoredOauthApp};
use crate::domain::id::{OauthAppId, TenantId};
use crate::domain::secret_list::SecretList;
use crate::domain::stamp::Stamp;

/// An app as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthApp {
    /// The app's id.
    pub id: OauthAppId,
    /// The owning tenant.
    pub tenant_id: TenantId,
    /// What callers decide about the app, its slug included.
    pub spec: OauthAppSpec,
    /// The live versions of the client secret.
    pub secrets: SecretList,
    /// When and by whom the app was made and last changed, and its version.
    pub stamp: Stamp,
}

impl OauthApp {
    /// Tells whether a client secret is stored.
    #[must_use]
    pub fn client_secret_set(&self) -> bool {
        self.secrets.current().is_some()
    }
}

#[cfg(test)]
mod tests;
