//! Refused calls on their way to the event log: in batches, bounded, and at most so many a second for each tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use crate::authz::{CallInfo, Job, SystemPermit};
use crate::domain::event::{Decision, Event, Represented};
use crate::domain::id::{ApiKeyId, EventId, TenantId, UserId};
use crate::domain::permission::PermissionSet;
use crate::domain::random::{Random, RandomError};
use crate::domain::stamp::Actor;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::Store;

/// How many refused calls may wait for their row.
const QUEUE: usize = 1_024;
/// How many rows are written at once.
const BATCH: usize = 256;
/// The window in which denials are counted, in microseconds.
const WINDOW: i64 = 1_000_000;

/// Who was refused, as far as that is known.
#[derive(Debug, Clone)]
pub struct Claimant {
    /// The home tenant.
    pub tenant_id: TenantId,
    /// The user.
    pub user_id: UserId,
    /// The user's login name.
    pub login_name: String,
    /// The key; absent when it was a password.
    pub api_key_id: Option<ApiKeyId>,
    /// The user for whom the call was made.
    pub on_behalf_of: Option<Represented>,
}

/// A refused call.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Who was refused; absent for an unknown caller.
    pub claimant: Option<Claimant>,
    /// The method's full name.
    pub method: String,
    /// What was refused: the credential or the call.
    pub decision: Decision,
    /// The published reason.
    pub reason: &'static str,
    /// The call.
    pub call: CallInfo,
}

/// The way in.
#[derive(Debug, Clone)]
pub struct DenialQueue {
    sender: mpsc::Sender<Waiting>,
    windows: Arc<Mutex<HashMap<Source, Window>>>,
    per_second: u32,
}

/// The way out: one task that writes.
#[derive(Debug)]
pub struct DenialWriter {
    receiver: mpsc::Receiver<Waiting>,
}

/// Whose denials share a rate: a tenant's own callers, or everybody who is unknown. A flood of the unknown hides nobody else's.
type Source = Option<TenantId>;

#[derive(Debug)]
struct Waiting {
    event: Event,
    written: oneshot::Sender<()>,
}

/// One tenant's denials of the running second.
#[derive(Debug, Default)]
struct Window {
    start: i64,
    written: u32,
    suppressed: i64,
}

impl Registry {
    /// Takes a refused call to the event log, and returns the error to answer once it stands there: the log's own if it does not.
    pub async fn recorded(&self, refusal: Refusal, error: Error) -> Error {
        match self.denials.record(refusal, self.clock.now(), self.random.as_ref()).await {
            Ok(()) => error,
            Err(unrecorded) => unrecorded,
        }
    }
}

impl DenialQueue {
    /// Makes both ends. Of a tenant's denials, `per_second` are written; those beyond it are counted in the next one's event.
    #[must_use]
    pub fn new(per_second: u32) -> (Self, DenialWriter) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { sender, windows: Arc::default(), per_second }, DenialWriter { receiver })
    }

    /// Takes a refused call to the event log, and waits until it stands there.
    pub async fn record(&self, refusal: Refusal, now: Timestamp, random: &dyn Random) -> Result<(), Error> {
        let source = refusal.claimant.as_ref().map(|claimant| claimant.tenant_id);
        let Some(suppressed) = self.admit(source, now) else { return Ok(()) };
        let written = self.write(refusal, source, (now, random), suppressed).await;
        if written.is_err() {
            self.give_back(source, suppressed);
        }
        written
    }

    async fn write(
        &self,
        refusal: Refusal,
        source: Source,
        (now, random): (Timestamp, &dyn Random),
        suppressed: i64,
    ) -> Result<(), Error> {
        let (written, wait) = oneshot::channel();
        let event = event(refusal, source.unwrap_or(TenantId::SYSTEM), (now, random), suppressed)?;
        self.sender.try_send(Waiting { event, written }).map_err(|_| Error::AuditUnavailable)?;
        wait.await.map_err(|_| Error::AuditUnavailable)
    }

    /// Takes an event to the event log without waiting for it; one that finds no room is logged and lost.
    pub(super) fn append(&self, event: Event) {
        let (written, _) = oneshot::channel();
        if self.sender.try_send(Waiting { event, written }).is_err() {
            tracing::error!("the queue to the event log takes no event");
        }
    }

    /// Returns how many of the tenant's denials were counted since the last one that was written; nothing when this one is counted.
    fn admit(&self, source: Source, now: Timestamp) -> Option<i64> {
        let mut windows = self.windows();
        let window = windows.entry(source).or_default();
        // A clock that went back begins a new window too.
        if !(0..WINDOW).contains(&now.as_micros().saturating_sub(window.start)) {
            *window = Window { start: now.as_micros(), written: 0, suppressed: window.suppressed };
        }
        if window.written >= self.per_second {
            window.suppressed = window.suppressed.saturating_add(1);
            return None;
        }
        window.written = window.written.saturating_add(1);
        Some(std::mem::take(&mut window.suppressed))
    }

    /// Takes a count back that could not be written.
    fn give_back(&self, source: Source, suppressed: i64) {
        let mut windows = self.windows();
        let window = windows.entry(source).or_default();
        window.suppressed = window.suppressed.saturating_add(suppressed).saturating_add(1);
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Source, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DenialWriter {
    /// Writes until every way in is gone.
    pub async fn run(mut self, store: Store) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.receiver.recv_many(&mut batch, BATCH).await > 0 {
            let (events, waiting): (Vec<_>, Vec<_>) = batch.drain(..).map(|one| (one.event, one.written)).unzip();
            let permit =
                SystemPermit::new(Job::RecordDenials, "a refusal belongs to the caller's tenant, whatever its target was");
            match store.append_events(permit.scope(), &events).await {
                // A caller that went away does not wait for its row.
                Ok(()) => waiting.into_iter().for_each(|written| {
                    let _ = written.send(());
                }),
                Err(error) => {
                    store.note(&error);
                    tracing::error!(%error, denials = events.len(), "denials could not be written");
                }
            }
        }
    }
}

fn event(
    refusal: Refusal,
    tenant_id: TenantId,
    (now, random): (Timestamp, &dyn Random),
    suppressed_count: i64,
) -> Result<Event, RandomError> {
    let Refusal { claimant, method, decision, reason, call } = refusal;
    Ok(Event {
        id: EventId::generate(now, random)?,
        tenant_id,
        time: now,
        actor: claimant.as_ref().map(|claimant| Actor::User(claimant.user_id)),
        api_key_id: claimant.as_ref().and_then(|claimant| claimant.api_key_id),
        on_behalf_of: claimant.as_ref().and_then(|claimant| claimant.on_behalf_of.clone()),
        actor_login_name: claimant.map(|claimant| claimant.login_name).unwrap_or_default(),
        method,
        resource_kind: String::new(),
        resource_id: String::new(),
        related_id: String::new(),
        decision,
        permissions: PermissionSet::default(),
        changed_fields: Vec::new(),
        secret_versions: Vec::new(),
        stated_reason: String::new(),
        error_reason: reason.to_owned(),
        request_id: Some(call.request_id),
        peer: call.peer,
        suppressed_count,
    })
}
