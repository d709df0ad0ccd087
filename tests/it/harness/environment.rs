//! A clock that moves when it is told to, and chance that comes from a seed.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use oauth_registry::domain::random::{Random, RandomError};
use oauth_registry::domain::time::{Clock, Timestamp};
use sha2::{Digest, Sha256};

/// 2026-01-01T00:00:00Z in microseconds.
const START: i64 = 1_767_225_600_000_000;

/// A clock that moves by one microsecond each time it is asked, and further when it is told to.
#[derive(Debug)]
pub(crate) struct TestClock {
    now: AtomicI64,
    answers_left: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self { now: AtomicI64::new(START), answers_left: AtomicI64::new(i64::MAX) }
    }
}

impl TestClock {
    /// Moves the clock forward.
    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Lets whoever asks next after so many answers panic, and all others none.
    pub(crate) fn panic_after(&self, answers: i64) {
        self.answers_left.store(answers, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        assert_ne!(self.answers_left.fetch_sub(1, Ordering::SeqCst), 0, "the clock was told to panic");
        Timestamp::from_micros(self.now.fetch_add(1, Ordering::SeqCst))
    }
}

/// The same bytes in every run: SHA-256 over a counter.
#[derive(Debug, Default)]
pub(crate) struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}
