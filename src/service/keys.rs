//! The tenants' keys: unwrapped by the keyring, cached for a while, and refused while the keyring is sealed.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use crate::authz::{Job, SystemPermit};
use crate::crypto::{KeyPurpose, Keyring, TenantKey, TenantKeyId};
use crate::domain::event::ResourceKind;
use crate::domain::id::TenantId;
use crate::domain::random::Random;
use crate::domain::time::Timestamp;
use crate::service::error::{Error, LostSecret, Sealed};
use crate::storage::{NewTenantKey, Reader, Store, StoreError, StoredTenantKey};

/// How many unwrapped keys are kept.
const CACHE_SIZE: u64 = 1_024;
/// How long an unwrapped key is kept, at most; a fifth of it is jitter.
const CACHE_SECONDS: u64 = 300;

/// What the start made of the keyring.
#[derive(Debug)]
pub enum KeyState {
    /// It opens what the database holds.
    Usable(Keyring),
    /// It does not.
    Sealed(Sealed),
}

/// The tenants' keys.
pub struct Keys {
    state: KeyState,
    /// Why the keyring file no longer holds the keys that were loaded from it; nothing while it does.
    file_lost: Mutex<Option<Sealed>>,
    by_id: Cache<(TenantId, TenantKeyId), Arc<TenantKey>>,
    active: Cache<(TenantId, &'static str), TenantKeyId>,
    /// Tenants whose keys were destroyed: a load that was under way then must not keep what it found.
    forgotten: Cache<TenantId, ()>,
}

impl Keys {
    /// Holds the keyring as the start found it.
    #[must_use]
    pub fn new(state: KeyState) -> Self {
        Self { state, file_lost: Mutex::default(), by_id: cache(), active: cache(), forgotten: cache() }
    }

    /// Says whether secrets can be opened, and if not, why.
    pub fn check(&self) -> Result<(), Sealed> {
        match &self.state {
            KeyState::Usable(_) => Ok(()),
            KeyState::Sealed(why) => Err(why.clone()),
        }
    }

    /// Says whether anything new may be sealed: what is sealed by keys that the keyring file has lost would be lost at the next start.
    pub fn may_seal(&self) -> Result<(), Sealed> {
        self.check()?;
        self.file_lost.lock().unwrap_or_else(PoisonError::into_inner).clone().map_or(Ok(()), Err)
    }

    /// Takes notice of what the keyring file holds now, or of why it cannot be read. Other keys beside those that were loaded are fine.
    pub fn compare(&self, file: Result<&Keyring, String>) {
        let KeyState::Usable(loaded) = &self.state else { return };
        let why = match file {
            Ok(keyring) if keyring.holds(loaded) => None,
            Ok(_) => Some("the keyring file no longer holds the keys that are in use".to_owned()),
            Err(why) => Some(why),
        };
        let now = why.map(Sealed);
        let before = std::mem::replace(&mut *self.file_lost.lock().unwrap_or_else(PoisonError::into_inner), now.clone());
        match (before, now) {
            (None, Some(why)) => tracing::error!(%why, "nothing new is sealed until the keyring file is back"),
            (Some(_), None) => tracing::info!("the keyring file is back"),
            (None, None) | (Some(_), Some(_)) => {}
        }
    }

    /// Makes the keys of a new tenant, wrapped.
    pub fn generate(&self, tenant: TenantId, now: Timestamp, random: &dyn Random) -> Result<Vec<NewTenantKey>, Error> {
        self.may_seal()?;
        let keyring = usable(&self.state)?;
        let wrap = |purpose| {
            let key = TenantKey::generate(tenant, purpose, 1, random)?;
            let wrapped = keyring.primary().wrap(&key, random)?;
            let kek_id = keyring.primary().id().as_str().to_owned();
            Ok(NewTenantKey { key: StoredTenantKey { identity: key.identity(), kek_id, wrapped }, create_time: now })
        };
        [KeyPurpose::Secrets, KeyPurpose::Tokens, KeyPurpose::Events].into_iter().map(wrap).collect()
    }

    /// Returns the key that an envelope names, if the tenant has it.
    pub async fn named(&self, reader: &Reader<'_>, tenant: TenantId, id: TenantKeyId) -> Result<Arc<TenantKey>, Error> {
        let keyring = usable(&self.state)?;
        let load = async {
            let permit = SystemPermit::new(Job::LoadKeys, "an envelope names the key by which it was sealed");
            match reader.find_tenant_key(permit.scope(), tenant, id).await? {
                Some(stored) => unwrap(keyring, &stored),
                None => Err(without_key(reader, &permit, lost_key(tenant, id)).await?),
            }
        };
        let key = self.by_id.try_get_with((tenant, id), load).await.map_err(|failure| Error::from(failure.as_ref()))?;
        if self.forgotten.contains_key(&tenant) {
            self.by_id.invalidate(&(tenant, id)).await;
            return Err(Error::from(&LoadFailure::Gone));
        }
        Ok(key)
    }

    /// Returns the key by which a tenant seals for a purpose.
    pub async fn active(&self, reader: &Reader<'_>, tenant: TenantId, purpose: KeyPurpose) -> Result<Arc<TenantKey>, Error> {
        self.check()?;
        let load = async {
            let permit = SystemPermit::new(Job::LoadKeys, "a secret is sealed by its tenant's active key");
            match reader.find_active_tenant_key(permit.scope(), tenant, purpose).await? {
                Some(stored) => Ok(stored.identity.id),
                None => Err(without_key(reader, &permit, lost_key(tenant, purpose.as_str())).await?),
            }
        };
        let id = self.active.try_get_with((tenant, purpose.as_str()), load).await;
        self.named(reader, tenant, id.map_err(|failure| Error::from(failure.as_ref()))?).await
    }

