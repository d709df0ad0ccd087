//! API keys: nobody's key gives more than the credential that made it.

mod rotate;

use crate::authz::{CreateApiKey, Denied, GetApiKey, ListApiKeys as List, Permit, RevokeApiKey, TenantScope};
use crate::crypto::{IssuedToken, PlainSecret, TokenKind};
use crate::domain::api_key::{ApiKey, ApiKeyDraft, ApiKeySpec, ApiKeyStatus};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::secret_list::{SecretList, SecretVersion};
use crate::domain::stamp::{Expected, Stamp};
use crate::domain::user::User;
use crate::service::error::{Error, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::requests::{Made, Making};
use crate::service::secrets::Destination;
use crate::service::writing::{expect, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::{ApiKeyFilter, NewSecret, SecretOwner, Tx};

/// A key that was made or rotated, and its token unless the call was a rehearsal.
#[derive(Debug)]
pub struct ApiKeyIssued {
    /// The key.
    pub api_key: ApiKey,
    /// The whole token.
    pub token: Option<PlainSecret>,
}

/// Which keys are wanted.
#[derive(Debug)]
pub struct ListApiKeys {
    /// Only this user's.
    pub user_id: Option<UserId>,
    /// Only those of users of this tenant.
    pub tenant_id: Option<TenantId>,
    /// The page.
    pub page: ListRequest,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// A key and its token, before they are stored.
struct Prepared {
    api_key: ApiKey,
    secret: NewSecret,
    token: IssuedSecret,
}

impl Registry {
    /// Makes a key and hands its token out, once.
    pub async fn create_api_key(
        &self,
        permit: &Permit<CreateApiKey>,
        (draft, mut violations): (ApiKeyDraft, Violations),
        making: &Making<ApiKey>,
    ) -> Result<ApiKeyIssued, Error> {
        let spec = violations.absorb(draft.validate(self.clock.now()));
        let spec = violations.finish_with("api_key", spec)?;
        self.retrying(|| self.create_api_key_once(permit, &spec, making)).await
    }

    async fn create_api_key_once(
        &self,
        permit: &Permit<CreateApiKey>,
        spec: &ApiKeySpec,
        making: &Making<ApiKey>,
    ) -> Result<ApiKeyIssued, Error> {
        let user_id = spec.user_id.unwrap_or_else(|| permit.principal().user_id());
        let missing = || Error::NotFound(Resource::User(user_id));
        let user = self.store.reader().find_user(permit.scope(), user_id).await?.ok_or_else(missing)?;
        let Prepared { api_key, secret, token } = self.prepare_key(permit, spec, &user).await?;
        let made = Made {
            thing: &api_key,
            tenant: user.tenant_id,
            user: Some(user_id),
            secret: Some((&token, secret.secret.owner, secret.secret.version)),
        };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        let user = tx.lock_user(permit.scope(), user_id).await?.ok_or_else(missing)?;
        working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        self.require_control(&tx, permit, &user).await?;
        check_held(&spec.places, &user)?;
        if !permit.principal().permissions().covers(&spec.permissions) {
            return Err(Denied::ExceedsCaller.into());
        }
        if let Some(bound) = api_key.bound_tenant {
            working_tenant(&tx, permit.scope(), bound).await?;
        }
        tx.insert_api_key(permit.scope(), &api_key).await?;
        tx.insert_secret(&permit.scope().of_tenants(), &secret).await?;
        let fields = vec!["display_name", "permissions", "tenant_id", "expire_time"];
        let change = Change::of(user.tenant_id, ResourceKind::ApiKey, api_key.id).fields(fields);
        let change = (change.secrets(vec![SecretVersion::FIRST]).related_to(user_id), api_key.stamp.create_time);
        let committed = self.finish(tx, permit, change, making.mode).await?;
        Ok(ApiKeyIssued { api_key, token: committed.map(|committed| token.hand_out(&committed)) })
    }

    async fn prepare_key(&self, permit: &Permit<CreateApiKey>, spec: &ApiKeySpec, user: &User) -> Result<Prepared, Error> {
        let stamp = self.created(permit);
        let now = stamp.create_time;
        let maker = permit.principal().credential();
        let expire_time = match (spec.expire_time, maker.expire_time()) {
            (Some(wish), Some(limit)) if wish > limit => return Err(Denied::ExceedsCaller.into()),
            (wish, limit) => wish.or(limit),
        };
        let id = ApiKeyId::generate(now, self.random.as_ref())?;
        let token = IssuedToken::generate(TokenKind::ApiKey, self.random.as_ref())?;
        let owner = SecretOwner::api_key(user.tenant_id, id);
        let secrets = SecretList::first();
        let to = Destination { owner, version: SecretVersion::FIRST, origin: &user.id.to_string() };
        let secret = self.seal(&token.digest.to_sealable(), to, now).await?;
        let api_key = ApiKey {
            id,
            tenant_id: user.tenant_id,
            user_id: user.id,
            public_id: token.key_id.as_str().to_owned(),
            display_name: spec.display_name.clone(),
            permissions: spec.permissions.clone(),
            bound_tenant: spec.bound_tenant.or(maker.bound_tenant()),
            expire_time,
            last_use_time: None,
            status: ApiKeyStatus::Active,
            secrets,
            stamp,
        };
        Ok(Prepared { api_key, secret, token: IssuedSecret::new(token.text) })
    }

    /// Returns one key.
    pub async fn get_api_key(&self, permit: &Permit<GetApiKey>, id: ApiKeyId) -> Result<ApiKey, Error> {
        let found = self.store.reader().find_api_key(permit.scope(), id).await?;
        found.ok_or(Error::NotFound(Resource::ApiKey(id)))
    }

    /// Lists keys.
    pub async fn list_api_keys(&self, permit: &Permit<List>, wanted: ListApiKeys) -> Result<Listed<ApiKey>, Error> {
        let ListApiKeys { user_id, tenant_id, page, violations } = wanted;
        let query = Query::new(permit).filter("user_id", user_id).filter("tenant_id", tenant_id);
        let at = self.page_at(permit, &query, &page, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant_id).await?;
        let reader = self.store.reader();
        let scope = match user_id {
            Some(user) => {
                let unknown = || Error::NotFound(Resource::User(user));
                let home = reader.find_user(&scope, user).await?.ok_or_else(unknown)?.tenant_id;
                scope.narrowed_to(home).ok_or_else(unknown)?
            }
            None => scope,
        };
        let keys = reader.list_api_keys(&scope, &ApiKeyFilter { user_id }, at).await?;
        self.listed(permit, &query, keys).await
    }

    /// Ends a key for good; a revoked key stays as it is.
    pub async fn revoke_api_key(
        &self,
        permit: &Permit<RevokeApiKey>,
        id: ApiKeyId,
        expected: &Expected,
    ) -> Result<ApiKey, Error> {
        self.retrying(|| self.revoke_api_key_once(permit, id, expected)).await
    }

    async fn revoke_api_key_once(
        &self,
        permit: &Permit<RevokeApiKey>,
        id: ApiKeyId,
        expected: &Expected,
    ) -> Result<ApiKey, Error> {
        let now = self.write_clock.now();
        let missing = || Error::NotFound(Resource::ApiKey(id));
        let seen = self.store.reader().find_api_key(permit.scope(), id).await?.ok_or_else(missing)?;
        let tx = self.begin_against(permit, &[seen.user_id.as_uuid()]).await?;
        let key = tx.reader().find_api_key(permit.scope(), id).await?.ok_or_else(missing)?;
        let user = tx.lock_user(permit.scope(), key.user_id).await?.ok_or_else(missing)?;
        self.require_control(&tx, permit, &user).await?;
        expect(expected, &key.stamp)?;
        if key.status == ApiKeyStatus::Revoked {
            return Ok(key);
        }
        let stamp = key.stamp.clone().changed(now, permit.actor());
        let (key, change) = end_key(&tx, permit.scope(), key, stamp).await?;
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok(key)
    }
}

/// Ends a key and destroys its secret; returns the dead key and what was done.
pub(super) async fn end_key(tx: &Tx, scope: &TenantScope, key: ApiKey, stamp: Stamp) -> Result<(ApiKey, Change), Error> {
    let read = key.stamp.version;
    let destroyed = key.secrets.versions().collect();
    let key = ApiKey { status: ApiKeyStatus::Revoked, secrets: key.secrets.destroyed(), stamp, ..key };
    tx.save_api_key(scope, &key, read).await?;
    tx.delete_secrets(&scope.of_tenants(), SecretOwner::api_key(key.tenant_id, key.id)).await?;
    let change = Change::of(key.tenant_id, ResourceKind::ApiKey, key.id).fields(vec!["status"]).secrets(destroyed);
    let change = change.related_to(key.user_id);
    Ok((key, change))
}

/// A key lists nothing that its user does not hold.
fn check_held(listed: &[(usize, Permission)], user: &User) -> Result<(), Error> {
    let held = user.effective_permissions();
    let mut violations = Violations::new();
    for (index, permission) in listed {
        if !held.covers(&PermissionSet::from_iter([*permission])) {
            let fault = Fault::new(FieldReason::NotHeldByUser, format!("The user does not hold {}.", permission.number()));
            violations.push(format!("api_key.permissions[{index}]"), fault);
        }
    }
    Ok(violations.finish()?)
}
