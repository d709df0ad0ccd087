//! Apps after validation, and the one function that validates them.

use super::draft::{OauthAppDraft, OauthAppPatch, OauthAppRules};
use crate::domain::client_id::UpstreamClientId;
use crate::domain::data_store::DataStoreId;
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::name::{AppName, Slug};
use crate::domain::patch::Patch;
use crate::domain::scope_list::ScopeList;
use crate::domain::text::Description;
use crate::domain::uri::{AuthorizeUri, TokenUri};

/// An app whose every field is good; made only by validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthAppSpec {
    name: AppName,
    slug: Slug,
    data_store: DataStoreId,
    description: Description,
    client_id: UpstreamClientId,
    authorize_uri: AuthorizeUri,
    token_uri: TokenUri,
    scope: ScopeList,
    is_active: bool,
}

/// The columns of a stored app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOauthApp {
    /// The name.
    pub name: String,
    /// The slug.
    pub slug: String,
    /// The data store's number.
    pub data_store: i32,
    /// The description; empty when nothing was said.
    pub description: String,
    /// The client id at the authorization server.
    pub client_id: String,
    /// The authorization endpoint.
    pub authorize_uri: String,
    /// The token endpoint.
    pub token_uri: String,
    /// The scope.
    pub scope: String,
    /// Whether the app may be used.
    pub is_active: bool,
}

/// Whose rules hold beside those of form.
#[derive(Debug, Clone, Copy)]
enum Policy<'a> {
    /// The operator's rules of today.
    Operator(&'a OauthAppRules<'a>),
    /// None: the app was good when it was stored.
    FormAlone,
}

impl OauthAppDraft {
    /// Validates an app that is to be created, or the merged result of an update; reports every violation at once under
    /// `oauth_app.<field>`.
    pub fn validate(self, rules: &OauthAppRules<'_>) -> Result<OauthAppSpec, Invalid> {
        check(self, Policy::Operator(rules))
    }
}

impl OauthAppSpec {
    /// Reads a stored app.
    ///
    /// The form of the fields is checked, so that a damaged row is found. The name, whose rules follow Unicode, the catalogue, the
    /// ports and http on loopback are not: they may have changed since, and an app that was good when it was stored must stay
    /// readable, for how else could it be corrected.
    pub fn from_stored(stored: StoredOauthApp) -> Result<Self, Invalid> {
        let StoredOauthApp { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active } =
            stored;
        let draft = OauthAppDraft {
            name: Some(name),
            slug: Some(slug),
            data_store: Some(data_store),
            description: Some(description),
            client_id: Some(client_id),
            authorize_uri: Some(authorize_uri),
            token_uri: Some(token_uri),
            scope: Some(scope),
            is_active: Some(is_active),
        };
        check(draft, Policy::FormAlone)
    }

    /// Returns what an update would leave, to be validated as a whole; the slug stays.
    #[must_use]
    pub fn patched(&self, patch: OauthAppPatch) -> OauthAppDraft {
        let Self { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active } = self;
        let text = |patch: Patch<String>, current: &str| patch.apply(Some(current.to_owned()));
        OauthAppDraft {
            name: text(patch.name, name.as_str()),
            slug: Some(slug.as_str().to_owned()),
            data_store: patch.data_store.apply(Some(data_store.as_i32())),
            description: text(patch.description, description.as_str()),
            client_id: text(patch.client_id, client_id.as_str()),
            authorize_uri: text(patch.authorize_uri, authorize_uri.as_str()),
            token_uri: text(patch.token_uri, token_uri.as_str()),
            scope: text(patch.scope, scope.as_str()),
            is_active: patch.is_active.apply(Some(*is_active)),
        }
    }

    /// Tells whether the client secret would be sent to another place: the origins of the token endpoints differ.
    #[must_use]
    pub fn changes_destination(&self, other: &Self) -> bool {
        self.token_uri.origin() != other.token_uri.origin()
    }

    /// The names of all fields, in the order of the API.
    pub const FIELDS: &[&str] =
        &["name", "slug", "data_store", "description", "client_id", "authorize_uri", "token_uri", "scope", "is_active"];

    /// Returns the names of the fields that differ, for the event of a change.
    #[must_use]
    pub fn changed_fields(&self, other: &Self) -> Vec<&'static str> {
        let Self { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active } = self;
        let fields = [
            ("name", *name != other.name),
            ("slug", *slug != other.slug),
            ("data_store", *data_store != other.data_store),
            ("description", *description != other.description),
            ("client_id", *client_id != other.client_id),
            ("authorize_uri", *authorize_uri != other.authorize_uri),
            ("token_uri", *token_uri != other.token_uri),
            ("scope", *scope != other.scope),
            ("is_active", *is_active != other.is_active),
        ];
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }
}

