//! The composition root: opens, wires, serves, drains.
//!
//! Knows every room and how they fit together. Must not know a rule of any of them.

mod accept;
mod connections;
mod core_dump;
mod environment;
mod health;
mod limits;
mod routes;
mod start;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::accept::{Acceptor, Greeting, Places};
pub use self::connections::{Connections, Io};
pub use self::core_dump::{CoreDumpError, forbid_core_dumps};
pub use self::environment::{SystemClock, SystemRandom};
pub use self::health::Health;
pub use self::limits::Limits;
pub use self::routes::{Routes, routes};
pub use self::start::{StartError, Started, is_exposed, open_store, start, start_recovery};
use crate::config::Config;
use crate::service::{self, Bootstrapped, Registry};
use crate::storage::{OpenError, Store};

/// Tells the person at the terminal something.
pub type Say = fn(&str);

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
    /// The certificate and its key are not good.
    #[error("TLS cannot be served with this certificate and key: {0}")]
    Tls(String),
    /// The first administrator could not be made.
    #[error("the first administrator could not be made: {0}")]
    Bootstrap(#[from] service::Error),
    /// No further key could be issued.
    #[error("no further key could be issued: {0}")]
    Recover(service::Error),
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
    let Started { registry, denials, key_uses, settings } = start(config).await?;
    let writer = tokio::spawn(denials.run(registry.store.clone()));
    tokio::spawn(key_uses.run(registry.store.clone()));
    let listen = format!("cannot listen on {}", config.listen);
    let listener = TcpListener::bind(config.listen).await.map_err(io(&listen))?;
    let address = listener.local_addr().map_err(io(&listen))?;
    let limits = Limits::new(registry.random.as_ref());
    let (health, health_service) = Health::new();
    let connections = Connections::new(routes(&registry, &limits, health_service)?, limits);
    let greeting = Greeting { tls: tls::acceptor(config.tls.as_ref())?, patience: config.handshake_timeout };
    let places = Places::new(config.max_connections, config.database_connections);
    let acceptor = Acceptor::new(listener, greeting, connections.clone(), places.clone());
    // From here on nothing is refused any more: the first key is printed once, and must not be lost to a busy port.
    let bootstrapped = match registry.keys.check() {
        Ok(()) => service::bootstrap(&registry).await?,
        Err(why) => {
            tracing::error!(%why, "sealed: calls answer KEYRING_SEALED until the keyring is back and the process is started again");
            None
        }
    };
    health.look(&registry).await;
    let stop = stop_signal();
    tracing::info!(database = ?settings, transport = %limits, acceptor = %acceptor, "settings in force");
    announce((address, config.tls.is_some()), bootstrapped.as_ref(), say);
    let watch = tokio::spawn(health.clone().watch(registry.clone()));
    let forgetting = tokio::spawn(registry.clone().keep_forgetting_requests());
    // Either way the acceptor is gone after this line, and the port is closed before anybody hears that the server stops.
    tokio::select! {
        () = acceptor.run() => {}
        () = stop => {}
    }
    forgetting.abort();
    watch.abort();
    // Not before it has ended: a last look of it would say SERVING again.
    let _ = watch.await;
    drain((&connections, &places), &health, config.drain_timeout).await;
    // It holds the use-cases, and so a way into the event log.
    drop(connections);
    finish(registry, writer).await;
    Ok(())
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
    let store = open_store(config).await?;
    store.migrate().await?;
    close(store).await;
    say("the schema is up to date\n");
    Ok(())
}

/// Makes the first administrator and ends.
pub async fn bootstrap(config: &Config, say: Say) -> Result<(), ServeError> {
    let registry = start(config).await?.registry;
    match service::bootstrap(&registry).await? {
        Some(made) => first_call(("<address>", config.tls.is_some()), &made, say),
        None => say("there is an administrator already; `--recover` issues another key\n"),
    }
    close(registry.store.clone()).await;
    Ok(())
}

/// Issues another key for an administrator and ends.
pub async fn recover(config: &Config, say: Say) -> Result<(), ServeError> {
    let registry = start_recovery(config).await?.registry;
    let made = service::recover(&registry).await.map_err(ServeError::Recover)?;
    first_call(("<address>", config.tls.is_some()), &made, say);
    close(registry.store.clone()).await;
    Ok(())
}

/// Prints where the server listens and, once, the first administrator's key.
fn announce((address, tls): (SocketAddr, bool), bootstrapped: Option<&Bootstrapped>, say: Say) {
    say(&format!("oauth-registry {} on {address}\n", env!("CARGO_PKG_VERSION")));
    if let Some(made) = bootstrapped {
        first_call((&address.to_string(), tls), made, say);
    }
}

/// Prints the first administrator's key, once, and a call to try it with.
fn first_call((address, tls): (&str, bool), made: &Bootstrapped, say: Say) {
    let token = String::from_utf8_lossy(made.token.expose());
    let plaintext = if tls { "" } else { "-plaintext " };
    let call =
        format!("grpcurl {plaintext}-H 'authorization: Bearer {token}' {address} oauthregistry.v1.CallerService/GetCaller");
    say(&format!("\nAPI key of {}, shown this once:\n\n  {token}\n\nTry:\n\n  {call}\n\n", made.login_name));
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
