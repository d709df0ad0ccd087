//! What can go wrong in the database, in the house's own words. The cause stays inside and carries no bound value.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::storage::connection::code;
use crate::storage::pool::READ_ONLY;

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique value is taken; the field is named as in the API.
    #[error("the value of {field} is taken")]
    Taken {
        /// The field, such as `oauth_app.name`.
        field: &'static str,
    },
    /// A row that others depend on, or that depends on a missing one.
    #[error("a foreign key stands in the way")]
    ForeignKey,
    /// The row changed since it was read.
    #[error("the row is not the one that was read")]
    Stale,
    /// The transaction lost a race; it may be tried again.
    #[error("the transaction lost a race")]
    Contention,
    /// The database does not answer.
    #[error("the database is away: {0}")]
    Unavailable(String),
    /// There is no room to write; reads go on.
    #[error("the disk is full: {0}")]
    Full(String),
    /// A stored value cannot be what the service wrote.
    #[error("corrupt value in {table}.{column}, row {row}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
    },
    /// A row was to be written outside the permit's scope: a bug.
    #[error("a row outside the scope was to be written")]
    OutOfScope,
    /// Anything else: a bug.
    #[error("unexpected database error: {0}")]
    Unexpected(String),
}

/// The unique values, each by what SQLite and what PostgreSQL say of it.
const UNIQUE: &[(&str, &str, &str)] = &[
    ("tenant.id", "tenant_pkey", "tenant.id"),
    ("tenant.name_key", "tenant_name_key_key", "tenant.name"),
    ("user_account.login_key", "user_account_tenant_id_login_key_key", "user.login_name"),
    ("role.name_key", "role_tenant_id_name_key_key", "role.name"),
    ("request_record.request_id", "request_record_pkey", "request_id"),
    ("oauth_app.name_key", "oauth_app_tenant_id_name_key_key", "oauth_app.name"),
    ("oauth_app.slug", "oauth_app_tenant_id_slug_key", "oauth_app.slug"),
];

/// `SQLITE_CONSTRAINT_COMMITHOOK`.
const COMMIT_HOOK: &str = "531";

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => return unique(&message),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::ForeignKey,
            Some(_) | None => {}
        }
        // Without a connection nothing was asked, whatever the reason.
        if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
            return Self::Unavailable(error.to_string());
        }
        if let Some(code) = code(&error) {
            return coded(&code, error.to_string());
        }
        // An error without a code of the database comes from the way to it: a socket that is closed.
        let on_the_way = matches!(error, DbErr::Exec(RuntimeErr::SqlxError(_)) | DbErr::Query(RuntimeErr::SqlxError(_)));
        if on_the_way { Self::Unavailable(error.to_string()) } else { Self::Unexpected(error.to_string()) }
    }
}

/// Sorts an error by the database's own code: five characters are PostgreSQL's, fewer a number of SQLite's.
fn coded(code: &str, cause: String) -> StoreError {
    if code.len() == 5 {
        // Serialization failure, deadlock, lock timeout, statement timeout; connection exceptions, insufficient resources, operator intervention.
        return match code {
            "40001" | "40P01" | "55P03" | "57014" => StoreError::Contention,
            READ_ONLY => StoreError::Unavailable(cause),
            _ if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => StoreError::Unavailable(cause),
            _ => StoreError::Unexpected(cause),
        };
    }
    // The hook of `connect.rs`, by which a commit to a file that is gone is refused.
    if code == COMMIT_HOOK {
        return StoreError::Unavailable(cause);
    }
    // The low byte is the kind, what is above it says more of the same: busy; read-only, I/O error, full, cannot open.
    match code.parse::<i32>().map(|number| number & 0xff) {
        Ok(5) => StoreError::Contention,
        Ok(13) => StoreError::Full(cause),
        Ok(8 | 10 | 14) => StoreError::Unavailable(cause),
        _ => StoreError::Unexpected(cause),
    }
}

fn unique(message: &str) -> StoreError {
    let found = UNIQUE.iter().find(|(sqlite, postgres, _)| message.contains(sqlite) || message.contains(postgres));
    found.map_or_else(|| StoreError::Unexpected(message.to_owned()), |(_, _, field)| StoreError::Taken { field })
}
