//! Wrong passwords that could not be counted, since nothing could be written.

use std::time::Duration;

use tokio::time::Instant;

use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

/// How long nobody tries again after a count that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose wrong passwords, and when they came. While there are any nobody's password is looked at, so there are no more than those that
/// were looked at at the same time.
#[derive(Debug, Default)]
pub(in crate::service) struct Owed {
    counts: Vec<(UserId, Timestamp)>,
    paused_until: Option<Instant>,
}

impl Owed {
    /// Adds a wrong password.
    pub(in crate::service) fn push(&mut self, user: UserId, time: Timestamp) {
        self.counts.push((user, time));
    }

    /// Returns the next one to count.
    pub(in crate::service) fn next(&self) -> Option<(UserId, Timestamp)> {
        self.counts.last().copied()
    }

    /// Removes the next one, which is counted.
    pub(in crate::service) fn settle(&mut self) {
        self.counts.pop();
    }

    /// Notes that the next one could not be counted.
    pub(in crate::service) fn pause(&mut self) {
        self.paused_until = Some(Instant::now() + PAUSE);
    }

    /// Says whether a count failed a moment ago.
    pub(in crate::service) fn is_paused(&self) -> bool {
        !self.counts.is_empty() && self.paused_until.is_some_and(|until| Instant::now() < until)
    }
}
