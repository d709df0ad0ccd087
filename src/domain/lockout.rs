//! Wrong passwords: how many there were, since when, and until when the password does not let in.

use std::time::Duration;

use crate::domain::time::Timestamp;

/// When wrong passwords lock a login, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockoutRule {
    /// How many wrong passwords lock it.
    pub failures: u32,
    /// How long after the first of them the others count.
    pub window: Duration,
    /// How long the lock lasts.
    pub duration: Duration,
}

/// The wrong passwords of one user since the last good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailedLogins {
    /// How many there were in the present window.
    pub count: i64,
    /// When the present window began.
    pub since: Option<Timestamp>,
    /// Until when the password does not let in; in the past when a lock has ended.
    pub lock_expire_time: Option<Timestamp>,
}

impl FailedLogins {
    /// Says whether the password does not let in at `now`, however good it is.
    #[must_use]
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.lock_expire_time.is_some_and(|end| now < end)
    }

    /// Counts one more wrong password. While the login is locked none counts, so nobody keeps it locked by going on.
    #[must_use]
    pub fn failed(self, rule: &LockoutRule, now: Timestamp) -> Self {
        if self.is_locked(now) {
            return self;
        }
        let (before, since) = self.window(rule, now).unwrap_or((0, now));
        let count = before.saturating_add(1);
        let lock = (count >= i64::from(rule.failures)).then(|| later(now, rule.duration));
        Self { count, since: Some(since), lock_expire_time: lock.or(self.lock_expire_time) }
    }

    /// Returns the count of the window that is open at `now`, and its beginning. A clock that went back closes none; the end of a
    /// lock does.
    fn window(&self, rule: &LockoutRule, now: Timestamp) -> Option<(i64, Timestamp)> {
        let since = self.since?;
        let before_the_lock_ended = self.lock_expire_time.is_some_and(|end| since < end);
        (now <= later(since, rule.window) && !before_the_lock_ended).then_some((self.count, since))
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_micros(time.as_micros().saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: LockoutRule = LockoutRule { failures: 3, window: Duration::from_mins(15), duration: Duration::from_mins(30) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// The state after wrong passwords at these seconds.
    fn after(seconds: &[i64]) -> FailedLogins {
        seconds.iter().fold(FailedLogins::default(), |logins, second| logins.failed(&RULE, at(*second)))
    }

    #[test]
    fn the_third_wrong_password_in_the_window_locks() {
        assert!(!after(&[0, 1]).is_locked(at(1)));
        let locked = after(&[0, 1, 2]);
        assert_eq!((locked.count, locked.lock_expire_time), (3, Some(at(1_802))));
        assert!(locked.is_locked(at(2)) && locked.is_locked(at(1_801)));
        assert!(!locked.is_locked(at(1_802)), "the end of the lock is no part of it");
    }

    #[test]
    fn the_window_is_counted_from_the_first_and_its_last_instant_belongs_to_it() {
        assert!(after(&[0, 450, 900]).is_locked(at(900)));
        let one_microsecond_later = Timestamp::from_micros(900_000_001);
        let next = after(&[0, 450]).failed(&RULE, one_microsecond_later);
        assert_eq!(next, FailedLogins { count: 1, since: Some(one_microsecond_later), lock_expire_time: None });
        assert!(!after(&[0, 450, 901, 1_000]).is_locked(at(1_000)), "two before and two after are not three within");
    }

    #[test]
    fn failures_while_locked_do_not_count_and_do_not_extend_the_lock() {
        let locked = after(&[0, 1, 2]);
        assert_eq!(locked.failed(&RULE, at(1_801)), locked);
    }

    #[test]
    fn after_a_lock_has_ended_counting_begins_anew() {
        let longer = LockoutRule { window: Duration::from_secs(1_000_000), ..RULE };
        let locked = [0, 1, 2].iter().fold(FailedLogins::default(), |logins, second| logins.failed(&longer, at(*second)));
        let again = locked.failed(&longer, at(1_802));
        assert_eq!((again.count, again.since, again.lock_expire_time), (1, Some(at(1_802)), Some(at(1_802))));
        assert!(!again.failed(&longer, at(1_802)).is_locked(at(1_803)));
        let locked_again = again.failed(&longer, at(1_803)).failed(&longer, at(1_804));
        assert_eq!(locked_again.lock_expire_time, Some(at(3_604)));
    }

    #[test]
    fn a_clock_that_goes_back_forgives_nothing() {
        assert!(after(&[5_000, 10, 11]).is_locked(at(12)));
        assert!(after(&[5_000, 5_001, 5_002]).is_locked(at(0)));
    }

    #[test]
    fn one_failure_can_be_enough() {
        let strict = LockoutRule { failures: 1, ..RULE };
        assert!(FailedLogins::default().failed(&strict, at(0)).is_locked(at(1_799)));
    }
}
