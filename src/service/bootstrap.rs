//! The first start: the system tenant, its keys, its first administrator and a key to begin with.

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
use crate::service::error::{Error, Resource};
use crate::service::issued::IssuedSecret;
use crate::service::secrets::Destination;
use crate::storage::{NewSecret, PageAt, SecretOwner, Tx, UserName};

/// The login name of the first administrator.
const LOGIN: &str = "administrator";

/// What a first start, or a recovery, leaves behind.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The administrator's login name.
    pub login_name: String,
    /// The whole token of a new API key, shown this once.
    pub token: PlainSecret,
}

/// A fresh key and its token.
struct FirstKey {
    api_key: ApiKey,
    secret: NewSecret,
    token: IssuedSecret,
}

/// Makes the system tenant and its first administrator, unless they are there. Two steps, each whole: a start that is cut off
/// between them goes on where it stopped.
pub async fn bootstrap(registry: &Registry) -> Result<Option<Bootstrapped>, Error> {
    let permit = SystemPermit::new(Job::Bootstrap, "nobody can be asked before there is anybody");
    if registry.store.reader().find_tenant(permit.scope(), TenantId::SYSTEM).await?.is_none() {
        make_system_tenant(registry, &permit).await?;
    }
    if has_users(registry, &permit).await? {
        return Ok(None);
    }
    match make_administrator(registry, &permit).await {
        // Another process on the same database was quicker.
        Err(Error::Taken { .. }) => Ok(None),
        made => made.map(Some),
    }
}

/// Issues another key for the first administrator, for an operator who lost the first one.
pub async fn recover(registry: &Registry) -> Result<Bootstrapped, Error> {
    let permit = SystemPermit::new(Job::Bootstrap, "an operator with database and keyring asks for a new administrator key");
    let missing = Error::NotFound(Resource::Tenant(TenantId::SYSTEM));
    let reader = registry.store.reader();
    let user = reader.find_user_facts(permit.scope(), UserName::Login(TenantId::SYSTEM, LOGIN)).await?.ok_or(missing)?.user;
    let key = first_key(registry, &permit, user.id).await?;
    let tx = registry.store.begin().await?;
    hand_out(registry, &permit, (tx, key)).await
}

async fn has_users(registry: &Registry, permit: &SystemPermit) -> Result<bool, Error> {
    let Some(system) = permit.scope().narrowed_to(TenantId::SYSTEM) else { return Ok(false) };
    let one = PageAt { after: None, size: PageSize::ONE };
    Ok(!registry.store.reader().list_users(&system, one).await?.items.is_empty())
}

async fn make_system_tenant(registry: &Registry, permit: &SystemPermit) -> Result<(), Error> {
    let now = registry.clock.now();
    let draft = TenantDraft { name: Some("system".to_owned()), description: Some("The system tenant.".to_owned()) };
    let stamp = Stamp::created(now, permit.actor());
    let tenant = Tenant { id: TenantId::SYSTEM, spec: draft.validate()?, status: TenantStatus::Active, stamp };
    let keys = registry.keys.generate(TenantId::SYSTEM, now, registry.random.as_ref())?;
    let tx = registry.store.begin().await?;
    let made = async {
        tx.insert_tenant(permit.scope(), &tenant).await?;
        for key in &keys {
            tx.insert_tenant_key(permit.scope(), key).await?;
        }
        Ok::<_, Error>(())
    };
    match made.await {
        // Another process on the same database was quicker.
        Err(Error::Taken { .. }) => return Ok(()),
        made => made?,
    }
    let change = Change::of(TenantId::SYSTEM, ResourceKind::Tenant, TenantId::SYSTEM);
    tx.commit(permit.scope(), &permit.event(change, now, registry.random.as_ref())?).await?;
    Ok(())
}

async fn make_administrator(registry: &Registry, permit: &SystemPermit) -> Result<Bootstrapped, Error> {
    let now = registry.clock.now();
    let draft = UserDraft { kind: Some(UserKind::Person), login_name: Some(LOGIN.to_owned()), ..UserDraft::default() };
    let spec = draft.validate(TenantId::SYSTEM, &AssignedRoles::default())?;
    let user = User {
        id: UserId::generate(now, registry.random.as_ref())?,
        tenant_id: TenantId::SYSTEM,
        kind: spec.kind,
        login_name: spec.login_name,
        display_name: None,
        roles: spec.roles,
        permissions: first_permissions(),
        status: UserStatus::Active,
        secrets: SecretList::default(),
        failed_logins: FailedLogins::default(),
        stamp: Stamp::created(now, permit.actor()),
    };
    let key = first_key(registry, permit, user.id).await?;
    let tx = registry.store.begin().await?;
    tx.insert_user(permit.scope(), &user).await?;
    let made = Change::of(TenantId::SYSTEM, ResourceKind::User, user.id).fields(vec!["kind", "login_name", "permissions"]);
    tx.also(permit.scope(), &permit.event(made, now, registry.random.as_ref())?).await?;
    hand_out(registry, permit, (tx, key)).await
}

/// Makes a key that lists all that the first administrator holds.
async fn first_key(registry: &Registry, permit: &SystemPermit, user_id: UserId) -> Result<FirstKey, Error> {
    let now = registry.clock.now();
    let id = ApiKeyId::generate(now, registry.random.as_ref())?;
    let token = IssuedToken::generate(TokenKind::ApiKey, registry.random.as_ref())?;
    let owner = SecretOwner::api_key(TenantId::SYSTEM, id);
    let to = Destination { owner, version: SecretVersion::FIRST, origin: &user_id.to_string() };
    let secret = registry.seal(&token.digest.to_sealable(), to, now).await?;
    let api_key = ApiKey {
        id,
        tenant_id: TenantId::SYSTEM,
        user_id,
        public_id: token.key_id.as_str().to_owned(),
        display_name: None,
        permissions: first_permissions(),
        bound_tenant: None,
        expire_time: None,
        last_use_time: None,
        status: ApiKeyStatus::Active,
        secrets: SecretList::first(),
        stamp: Stamp::created(now, permit.actor()),
    };
    Ok(FirstKey { api_key, secret, token: IssuedSecret::new(token.text) })
}

/// Stores the key, ends the transaction and lets the token out.
async fn hand_out(registry: &Registry, permit: &SystemPermit, (tx, key): (Tx, FirstKey)) -> Result<Bootstrapped, Error> {
    let FirstKey { api_key, secret, token } = key;
    tx.insert_api_key(permit.scope(), &api_key).await?;
    tx.insert_secret(permit.scope(), &secret).await?;
    let change = Change::of(TenantId::SYSTEM, ResourceKind::ApiKey, api_key.id).secrets(vec![SecretVersion::FIRST]);
    let event = permit.event(change.related_to(api_key.user_id), api_key.stamp.create_time, registry.random.as_ref())?;
    let committed = tx.commit(permit.scope(), &event).await?;
    Ok(Bootstrapped { login_name: LOGIN.to_owned(), token: token.hand_out(&committed) })
}

/// 12, 1006 and 1007: whoever runs the service must be able to grant each of them.
fn first_permissions() -> PermissionSet {
    [Permission::Administrator, Permission::RevealSecrets, Permission::UseCredentials].into_iter().collect()
}
