//! The first start: the system tenant, its keys, its first administrator and a key to begin with.

mod recovery;

use crate::authz::{Job, SystemPermit};
use crate::crypto::{IssuedToken, PlainSecret, TokenKind};
use crate::domain::api_key::{ApiKey, ApiKeyStatus};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::lockout::FailedLogins;
use crate::domain::page::PageSize;
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::role::AssignedRoles;
use crate::domain::secret_list::{SecretList, SecretVersion};
use crate::domain::stamp::Stamp;
use crate::domain::tenant::{Tenant, TenantDraft, TenantStatus};
use crate::domain::user::{User, UserDraft, UserKind, UserStatus};
use crate::service::Registry;
use crate::service::api_keys::end_key;
use crate::service::error::{Error, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::secrets::Destination;
use crate::storage::{NewSecret, PageAt, SecretOwner, Store, StoreError, Tx};

/// The login name of the first administrator.
const LOGIN: &str = "administrator";

/// What a first start, or a recovery, leaves behind.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The login name of the key's user.
    pub login_name: String,
    /// The key's id.
    pub api_key_id: ApiKeyId,
    /// The whole token of a new API key, shown this once.
    pub token: PlainSecret,
}

/// Makes the system tenant and its first administrator, unless they are there. Two steps, each whole: a start that is cut off
/// between them goes on where it stopped.
pub async fn bootstrap(registry: &Registry) -> Result<Option<Bootstrapped>, Error> {
    let bootstrap = Bootstrap::of(registry, "nobody can be asked before there is anybody");
    if !is_bootstrapped(&registry.store).await? {
        bootstrap.make_system_tenant().await?;
    }
    if bootstrap.has_users().await? {
        return Ok(None);
    }
    match bootstrap.make_administrator().await {
        // Another process on the same database was quicker.
        Err(Error::Taken { .. }) => Ok(None),
        made => made.map(Some),
    }
}

/// Issues a key for the oldest user who administers the system tenant: one who is active and holds 12. The key lists what that user
/// holds, and nothing of the user changes. Where nobody administers, a service account is made that does.
pub async fn recover(registry: &Registry) -> Result<Bootstrapped, Error> {
    let bootstrap = Bootstrap::of(registry, "an operator with database and keyring asks for a new administrator key");
    registry.retrying(|| bootstrap.recover()).await
}

/// Revokes a key that could not be handed over.
pub async fn withdraw(registry: &Registry, made: &Bootstrapped) -> Result<(), Error> {
    let bootstrap = Bootstrap::of(registry, "nobody else knows of a key that could not be handed over");
    registry.retrying(|| bootstrap.withdraw(made.api_key_id)).await
}

/// Says whether anybody lives in the system tenant, where the first start makes the first administrator.
pub async fn has_users(registry: &Registry) -> Result<bool, Error> {
    Bootstrap::of(registry, "whether anybody is made depends on whether anybody is there").has_users().await
}

/// Says whether there is a system tenant, which a first start makes before all else.
pub async fn is_bootstrapped(store: &Store) -> Result<bool, StoreError> {
    let permit = SystemPermit::new(Job::Bootstrap, "what is made or not depends on whether anything is there");
    Ok(store.reader().find_tenant(permit.scope(), TenantId::SYSTEM).await?.is_some())
}

/// The job, at work.
struct Bootstrap<'a> {
    registry: &'a Registry,
    permit: SystemPermit,
}

/// A fresh token, its digest sealed for a key that is not stored yet.
struct SealedToken {
    id: ApiKeyId,
    public_id: String,
    secret: NewSecret,
    token: IssuedSecret,
}

impl<'a> Bootstrap<'a> {
    fn of(registry: &'a Registry, reason: &'static str) -> Self {
        Self { registry, permit: SystemPermit::new(Job::Bootstrap, reason) }
    }

    async fn has_users(&self) -> Result<bool, Error> {
        let Some(system) = self.permit.scope().narrowed_to(TenantId::SYSTEM) else { return Ok(false) };
        let one = PageAt { after: None, size: PageSize::ONE };
        Ok(!self.registry.store.reader().list_users(&system, one).await?.items.is_empty())
    }

    async fn make_system_tenant(&self) -> Result<(), Error> {
        let Registry { store, keys, write_clock, random, .. } = self.registry;
        let now = write_clock.now();
        let draft = TenantDraft { name: Some("system".to_owned()), description: Some("The system tenant.".to_owned()) };
        let stamp = Stamp::created(now, self.permit.actor());
        let tenant = Tenant { id: TenantId::SYSTEM, spec: draft.validate()?, status: TenantStatus::Active, stamp };
        let keys = keys.generate(TenantId::SYSTEM, now, random.as_ref())?;
        let tx = store.begin().await?;
        let made = async {
            tx.insert_tenant(self.permit.scope(), &tenant).await?;
            for key in &keys {
                tx.insert_tenant_key(self.permit.scope(), key).await?;
            }
            Ok::<_, Error>(())
        };
        match made.await {
            // Another process on the same database was quicker.
            Err(Error::Taken { .. }) => return Ok(()),
            made => made?,
        }
        let change = Change::of(TenantId::SYSTEM, ResourceKind::Tenant, TenantId::SYSTEM);
        tx.commit(self.permit.scope(), &self.permit.event(change, now, random.as_ref())?).await?;
        Ok(())
    }

