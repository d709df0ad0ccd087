//! The whole server in this process, every layer in place, over a pipe; its database is its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use oauth_registry::crypto::Keyring;
use oauth_registry::domain::data_store::DataStoreCatalogue;
use oauth_registry::domain::lockout::LockoutRule;
use oauth_registry::domain::uri::EgressRules;
use oauth_registry::server::{Connections, Health, Limits, routes};
use oauth_registry::service::{self, DenialQueue, KeyState, KeyUseQueue, Keys, LossReports, Passwords, Registry};
use oauth_registry::storage::Store;
use tempfile::TempDir;
use tokio::io::DuplexStream;
use tokio::net::{TcpListener, TcpStream};
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;

use crate::harness::caller::Caller;
use crate::harness::environment::{TestClock, TestRandom};
use crate::harness::postgres::{self, Cluster, Database};

/// How many denials of one tenant are written each second.
pub(crate) const DENIED_EVENTS_PER_SECOND: u32 = 100;
/// How many passwords are hashed at the same time.
const HASHES_AT_ONCE: usize = 2;
/// When wrong passwords lock: the defaults of the configuration.
pub(crate) const LOCKOUT: LockoutRule =
    LockoutRule { failures: 3, window: Duration::from_mins(15), duration: Duration::from_mins(30) };
/// The id of the system tenant.
pub(crate) const SYSTEM: &str = "00000000-0000-0000-0000-000000000001";

/// A running server and its first administrator.
pub(crate) struct TestServer {
    /// The use-cases below the API, for a look behind it.
    pub(crate) registry: Arc<Registry>,
    /// The server's clock.
    pub(crate) clock: Arc<TestClock>,
    /// What the health service says.
    pub(crate) health: Health,
    connections: Connections,
    channel: Channel,
    admin_token: String,
    home: Home,
}

/// Where the database lives; it goes when the server goes.
pub(crate) enum Home {
    Sqlite(TempDir),
    Postgres(Database),
}

impl TestServer {
    /// Starts on a SQLite file of its own.
    pub(crate) async fn sqlite() -> Self {
        let folder = folder();
        let store = Store::open_sqlite(&folder.path().join("registry.sqlite")).await.unwrap();
        Self::start(store, Home::Sqlite(folder)).await
    }

    /// Starts on a PostgreSQL database of its own, where the server programs are there.
    pub(crate) async fn postgres() -> Option<Self> {
        if !postgres::available() {
            return None;
        }
        let database = Cluster::shared().template("migrated", migrate).create_database();
        let store = Store::open_postgres(database.url(), 8).await.unwrap();
        Some(Self::start(store, Home::Postgres(database)).await)
    }

