//! SQLite's log of writes, the -wal file: it keeps old versions of pages until it is truncated.

use std::time::Duration;

use sea_orm::sqlx::{self, ConnectOptions, Connection as _, Row as _};

use crate::storage::{Backend, Store};

/// How often a truncation is tried.
const ATTEMPTS: u32 = 5;
/// How long each try waits for readers; nobody else writes meanwhile.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long writers get their turn between two tries.
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Moves everything from the log of writes into the database file and empties the log, so that nothing of what was deleted stays
    /// in it. Readers from outside can stand in the way; that is logged, since what was deleted is deleted all the same.
    pub async fn truncate_log(&self) {
        if self.backend != Backend::Sqlite {
            return;
        }
        let mut outcome = Ok(false);
        for _ in 0..ATTEMPTS {
            outcome = self.try_truncate_log().await;
            if matches!(outcome, Ok(true)) {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let cause = outcome.err().map_or_else(|| "somebody reads the database".to_owned(), |error| error.to_string());
        tracing::warn!(cause, "the -wal file could not be emptied: it keeps deleted rows until the next truncation or stop");
    }

    /// Tries on a connection of its own: the one writer would keep its calls waiting as long as its own patience says.
    async fn try_truncate_log(&self) -> Result<bool, sqlx::Error> {
        let options = self.writer.get_sqlite_connection_pool().connect_options();
        let mut connection = options.as_ref().clone().busy_timeout(PATIENCE).connect().await?;
        if let Err(error) = self.check_file() {
            return Err(sqlx::Error::Io(std::io::Error::other(error)));
        }
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let row = self.observer.tell(sql, sqlx::query(sql).fetch_one(&mut connection)).await;
        connection.close().await?;
        // The first column says whether somebody was in the way.
        Ok(row?.try_get::<i64, _>(0)? == 0)
    }
}
