//! The composition root: opens, wires, serves, drains.
//!
//! Knows every room and how they fit together. Must not know a rule of any of them.

mod accept;
mod announce;
mod check;
mod connections;
mod core_dump;
mod environment;
mod health;
mod keyring_watch;
mod limits;
mod routes;
mod start;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use self::accept::{Acceptor, Greeting, Places};
use self::announce::Call;
pub use self::announce::Say;
pub use self::check::check;
pub use self::connections::{Connections, Io};
pub use self::core_dump::{CoreDumpError, forbid_core_dumps};
pub use self::environment::{SystemClock, SystemRandom};
pub use self::health::Health;
pub use self::limits::Limits;
pub use self::routes::{Routes, routes};
pub use self::start::{StartError, Started, is_exposed, open_store, start, start_recovery};
use self::tls::Tls;
use crate::config::Config;
use crate::service::{self, Registry};
use crate::storage::{OpenError, Store};

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It could not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A file or the address cannot be had.
    #[error("{what}: {cause}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        cause: std::io::Error,
    },
    /// A setting names something that cannot be used.
    #[error("{setting}: {why}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// What is wrong with what it names.
        why: String,
    },
    /// TLS itself is not to be had.
    #[error("TLS cannot be served: {0}")]
    Tls(String),
    /// The first administrator could not be made.
    #[error("the first administrator could not be made: {0}")]
    Bootstrap(#[from] service::Error),
    /// No further key could be issued.
    #[error("no further key could be issued: {0}")]
    Recover(service::Error),
    /// Nobody can be told anything.
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
    /// A key was made and could not be printed.
    #[error("the key could not be written to standard output ({0}), so it is revoked: `bootstrap --recover` issues another")]
    KeyRevoked(std::io::Error),
    /// A key was made, could not be printed, and is still alive.
    #[error("the key {id} could not be written to standard output ({cause}), and could not be revoked ({error}): revoke it")]
    KeyLost {
        /// The id of the key.
        id: String,
        /// Why it could not be printed.
        cause: std::io::Error,
        /// Why it could not be revoked.
        error: service::Error,
    },
}

impl ServeError {
    /// Says whether another value of a setting would help.
    #[must_use]
    pub const fn is_bad_setting(&self) -> bool {
        matches!(
            self,
            Self::Setting { .. }
                | Self::Start(StartError::Open(OpenError::Url) | StartError::DataStores(_) | StartError::NoDatabase(_))
        )
    }
}

impl From<OpenError> for ServeError {
    fn from(error: OpenError) -> Self {
        Self::Start(error.into())
    }
}

/// Serves until SIGTERM or SIGINT, then drains.
pub async fn serve(config: &Config, say: Say) -> Result<(), ServeError> {
    // Before anything is made.
    let tls = tls::load(config.tls.as_ref())?;
    tls::check_database(&config.database_url)?;
    let Started { registry, denials, key_uses, settings } = start(config).await?;
    let writer = tokio::spawn(denials.run(registry.store.clone()));
    tokio::spawn(key_uses.run(registry.store.clone()));
    let (listener, address) = listen(config).await?;
    let limits = Limits::new(registry.random.as_ref());
    let (health, health_service) = Health::new();
    let connections = Connections::new(routes(&registry, &limits, health_service)?, limits);
    let greeting = Greeting { tls: tls.as_ref().map(|tls| tls.acceptor.clone()), patience: config.handshake_timeout };
    let places = Places::new(config.max_connections, config.database_connections);
    let acceptor = Acceptor::new(listener, greeting, connections.clone(), places.clone());
    // Before anybody is told that there is something to stop.
    let stop = stop_signal();
    // From here on nothing is refused any more: the first key is printed once, and must not be lost to a busy port.
    announce::address(&registry, address, say).await?;
    begin(&registry, Call { address: &address.to_string(), config, say }).await?;
    health.look(&registry).await;
    let certificate = tls.as_ref().map(|tls| tracing::field::display(&tls.validity));
    tracing::info!(database = ?settings, transport = %limits, acceptor = %acceptor, certificate, "settings in force");
    let mut tasks = JoinSet::new();
    tasks.spawn(health.clone().watch(registry.clone()));
    tasks.spawn(keyring_watch::watch(registry.keys.clone(), config.keyring_file.clone()));
    tasks.spawn(registry.clone().keep_forgetting_requests());
    if let Some(Tls { validity, .. }) = tls {
        tasks.spawn(tls::watch(validity, registry.clock.clone()));
    }
    // Either way the acceptor is gone after this line, and the port is closed before anybody hears that the server stops.
    tokio::select! {
        () = acceptor.run() => {}
        () = stop => {}
    }
    // Waits until they have ended: a last look at health would say SERVING again.
    tasks.shutdown().await;
    drain((&connections, &places), &health, config.drain_timeout).await;
    // It holds the use-cases, and so a way into the event log.
    drop(connections);
    finish(registry, writer).await;
    Ok(())
}