    async fn make_administrator(&self) -> Result<Bootstrapped, Error> {
        let user = self.first_user(UserKind::Person, LOGIN.to_owned())?;
        let sealed = self.seal_token(user.id).await?;
        let tx = self.registry.store.begin().await?;
        self.insert_user(&tx, &user).await?;
        self.hand_out(tx, &user, sealed).await
    }

    /// Makes a user of the system tenant who holds 12, 1006 and 1007: whoever runs the service must be able to grant each of them.
    fn first_user(&self, kind: UserKind, login_name: String) -> Result<User, Error> {
        let now = self.registry.write_clock.now();
        let draft = UserDraft { kind: Some(kind), login_name: Some(login_name), ..UserDraft::default() };
        let spec = draft.validate(TenantId::SYSTEM, &AssignedRoles::default())?;
        let permissions = [Permission::Administrator, Permission::RevealSecrets, Permission::UseCredentials];
        Ok(User {
            id: UserId::generate(now, self.registry.random.as_ref())?,
            tenant_id: TenantId::SYSTEM,
            kind: spec.kind,
            login_name: spec.login_name,
            display_name: None,
            roles: spec.roles,
            permissions: PermissionSet::from_iter(permissions),
            status: UserStatus::Active,
            secrets: SecretList::default(),
            failed_logins: FailedLogins::default(),
            stamp: Stamp::created(now, self.permit.actor()),
        })
    }

    async fn insert_user(&self, tx: &Tx, user: &User) -> Result<(), Error> {
        tx.insert_user(self.permit.scope(), user).await?;
        let change = Change::of(TenantId::SYSTEM, ResourceKind::User, user.id).fields(vec!["kind", "login_name", "permissions"]);
        Ok(tx
            .also(self.permit.scope(), &self.permit.event(change, user.stamp.create_time, self.registry.random.as_ref())?)
            .await?)
    }

    async fn seal_token(&self, user: UserId) -> Result<SealedToken, Error> {
        let now = self.registry.write_clock.now();
        let id = ApiKeyId::generate(now, self.registry.random.as_ref())?;
        let token = IssuedToken::generate(TokenKind::ApiKey, self.registry.random.as_ref())?;
        let owner = SecretOwner::api_key(TenantId::SYSTEM, id);
        let to = Destination { owner, version: SecretVersion::FIRST, origin: &user.to_string() };
        let secret = self.registry.seal(&token.digest.to_sealable(), to, now).await?;
        Ok(SealedToken { id, public_id: token.key_id.as_str().to_owned(), secret, token: IssuedSecret::new(token.text) })
    }

    /// Stores a key that lists all that its user holds, ends the transaction and lets the token out.
    async fn hand_out(&self, tx: Tx, user: &User, sealed: SealedToken) -> Result<Bootstrapped, Error> {
        let SealedToken { id, public_id, secret, token } = sealed;
        let api_key = ApiKey {
            id,
            tenant_id: TenantId::SYSTEM,
            user_id: user.id,
            public_id,
            display_name: None,
            permissions: user.effective_permissions(),
            bound_tenant: None,
            expire_time: None,
            last_use_time: None,
            status: ApiKeyStatus::Active,
            secrets: SecretList::first(),
            stamp: Stamp::created(self.registry.write_clock.now(), self.permit.actor()),
        };
        tx.insert_api_key(self.permit.scope(), &api_key).await?;
        tx.insert_secret(self.permit.scope(), &secret).await?;
        let change = Change::of(TenantId::SYSTEM, ResourceKind::ApiKey, api_key.id)
            .secrets(vec![SecretVersion::FIRST])
            .related_to(user.id);
        let event = self.permit.event(change, api_key.stamp.create_time, self.registry.random.as_ref())?;
        let committed = tx.commit(self.permit.scope(), &event).await?;
        let login_name = user.login_name.as_str().to_owned();
        Ok(Bootstrapped { login_name, api_key_id: id, token: token.hand_out(&committed) })
    }

    async fn withdraw(&self, id: ApiKeyId) -> Result<(), Error> {
        let Registry { store, write_clock, random, .. } = self.registry;
        let now = write_clock.now();
        let tx = store.begin().await?;
        let found = tx.reader().find_api_key(self.permit.scope(), id).await?;
        let key = found.ok_or(Error::NotFound(Resource::ApiKey(id)))?;
        tx.exclude(key.user_id.as_uuid()).await?;
        let stamp = key.stamp.clone().changed(now, self.permit.actor());
        let (_, change) = end_key(&tx, self.permit.scope(), key, stamp).await?;
        tx.commit(self.permit.scope(), &self.permit.event(change, now, random.as_ref())?).await?;
        Ok(())
    }
}
