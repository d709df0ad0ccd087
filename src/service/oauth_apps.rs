//! OAuth apps: changes and the revelation of their secrets.

mod listing;
mod update;

pub use self::listing::{AppListing, ListAppsQuery};
pub use self::update::OauthAppUpdate;
use crate::authz::{CreateOauthApp, DeleteOauthApp, GetOauthApp, Permit, RevealOauthAppSecret};
use crate::crypto::PlainSecret;
use crate::domain::data_store::DataStoreId;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{OauthAppId, TenantId};
use crate::domain::invalid::Violations;
use crate::domain::oauth_app::{OauthApp, OauthAppDraft, OauthAppRules, OauthAppSpec};
use crate::domain::secret_list::{SecretList, SecretVersion};
use crate::domain::secret_text::check_supplied_secret;
use crate::domain::stamp::Expected;
use crate::service::error::{Error, LostSecret, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::requests::{Made, Making};
use crate::service::secrets::Destination;
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::SecretOwner;

/// An app to be registered.
#[derive(Debug)]
pub struct NewOauthApp {
    /// The owning tenant; absent means the caller's default tenant.
    pub tenant_id: Option<TenantId>,
    /// The fields.
    pub draft: OauthAppDraft,
    /// The client secret.
    pub client_secret: Option<PlainSecret>,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// An app's secret in the clear, and its version number.
#[derive(Debug)]
pub struct Revealed {
    /// The secret.
    pub client_secret: PlainSecret,
    /// The version number.
    pub version: SecretVersion,
}

impl Registry {
    /// Registers an app.
    pub async fn create_oauth_app(
        &self,
        permit: &Permit<CreateOauthApp>,
        new: NewOauthApp,
        making: &Making<OauthApp>,
    ) -> Result<OauthApp, Error> {
        let NewOauthApp { tenant_id, draft, client_secret, mut violations } = new;
        let spec = violations.absorb(draft.validate(&self.app_rules(None)));
        violations.require("client_secret", client_secret.as_ref());
        let secret = client_secret.filter(|secret| is_good_secret(secret, &mut violations));
        let (spec, secret) = violations.finish_with("client_secret", spec.zip(secret))?;
        let tenant = tenant_id.unwrap_or_else(|| permit.principal().default_tenant());
        self.retrying(|| self.create_oauth_app_once(permit, (tenant, &spec, &secret), making)).await
    }

    async fn create_oauth_app_once(
        &self,
        permit: &Permit<CreateOauthApp>,
        (tenant_id, spec, secret): (TenantId, &OauthAppSpec, &PlainSecret),
        making: &Making<OauthApp>,
    ) -> Result<OauthApp, Error> {
        let unknown = Error::NotFound(Resource::Tenant(tenant_id));
        self.store.reader().find_tenant(permit.scope(), tenant_id).await?.ok_or(unknown)?;
        let stamp = self.created(permit);
        let now = stamp.create_time;
        let id = OauthAppId::generate(now, self.random.as_ref())?;
        let origin = spec.token_uri().origin().to_string();
        let to = Destination { owner: SecretOwner::oauth_app(tenant_id, id), version: SecretVersion::FIRST, origin: &origin };
        let sealed = self.seal(secret, to, now).await?;
        let app = OauthApp { id, tenant_id, spec: spec.clone(), secrets: SecretList::first(), stamp };
        let made = Made { thing: &app, tenant: tenant_id, user: None, secret: None };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        working_tenant(&tx, permit.scope(), tenant_id).await?;
        tx.insert_oauth_app(permit.scope(), &app).await?;
        tx.insert_secret(permit.scope(), &sealed).await?;
        let fields = [OauthAppSpec::FIELDS, &["client_secret"]].concat();
        let change = Change::of(tenant_id, ResourceKind::OauthApp, id).fields(fields).secrets(vec![SecretVersion::FIRST]);
        self.finish(tx, permit, (change, now), making.mode).await?;
        Ok(app)
    }

    /// Returns one app.
    pub async fn get_oauth_app(&self, permit: &Permit<GetOauthApp>, id: OauthAppId) -> Result<OauthApp, Error> {
        let found = self.store.reader().find_oauth_app(permit.scope(), id).await?;
        found.ok_or(Error::NotFound(Resource::OauthApp(id)))
    }

    /// Deletes an app and destroys its secret.
    pub async fn delete_oauth_app(
        &self,
        permit: &Permit<DeleteOauthApp>,
        (id, expected): (OauthAppId, &Expected),
        mode: Mode,
    ) -> Result<(), Error> {
        self.retrying(|| self.delete_oauth_app_once(permit, (id, expected), mode)).await
    }

    async fn delete_oauth_app_once(
        &self,
        permit: &Permit<DeleteOauthApp>,
        (id, expected): (OauthAppId, &Expected),
        mode: Mode,
    ) -> Result<(), Error> {
        let now = self.write_clock.now();
        let tx = self.begin(permit).await?;
        let found = tx.lock_oauth_app(permit.scope(), id).await?;
        let app = found.ok_or(Error::NotFound(Resource::OauthApp(id)))?;
        expect(expected, &app.stamp)?;
        tx.delete_secrets(permit.scope(), SecretOwner::oauth_app(app.tenant_id, id)).await?;
        tx.delete_oauth_app(permit.scope(), &app).await?;
        let destroyed = app.secrets.versions().collect();
        let change = Change::of(app.tenant_id, ResourceKind::OauthApp, id).secrets(destroyed);
        self.finish(tx, permit, (change, now), mode).await?;
        Ok(())
    }

    /// Returns an app's secret in the clear, after the event that says so is stored.
    pub async fn reveal_oauth_app_secret(
        &self,
        permit: &Permit<RevealOauthAppSecret>,
        (id, reason, expected): (OauthAppId, &str, &Expected),
    ) -> Result<Revealed, Error> {
        self.retrying(|| self.reveal_once(permit, (id, reason, expected))).await
    }

    async fn reveal_once(
        &self,
        permit: &Permit<RevealOauthAppSecret>,
        (id, reason, expected): (OauthAppId, &str, &Expected),
    ) -> Result<Revealed, Error> {
        let now = self.write_clock.now();
        let reader = self.store.reader();
        let missing = || Error::NotFound(Resource::OauthApp(id));
        let app = reader.find_oauth_app(permit.scope(), id).await?.ok_or_else(missing)?;
        let owner = SecretOwner::oauth_app(app.tenant_id, id);
        let origin = app.spec.token_uri().origin().to_string();
        // An app has a secret from its first day; a row that names none was edited.
        let version = app.secrets.current().unwrap_or(SecretVersion::FIRST);
        let opened = match reader.find_secret(permit.scope(), owner, version).await? {
            Some(stored) if app.client_secret_set() => self.open(permit.may_open(), &reader, (&stored, &origin)).await,
            Some(_) | None => Err(Error::Unreadable(LostSecret::of(owner, version))),
        };
        let tx = self.begin(permit).await?;
        let fresh = tx.reader().find_oauth_app(permit.scope(), id).await?.ok_or_else(missing)?;
        expect(expected, &fresh.stamp)?;
        if fresh.stamp.version != app.stamp.version {
            return Err(Error::ConcurrentChange);
        }
        working_tenant(&tx, permit.scope(), app.tenant_id).await?;
        let secret = IssuedSecret::new(opened?);
        let change = Change::of(app.tenant_id, ResourceKind::OauthApp, id).secrets(vec![version]).because(reason);
        let committed = self.finish(tx, permit, (change, now), Mode::Store).await?;
        let client_secret = committed.map(|committed| secret.hand_out(&committed)).ok_or(Error::ConcurrentChange)?;
        Ok(Revealed { client_secret, version })
    }

    fn app_rules(&self, stored_data_store: Option<DataStoreId>) -> OauthAppRules<'_> {
        OauthAppRules { catalogue: &self.catalogue, egress: &self.egress, stored_data_store }
    }
}

/// Checks a supplied secret, and notes what is wrong with it.
fn is_good_secret(secret: &PlainSecret, violations: &mut Violations) -> bool {
    let text = std::str::from_utf8(secret.expose()).unwrap_or_default();
    violations.check("client_secret", check_supplied_secret(text)).is_some()
}
