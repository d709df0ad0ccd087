//! The configuration: flags, then the environment, then a TOML file, then the defaults, merged into one typed value.
//!
//! Knows every setting, where its value came from and what makes it good; reports everything that is wrong at once. Must not know the
//! command line's parser, the database, the network or the other rooms; it reads one file and opens nothing else.

mod database_url;
mod error;
mod log_directives;
mod parse;
mod reader;
mod setting;
mod show;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use database_url::{DatabaseUrl, PostgresUrl};
pub use error::{ConfigError, Problem};
pub use log_directives::LogDirectives;
pub use setting::{Preset, SETTINGS, Setting, Shape};
pub use show::EffectiveValue;
pub use sources::{Environment, Flags, Source};
use url::Url;

use self::parse::one;
use self::reader::{Noted, Reader};
use self::sources::Sources;

/// The effective configuration, checked as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The TOML file that was read.
    pub config_file: Option<PathBuf>,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether plaintext is allowed on an address that others can reach.
    pub insecure_plaintext: bool,
    /// The certificate and its key; absent means plaintext.
    pub tls: Option<Tls>,
    /// The folder of everything that the service keeps in files.
    pub data_dir: PathBuf,
    /// The database.
    pub database_url: DatabaseUrl,
    /// Whether PostgreSQL may be reached over a network by a connection that does not verify the server.
    pub insecure_database: bool,
    /// The number of PostgreSQL connections of one process.
    pub database_connections: u32,
    /// The file of key-encryption keys.
    pub keyring_file: PathBuf,
    /// What is logged.
    pub log: LogDirectives,
    /// How the log is written.
    pub log_format: LogFormat,
    /// Where spans go; absent means nowhere.
    pub otlp_endpoint: Option<Url>,
    /// The share of traces that begin here and are exported.
    pub trace_sample_ratio: f64,
    /// The operator's additions to the catalogue of data stores.
    pub data_stores: BTreeMap<i32, String>,
    /// The ports that token URIs may name.
    pub egress_ports: BTreeSet<u16>,
    /// Whether an authorize URI may be plain HTTP to a loopback address.
    pub allow_http_loopback_authorize_uri: bool,
    /// How many connections this process has at once.
    pub max_connections: u32,
    /// How long a new connection may take until it speaks HTTP/2, its TLS handshake included.
    pub handshake_timeout: Duration,
    /// How long open calls may go on after the order to stop.
    pub drain_timeout: Duration,
    /// How many denial events a tenant may cause per second.
    pub denied_events_per_second: u32,
    /// When wrong passwords lock a login.
    pub lockout: Lockout,
}

/// When wrong passwords lock a login, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    /// How many wrong passwords lock it.
    pub failures: u32,
    /// How long after the first of them the others count.
    pub window: Duration,
    /// How long the lock lasts.
    pub duration: Duration,
}

/// A certificate chain and its private key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The file of the certificate chain.
    pub certificate_file: PathBuf,
    /// The file of the private key.
    pub key_file: PathBuf,
}

/// How the log is written to stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people when stderr is a terminal, JSON otherwise.
    Auto,
    /// One readable line for each event.
    Human,
    /// One JSON object for each event.
    Json,
}

/// A configuration together with the source of each value.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The typed values.
    pub config: Config,
    /// The same values as text, in the order of [`SETTINGS`], secrets redacted.
    pub effective: Vec<EffectiveValue>,
}

/// Says whether the way to a PostgreSQL server leads over a network without verifying the server, as the driver reads the URL together
/// with its own environment variables; nothing when it does not understand them.
pub type IsExposed<'a> = &'a dyn Fn(&PostgresUrl) -> Option<bool>;

/// Reads every source and checks the result, or reports everything that is wrong.
pub fn load(flags: &Flags, environment: &dyn Environment, is_exposed: IsExposed<'_>) -> Result<Loaded, ConfigError> {
    let sources = Sources::open(flags, environment)?;
    let mut reader = Reader::new(sources);
    let config = assemble(&mut reader, is_exposed);
    reader.finish(config)
}

fn assemble(reader: &mut Reader<'_>, is_exposed: IsExposed<'_>) -> Result<Config, Noted> {
    let config_file = reader.optional(&setting::CONFIG_FILE, one(parse::path));
    let (listen, insecure_plaintext, tls) = listener(reader);
    let data_dir = reader.required(&setting::DATA_DIR, one(parse::path));
    let in_data_dir = |name: &str| data_dir.as_ref().map(|folder| folder.join(name)).map_err(|noted| *noted);
    let database_url = reader
        .derived(&setting::DATABASE_URL, one(DatabaseUrl::parse), || in_data_dir("registry.sqlite").map(DatabaseUrl::Sqlite));
    let insecure_database = reader.required(&setting::INSECURE_DATABASE, one(parse::switch));
    let database_url = unexposed(reader, database_url, insecure_database, is_exposed);
    let database_connections = reader.required(&setting::DATABASE_CONNECTIONS, one(|text| parse::number(text, 1..=100)));
    let keyring_file = reader.derived(&setting::KEYRING_FILE, one(parse::path), || in_data_dir("keyring"));
    let log = reader.required(&setting::LOG, one(LogDirectives::parse));
    let log_format = reader.required(&setting::LOG_FORMAT, one(parse::log_format));
    let otlp_endpoint = reader.optional(&setting::OTLP_ENDPOINT, one(parse::otlp_endpoint));
    let trace_sample_ratio = reader.required(&setting::TRACE_SAMPLE_RATIO, one(parse::ratio));
    let data_stores = reader.required(&setting::DATA_STORES, parse::data_stores);
    let egress_ports = reader.required(&setting::EGRESS_PORTS, parse::ports);
    let allow_http_loopback = reader.required(&setting::ALLOW_HTTP_LOOPBACK_AUTHORIZE_URI, one(parse::switch));
    let (max_connections, handshake_timeout, drain_timeout, denied_events) = limits(reader);
    let lockout = lockout(reader);
    Ok(Config {
        config_file: config_file?,
        listen: listen?,
        insecure_plaintext: insecure_plaintext?,
        tls: tls?,
        data_dir: data_dir?,
        database_url: database_url?,
        insecure_database: insecure_database?,
        database_connections: database_connections?,
        keyring_file: keyring_file?,
        log: log?,
        log_format: log_format?,
        otlp_endpoint: otlp_endpoint?,
        trace_sample_ratio: trace_sample_ratio?,
        data_stores: data_stores?,
        egress_ports: egress_ports?,
        allow_http_loopback_authorize_uri: allow_http_loopback?,
        max_connections: max_connections?,
        handshake_timeout: handshake_timeout?,
        drain_timeout: drain_timeout?,
        denied_events_per_second: denied_events?,
        lockout: lockout?,
    })
}