    async fn start(store: Store, home: Home) -> Self {
        store.migrate().await.unwrap();
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(TestRandom::default()));
        let keyring = Keyring::generate("test", random.as_ref()).unwrap();
        let now = oauth_registry::domain::time::Clock::now(clock.as_ref());
        let state = KeyState::verify(keyring, &store, now).await.unwrap();
        let (denials, denial_writer) = DenialQueue::new(DENIED_EVENTS_PER_SECOND);
        let (key_uses, _key_use_writer) = KeyUseQueue::new();
        let registry = Arc::new(Registry {
            store,
            keys: Arc::new(Keys::new(state)),
            passwords: Arc::new(Passwords::new(HASHES_AT_ONCE, LOCKOUT, random.as_ref()).unwrap()),
            clock: clock.clone(),
            random,
            catalogue: Arc::new(DataStoreCatalogue::new([]).unwrap()),
            egress: Arc::new(EgressRules::default()),
            denials,
            losses: LossReports::default(),
            key_uses,
        });
        tokio::spawn(denial_writer.run(registry.store.clone()));
        let made = service::bootstrap(&registry).await.unwrap().expect("a new database has no administrator");
        let admin_token = String::from_utf8(made.token.expose().to_vec()).unwrap();
        let (health, connections) = serve(&registry, Limits::new(registry.random.as_ref())).await;
        let channel = channel(&connections);
        Self { registry, clock, health, connections, channel, admin_token, home }
    }

    /// Another server process on the same database and keys: the pipe is new, the rest is shared.
    pub(crate) async fn second_channel(&self) -> Channel {
        channel(&serve(&self.registry, self.limits()).await.1)
    }

    /// Two connections to another server process on the same database and keys, under limits of its own.
    pub(crate) async fn channels_under(&self, limits: Limits) -> [Channel; 2] {
        let (_, connections) = serve(&self.registry, limits).await;
        [channel(&connections), channel(&connections)]
    }

    /// Another server process on the same database, with keys of its own and nothing in its caches.
    pub(crate) async fn with_keys(&self, state: KeyState) -> (Health, Channel) {
        let registry = Arc::new(Registry { keys: Arc::new(Keys::new(state)), ..self.registry.as_ref().clone() });
        let (health, connections) = serve(&registry, self.limits()).await;
        (health, channel(&connections))
    }

    /// Another server process on the same database and keys, that goes through a store of its own for all that it does.
    pub(crate) async fn with_store(&self, store: Store) -> Channel {
        let (denials, denial_writer) = DenialQueue::new(DENIED_EVENTS_PER_SECOND);
        tokio::spawn(denial_writer.run(store.clone()));
        let registry = Arc::new(Registry { store, denials, ..self.registry.as_ref().clone() });
        channel(&serve(&registry, self.limits()).await.1)
    }

    /// The limits of production.
    pub(crate) fn limits(&self) -> Limits {
        Limits::new(self.registry.random.as_ref())
    }

    /// The near end of a new connection to this server, for those who write their own frames.
    pub(crate) fn wire(&self) -> DuplexStream {
        connect(&self.connections)
    }

    /// The near end of a new TCP connection to this server.
    pub(crate) async fn socket(&self) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, peer) = listener.accept().await.unwrap();
        tokio::spawn(self.connections.clone().serve(Box::new(far), Some(peer)));
        near
    }

    /// The near end of a connection to another server process, under limits of its own.
    pub(crate) async fn wire_under(&self, limits: Limits) -> DuplexStream {
        connect(&serve(&self.registry, limits).await.1)
    }

    /// The server's keyring, drawn once more from the same chance.
    pub(crate) fn keyring() -> Keyring {
        Keyring::generate("test", &TestRandom::default()).unwrap()
    }

    /// The first administrator's token.
    pub(crate) fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// The first administrator: {12, 1006, 1007}.
    pub(crate) fn admin(&self) -> Caller {
        self.caller(&self.admin_token)
    }

    /// A caller with a token.
    pub(crate) fn caller(&self, token: &str) -> Caller {
        Caller::new(self.channel.clone(), Some(token.to_owned()))
    }

    /// A caller without any credential.
    pub(crate) fn anonymous(&self) -> Caller {
        Caller::new(self.channel.clone(), None)
    }

    /// The pipe itself, for calls that no generated client would make.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Where the database lives.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Runs a statement behind the server's back, on a connection of its own; says how many rows it changed.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let url = match &self.home {
            Home::Sqlite(folder) => format!("sqlite://{}", folder.path().join("registry.sqlite").display()),
            Home::Postgres(database) => database.url().to_owned(),
        };
        let connection = sea_orm::Database::connect(url).await.unwrap();
        let done = sea_orm::ConnectionTrait::execute_unprepared(&connection, sql).await.unwrap();
        connection.close().await.unwrap();
        done.rows_affected()
    }

    /// Writes an id as the database's SQL has it.
    pub(crate) fn sql_id(&self, id: &str) -> String {
        match &self.home {
            Home::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Home::Postgres(_) => format!("'{id}'"),
        }
    }
}

/// Makes a folder in memory where there is room: nothing that these tests promise hangs on a disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    // A container's has 64 MiB, of which a few servers leave less than they need to go on writing.
    let free = rustix::fs::statvfs(memory).map_or(0, |found| found.f_bavail * found.f_frsize);
    if free > 1 << 30 { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

/// Wires a server process and looks at its health.
async fn serve(registry: &Arc<Registry>, limits: Limits) -> (Health, Connections) {
    let (health, health_service) = Health::new();
    let connections = Connections::new(routes(registry, &limits, health_service).unwrap(), limits);
    health.look(registry).await;
    (health, connections)
}

/// A client that opens a pipe to a server, and a new one whenever it needs to.
fn channel(connections: &Connections) -> Channel {
    let connections = connections.clone();
    let connector = service_fn(move |_: Uri| {
        let near = TokioIo::new(connect(&connections));
        async move { Ok::<_, std::io::Error>(near) }
    });
    Endpoint::from_static("http://in.process").connect_with_connector_lazy(connector)
}

/// Opens a pipe to a server and returns its near end.
fn connect(connections: &Connections) -> DuplexStream {
    let (near, far) = tokio::io::duplex(1 << 20);
    tokio::spawn(connections.clone().serve(Box::new(far), None));
    near
}

/// Migrates the template that every PostgreSQL database is cloned from.
fn migrate(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open_postgres(url, 2).await.unwrap();
        store.migrate().await.unwrap();
    });
}
