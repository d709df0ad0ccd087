//! When keys were last used: noted in memory, written now and then, off the way of the calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::authz::{Job, SystemPermit};
use crate::domain::id::ApiKeyId;
use crate::domain::time::Timestamp;
use crate::storage::{Store, StoreError};

/// Uses closer together than this many microseconds are one: a minute.
const RESOLUTION: i64 = 60_000_000;
/// How many keys are remembered; beyond it the memory starts anew.
const REMEMBERED: usize = 65_536;
/// How many notes one transaction writes: in between, others have their turn.
const CHUNK: usize = 200;
/// How often the notes are written.
const INTERVAL: Duration = Duration::from_secs(5);

/// The notes.
#[derive(Debug, Clone, Default)]
pub struct KeyUseQueue {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug, Default)]
struct Notes {
    last: HashMap<ApiKeyId, Timestamp>,
    unwritten: HashMap<ApiKeyId, Timestamp>,
}

/// The task that writes the notes.
#[derive(Debug)]
pub struct KeyUseWriter {
    queue: KeyUseQueue,
}

impl KeyUseQueue {
    /// Makes the notes and their writer.
    #[must_use]
    pub fn new() -> (Self, KeyUseWriter) {
        let queue = Self::default();
        (queue.clone(), KeyUseWriter { queue })
    }

    /// Notes that a key authenticated.
    pub fn note(&self, key: ApiKeyId, now: Timestamp) {
        let mut notes = self.notes();
        let recent = |last: &Timestamp| now.as_micros().saturating_sub(last.as_micros()) < RESOLUTION;
        if notes.last.get(&key).is_some_and(recent) {
            return;
        }
        if notes.last.len() >= REMEMBERED {
            notes.last.clear();
        }
        notes.last.insert(key, now);
        notes.unwritten.insert(key, now);
    }

    /// Writes what is noted and not yet written.
    pub async fn flush(&self, store: &Store) -> Result<(), StoreError> {
        let mut uses: Vec<_> = std::mem::take(&mut self.notes().unwritten).into_iter().collect();
        // In one order everywhere, so that two replicas never wait for each other's rows.
        uses.sort_unstable_by_key(|(key, _)| *key);
        let permit = SystemPermit::new(Job::RecordKeyUses, "the time of a key's last use is written after its calls");
        let mut rest = uses.as_slice();
        while !rest.is_empty() {
            let (chunk, later) = rest.split_at(rest.len().min(CHUNK));
            if let Err(error) = store.record_key_uses(permit.scope(), chunk).await {
                let mut notes = self.notes();
                for (key, time) in rest {
                    notes.unwritten.entry(*key).or_insert(*time);
                }
                return Err(error);
            }
            rest = later;
        }
        Ok(())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyUseWriter {
    /// Writes the notes at intervals, for ever.
    pub async fn run(self, store: Store) {
        loop {
            tokio::time::sleep(INTERVAL).await;
            if let Err(error) = self.queue.flush(&store).await {
                store.note(&error);
                if !error.is_outage() {
                    tracing::warn!(%error, "the last uses of keys could not be written");
                }
            }
        }
    }
}
