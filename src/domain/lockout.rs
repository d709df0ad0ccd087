//! Wrong passwords: how many there were, since when, and until when the password does not let in.

use crate::domain::time::Timestamp;

/// The wrong passwords of one user since the last good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FailedLogins {
    /// How many there were in the present window.
    pub count: i64,
    /// When the present window began.
    pub since: Option<Timestamp>,
    /// Until when the password does not let in.
    pub lock_expire_time: Option<Timestamp>,
}