/// Refuses the URL of a database in whose place somebody else could answer, unless the operator allows it, and start-up options that the
/// driver takes from its own variable: a pooler refuses a connection that begins with any.
fn unexposed(
    reader: &mut Reader<'_>,
    url: Result<DatabaseUrl, Noted>,
    allowed: Result<bool, Noted>,
    is_exposed: IsExposed<'_>,
) -> Result<DatabaseUrl, Noted> {
    let url = url?;
    let DatabaseUrl::Postgres(postgres) = &url else { return Ok(url) };
    if reader.has_variable("PGOPTIONS") {
        return Err(reader.refuse(&setting::DATABASE_URL, "takes no start-up options: unset the variable PGOPTIONS"));
    }
    match (is_exposed(postgres), allowed) {
        (None, _) => Err(reader.refuse(&setting::DATABASE_URL, "is not understood by the database driver")),
        (Some(true), Ok(false)) => Err(reader.refuse(
            &setting::DATABASE_URL,
            "others on the network could answer for the database: verify it with sslmode=verify-full, and sslrootcert unless a \
             public authority vouches for it, or allow this with --insecure-database",
        )),
        (Some(_), _) => Ok(url),
    }
}

type Limits = (Result<u32, Noted>, Result<Duration, Noted>, Result<Duration, Noted>, Result<u32, Noted>);

fn limits(reader: &mut Reader<'_>) -> Limits {
    let max_connections = reader.required(&setting::MAX_CONNECTIONS, one(|text| parse::number(text, 1..=1_000_000)));
    let handshake_timeout = reader.required(&setting::HANDSHAKE_TIMEOUT_SECONDS, one(|text| parse::seconds(text, 1..=60)));
    let drain_timeout = reader.required(&setting::DRAIN_TIMEOUT_SECONDS, one(|text| parse::seconds(text, 0..=3600)));
    let denied_events = reader.required(&setting::DENIED_EVENTS_PER_SECOND, one(|text| parse::number(text, 1..=10_000)));
    (max_connections, handshake_timeout, drain_timeout, denied_events)
}

fn lockout(reader: &mut Reader<'_>) -> Result<Lockout, Noted> {
    let seconds = |text: &str| parse::seconds(text, 1..=604_800);
    let failures = reader.required(&setting::PASSWORD_MAX_FAILURES, one(|text| parse::number(text, 1..=100)));
    let window = reader.required(&setting::PASSWORD_FAILURE_WINDOW_SECONDS, one(seconds));
    let duration = reader.required(&setting::PASSWORD_LOCK_SECONDS, one(seconds));
    Ok(Lockout { failures: failures?, window: window?, duration: duration? })
}

type Listener = (Result<SocketAddr, Noted>, Result<bool, Noted>, Result<Option<Tls>, Noted>);

fn listener(reader: &mut Reader<'_>) -> Listener {
    let listen = reader.required(&setting::LISTEN, one(parse::socket_address));
    let insecure_plaintext = reader.required(&setting::INSECURE_PLAINTEXT, one(parse::switch));
    let tls = tls(reader);
    let listen = match (&listen, &insecure_plaintext, &tls) {
        (Ok(address), Ok(false), Ok(None)) if !address.ip().to_canonical().is_loopback() => Err(reader.refuse(
            &setting::LISTEN,
            "others can reach this address: give a TLS certificate and key, or allow plaintext with --insecure-plaintext",
        )),
        _ => listen,
    };
    (listen, insecure_plaintext, tls)
}

fn tls(reader: &mut Reader<'_>) -> Result<Option<Tls>, Noted> {
    let certificate_file = reader.optional(&setting::TLS_CERTIFICATE_FILE, one(parse::path));
    let key_file = reader.optional(&setting::TLS_KEY_FILE, one(parse::path));
    match (certificate_file?, key_file?) {
        (Some(certificate_file), Some(key_file)) => Ok(Some(Tls { certificate_file, key_file })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(reader.refuse(&setting::TLS_KEY_FILE, "is required beside tls_certificate_file")),
        (None, Some(_)) => Err(reader.refuse(&setting::TLS_CERTIFICATE_FILE, "is required beside tls_key_file")),
    }
}
