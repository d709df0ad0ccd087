//! On SQLite.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use oauth_registry::storage::{OpenError, Store};
use sea_orm::ConnectionTrait as _;
use tempfile::TempDir;

use super::{Raw, assert_newer_is_refused, assert_there_and_back};

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
const SCHEMA: &str = "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY type, name";

/// A database file in a folder that is gone with this value.
pub(super) struct File {
    folder: TempDir,
}

impl File {
    pub(super) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("registry.db")
    }

    pub(super) async fn open(&self) -> Store {
        Store::open_sqlite(&self.path()).await.unwrap()
    }

    pub(super) async fn raw(&self) -> Raw {
        Raw::connect(&format!("sqlite://{}", self.path().display())).await
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode() & 0o777
}

#[tokio::test]
async fn the_schema_goes_up_down_and_up_again() {
    let file = File::new();
    let store = file.open().await;
    assert_there_and_back(&store, &file.raw().await, (TABLES, SCHEMA)).await;
}

#[tokio::test]
async fn a_schema_of_a_newer_release_is_refused() {
    let file = File::new();
    assert_newer_is_refused(&file.open().await, &file.raw().await).await;
}

#[tokio::test]
async fn what_is_up_to_date_takes_no_writers_turn() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    let raw = file.raw().await;
    raw.0.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    store.migrate().await.unwrap();
}

#[tokio::test]
async fn only_the_owner_reads_the_files() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    for name in ["registry.db", "registry.db-wal", "registry.db-shm"] {
        assert_eq!(mode(&file.folder.path().join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn the_settings_keep_what_was_acknowledged_and_wipe_what_was_deleted() {
    let file = File::new();
    let store = file.open().await;
    let report = store.settings();
    for (name, value) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1")] {
        assert!(report.contains(&(name, value.to_owned())), "{name} is not {value}: {report:?}");
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("registry.sqlite");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Store::open_sqlite(&path).await, Err(OpenError::OpenToOthers(_))));
}
