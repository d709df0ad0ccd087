//! The settings of the database under which the service runs: which are read at the start, and which values are refused.

use std::fmt;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::storage::connect::OpenError;
use crate::storage::error::StoreError;
use crate::storage::{Backend, Store};

/// The settings that are in force, each with its value.
pub type SettingsReport = Vec<(&'static str, String)>;

/// What a setting must be, so that no acknowledged change is lost and every text can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingRule {
    /// Any value: it is reported.
    Any,
    /// This value.
    Only(&'static str),
    /// Any value but this one.
    Not(&'static str),
}

impl SettingRule {
    fn allows(self, value: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(right) => value == right,
            Self::Not(wrong) => value != wrong,
        }
    }
}

impl fmt::Display for SettingRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("may be anything"),
            Self::Only(right) => write!(f, "must be {right}"),
            Self::Not(wrong) => write!(f, "must not be {wrong}"),
        }
    }
}

const SQLITE: &[(&str, SettingRule)] = &[
    ("journal_mode", SettingRule::Only("wal")),
    ("synchronous", SettingRule::Only("2")),
    ("foreign_keys", SettingRule::Only("1")),
    ("secure_delete", SettingRule::Only("1")),
    ("busy_timeout", SettingRule::Any),
];

/// Whether PostgreSQL calls `fsync` is its operator's decision.
const POSTGRES: &[(&str, SettingRule)] = &[
    ("server_encoding", SettingRule::Only("UTF8")),
    ("fsync", SettingRule::Any),
    ("synchronous_commit", SettingRule::Not("off")),
    ("statement_timeout", SettingRule::Any),
    ("lock_timeout", SettingRule::Any),
    ("idle_in_transaction_session_timeout", SettingRule::Any),
];

impl Store {
    /// Returns the settings that were in force when the database was opened.
    #[must_use]
    pub fn settings(&self) -> &SettingsReport {
        &self.settings
    }
}

/// Reads the settings that are in force, and refuses the values under which the service does not run.
pub(super) async fn read_settings(backend: Backend, connection: &DatabaseConnection) -> Result<SettingsReport, OpenError> {
    let settings = if backend == Backend::Sqlite { SQLITE } else { POSTGRES };
    let failed = |error: StoreError| OpenError::Connect(error.to_string());
    let mut report = Vec::new();
    for (name, rule) in settings {
        let query = match backend {
            Backend::Sqlite => format!("PRAGMA {name}"),
            Backend::Postgres => format!("SELECT current_setting('{name}')"),
        };
        let value = read_text(connection, &query).await.map_err(failed)?;
        if !rule.allows(&value) {
            return Err(OpenError::Setting { name, value, rule: *rule });
        }
        report.push((*name, value));
    }
    if backend == Backend::Sqlite {
        report.push(("sqlite_version", read_text(connection, "SELECT sqlite_version()").await.map_err(failed)?));
    }
    Ok(report)
}

/// Reads the one value of the one row that a query answers.
pub(super) async fn read_text(connection: &DatabaseConnection, query: &str) -> Result<String, StoreError> {
    let statement = Statement::from_string(connection.get_database_backend(), query);
    let row = connection.query_one_raw(statement).await?.ok_or(StoreError::Stale)?;
    // SQLite answers some pragmas with a number.
    let text = row.try_get_by_index::<String>(0);
    Ok(text.or_else(|_| row.try_get_by_index::<i64>(0).map(|number| number.to_string()))?)
}
