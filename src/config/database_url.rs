//! Where the database is, with the password out of sight.

mod postgres;

use std::fmt;
use std::path::PathBuf;

pub use self::postgres::PostgresUrl;
use super::parse::{self, Parsed};

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

impl DatabaseUrl {
    /// Reads `sqlite:path`, `sqlite://path`, `postgres://…` or `postgresql://…`.
    pub fn parse(text: &str) -> Parsed<Self> {
        match text.split_once(':') {
            Some(("sqlite", path)) => sqlite(path.strip_prefix("//").unwrap_or(path)),
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => PostgresUrl::parse(text).map(Self::Postgres),
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
