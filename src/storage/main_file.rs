//! The SQLite file under a running server: the one that was opened, or none.
//!
//! A file that is removed or replaced goes on taking writes as long as it is open, and all of them are gone with the process. It is
//! only ever asked after by its path: whoever opens and closes it drops the locks that SQLite has on it. The `-wal` and `-shm` files
//! are not asked after, since SQLite makes and removes them.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::storage::error::StoreError;

/// The file that was opened.
#[derive(Debug)]
pub(super) struct MainFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    lost: AtomicBool,
}

impl MainFile {
    /// Remembers the file that was opened at a path.
    pub(super) fn new(path: &Path, opened: &Metadata) -> Self {
        Self { path: path.to_owned(), device: opened.dev(), inode: opened.ino(), lost: AtomicBool::new(false) }
    }

    /// Demands that the path still leads to the file. Once it has not, nothing helps but a restart: what was written since then may be
    /// in another file than what is read.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.lost.load(Ordering::Acquire) {
            return Err(self.unavailable("it was removed or replaced"));
        }
        match std::fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (self.device, self.inode) => Ok(()),
            Ok(_) => Err(self.lose("replaced")),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Err(self.lose("removed"))
            }
            // It may be there, and nobody can say.
            Err(error) => Err(self.unavailable(&error.to_string())),
        }
    }

    fn lose(&self, how: &'static str) -> StoreError {
        if !self.lost.swap(true, Ordering::AcqRel) {
            let file = self.path.display();
            tracing::error!(%file, how, "the database file is gone from under the server: nothing is written until it is started again");
        }
        self.unavailable(how)
    }

    fn unavailable(&self, why: &str) -> StoreError {
        StoreError::Unavailable(format!("the database file {}: {why}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
    use tempfile::TempDir;

    use super::*;
    use crate::storage::{Store, Tx};

    const FILE: &str = "registry.sqlite";

    async fn store() -> (TempDir, Store) {
        let folder = TempDir::new().unwrap();
        let store = Store::open_sqlite(&folder.path().join(FILE)).await.unwrap();
        let tx = store.begin().await.unwrap();
        tx.transaction.execute_unprepared("CREATE TABLE t (n INTEGER)").await.unwrap();
        tx.transaction.commit().await.unwrap();
        (folder, store)
    }

    async fn insert(store: &Store) -> Result<Tx, StoreError> {
        let tx = store.begin().await?;
        tx.transaction.execute_unprepared("INSERT INTO t VALUES (1)").await?;
        Ok(tx)
    }

    /// Puts a copy in the place of the file: the same bytes, another file.
    fn replace(folder: &TempDir) {
        fs::copy(folder.path().join(FILE), folder.path().join("copy")).unwrap();
        fs::rename(folder.path().join("copy"), folder.path().join(FILE)).unwrap();
    }

    fn is_unavailable<T>(answer: &Result<T, StoreError>) -> bool {
        matches!(answer, Err(StoreError::Unavailable(_)))
    }

    #[tokio::test]
    async fn a_transaction_that_is_open_while_the_file_goes_is_not_committed() {
        let (folder, store) = store().await;
        let tx = insert(&store).await.unwrap();
        replace(&folder);
        let committed = tx.transaction.commit().await.map_err(StoreError::from);
        assert!(is_unavailable(&committed), "{committed:?}");
        assert!(is_unavailable(&insert(&store).await));
    }

    #[tokio::test]
    async fn a_statement_that_is_its_own_transaction_is_not_committed_either() {
        let (folder, store) = store().await;
        fs::remove_file(folder.path().join(FILE)).unwrap();
        let done = store.writer.execute_unprepared("INSERT INTO t VALUES (1)").await.map_err(StoreError::from);
        assert!(is_unavailable(&done), "{done:?}");
    }

    #[tokio::test]
    async fn a_file_that_is_back_is_not_trusted() {
        let (folder, store) = store().await;
        let (path, aside) = (folder.path().join(FILE), folder.path().join("aside"));
        insert(&store).await.unwrap().transaction.commit().await.unwrap();
        fs::rename(&path, &aside).unwrap();
        assert!(is_unavailable(&store.ping().await));
        fs::rename(&aside, &path).unwrap();
        assert!(is_unavailable(&store.ping().await));
        assert!(is_unavailable(&insert(&store).await));
    }

    #[tokio::test]
    async fn after_a_commit_that_sqlite_refused_what_is_acknowledged_is_committed() {
        let (_folder, store) = store().await;
        let mut writer = store.writer.get_sqlite_connection_pool().acquire().await.unwrap();
        let mut asked = 0;
        writer.lock_handle().await.unwrap().set_commit_hook(move || {
            asked += 1;
            asked > 1
        });
        drop(writer);
        insert(&store).await.unwrap().transaction.commit().await.unwrap_err();
        drop(insert(&store).await.unwrap());
        insert(&store).await.unwrap().transaction.commit().await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM t");
        let row = store.readers.query_one_raw(count).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1, "what others see");
    }

    #[tokio::test]
    async fn no_new_connection_reads_from_another_file() {
        let (folder, store) = store().await;
        let count = "SELECT count(*) FROM t";
        let read = async || store.readers.execute_unprepared(count).await.map_err(StoreError::from);
        // The first reader is connected, and goes on reading what it has open.
        let first = store.readers.get_sqlite_connection_pool().acquire().await.unwrap();
        replace(&folder);
        assert!(is_unavailable(&read().await));
        drop(first);
    }
}
