//! Stored secrets that do not open: an event for each, in the tenant of the row, without anybody waiting for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::authz::{Job, SystemPermit};
use crate::domain::event::{Change, Decision, Event, ResourceKind};
use crate::domain::id::TenantId;
use crate::domain::secret_list::SecretVersion;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::LostSecret;

/// How long a lost secret is reported once, in microseconds: an hour.
const WINDOW: i64 = 3_600_000_000;
/// The most lost secrets that are remembered; beyond it a loss is logged and has no event.
const REMEMBERED: usize = 1_024;
/// The published reason of the error.
const REASON: &str = "SECRET_UNREADABLE";

/// Which secret was lost.
type Key = (TenantId, ResourceKind, String, Option<SecretVersion>);

/// The lost secrets that were reported within the last hour.
#[derive(Debug, Clone, Default)]
pub struct LossReports {
    reported: Arc<Mutex<HashMap<Key, Timestamp>>>,
}

impl LossReports {
    /// Says whether a loss is to be reported at `now`: it was not, within the last hour.
    fn is_new(&self, lost: &LostSecret, now: Timestamp) -> bool {
        let key = (lost.tenant_id, lost.kind, lost.id.clone(), lost.version);
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |time: &Timestamp| (0..WINDOW).contains(&now.as_micros().saturating_sub(time.as_micros()));
        if reported.get(&key).is_some_and(recent) {
            return false;
        }
        if reported.len() >= REMEMBERED {
            reported.retain(|_, time| recent(time));
        }
        if reported.len() >= REMEMBERED {
            return false;
        }
        reported.insert(key, now);
        true
    }

    /// Lets a loss be reported again, since its event was not written.
    fn forget(&self, lost: &LostSecret) {
        let key = (lost.tenant_id, lost.kind, lost.id.clone(), lost.version);
        self.reported.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

impl Registry {
    /// Logs that a stored secret does not open, and writes an event to its tenant, at most one an hour.
    pub fn report_loss(&self, lost: &LostSecret) {
        if !self.losses.is_new(lost, self.clock.now()) {
            return;
        }
        tracing::error!(%lost, "a stored secret does not open");
        let permit = SystemPermit::new(Job::RecordDataLoss, "a loss belongs to the tenant of the row, whoever met it");
        let change = Change::of(lost.tenant_id, lost.kind, &lost.id).secrets(lost.version.into_iter().collect());
        match permit.event(change, self.write_clock.now(), self.random.as_ref()) {
            Ok(event) => {
                let event = Event { decision: Decision::Failed, error_reason: REASON.to_owned(), ..event };
                let (written, losses, lost) = (self.denials.append(event), self.losses.clone(), lost.clone());
                tokio::spawn(async move {
                    if written.await.is_err() {
                        losses.forget(&lost);
                    }
                });
            }
            Err(error) => tracing::error!(%error, "the loss has no event"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(number: usize) -> LostSecret {
        LostSecret { tenant_id: TenantId::SYSTEM, kind: ResourceKind::ApiKey, id: number.to_string(), version: None }
    }

    #[test]
    fn a_loss_is_reported_once_an_hour() {
        let reports = LossReports::default();
        let at = Timestamp::from_micros;
        assert!(reports.is_new(&lost(1), at(0)) && reports.is_new(&lost(2), at(0)));
        assert!(!reports.is_new(&lost(1), at(WINDOW - 1)));
        assert!(reports.is_new(&lost(1), at(WINDOW)));
    }

    #[test]
    fn the_reports_are_bounded_and_make_room_after_an_hour() {
        let reports = LossReports::default();
        let now = Timestamp::from_micros(0);
        assert_eq!((0..REMEMBERED + 10).filter(|number| reports.is_new(&lost(*number), now)).count(), REMEMBERED);
        assert!(reports.is_new(&lost(REMEMBERED + 10), Timestamp::from_micros(WINDOW)));
    }
}