async fn listen(config: &Config) -> Result<(TcpListener, SocketAddr), ServeError> {
    let what = format!("cannot listen on {}", config.listen);
    let listener = TcpListener::bind(config.listen).await.map_err(io(&what))?;
    let address = listener.local_addr().map_err(io(&what))?;
    Ok((listener, address))
}

/// Makes the first administrator, unless there is one, and prints the key. Without a keyring nobody is made.
async fn begin(registry: &Registry, call: Call<'_>) -> Result<(), ServeError> {
    if let Err(why) = registry.keys.check() {
        tracing::error!(%why, "sealed: calls answer KEYRING_SEALED until the keyring is back and the process is started again");
        return Ok(());
    }
    match service::bootstrap(registry).await? {
        Some(made) => announce::key(registry, &made, call).await,
        None => Ok(()),
    }
}

/// Lets the open calls end, until the time is up.
async fn drain((connections, places): (&Connections, &Places), health: &Health, timeout: Duration) {
    health.stop().await;
    connections.stop();
    health.end_watches();
    if tokio::time::timeout(timeout, places.all_left()).await.is_err() {
        tracing::warn!("the drain took too long; open calls are cut off");
    }
}

/// Writes what still waits in memory.
async fn finish(registry: std::sync::Arc<Registry>, writer: tokio::task::JoinHandle<()>) {
    if tokio::time::timeout(Duration::from_secs(2), registry.passwords.counted()).await.is_err() {
        tracing::warn!("the last wrong passwords could not be counted in time");
    }
    if !matches!(tokio::time::timeout(Duration::from_secs(2), registry.count_what_is_owed()).await, Ok(Ok(()))) {
        tracing::warn!("wrong passwords that could not be counted before are forgotten");
    }
    match tokio::time::timeout(Duration::from_secs(2), registry.key_uses.flush(&registry.store)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last uses of keys could not be written"),
        Err(_) => tracing::warn!("the last uses of keys could not be written in time"),
    }
    let store = registry.store.clone();
    drop(registry);
    // The writer ends when the last way in is gone; a call that was cut off may hold one.
    if tokio::time::timeout(Duration::from_secs(1), writer).await.is_err() {
        tracing::warn!("the last denials may not be written");
    }
    close(store).await;
}

/// Closes the database. What cannot be closed in time is closed by the end of the process, and nothing is lost by that.
async fn close(store: Store) {
    match tokio::time::timeout(Duration::from_secs(2), store.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the database could not be closed"),
        Err(_) => tracing::warn!("the database could not be closed in time"),
    }
}

/// Brings the schema up to date and ends.
pub async fn migrate(config: &Config, say: Say) -> Result<(), ServeError> {
    tls::check_database(&config.database_url)?;
    let store = open_store(config).await?;
    store.migrate().await?;
    service::refresh_name_keys(&store).await.map_err(StartError::from)?;
    close(store).await;
    say("the schema is up to date\n").map_err(ServeError::Output)
}

/// Makes the first administrator and ends.
pub async fn bootstrap(config: &Config, say: Say) -> Result<(), ServeError> {
    tls::check_database(&config.database_url)?;
    let registry = start(config).await?.registry;
    let told = match service::bootstrap(&registry).await? {
        Some(made) => announce::key(&registry, &made, Call { address: "<address>", config, say }).await,
        None => say("there is an administrator already; `--recover` issues another key\n").map_err(ServeError::Output),
    };
    close(registry.store.clone()).await;
    told
}

/// Issues another key for an administrator and ends.
pub async fn recover(config: &Config, say: Say) -> Result<(), ServeError> {
    tls::check_database(&config.database_url)?;
    let registry = start_recovery(config).await?.registry;
    let made = service::recover(&registry).await.map_err(ServeError::Recover)?;
    let told = announce::key(&registry, &made, Call { address: "<address>", config, say }).await;
    close(registry.store.clone()).await;
    told
}

fn io(what: &str) -> impl FnOnce(std::io::Error) -> ServeError {
    let what = what.to_owned();
    move |cause| ServeError::Io { what, cause }
}

/// Listens for SIGTERM and SIGINT from the moment of the call, and waits for either; a process that cannot listen for them is stopped
/// by nothing else than its end.
fn stop_signal() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}
