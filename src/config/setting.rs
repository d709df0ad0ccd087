//! The one table of settings: every other list of them (flags, environment, file keys, help, reference) is made from it.

/// One setting, as an operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The key in the TOML file, and the name in every message.
    pub name: &'static str,
    /// The flag, without its two hyphens.
    pub flag: &'static str,
    /// The environment variable.
    pub variable: &'static str,
    /// How the value is written.
    pub shape: Shape,
    /// What stands for the value in the help.
    pub placeholder: &'static str,
    /// What holds when nobody gives a value.
    pub preset: Preset,
    /// What the setting does.
    pub meaning: &'static str,
}

impl Setting {
    /// Tells whether the TOML file may hold this setting; the place of the file itself cannot stand inside it.
    #[must_use]
    pub fn is_allowed_in_file(&self) -> bool {
        *self != CONFIG_FILE
    }

    /// Finds the setting of a TOML key.
    #[must_use]
    pub fn of_file_key(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == key && setting.is_allowed_in_file())
    }
}

/// How a value is written in each source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string.
    Text,
    /// `true` or `false`; the bare flag means `true`.
    Switch,
    /// A whole number.
    Integer,
    /// A number with a fraction.
    Ratio,
    /// Whole numbers: separated by commas, an array in the file.
    IntegerList,
    /// `key=value` pairs: one for each flag, separated by commas in the environment, a table in the file.
    Pairs,
}

/// What holds when no source gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// This text, read like any other source's.
    Text(&'static str),
    /// A value made from other settings, described for people.
    Derived(&'static str),
    /// An empty list.
    Empty,
    /// Nothing: the feature is off.
    Absent,
}

impl Preset {
    /// Describes the default for help and reference.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Text(text) | Self::Derived(text) => text,
            Self::Empty => "(empty)",
            Self::Absent => "(none)",
        }
    }
}

macro_rules! settings {
    ($($constant:ident, $name:literal, $flag:literal, $shape:ident $placeholder:literal, $preset:expr, $meaning:literal;)*) => {
        $(pub(super) const $constant: Setting = Setting {
            name: $name,
            flag: $flag,
            variable: concat!("OAUTH_REGISTRY_", stringify!($constant)),
            shape: Shape::$shape,
            placeholder: $placeholder,
            preset: $preset,
            meaning: $meaning,
        };)*

        /// Every setting, in the order in which they are shown.
        pub const SETTINGS: &[Setting] = &[$($constant),*];
    };
}

settings! {
    CONFIG_FILE, "config_file", "config-file", Text "FILE", Preset::Absent,
        "TOML file of settings; a file that is named must exist";
    LISTEN, "listen", "listen", Text "ADDRESS", Preset::Text("127.0.0.1:50051"),
        "IP address and port to listen on; port 0 takes a free one";
    INSECURE_PLAINTEXT, "insecure_plaintext", "insecure-plaintext", Switch "BOOL", Preset::Text("false"),
        "Allow plaintext on an address that is not loopback";
    TLS_CERTIFICATE_FILE, "tls_certificate_file", "tls-certificate-file", Text "FILE", Preset::Absent,
        "PEM file of the certificate chain; together with tls_key_file";
    TLS_KEY_FILE, "tls_key_file", "tls-key-file", Text "FILE", Preset::Absent,
        "PEM file of the certificate's private key";
    DATA_DIR, "data_dir", "data-dir", Text "FOLDER", Preset::Text("./data"),
        "Folder of the embedded database and the keyring";
    DATABASE_URL, "database_url", "database-url", Text "URL", Preset::Derived("sqlite:<data_dir>/registry.sqlite"),
        "Database: sqlite:<path> or postgres://user:password@host/database?sslmode=verify-full&sslrootcert=<file>";
    INSECURE_DATABASE, "insecure_database", "insecure-database", Switch "BOOL", Preset::Text("false"),
        "Allow PostgreSQL over a network without verify-full or verify-ca";
    DATABASE_CONNECTIONS, "database_connections", "database-connections", Integer "NUMBER", Preset::Text("8"),
        "PostgreSQL connections of this process, 1 to 100";
    KEYRING_FILE, "keyring_file", "keyring-file", Text "FILE", Preset::Derived("<data_dir>/keyring"),
        "File of the key-encryption keys";
    LOG, "log", "log", Text "DIRECTIVES", Preset::Text("error,oauth_registry=info"),
        "What to log: a level, of libraries too, or target=level directives separated by commas";
    LOG_FORMAT, "log_format", "log-format", Text "FORMAT", Preset::Text("auto"),
        "auto, human or json; auto is human in a terminal and JSON otherwise";
    OTLP_ENDPOINT, "otlp_endpoint", "otlp-endpoint", Text "URL", Preset::Absent,
        "OTLP collector for traces (gRPC), such as http://127.0.0.1:4317";
    TRACE_SAMPLE_RATIO, "trace_sample_ratio", "trace-sample-ratio", Ratio "RATIO", Preset::Text("1.0"),
        "Share of the traces begun here that is exported, 0.0 to 1.0";
    DATA_STORES, "data_stores", "data-store", Pairs "ID=NAME", Preset::Empty,
        "Data stores beside the built-in ones; replaces the list of a weaker source";
    EGRESS_PORTS, "egress_ports", "egress-ports", IntegerList "PORTS", Preset::Text("443"),
        "Ports that token URIs may name";
    ALLOW_HTTP_LOOPBACK_AUTHORIZE_URI, "allow_http_loopback_authorize_uri", "allow-http-loopback-authorize-uri",
        Switch "BOOL", Preset::Text("false"),
        "Accept authorize URIs with plain HTTP to a loopback address";
    MAX_CONNECTIONS, "max_connections", "max-connections", Integer "NUMBER", Preset::Text("10000"),
        "Connections of this process at once, 1 to 1000000; fewer where the limit of open files is low";
    HANDSHAKE_TIMEOUT_SECONDS, "handshake_timeout_seconds", "handshake-timeout-seconds", Integer "SECONDS", Preset::Text("5"),
        "How long a new connection may take until it speaks HTTP/2, TLS included, 1 to 60";
    DRAIN_TIMEOUT_SECONDS, "drain_timeout_seconds", "drain-timeout-seconds", Integer "SECONDS", Preset::Text("30"),
        "How long open calls may go on after SIGTERM, 0 to 3600";
    DENIED_EVENTS_PER_SECOND, "denied_events_per_second", "denied-events-per-second", Integer "NUMBER", Preset::Text("100"),
        "Denial events written per tenant and second, 1 to 10000";
    PASSWORD_MAX_FAILURES, "password_max_failures", "password-max-failures", Integer "NUMBER", Preset::Text("3"),
        "Wrong passwords that lock a login, 1 to 100";
    PASSWORD_FAILURE_WINDOW_SECONDS, "password_failure_window_seconds", "password-failure-window-seconds", Integer "SECONDS",
        Preset::Text("900"),
        "How long after the first wrong password the others count, 1 to 604800";
    PASSWORD_LOCK_SECONDS, "password_lock_seconds", "password-lock-seconds", Integer "SECONDS", Preset::Text("1800"),
        "How long a login stays locked, 1 to 604800";
}
