//! The room that is left where the SQLite file is: writes end before the last of it is gone, and reads go on.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::storage::error::StoreError;

/// With less room than this nothing is written. The log of writes takes a few MiB between two checkpoints, and refused calls are still
/// written down.
const LOW: u64 = 16 << 20;
/// With this much room writing begins again: with [`LOW`] alone each write could end the next one.
const ENOUGH: u64 = 32 << 20;

/// Returns how many bytes are free.
type Probe = Box<dyn Fn() -> io::Result<u64> + Send + Sync>;

/// Whether there is room to write.
pub(super) struct Space {
    free: Probe,
    full: AtomicBool,
}

impl Space {
    /// Watches the file system on which a file is.
    pub(super) fn around(file: &Path) -> Self {
        // The file itself: it may be a link to another file system.
        let file = file.to_owned();
        Self::watched(move || {
            let found = rustix::fs::statvfs(&file)?;
            Ok(found.f_bavail.saturating_mul(found.f_frsize))
        })
    }

    fn watched(free: impl Fn() -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self { free: Box::new(free), full: AtomicBool::new(false) }
    }

    /// Demands room for a write; only [`Space::look`] finds out that there is room again.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.full.load(Ordering::Acquire) {
            return Err(no_room());
        }
        if is_full(false, (self.free)().ok()) { self.turn(true) } else { Ok(()) }
    }

    /// Looks again, and demands that there is room and that no write has missed it since the look before.
    pub(super) fn look(&self) -> Result<(), StoreError> {
        let before = self.full.load(Ordering::Acquire);
        let now = self.turn(is_full(before, (self.free)().ok()));
        if before { Err(no_room()) } else { now }
    }

    /// Takes notice of a write that found no room, whatever the file system says of itself: there may be a quota.
    pub(super) fn note_full(&self) {
        // The writer has its error already.
        let _ = self.turn(true);
    }

    fn turn(&self, full: bool) -> Result<(), StoreError> {
        match (self.full.swap(full, Ordering::AcqRel), full) {
            (false, true) => {
                tracing::error!(low = LOW, enough = ENOUGH, "no room for the database: nothing is written until there is");
            }
            (true, false) => tracing::info!("there is room for the database again"),
            (false, false) | (true, true) => {}
        }
        if full { Err(no_room()) } else { Ok(()) }
    }
}

/// Says whether there is no room; where nobody knows how much is free, it stays as it was.
fn is_full(before: bool, free: Option<u64>) -> bool {
    let needed = if before { ENOUGH } else { LOW };
    free.map_or(before, |free| free < needed)
}

fn no_room() -> StoreError {
    StoreError::Full("there is too little room where the database file is".to_owned())
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Space").field("full", &self.full).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicU64;

    use sea_orm::ConnectionTrait as _;
    use tempfile::TempDir;

    use super::*;
    use crate::storage::Store;

    const MIB: u64 = 1 << 20;

    #[test]
    fn writing_ends_below_16_mib_and_begins_again_at_32() {
        for (before, free, full) in [
            (false, Some(u64::MAX), false),
            (false, Some(16 * MIB), false),
            (false, Some(16 * MIB - 1), true),
            (true, Some(16 * MIB), true),
            (true, Some(32 * MIB - 1), true),
            (true, Some(32 * MIB), false),
            (false, None, false),
            (true, None, true),
        ] {
            assert_eq!(is_full(before, free), full, "{before} {free:?}");
        }
    }

    /// A store on a disk with so much room.
    async fn store(free: &Arc<AtomicU64>) -> (TempDir, Store) {
        let folder = TempDir::new().unwrap();
        let store = Store::open_sqlite(&folder.path().join("registry.sqlite")).await.unwrap();
        store.migrate().await.unwrap();
        let free = free.clone();
        let space = Space::watched(move || Ok(free.load(Ordering::SeqCst)));
        (folder, Store { space: Some(Arc::new(space)), ..store })
    }

    fn is_no_room<T>(answer: &Result<T, StoreError>) -> bool {
        matches!(answer, Err(StoreError::Full(_)))
    }

    async fn write(store: &Store) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        tx.transaction.execute_unprepared("CREATE TABLE IF NOT EXISTS t (b BLOB)").await?;
        tx.transaction.execute_unprepared("INSERT INTO t VALUES (zeroblob(4096))").await?;
        Ok(tx.transaction.commit().await?)
    }

    #[tokio::test]
    async fn a_disk_that_is_nearly_full_takes_no_write_and_gives_every_read() {
        let free = Arc::new(AtomicU64::new(16 * MIB));
        let (_folder, store) = store(&free).await;
        write(&store).await.unwrap();
        free.store(16 * MIB - 1, Ordering::SeqCst);
        assert!(is_no_room(&write(&store).await), "no look is waited for");
        assert!(is_no_room(&store.ping().await));
        free.store(32 * MIB - 1, Ordering::SeqCst);
        assert!(is_no_room(&store.ping().await) && is_no_room(&write(&store).await));
        store.reader().list_check_values().await.unwrap();
        free.store(32 * MIB, Ordering::SeqCst);
        assert!(is_no_room(&store.ping().await), "there was no room since the look before");
        store.ping().await.unwrap();
        write(&store).await.unwrap();
    }

    #[tokio::test]
    async fn a_write_that_finds_no_room_is_told_once_and_the_next_one_is_tried() {
        let free = Arc::new(AtomicU64::new(u64::MAX));
        let (_folder, store) = store(&free).await;
        write(&store).await.unwrap();
        // As a quota does: the file system has room, and the file gets none.
        store.writer.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
        let mut found = Ok(());
        while found.is_ok() {
            found = write(&store).await;
        }
        assert!(is_no_room(&found), "{found:?}");
        store.note(&found.unwrap_err());
        assert!(is_no_room(&write(&store).await));
        assert!(is_no_room(&store.ping().await));
        store.ping().await.unwrap();
        store.writer.execute_unprepared("PRAGMA max_page_count = 1000000").await.unwrap();
        write(&store).await.unwrap();
    }
}
