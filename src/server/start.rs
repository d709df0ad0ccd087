//! Opening what the server stands on: folder, database, schema, keyring.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::num::NonZero;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;

use crate::config::{Config, DatabaseUrl, Lockout, PostgresUrl};
use crate::crypto::keyring_file::{self, KeyringFileError};
use crate::crypto::{Keyring, PasswordHashError};
use crate::domain::data_store::DataStoreCatalogue;
use crate::domain::lockout::LockoutRule;
use crate::domain::random::Random;
use crate::domain::time::Clock;
use crate::domain::uri::EgressRules;
use crate::server::environment::{SystemClock, SystemRandom};
use crate::service::{
    self, DenialQueue, DenialWriter, KeyState, KeyUseQueue, KeyUseWriter, Keys, LossReports, Passwords, Registry, Sealed,
    WriteClock,
};
use crate::storage::{self, NameKeyError, OpenError, SettingsReport, Store, StoreError};

/// The right to write, of group and others.
const WRITABLE_FOR_OTHERS: u32 = 0o022;

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
    /// There is no database where one must be.
    #[error("database_url: there is no database at {0}, and none is made here; without this setting the path follows data_dir")]
    NoDatabase(String),
    /// The database has never been bootstrapped.
    #[error("the database has never been bootstrapped: `serve` or `bootstrap` makes the first administrator and prints its key")]
    NeverBootstrapped,
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

/// Says whether a connection to PostgreSQL leads over a network without verifying the server; nothing when the driver does not
/// understand the URL.
#[must_use]
pub fn is_exposed(url: &PostgresUrl) -> Option<bool> {
    storage::is_exposed(url.expose())
}

/// Opens the database that the configuration names, and makes what is missing.
pub async fn open_store(config: &Config) -> Result<Store, StartError> {
    make_folder(&config.data_dir)?;
    Ok(match &config.database_url {
        DatabaseUrl::Sqlite(path) => Store::open_sqlite(path).await?,
        DatabaseUrl::Postgres(url) => Store::open_postgres(url.expose(), config.database_connections).await?,
    })
}

/// Opens the database that the configuration names, if it has been bootstrapped before; makes nothing that is missing.
async fn open_bootstrapped_store(config: &Config) -> Result<Store, StartError> {
    let store = match &config.database_url {
        DatabaseUrl::Sqlite(path) => match Store::open_existing_sqlite(path).await {
            Err(OpenError::File(cause)) if cause.kind() == ErrorKind::NotFound => {
                return Err(StartError::NoDatabase(path.display().to_string()));
            }
            opened => opened?,
        },
        DatabaseUrl::Postgres(url) => Store::open_postgres(url.expose(), config.database_connections).await?,
    };
    if !store.has_schema().await? {
        return Err(StartError::NeverBootstrapped);
    }
    store.migrate().await?;
    if service::is_bootstrapped(&store).await? { Ok(store) } else { Err(StartError::NeverBootstrapped) }
}

/// Opens everything, makes what is missing and brings the schema up to date.
pub async fn start(config: &Config) -> Result<Started, StartError> {
    let store = open_store(config).await?;
    store.migrate().await?;
    start_on(store, config).await
}

/// Opens everything of a service that has been bootstrapped before, for an operator who lost the keys.
pub async fn start_recovery(config: &Config) -> Result<Started, StartError> {
    start_on(open_bootstrapped_store(config).await?, config).await
}

async fn start_on(store: Store, config: &Config) -> Result<Started, StartError> {
    service::refresh_name_keys(&store).await?;
    let settings = store.settings().clone();
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let write_clock = WriteClock::after_newest_event(clock.clone(), &store).await?;
    let state = key_state(config, &store, (clock.as_ref(), random.as_ref())).await?;
    let (denials, denial_writer) = DenialQueue::new(config.denied_events_per_second);
    let (key_uses, key_use_writer) = KeyUseQueue::new();
    let registry = Registry {
        store,
        keys: Arc::new(Keys::new(state)),
        passwords: Arc::new(passwords(config, random.as_ref())?),
        clock,
        write_clock: Arc::new(write_clock),
        random,
        catalogue: Arc::new(DataStoreCatalogue::new(config.data_stores.clone())?),
        egress: Arc::new(EgressRules {
            ports: config.egress_ports.clone(),
            allow_http_loopback_authorize: config.allow_http_loopback_authorize_uri,
        }),
        denials,
        losses: LossReports::default(),
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

/// Makes the data folder, readable for its owner alone; one that is there stays as it is. Whoever can write it can put files of their
/// own in the place of ours.
fn make_folder(path: &Path) -> Result<(), StartError> {
    let folder = DirBuilder::new().recursive(true).mode(0o700).create(path).and_then(|()| path.metadata());
    let rights = folder.map_err(|error| StartError::Folder(path.display().to_string(), error))?.mode() & 0o777;
    if rights & WRITABLE_FOR_OTHERS != 0 {
        let mode = format!("{rights:03o}");
        tracing::warn!(folder = %path.display(), mode, "others can write the data folder: take their rights away (chmod 700)");
    }
    Ok(())
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
