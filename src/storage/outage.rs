//! Failures of a database that is away or full: each call fails by it, a stranger's too, and the log tells of them once a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::storage::error::StoreError;

/// How often the log tells of failures.
const INTERVAL: Duration = Duration::from_secs(1);

/// What the log was told.
#[derive(Debug, Clone)]
pub(super) struct Outage(Arc<Told>);

#[derive(Debug)]
struct Told {
    start: Instant,
    /// When the log may be told again, in milliseconds since the start.
    next: AtomicU64,
    /// The failures since it was told.
    failures: AtomicU64,
}

impl Default for Outage {
    fn default() -> Self {
        Self(Arc::new(Told { start: Instant::now(), next: AtomicU64::new(0), failures: AtomicU64::new(0) }))
    }
}

impl Outage {
    /// Logs a failure, unless another one was logged within the last second: then it is counted.
    pub(super) fn note(&self, cause: &StoreError) {
        if let Some(failures) = self.count(self.0.start.elapsed()) {
            tracing::error!(%cause, failures, "the database fails");
        }
    }

    /// Counts a failure at a time; returns how many there were since the last answer, at most once in an interval.
    fn count(&self, now: Duration) -> Option<u64> {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.0.failures.fetch_add(1, Ordering::Relaxed);
        let after = |next: u64| (millis(now) >= next).then(|| millis(now.saturating_add(INTERVAL)));
        self.0.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after).ok()?;
        Some(self.0.failures.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_of_failures_once_a_second_and_of_all_of_them() {
        let outage = Outage::default();
        let at = Duration::from_millis;
        assert_eq!(outage.count(at(0)), Some(1));
        assert_eq!([at(0), at(500), at(999)].map(|now| outage.count(now)), [None, None, None]);
        assert_eq!(outage.count(at(1_000)), Some(4));
        assert_eq!(outage.count(at(1_999)), None);
        assert_eq!(outage.count(at(60_000)), Some(2));
    }
}
