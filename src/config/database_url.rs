//! Where the database is, with the password out of sight.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use super::parse::{self, Parsed};

const REDACTED: &str = "***";

/// The database: an embedded file or a PostgreSQL server.
///
/// `Display` and `Debug` redact passwords.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// The file of an embedded SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(PostgresUrl),
}

/// The URL of a PostgreSQL database, which may carry a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl DatabaseUrl {
    /// Reads `sqlite:path`, `sqlite://path`, `postgres://…` or `postgresql://…`.
    pub fn parse(text: &str) -> Parsed<Self> {
        match text.split_once(':') {
            Some(("sqlite", path)) => sqlite(path.strip_prefix("//").unwrap_or(path)),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => postgres(text),
            _ => Err("must begin with sqlite:, postgres:// or postgresql://".to_owned()),
        }
    }
}

fn sqlite(path: &str) -> Parsed<DatabaseUrl> {
    if path.is_empty() || path.contains('?') {
        return Err("must name a file after sqlite:, without parameters".to_owned());
    }
    if path.contains(":memory:") {
        return Err("must name a file: a database in memory would be forgotten".to_owned());
    }
    Ok(DatabaseUrl::Sqlite(parse::path(path)?))
}

fn postgres(text: &str) -> Parsed<DatabaseUrl> {
    let Ok(url) = Url::parse(text) else {
        return Err("must be a URL such as postgres://user:password@host/database, special characters percent-encoded".to_owned());
    };
    // A raw `/`, `?` or `#` in a password moves its rest, with the `@`, out of the part that is redacted.
    if url.fragment().is_some() || url.path().contains('@') || url.query().is_some_and(|query| query.contains('@')) {
        return Err("must percent-encode the characters / ? # @ outside of their places".to_owned());
    }
    let named_by = |name: &str| url.query_pairs().any(|(key, _)| key == name);
    if named_by("hostaddr") && (named_by("host") || url.host_str().is_some_and(|host| !host.is_empty())) {
        return Err("must not name both a host and a hostaddr: the driver takes one of them for both purposes".to_owned());
    }
    Ok(DatabaseUrl::Postgres(PostgresUrl(url)))
}

impl PostgresUrl {
    /// Returns the URL with its password, for the database driver alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    fn redacted(&self) -> String {
        let mut url = self.0.clone();
        if url.password().is_some() && url.set_password(Some(REDACTED)).is_err() {
            return format!("{}://{REDACTED}", url.scheme());
        }
        let query = url.query().map(|query| query.split('&').map(redacted_parameter).collect::<Vec<_>>().join("&"));
        url.set_query(query.as_deref());
        url.into()
    }
}

fn redacted_parameter(parameter: &str) -> String {
    // The key may be percent-encoded, so it is read as the driver reads it.
    match url::form_urlencoded::parse(parameter.as_bytes()).next() {
        Some((key, _)) if key.to_ascii_lowercase().contains("password") => format!("{key}={REDACTED}"),
        _ => parameter.to_owned(),
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => fmt::Display::fmt(url, f),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

    fn shown(text: &str) -> String {
        let url = DatabaseUrl::parse(text).unwrap();
        assert_eq!(url.to_string(), format!("{url:?}"));
        url.to_string()
    }

    #[test]
    fn a_password_is_redacted_wherever_the_driver_would_read_it() {
        assert_eq!(shown("postgres://ada:canary@db.example/registry"), "postgres://ada:***@db.example/registry");
        assert_eq!(shown("postgresql://:canary@db.example/registry"), "postgresql://:***@db.example/registry");
        assert_eq!(
            shown("postgres://db.example/registry?user=ada&p%61ssword=canary&sslPassword=canary"),
            "postgres://db.example/registry?user=ada&password=***&sslPassword=***"
        );
        assert_eq!(
            shown("postgres://ada@db.example/registry?sslmode=require"),
            "postgres://ada@db.example/registry?sslmode=require"
        );
    }

    #[test]
    fn a_password_that_spills_out_of_its_place_is_refused_without_being_repeated() {
        for spill in ["12/canary", "12?canary", "12#canary", "can/ary", "can?ary"] {
            let sentence = DatabaseUrl::parse(&format!("postgres://ada:{spill}@db.example/registry")).unwrap_err();
            assert!(!sentence.contains("ary") && !sentence.contains("12"), "{spill}: {sentence}");
        }
    }

    #[test]
    fn a_host_and_an_address_of_a_host_are_not_both_named() {
        for both in ["db.example/r?hostaddr=127.0.0.1", "/r?host=db.example&hostaddr=127.0.0.1", "/r?hostaddr=::1&host=/run"] {
            assert!(DatabaseUrl::parse(&format!("postgres://{both}")).is_err(), "{both}");
        }
        for one in ["db.example/r", "/r?host=db.example", "/r?hostaddr=127.0.0.1"] {
            DatabaseUrl::parse(&format!("postgres://{one}")).unwrap();
        }
    }

    #[test]
    fn the_exposed_url_keeps_the_password() {
        let DatabaseUrl::Postgres(url) = DatabaseUrl::parse("postgres://ada:p%40ss@db.example/registry").unwrap() else {
            panic!("not PostgreSQL");
        };
        assert_eq!(url.expose(), "postgres://ada:p%40ss@db.example/registry");
    }

    #[test]
    fn sqlite_is_a_file_with_or_without_slashes() {
        assert_eq!(shown("sqlite:data/x.sqlite"), "sqlite:data/x.sqlite");
        assert_eq!(shown("sqlite://data/x.sqlite"), "sqlite:data/x.sqlite");
        assert_eq!(shown("sqlite:///srv/x.sqlite"), "sqlite:/srv/x.sqlite");
        for bad in
            ["sqlite:", "sqlite://", "sqlite::memory:", "sqlite:x?mode=ro", "mysql://h/d", "postgres:h/d", "registry.sqlite", ""]
        {
            assert!(DatabaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
