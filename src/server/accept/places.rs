//! The places that connections take up, from their acceptance to their end.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Files that the process has open for itself: its runtime, its log, a SQLite file over several connections.
const OWN_FILES: u32 = 64;

/// So many connections at once, and no more.
#[derive(Debug, Clone)]
pub(in crate::server) struct Places {
    free: Arc<Semaphore>,
    pub(super) total: u32,
}

impl Places {
    /// Makes as many places as are wished, but no more than leave enough open files for the database: without any, those who are
    /// connected would not be served either.
    pub(in crate::server) fn new(wished: u32, database_connections: u32) -> Self {
        let total = most_files().map_or(wished, |files| wished.min(places(files, OWN_FILES + database_connections)));
        if total < wished {
            tracing::warn!(wished, total, "the limit of open files allows fewer connections than max_connections");
        }
        Self { free: Arc::new(Semaphore::new(usize::try_from(total).unwrap_or(Semaphore::MAX_PERMITS))), total }
    }

    /// Takes a place, if one is free; it is free again when it is dropped.
    pub(super) fn take(&self) -> Option<OwnedSemaphorePermit> {
        self.free.clone().try_acquire_owned().ok()
    }

    /// Waits until the last connection has ended.
    pub(in crate::server) async fn all_left(&self) {
        // The semaphore is never closed.
        let _ = self.free.acquire_many(self.total).await;
    }
}

/// Returns how many connections so many files are enough for. Where the reserve would be more than half, it is half.
const fn places(files: u32, reserve: u32) -> u32 {
    if reserve < files / 2 { files - reserve } else { files.div_ceil(2) }
}

/// Asks how many files this process may have open; where nobody knows, as on a system without `/proc`, there is no limit to keep to.
fn most_files() -> Option<u32> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_database_keeps_its_share_of_the_open_files() {
        assert_eq!(places(1_024, 72), 952);
        assert_eq!(places(100, 72), 50);
        assert_eq!(places(1, 72), 1);
    }
}
