//! Pools of connections, and when one of them is given up or tried out before it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::DbErr;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::{Connection as _, Database};

use crate::storage::connection::{code, is_broken};

/// How long a call waits for a connection: the default of 30 s would turn an outage into a hang.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection may idle before it is tried out when it is taken again.
const TEST_IDLE_AFTER: Duration = Duration::from_secs(30);
/// How long a connection lives.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
/// How often the connections are given up for the sake of a read-only server.
const REPLACE_INTERVAL: Duration = Duration::from_secs(1);
/// The code of a write on a server, or in a session, that takes none.
pub(super) const READ_ONLY: &str = "25006";

/// What errors have said about the connections of a pool.
#[derive(Debug, Clone)]
pub(super) struct PoolHealth(Arc<Marks>);

#[derive(Debug)]
struct Marks {
    start: Instant,
    /// Connections that were opened before this time are given up, in microseconds since the start; zero for none.
    replaced: AtomicU64,
    /// Connections that were not used since this time are tried out, likewise.
    suspected: AtomicU64,
}

impl Default for PoolHealth {
    fn default() -> Self {
        Self(Arc::new(Marks { start: Instant::now(), replaced: AtomicU64::new(0), suspected: AtomicU64::new(0) }))
    }
}

impl PoolHealth {
    /// Learns from an error. A session that takes no writes was opened while the server was a standby, or was set up so: all others may
    /// be alike. A dead connection makes those suspect that have not been used since.
    pub(super) fn note(&self, error: &DbErr) {
        let now = self.now();
        if code(error).as_deref() == Some(READ_ONLY) {
            let last = self.0.replaced.load(Ordering::Relaxed);
            if last == 0 || now.saturating_sub(last) >= micros(REPLACE_INTERVAL) {
                self.0.replaced.store(now, Ordering::Relaxed);
            }
        }
        if is_broken(error) {
            self.0.suspected.fetch_max(now, Ordering::Relaxed);
        }
    }

    fn is_replaced(&self, age: Duration) -> bool {
        self.now().saturating_sub(micros(age)) < self.0.replaced.load(Ordering::Relaxed)
    }

    fn is_suspected(&self, idle_for: Duration) -> bool {
        let last_used = self.now().saturating_sub(micros(idle_for));
        idle_for >= TEST_IDLE_AFTER || last_used < self.0.suspected.load(Ordering::Relaxed)
    }

    /// Returns the microseconds since the start, from 1.
    fn now(&self) -> u64 {
        micros(self.0.start.elapsed()).saturating_add(1)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Sets up a pool.
pub(super) fn pool<D: Database>(connections: u32, health: &PoolHealth) -> PoolOptions<D> {
    let (before, after) = (health.clone(), health.clone());
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut D::Connection, meta| {
            let (replaced, suspected) = (before.is_replaced(meta.age), before.is_suspected(meta.idle_for));
            // SQLite itself ends a transaction that it cannot commit. The driver does not hear of it, takes the next one for a part of the
            // last, and would acknowledge what is not committed.
            let unusable = replaced || connection.is_in_transaction();
            Box::pin(async move { Ok(!unusable && (!suspected || connection.ping().await.is_ok())) })
        })
        .after_release(move |_, meta| {
            let replaced = after.is_replaced(meta.age);
            Box::pin(async move { Ok(!replaced) })
        })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sea_orm::RuntimeErr;
    use sea_orm::sqlx;

    use super::*;

    #[test]
    fn a_connection_without_errors_is_neither_given_up_nor_tried_out_unless_it_idled() {
        let health = PoolHealth::default();
        assert!(!health.is_replaced(Duration::ZERO) && !health.is_suspected(Duration::ZERO));
        assert!(health.is_suspected(TEST_IDLE_AFTER) && !health.is_suspected(TEST_IDLE_AFTER / 2));
    }

    #[test]
    fn a_dead_connection_makes_those_suspect_that_were_not_used_since() {
        let health = PoolHealth::default();
        let closed = sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into());
        health.note(&DbErr::Query(RuntimeErr::SqlxError(Arc::new(closed))));
        assert!(health.is_suspected(TEST_IDLE_AFTER / 2), "it was idle when the other one died");
        std::thread::sleep(Duration::from_millis(2));
        assert!(!health.is_suspected(Duration::from_millis(1)), "it was used since");
        assert!(!health.is_replaced(Duration::from_secs(1)), "a dead connection says nothing about what others may do");
    }
}
