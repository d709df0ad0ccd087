//! Opening what the server stands on: folder, database, schema, keyring.

use std::fs::DirBuilder;
use std::num::NonZero;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, DatabaseUrl, Lockout};
use crate::crypto::keyring_file::{self, KeyringFileError};
use crate::crypto::{Keyring, PasswordHashError};
use crate::domain::data_store::DataStoreCatalogue;
use crate::domain::lockout::LockoutRule;
use crate::domain::random::Random;
use crate::domain::time::Clock;
use crate::domain::uri::EgressRules;
use crate::server::environment::{SystemClock, SystemRandom};
use crate::service::{self, DenialQueue, DenialWriter, KeyState, KeyUseQueue, KeyUseWriter, Keys, Passwords, Registry, Sealed};
use crate::storage::{NameKeyError, OpenError, SettingsReport, Store, StoreError};

/// What the server stands on.
#[derive(Debug)]
pub struct Started {
    /// The use-cases.
    pub registry: Arc<Registry>,
    /// The task that writes denials, not yet running.
    pub denials: DenialWriter,
    /// The task that writes the last uses of keys, not yet running.
    pub key_uses: KeyUseWriter,
    /// The database settings that are in force.
    pub settings: SettingsReport,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot make the folder {0}: {1}")]
    Folder(String, std::io::Error),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database cannot be read.
    #[error("the database cannot be read: {0}")]
    Read(#[from] StoreError),
    /// The keys of names cannot be made anew.
    #[error(transparent)]
    NameKeys(#[from] NameKeyError),
    /// The keyring cannot be held against the database.
    #[error("the keyring cannot be checked: {0}")]
    Keyring(service::Error),
    /// Passwords cannot be hashed.
    #[error("passwords cannot be hashed: {0}")]
    Passwords(PasswordHashError),
    /// The additional data stores are not good.
    #[error("data_stores: {0}")]
    DataStores(#[from] crate::domain::invalid::Invalid),
    /// The protos cannot be served by reflection.
    #[error("reflection cannot be served: {0}")]
    Reflection(String),
}

/// Opens the database that the configuration names.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    make_folder(&config.data_dir)?;
    Ok(match &config.database_url {
        DatabaseUrl::Sqlite(path) => Store::open_sqlite(path).await?,
        DatabaseUrl::Postgres(url) => Store::open_postgres(url.expose(), config.database_connections).await?,
    })
}

/// Opens everything and brings the schema up to date.
pub async fn start(config: &Config) -> Result<Started, StartError> {
    let store = open_store(config).await?;
    store.migrate().await?;
    service::refresh_name_keys(&store).await?;
    let settings = store.verify_settings().await?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let state = key_state(config, &store, (clock.as_ref(), random.as_ref())).await?;
    let (denials, denial_writer) = DenialQueue::new(config.denied_events_per_second);
    let (key_uses, key_use_writer) = KeyUseQueue::new();
    let registry = Registry {
        store,
        keys: Arc::new(Keys::new(state)),
        passwords: Arc::new(passwords(config, random.as_ref())?),
        clock,
        random,
        catalogue: Arc::new(DataStoreCatalogue::new(config.data_stores.clone())?),
        egress: Arc::new(EgressRules {
            ports: config.egress_ports.clone(),
            allow_http_loopback_authorize: config.allow_http_loopback_authorize_uri,
        }),
        denials,
        key_uses,
    };
    Ok(Started { registry: Arc::new(registry), denials: denial_writer, key_uses: key_use_writer, settings })
}

/// Lets passwords be hashed on half of the cores: the other half goes on with everybody else's calls.
fn passwords(config: &Config, random: &dyn Random) -> Result<Passwords, StartError> {
    let Lockout { failures, window, duration } = config.lockout;
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Passwords::new(cores.div_ceil(2), LockoutRule { failures, window, duration }, random).map_err(StartError::Passwords)
}

/// Makes the data folder, readable for its owner alone; one that is there stays as it is.
fn make_folder(path: &Path) -> Result<(), StartError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| StartError::Folder(path.display().to_string(), error))
}

/// Loads the keyring, or makes one for a database that has never seen any. A keyring that is not good seals the server: it runs, and
/// says so.
async fn key_state(config: &Config, store: &Store, (clock, random): (&dyn Clock, &dyn Random)) -> Result<KeyState, StartError> {
    let path = &config.keyring_file;
    let sealed = |why: String| Ok(KeyState::Sealed(Sealed(why)));
    if !path.exists()
        && store.reader().list_check_values().await?.is_empty()
        && let Err(why) = make_keyring(path, random)
    {
        return sealed(format!("cannot make the keyring file {}: {why}", path.display()));
    }
    match keyring_file::load(path) {
        Ok(keyring) => KeyState::verify(keyring, store, clock.now()).await.map_err(StartError::Keyring),
        Err(error) => sealed(format!("the keyring file {} is missing or not good: {error}", path.display())),
    }
}

fn make_keyring(path: &Path, random: &dyn Random) -> Result<(), String> {
    let mut suffix = [0; 4];
    random.fill(&mut suffix).map_err(|error| error.to_string())?;
    let keyring = Keyring::generate(&format!("{:08x}", u32::from_be_bytes(suffix)), random).map_err(|error| error.to_string())?;
    match keyring_file::create(path, &keyring, random) {
        // Another process that starts on the same keyring was quicker: its file is the one to read.
        Ok(()) | Err(KeyringFileError::AlreadyExists) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
