//! From columns to domain values: whatever does not parse is corrupt, and says where.

use std::str::FromStr;

use uuid::Uuid;

use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::secret_list::SecretVersion;
use crate::domain::stamp::{Stamp, Version};
use crate::domain::time::Timestamp;
use crate::storage::error::StoreError;

/// A table and the row that is being read.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) table: &'static str,
    pub(super) id: Uuid,
}

impl Row {
    /// Demands a value that parsed.
    pub(super) fn need<T>(self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| StoreError::Corrupt { table: self.table, column, row: self.id.to_string() })
    }

    /// Refuses the row for the sake of a column.
    pub(super) fn corrupt<T>(self, column: &'static str) -> Result<T, StoreError> {
        self.need(column, None)
    }

    /// Reads a value that may be absent.
    pub(super) fn optional<V, T>(
        self,
        column: &'static str,
        value: Option<V>,
        read: impl FnOnce(V) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        value.map(|value| self.need(column, read(value))).transpose()
    }

    /// Reads a list of permission numbers.
    pub(super) fn permissions(self, column: &'static str, text: &str) -> Result<PermissionSet, StoreError> {
        let numbers: Vec<i32> = self.list(column, text)?;
        let permissions = numbers.into_iter().map(Permission::from_number).collect::<Option<PermissionSet>>();
        self.need(column, permissions)
    }

    /// Reads a comma-separated list.
    pub(super) fn list<T: FromStr>(self, column: &'static str, text: &str) -> Result<Vec<T>, StoreError> {
        let items = text.split(',').filter(|item| !item.is_empty());
        self.need(column, items.map(|item| item.parse().ok()).collect())
    }

    /// Reads a list of the numbers of secret versions.
    pub(super) fn secret_versions(self, column: &'static str, text: &str) -> Result<Vec<SecretVersion>, StoreError> {
        let numbers: Vec<i64> = self.list(column, text)?;
        self.need(column, numbers.into_iter().map(SecretVersion::from_i64).collect())
    }

    /// Reads the columns that say who made and changed the row.
    pub(super) fn stamp(self, columns: &StampColumns) -> Result<Stamp, StoreError> {
        Ok(Stamp {
            create_time: Timestamp::from_micros(columns.create_time),
            update_time: Timestamp::from_micros(columns.update_time),
            create_actor: self.need("create_actor", columns.create_actor.parse().ok())?,
            update_actor: self.need("update_actor", columns.update_actor.parse().ok())?,
            version: Version::from_i64(columns.version),
        })
    }
}

/// The columns of a stamp, as a row has them.
pub(super) struct StampColumns {
    pub(super) create_time: i64,
    pub(super) update_time: i64,
    pub(super) create_actor: String,
    pub(super) update_actor: String,
    pub(super) version: i64,
}

/// Writes a list with commas.
pub(super) fn join<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

/// Writes a set of permissions as numbers with commas.
pub(super) fn permission_numbers(permissions: &PermissionSet) -> String {
    join(permissions.iter().map(Permission::number))
}
