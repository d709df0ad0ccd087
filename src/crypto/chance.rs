//! Random sources for the tests of this room.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::domain::random::{Random, RandomError};

/// Gives the same endless stream for the same seed (SplitMix64).
pub(super) struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let mut state = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Gives exactly the given bytes, then fails.
pub(super) struct FixedRandom(Mutex<VecDeque<u8>>);

impl FixedRandom {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(Mutex::new(bytes.iter().copied().collect()))
    }
}

impl Random for FixedRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let mut left = self.0.lock().unwrap();
        for place in bytes {
            *place = left.pop_front().ok_or(RandomError)?;
        }
        Ok(())
    }
}

/// Fails always.
pub(super) struct FailingRandom;

impl Random for FailingRandom {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}
