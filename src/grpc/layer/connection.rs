//! What a call must know of the connection that it came over.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The connection of a call: who is at its other end, and how many more of its calls may run at once.
#[derive(Debug, Clone)]
pub struct Connection {
    peer: Option<SocketAddr>,
    slots: Arc<Semaphore>,
}

impl Connection {
    /// Makes the record of a new connection, which every call over it carries.
    #[must_use]
    pub fn new(peer: Option<SocketAddr>, calls_at_once: usize) -> Self {
        Self { peer, slots: Arc::new(Semaphore::new(calls_at_once)) }
    }

    /// Returns the address at the other end, as events have it; empty when there is none.
    pub(super) fn peer(&self) -> String {
        self.peer.map(|address| address.to_string()).unwrap_or_default()
    }

    /// Takes a slot, if one is free; it is free again when the slot is dropped.
    pub(super) fn slot(&self) -> Option<OwnedSemaphorePermit> {
        self.slots.clone().try_acquire_owned().ok()
    }
}