/// The getters.
impl OauthAppSpec {
    /// Returns the name.
    #[must_use]
    pub const fn name(&self) -> &AppName {
        &self.name
    }

    /// Returns the slug.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        &self.slug
    }

    /// Returns the data store's number.
    #[must_use]
    pub const fn data_store(&self) -> DataStoreId {
        self.data_store
    }

    /// Returns what the app is for.
    #[must_use]
    pub const fn description(&self) -> &Description {
        &self.description
    }

    /// Returns the client id at the authorization server.
    #[must_use]
    pub const fn client_id(&self) -> &UpstreamClientId {
        &self.client_id
    }

    /// Returns the authorization endpoint.
    #[must_use]
    pub const fn authorize_uri(&self) -> &AuthorizeUri {
        &self.authorize_uri
    }

    /// Returns the token endpoint.
    #[must_use]
    pub const fn token_uri(&self) -> &TokenUri {
        &self.token_uri
    }

    /// Returns the scope.
    #[must_use]
    pub const fn scope(&self) -> &ScopeList {
        &self.scope
    }

    /// Tells whether the app may be used.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.is_active
    }
}

fn check(draft: OauthAppDraft, policy: Policy<'_>) -> Result<OauthAppSpec, Invalid> {
    let OauthAppDraft { name, slug, data_store, description, client_id, authorize_uri, token_uri, scope, is_active } = draft;
    let mut violations = Violations::new();
    let name = violations.check("oauth_app.name", required(name, |text| policy.name(text)));
    let slug = check_slug(&mut violations, slug, name.as_ref());
    let data_store = violations.check("oauth_app.data_store", required(data_store, |number| policy.data_store(number)));
    let description = violations.check("oauth_app.description", Description::parse(description.unwrap_or_default()));
    let client_id = violations.check("oauth_app.client_id", required(client_id, UpstreamClientId::parse));
    let authorize_uri = violations.check("oauth_app.authorize_uri", required(authorize_uri, |text| policy.authorize_uri(&text)));
    let token_uri = violations.check("oauth_app.token_uri", required(token_uri, |text| policy.token_uri(&text)));
    let scope = violations.check("oauth_app.scope", required(scope, ScopeList::parse));
    let all = || {
        Some(OauthAppSpec {
            name: name?,
            slug: slug?,
            data_store: data_store?,
            description: description?,
            client_id: client_id?,
            authorize_uri: authorize_uri?,
            token_uri: token_uri?,
            scope: scope?,
            is_active: is_active.unwrap_or(true),
        })
    };
    violations.finish_with("oauth_app", all())
}

/// Checks a value that must be there.
fn required<V, T>(value: Option<V>, parse: impl FnOnce(V) -> Result<T, Vec<Fault>>) -> Result<T, Vec<Fault>> {
    value.map_or_else(|| Err(Fault::required().into()), parse)
}

/// Checks the slug that was sent, or derives one; without a good name there is nothing to derive from and nothing to report.
fn check_slug(violations: &mut Violations, slug: Option<String>, name: Option<&AppName>) -> Option<Slug> {
    let field = "oauth_app.slug";
    if let Some(slug) = slug {
        return violations.check(field, Slug::parse(slug));
    }
    let sentence = "The name has no ASCII letter or digit to derive a slug from; send a slug.";
    violations.check(field, Slug::derive(name?).ok_or_else(|| Fault::new(FieldReason::Required, sentence)))
}

impl Policy<'_> {
    fn name(self, text: String) -> Result<AppName, Vec<Fault>> {
        match self {
            Self::Operator(_) => AppName::parse(text),
            Self::FormAlone => Ok(AppName::from_stored(text)),
        }
    }

    fn data_store(self, number: i32) -> Result<DataStoreId, Vec<Fault>> {
        let id = DataStoreId::from_i32(number);
        let is_good = match self {
            Self::Operator(rules) => rules.catalogue.get(id).is_some() || rules.stored_data_store == Some(id),
            Self::FormAlone => number >= 1,
        };
        if is_good { Ok(id) } else { Err(Fault::new(FieldReason::UnknownValue, "No data store has this number.").into()) }
    }

    fn authorize_uri(self, text: &str) -> Result<AuthorizeUri, Vec<Fault>> {
        match self {
            Self::Operator(rules) => AuthorizeUri::parse(text, rules.egress),
            Self::FormAlone => AuthorizeUri::from_stored(text),
        }
    }

    fn token_uri(self, text: &str) -> Result<TokenUri, Vec<Fault>> {
        match self {
            Self::Operator(rules) => TokenUri::parse(text, rules.egress),
            Self::FormAlone => TokenUri::from_stored(text),
        }
    }
}
