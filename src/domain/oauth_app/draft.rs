//! Apps before validation: what a caller sent, and what an update sets.

use crate::domain::data_store::{DataStoreCatalogue, DataStoreId};
use crate::domain::patch::Patch;
use crate::domain::uri::EgressRules;

/// An app as a caller sent it, or as an update would leave it; nothing is checked and an absent field is distinguishable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OauthAppDraft {
    /// The name; required.
    pub name: Option<String>,
    /// The slug; absent means derived from the name.
    pub slug: Option<String>,
    /// The data store's number; required.
    pub data_store: Option<i32>,
    /// What the app is for.
    pub description: Option<String>,
    /// The client id at the authorization server; required.
    pub client_id: Option<String>,
    /// The authorization endpoint; required.
    pub authorize_uri: Option<String>,
    /// The token endpoint; required.
    pub token_uri: Option<String>,
    /// The scope; required.
    pub scope: Option<String>,
    /// Whether the app may be used; absent means true.
    pub is_active: Option<bool>,
}

/// What an update sets; the tenant and the slug never change and so are not here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OauthAppPatch {
    /// What happens to the name.
    pub name: Patch<String>,
    /// What happens to the data store's number.
    pub data_store: Patch<i32>,
    /// What happens to the description.
    pub description: Patch<String>,
    /// What happens to the client id.
    pub client_id: Patch<String>,
    /// What happens to the authorization endpoint.
    pub authorize_uri: Patch<String>,
    /// What happens to the token endpoint.
    pub token_uri: Patch<String>,
    /// What happens to the scope.
    pub scope: Patch<String>,
    /// What happens to the activity; cleared means true.
    pub is_active: Patch<bool>,
}

/// The operator's rules against which an app is validated.
#[derive(Debug, Clone, Copy)]
pub struct OauthAppRules<'a> {
    /// The data stores that exist.
    pub catalogue: &'a DataStoreCatalogue,
    /// What is allowed in URIs.
    pub egress: &'a EgressRules,
    /// The data store that the app has already; it stays good when the operator takes it out of the catalogue.
    pub stored_data_store: Option<DataStoreId>,
}
