//! Changing an app: merged, checked as a whole, and never sent to a new destination with the old secret.

use crate::authz::{Permit, UpdateOauthApp};
use crate::crypto::PlainSecret;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{OauthAppId, TenantId};
use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::oauth_app::{OauthApp, OauthAppPatch, OauthAppSpec};
use crate::domain::stamp::Expected;
use crate::service::error::{Error, Resource};
use crate::service::oauth_apps::is_good_secret;
use crate::service::secrets::Destination;
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::{NewSecret, SecretOwner};

/// A change of an app.
#[derive(Debug)]
pub struct OauthAppUpdate {
    /// The app.
    pub id: OauthAppId,
    /// The state that the caller expects.
    pub expected: Expected,
    /// What to do to each field.
    pub patch: OauthAppPatch,
    /// The tenant that stands in the resource; it must be the stored one.
    pub tenant_id: Option<TenantId>,
    /// The slug that stands in the resource; it must be the stored one.
    pub slug: Option<String>,
    /// A new client secret.
    pub client_secret: Option<PlainSecret>,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// A change that passed every check of its own.
struct Checked<'a> {
    update: &'a OauthAppUpdate,
    secret: Option<&'a PlainSecret>,
}

/// What a change makes of an app.
struct Plan {
    spec: OauthAppSpec,
    fields: Vec<&'static str>,
}

impl Registry {
    /// Changes an app.
    pub async fn update_oauth_app(
        &self,
        permit: &Permit<UpdateOauthApp>,
        mut update: OauthAppUpdate,
        mode: Mode,
    ) -> Result<OauthApp, Error> {
        let secret = update.client_secret.take().filter(|secret| is_good_secret(secret, &mut update.violations));
        let checked = Checked { update: &update, secret: secret.as_ref() };
        self.retrying(|| self.update_oauth_app_once(permit, &checked, mode)).await
    }

    async fn update_oauth_app_once(
        &self,
        permit: &Permit<UpdateOauthApp>,
        checked: &Checked<'_>,
        mode: Mode,
    ) -> Result<OauthApp, Error> {
        let update = checked.update;
        let missing = || Error::NotFound(Resource::OauthApp(update.id));
        let Some(seen) = self.store.reader().find_oauth_app(permit.scope(), update.id).await? else {
            update.violations.clone().finish()?;
            return Err(missing());
        };
        let plan = self.plan(&seen, checked)?;
        if plan.fields.is_empty() {
            return Ok(seen);
        }
        let secret = self.next_secret(&seen, (&plan.spec, checked.secret), self.write_clock.now()).await?;
        let tx = self.begin(permit).await?;
        working_tenant(&tx, permit.scope(), seen.tenant_id).await?;
        // Whoever came first has changed what was seen; only what is locked is merged, so that no change of theirs is lost.
        let app = tx.lock_oauth_app(permit.scope(), update.id).await?.ok_or_else(missing)?;
        let Plan { spec, fields } = self.plan(&app, checked)?;
        if secret.as_ref().is_some_and(|secret| !is_next_secret(&app, &spec, secret)) {
            return Err(Error::ConcurrentChange);
        }
        if fields.is_empty() {
            return Ok(app);
        }
        let now = self.write_clock.now();
        let secrets = if secret.is_some() { app.secrets.replaced() } else { app.secrets.clone() };
        let changed = OauthApp { spec, secrets, stamp: app.stamp.changed(now, permit.actor()), ..app };
        tx.save_oauth_app(permit.scope(), &changed, app.stamp.version).await?;
        if let Some(secret) = &secret {
            tx.delete_secrets(permit.scope(), secret.secret.owner).await?;
            tx.insert_secret(permit.scope(), secret).await?;
        }
        let change = Change::of(changed.tenant_id, ResourceKind::OauthApp, changed.id).fields(fields);
        let versions = match &secret {
            Some(new) => app.secrets.versions().chain([new.secret.version]).collect(),
            None => Vec::new(),
        };
        self.finish(tx, permit, (change.secrets(versions), now), mode).await?;
        Ok(changed)
    }

    /// Works out what the change makes of an app, and refuses what it may not make of it.
    fn plan(&self, app: &OauthApp, checked: &Checked<'_>) -> Result<Plan, Error> {
        let spec = self.merged(app, checked.update)?;
        expect(&checked.update.expected, &app.stamp)?;
        if app.spec.changes_destination(&spec) && checked.secret.is_none() {
            return Err(Error::SecretRequired);
        }
        let mut fields = app.spec.changed_fields(&spec);
        fields.extend(checked.secret.map(|_| "client_secret"));
        Ok(Plan { spec, fields })
    }

    /// Merges the change into the stored app and checks the result as a whole.
    fn merged(&self, app: &OauthApp, update: &OauthAppUpdate) -> Result<OauthAppSpec, Invalid> {
        let mut violations = update.violations.clone();
        let immutable = || Fault::new(FieldReason::ImmutableField, "The field cannot change after creation.");
        if update.tenant_id.is_some_and(|tenant| tenant != app.tenant_id) {
            violations.push("oauth_app.tenant_id", immutable());
        }
        if update.slug.as_deref().is_some_and(|slug| slug != app.spec.slug().as_str()) {
            violations.push("oauth_app.slug", immutable());
        }
        let merged = app.spec.patched(update.patch.clone()).validate(&self.app_rules(Some(app.spec.data_store())));
        let spec = violations.absorb(merged);
        violations.finish_with("oauth_app", spec)
    }

    /// Seals the new secret, if there is one, for the destination that the app has after the change.
    async fn next_secret(
        &self,
        app: &OauthApp,
        (spec, secret): (&OauthAppSpec, Option<&PlainSecret>),
        now: crate::domain::time::Timestamp,
    ) -> Result<Option<NewSecret>, Error> {
        let Some(secret) = secret else { return Ok(None) };
        let origin = spec.token_uri().origin().to_string();
        let owner = SecretOwner::oauth_app(app.tenant_id, app.id);
        let to = Destination { owner, version: app.secrets.next_version(), origin: &origin };
        Ok(Some(self.seal(secret, to, now).await?))
    }
}

/// Tells whether a secret was sealed as the one that follows the app's, for the destination that the app is about to have.
fn is_next_secret(app: &OauthApp, spec: &OauthAppSpec, new: &NewSecret) -> bool {
    new.secret.version == app.secrets.next_version() && new.secret.origin == spec.token_uri().origin().to_string()
}
