//! Who waits for a login: its attempts one behind the other, and none before the wrong passwords before it are counted.
//!
//! Knows the attempts of this process alone; between processes the database decides, inside the transaction that counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{MutexGuard, OwnedSemaphorePermit, watch};

use crate::crypto::fingerprint;
use crate::domain::login::QualifiedLogin;

/// The lines of all logins at which somebody stands. Everybody in one holds a place, so there are no more lines than places.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// By fingerprint: who is asked for a login name now and then types the password.
    by_login: Mutex<HashMap<String, Weak<Line>>>,
    uncounted: Arc<watch::Sender<usize>>,
}

/// The attempts at one login.
#[derive(Debug, Default)]
pub(in crate::service) struct Line {
    front: tokio::sync::Mutex<()>,
    uncounted: watch::Sender<usize>,
    everywhere: Arc<watch::Sender<usize>>,
}

/// A wrong password that is about to be counted: until this is dropped, the login's next attempt waits.
#[derive(Debug)]
pub(in crate::service) struct Uncounted {
    line: Arc<Line>,
    _place: OwnedSemaphorePermit,
}

impl Lines {
    /// Returns the line of a login.
    pub(super) fn at(&self, login: &QualifiedLogin) -> Arc<Line> {
        let mut lines = self.by_login.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|_, line| line.strong_count() > 0);
        let entry = lines.entry(fingerprint(format!("{}/{}", login.tenant_id, login.login_name.key()).as_bytes())).or_default();
        entry.upgrade().unwrap_or_else(|| {
            let line = Arc::new(Line { everywhere: self.uncounted.clone(), ..Line::default() });
            *entry = Arc::downgrade(&line);
            line
        })
    }

    /// Waits until no wrong password is uncounted.
    pub(super) async fn counted(&self) {
        none(&self.uncounted).await;
    }
}

impl Line {
    /// Waits until nobody else is in front.
    pub(super) async fn front(&self) -> MutexGuard<'_, ()> {
        self.front.lock().await
    }

    /// Waits until no wrong password of the login is uncounted.
    pub(super) async fn counted(&self) {
        none(&self.uncounted).await;
    }

    /// Says whether no wrong password of the login is uncounted.
    pub(super) fn is_counted(&self) -> bool {
        *self.uncounted.borrow() == 0
    }
}

impl Uncounted {
    /// Notes a wrong password; its place is taken until it is counted.
    pub(super) fn new(line: Arc<Line>, place: OwnedSemaphorePermit) -> Self {
        for uncounted in [&line.uncounted, &line.everywhere] {
            uncounted.send_modify(|number| *number = number.saturating_add(1));
        }
        Self { line, _place: place }
    }
}

impl Drop for Uncounted {
    fn drop(&mut self) {
        for uncounted in [&self.line.uncounted, &self.line.everywhere] {
            uncounted.send_modify(|number| *number = number.saturating_sub(1));
        }
    }
}

async fn none(uncounted: &watch::Sender<usize>) {
    // An error would say that the sender is gone, and it is here.
    let _ = uncounted.subscribe().wait_for(|number| *number == 0).await;
}