    /// Drops a deleted tenant's keys, also those that are being loaded at this moment. The tenant never comes back: ids are not reused.
    pub async fn forget(&self, tenant: TenantId) {
        self.forgotten.insert(tenant, ()).await;
        let held: Vec<_> = self.by_id.iter().map(|(key, _)| *key).filter(|(owner, _)| *owner == tenant).collect();
        for key in held {
            self.by_id.invalidate(&key).await;
        }
        let named: Vec<_> = self.active.iter().map(|(key, _)| *key).filter(|(owner, _)| *owner == tenant).collect();
        for key in named {
            self.active.invalidate(&key).await;
        }
    }
}

impl KeyState {
    /// Holds a keyring against the database: every key that wraps something must be there, and each must be the one that the
    /// database has seen under its name. Keys that the database has not seen are noted.
    pub async fn verify(keyring: Keyring, store: &Store, now: Timestamp) -> Result<Self, Error> {
        let permit = SystemPermit::new(Job::LoadKeys, "the keyring is held against what the database has seen");
        let seen = store.reader().list_check_values().await?;
        let referenced: BTreeSet<String> = store.reader().list_referenced_kek_ids(permit.scope()).await?.into_iter().collect();
        for (id, value) in &seen {
            match keyring.get(id) {
                Some(key) if !key.verify_check_value(value) => {
                    return Ok(Self::Sealed(Sealed(format!("the key {id} is not the one that the database knows"))));
                }
                None if referenced.contains(id) => {
                    return Ok(Self::Sealed(Sealed(format!("the key {id} is not in the keyring"))));
                }
                Some(_) | None => {}
            }
        }
        for key in keyring.keys().filter(|key| seen.iter().all(|(id, _)| id != key.id().as_str())) {
            store.insert_check_value(key.id().as_str(), &key.check_value()?, now).await?;
        }
        Ok(Self::Usable(keyring))
    }
}

fn usable(state: &KeyState) -> Result<&Keyring, Sealed> {
    match state {
        KeyState::Usable(keyring) => Ok(keyring),
        KeyState::Sealed(why) => Err(why.clone()),
    }
}

/// Tells a tenant that lacks a key from one that was deleted while somebody worked in it.
async fn without_key(reader: &Reader<'_>, permit: &SystemPermit, lost: LostSecret) -> Result<LoadFailure, StoreError> {
    Ok(match reader.find_tenant(permit.scope(), lost.tenant_id).await? {
        Some(_) => LoadFailure::Unreadable(lost),
        None => LoadFailure::Gone,
    })
}

fn lost_key(tenant_id: TenantId, name: impl fmt::Display) -> LostSecret {
    LostSecret { tenant_id, kind: ResourceKind::TenantKey, id: name.to_string(), version: None }
}

fn unwrap(keyring: &Keyring, stored: &StoredTenantKey) -> Result<Arc<TenantKey>, LoadFailure> {
    let missing = || LoadFailure::Sealed(Sealed(format!("the key {} is not in the keyring", stored.kek_id)));
    let kek = keyring.get(&stored.kek_id).ok_or_else(missing)?;
    let broken = |_| LoadFailure::Unreadable(lost_key(stored.identity.tenant, stored.identity.id));
    kek.unwrap(&stored.wrapped, stored.identity).map(Arc::new).map_err(broken)
}

fn cache<K, V>() -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(CACHE_SIZE).expire_after(Jittered).build()
}

/// Why a key was not loaded; every waiter of one load gets a copy.
#[derive(Debug, Clone)]
enum LoadFailure {
    Sealed(Sealed),
    Unreadable(LostSecret),
    /// The row is not what was written.
    Corrupt {
        table: &'static str,
        column: &'static str,
        row: String,
    },
    /// The tenant was deleted. Whoever tries again finds neither it nor what it owned.
    Gone,
    Away(String),
}

impl From<StoreError> for LoadFailure {
    fn from(error: StoreError) -> Self {
        if let StoreError::Corrupt { table, column, row } = error {
            Self::Corrupt { table, column, row }
        } else {
            Self::Away(error.to_string())
        }
    }
}

impl From<&LoadFailure> for Error {
    fn from(failure: &LoadFailure) -> Self {
        match failure.clone() {
            LoadFailure::Sealed(why) => Self::Sealed(why),
            LoadFailure::Unreadable(why) => Self::Unreadable(why),
            LoadFailure::Corrupt { table, column, row } => Self::Store(StoreError::Corrupt { table, column, row }),
            LoadFailure::Gone => Self::ConcurrentChange,
            LoadFailure::Away(why) => Self::Store(StoreError::Unavailable(why)),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("state", &self.state).finish_non_exhaustive()
    }
}

/// Lets keys expire at different moments, so that not all tenants' keys are loaded at once.
struct Jittered;

impl<K: std::hash::Hash, V> Expiry<K, V> for Jittered {
    fn expire_after_create(&self, key: &K, _: &V, _: Instant) -> Option<Duration> {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let jitter = BuildHasherDefault::<DefaultHasher>::default().hash_one(key) % (CACHE_SECONDS / 5);
        Some(Duration::from_secs(CACHE_SECONDS - jitter))
    }
}
