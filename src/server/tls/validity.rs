//! When the certificates are valid, and when the operator is told that they soon are no longer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::Decode as _;
use x509_cert::time::Time;

use crate::domain::time::Clock;

/// How often the dates are compared with the clock.
const INTERVAL: Duration = Duration::from_mins(1);
const SECONDS_OF_A_DAY: i64 = 86_400;
/// How many days before the end the operator is told, the last one last.
const DAYS_AHEAD: [i64; 3] = [30, 7, 1];

/// The time in which every certificate of a chain is valid.
#[derive(Debug, Clone)]
pub(in crate::server) struct Validity {
    begin: Option<Date>,
    end: Option<Date>,
    /// How many certificates have dates that nobody can read.
    unreadable: usize,
}

/// A point in time, in seconds since the Unix epoch and as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Date {
    seconds: i64,
    shown: String,
}

/// What is to be said of a validity at some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    NotYet,
    Good,
    /// At most so many days are left.
    Days(i64),
    Over,
}

impl Date {
    fn of(time: Time) -> Self {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Self { seconds, shown: time.to_date_time().to_string() }
    }
}

impl Validity {
    /// Reads the dates of a chain: the last beginning and the first end count.
    pub(super) fn of(chain: &[CertificateDer<'_>]) -> Self {
        let mut all = Self { begin: None, end: None, unreadable: 0 };
        for certificate in chain {
            // Read more leniently than RFC 5280 allows: the dates are what matters here.
            let Ok(certificate) = CertificateInner::<Raw>::from_der(certificate) else {
                all.unreadable += 1;
                continue;
            };
            let dates = certificate.tbs_certificate().validity();
            let (begin, end) = (Date::of(dates.not_before), Date::of(dates.not_after));
            all.begin = all.begin.max(Some(begin));
            all.end = all.end.into_iter().chain([end]).min();
        }
        all
    }

    fn stage(&self, now: i64) -> Stage {
        if self.begin.as_ref().is_some_and(|begin| now < begin.seconds) {
            return Stage::NotYet;
        }
        let Some(end) = &self.end else { return Stage::Good };
        let left = end.seconds.saturating_sub(now);
        if left < 0 {
            return Stage::Over;
        }
        let passed = DAYS_AHEAD.iter().rfind(|days| left <= **days * SECONDS_OF_A_DAY);
        passed.map_or(Stage::Good, |days| Stage::Days(*days))
    }

    /// Returns the stage, unless it is the one that was told last.
    fn news(&self, now: i64, told: &mut Stage) -> Option<Stage> {
        let stage = self.stage(now);
        (std::mem::replace(told, stage) != stage).then_some(stage)
    }

    /// Tells the operator what there is to tell at a stage.
    fn tell(&self, stage: Stage) {
        match stage {
            Stage::Good => {}
            Stage::NotYet => tracing::warn!(certificate = %self, "the TLS certificate is not valid yet: clients refuse it"),
            Stage::Days(days) => tracing::warn!(certificate = %self, days, "the TLS certificate is soon no longer valid"),
            Stage::Over => tracing::warn!(certificate = %self, "the TLS certificate is no longer valid: clients refuse it"),
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |date: &Option<Date>| date.as_ref().map_or_else(|| "unknown".to_owned(), |date| date.shown.clone());
        write!(f, "valid from {} to {}", shown(&self.begin), shown(&self.end))
    }
}

/// Tells the operator at once, and again whenever something changes, for ever.
pub(in crate::server) async fn watch(validity: Validity, clock: Arc<dyn Clock>) {
    if validity.unreadable > 0 {
        tracing::warn!(certificates = validity.unreadable, "the dates of TLS certificates cannot be read");
    }
    let mut told = Stage::Good;
    loop {
        if let Some(stage) = validity.news(clock.now().as_micros().div_euclid(1_000_000), &mut told) {
            validity.tell(stage);
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = SECONDS_OF_A_DAY;

    fn between(begin: i64, end: i64) -> Validity {
        let date = |seconds| Some(Date { seconds, shown: String::new() });
        Validity { begin: date(begin), end: date(end), unreadable: 0 }
    }

    #[test]
    fn the_operator_is_told_before_during_and_after() {
        let validity = between(1_000, 1_000 + 100 * DAY);
        let end = 1_000 + 100 * DAY;
        for (now, stage) in [
            (999, Stage::NotYet),
            (1_000, Stage::Good),
            (end - 30 * DAY - 1, Stage::Good),
            (end - 30 * DAY, Stage::Days(30)),
            (end - 7 * DAY - 1, Stage::Days(30)),
            (end - 7 * DAY, Stage::Days(7)),
            (end - DAY - 1, Stage::Days(7)),
            (end - DAY, Stage::Days(1)),
            (end, Stage::Days(1)),
            (end + 1, Stage::Over),
        ] {
            assert_eq!(validity.stage(now), stage, "{now}");
        }
        assert_eq!(Validity { begin: None, end: None, unreadable: 1 }.stage(0), Stage::Good);
    }

    #[test]
    fn each_thing_is_told_once() {
        let validity = between(0, 100 * DAY);
        let mut told = Stage::Good;
        let by_day = (0..=101).chain([101]).filter_map(|day| validity.news(day * DAY, &mut told));
        assert_eq!(by_day.collect::<Vec<_>>(), [Stage::Days(30), Stage::Days(7), Stage::Days(1), Stage::Over]);
    }

    #[test]
    fn the_last_beginning_and_the_first_end_of_a_chain_count() {
        let pem = |text: &str| {
            use tokio_rustls::rustls::pki_types::pem::PemObject as _;
            CertificateDer::from_pem_slice(text.as_bytes()).unwrap()
        };
        let good = pem(include_str!("../../../tests/it/process/tls/server.pem"));
        let expired = pem(include_str!("../../../tests/it/process/tls/expired.pem"));
        let future = pem(include_str!("../../../tests/it/process/tls/future.pem"));
        let of = |chain: &[&CertificateDer<'static>]| {
            Validity::of(&chain.iter().map(|one| (*one).clone()).collect::<Vec<_>>()).to_string()
        };
        assert_eq!(of(&[&good]), "valid from 2026-11-20T15:01:19Z to 2126-10-27T15:01:19Z");
        assert_eq!(of(&[&good, &expired]), "valid from 2026-11-20T15:01:19Z to 2021-01-01T00:00:00Z");
        assert_eq!(of(&[&future, &good]), "valid from 2120-01-01T00:00:00Z to 2126-10-27T15:01:19Z");
        let damaged = CertificateDer::from(vec![0x30, 0x00]);
        assert_eq!(Validity::of(&[damaged]).unreadable, 1);
    }
}
