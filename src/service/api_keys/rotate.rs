//! Giving a key a new secret.

use crate::authz::{Denied, Permit, RotateApiKey};
use crate::crypto::{IssuedToken, TokenKind};
use crate::domain::api_key::ApiKey;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::ApiKeyId;
use crate::domain::stamp::Expected;
use crate::service::Registry;
use crate::service::api_keys::{ApiKeyIssued, Prepared};
use crate::service::error::{Error, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::requests::{Made, Making};
use crate::service::secrets::Destination;
use crate::service::writing::{expect, working_tenant};
use crate::storage::SecretOwner;

impl Registry {
    /// Gives a key a new secret and hands its token out, once; the old one is dead from then on.
    pub async fn rotate_api_key(
        &self,
        permit: &Permit<RotateApiKey>,
        (id, expected): (ApiKeyId, &Expected),
        making: &Making<ApiKey>,
    ) -> Result<ApiKeyIssued, Error> {
        self.retrying(|| self.rotate_api_key_once(permit, (id, expected), making)).await
    }

    async fn rotate_api_key_once(
        &self,
        permit: &Permit<RotateApiKey>,
        (id, expected): (ApiKeyId, &Expected),
        making: &Making<ApiKey>,
    ) -> Result<ApiKeyIssued, Error> {
        let missing = || Error::NotFound(Resource::ApiKey(id));
        let seen = self.store.reader().find_api_key(permit.scope(), id).await?.ok_or_else(missing)?;
        let Prepared { api_key, secret, token } = self.prepare_rotation(permit, &seen).await?;
        let (owner, version) = (secret.secret.owner, secret.secret.version);
        let made =
            Made { thing: &api_key, tenant: seen.tenant_id, user: Some(seen.user_id), secret: Some((&token, owner, version)) };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_against(permit, &[seen.user_id.as_uuid()]).await?;
        self.claim(&tx, answer.as_ref()).await?;
        let stored = tx.reader().find_api_key(permit.scope(), id).await?.ok_or_else(missing)?;
        let user = tx.lock_user(permit.scope(), stored.user_id).await?.ok_or_else(missing)?;
        self.require_control(&tx, permit, &user).await?;
        permit.require_covers(&stored)?;
        expect(expected, &stored.stamp)?;
        working_tenant(&tx, permit.scope(), stored.tenant_id).await?;
        if !stored.works(self.clock.now()) {
            return Err(Error::ApiKeyNotActive(id));
        }
        if stored.stamp.version != seen.stamp.version {
            return Err(Error::ConcurrentChange);
        }
        tx.save_api_key(permit.scope(), &api_key, seen.stamp.version).await?;
        let secrets = permit.scope().of_tenants();
        tx.delete_secrets(&secrets, owner).await?;
        tx.insert_secret(&secrets, &secret).await?;
        let versions = stored.secrets.versions().chain([version]).collect();
        let change = Change::of(stored.tenant_id, ResourceKind::ApiKey, id).fields(vec!["secret"]).secrets(versions);
        let change = (change.related_to(stored.user_id), api_key.stamp.update_time);
        let committed = self.finish(tx, permit, change, making.mode).await?;
        Ok(ApiKeyIssued { api_key, token: committed.map(|committed| token.hand_out(&committed)) })
    }

    /// Makes the next secret of a key and seals it.
    async fn prepare_rotation(&self, permit: &Permit<RotateApiKey>, key: &ApiKey) -> Result<Prepared, Error> {
        let now = self.write_clock.now();
        let owner = SecretOwner::api_key(key.tenant_id, key.id);
        let to = Destination { owner, version: key.secrets.next_version(), origin: &key.user_id.to_string() };
        let token = IssuedToken::generate(TokenKind::ApiKey, self.random.as_ref())?;
        let secret = self.seal(&token.digest.to_sealable(), to, now).await?;
        let public_id = token.key_id.as_str().to_owned();
        let (secrets, stamp) = (key.secrets.replaced(), key.stamp.changed(now, permit.actor()));
        let api_key = ApiKey { public_id, secrets, stamp, ..key.clone() };
        Ok(Prepared { api_key, secret, token: IssuedSecret::new(token.text) })
    }
}

impl Permit<RotateApiKey> {
    /// Demands that a key whose new secret the caller will hold gives no more than the caller's credential.
    fn require_covers(&self, key: &ApiKey) -> Result<(), Denied> {
        let credential = self.principal().credential();
        let bound = credential.bound_tenant().is_none_or(|tenant| key.bound_tenant == Some(tenant));
        let ends = credential.expire_time().is_none_or(|limit| key.expire_time.is_some_and(|end| end <= limit));
        let covers = self.principal().permissions().covers(&key.permissions);
        if covers && bound && ends { Ok(()) } else { Err(Denied::ExceedsCaller) }
    }
}
