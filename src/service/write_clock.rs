//! The time that new rows and events carry: the clock's, but after everything that this process wrote, and after the newest event that it
//! found at its start. Lists and the event log are in the order of these times, whatever the clock does.
//!
//! Must not be asked whether something has expired: that is for the clock alone.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::authz::{Job, SystemPermit};
use crate::domain::time::{Clock, Timestamp};
use crate::storage::{Store, StoreError};

/// How far the newest event may be ahead of the clock at the start and still be a floor, in microseconds: five minutes.
const BELIEVED: i64 = 300_000_000;
/// How far the clock may be behind the latest time that was written before it is logged, in microseconds: a second.
const UNNOTICED: i64 = 1_000_000;

/// The clock of new rows and events: never the same time twice, and never an earlier one.
pub struct WriteClock {
    clock: Arc<dyn Clock>,
    latest: AtomicI64,
    is_behind: AtomicBool,
}

impl WriteClock {
    /// Begins with the clock alone.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: AtomicI64::new(i64::MIN), is_behind: AtomicBool::new(false) }
    }

    /// Begins after the newest event of the database, unless that is so far ahead that its time is not to be believed.
    pub async fn after_newest_event(clock: Arc<dyn Clock>, store: &Store) -> Result<Self, StoreError> {
        let permit = SystemPermit::new(Job::FollowEvents, "what is written after a start comes after what was written before");
        let newest = store.reader().find_newest_event_time(permit.scope()).await?.map_or(i64::MIN, Timestamp::as_micros);
        let ahead = newest.saturating_sub(clock.now().as_micros());
        let write_clock = Self::new(clock);
        if ahead > BELIEVED {
            tracing::warn!(
                seconds = ahead / 1_000_000,
                "the newest event is ahead of the clock by more than five minutes: new rows and events come before it"
            );
        } else {
            write_clock.latest.store(newest, Ordering::Relaxed);
        }
        Ok(write_clock)
    }

    /// Returns the time of something new, which no other call gets.
    pub fn now(&self) -> Timestamp {
        let now = self.clock.now().as_micros();
        let next = |latest: i64| now.max(latest.saturating_add(1));
        let latest = self.latest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |latest| Some(next(latest)));
        let latest = latest.unwrap_or_else(|latest| latest);
        self.tell(latest.saturating_sub(now));
        Timestamp::from_micros(next(latest))
    }

    /// Logs once that the clock is behind, until it has caught up.
    fn tell(&self, behind: i64) {
        if behind <= 0 {
            self.is_behind.store(false, Ordering::Relaxed);
        } else if behind > UNNOTICED && !self.is_behind.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                seconds = behind / 1_000_000,
                "the clock is behind what was written: new rows and events carry the latest time until it has caught up"
            );
        }
    }
}

impl fmt::Debug for WriteClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteClock").field("latest", &self.latest).finish_non_exhaustive()
    }
}
