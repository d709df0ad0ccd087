//! The versions of one secret that are alive.
//!
//! The list stands in the owner's row and decides which stored versions open. A version that is not in the list is dead, whatever
//! rows there are. Must not know an envelope.

use std::fmt;
use std::str::FromStr;

use crate::domain::time::Timestamp;

/// The number of a version of a secret, counted from 1 for each secret. A number is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretVersion(i32);

impl SecretVersion {
    /// The first version of a secret.
    pub const FIRST: Self = Self(1);

    /// Reads a stored number; numbers below 1 are none.
    #[must_use]
    pub fn from_i64(number: i64) -> Option<Self> {
        i32::try_from(number).ok().filter(|number| *number >= 1).map(Self)
    }

    /// Returns the number.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        self.0
    }

    /// Returns the number as a column has it.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        i64::from(self.0)
    }

    /// Returns the number as an envelope's context has it.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0.unsigned_abs() as u64
    }

    /// Returns the version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for SecretVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a live version is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// The version that is used.
    Current,
    /// The version before the current one, still good until it expires.
    Previous,
    /// A version that is stored and not used yet.
    Pending,
}

impl SecretState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Pending => "pending",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Current, Self::Previous, Self::Pending].into_iter().find(|state| state.as_str() == text)
    }
}

/// A version that is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSecret {
    /// Its number.
    pub version: SecretVersion,
    /// What it is for.
    pub state: SecretState,
    /// The first instant at which it is dead; absent when it does not expire.
    pub expire_time: Option<Timestamp>,
}

/// The live versions of one secret, and the last number that was given.
///
/// The text form is `<last>;<version>:<state>:<expire time>,…`, such as `5;5:current:,4:previous:1767225600000000`. The last number is 0
/// for a secret that never had a version; it is kept after a version's death, so that no number is given twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecretList {
    last: i32,
    live: Vec<LiveSecret>,
}

/// The text is not a list of live versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of live versions")]
pub struct InvalidSecretList;

impl SecretList {
    /// Makes the list of a secret whose first version is current.
    #[must_use]
    pub fn first() -> Self {
        Self::default().replaced()
    }

    /// Returns the number that the next version gets.
    #[must_use]
    pub const fn next_version(&self) -> SecretVersion {
        SecretVersion(self.last).next()
    }

    /// Returns the version that is used.
    #[must_use]
    pub fn current(&self) -> Option<SecretVersion> {
        self.live.iter().find(|one| one.state == SecretState::Current).map(|one| one.version)
    }

    /// Returns the numbers of the live versions.
    pub fn versions(&self) -> impl Iterator<Item = SecretVersion> {
        self.live.iter().map(|one| one.version)
    }

    /// Says whether a credential may be compared with the version at `now`: it is current or previous, and has not expired.
    #[must_use]
    pub fn authenticates(&self, version: SecretVersion, now: Timestamp) -> bool {
        let good = |one: &LiveSecret| one.state != SecretState::Pending && one.expire_time.is_none_or(|end| now < end);
        self.live.iter().any(|one| one.version == version && good(one))
    }

    /// Returns the list after the next version became current and all others died.
    #[must_use]
    pub fn replaced(&self) -> Self {
        let version = self.next_version();
        Self { last: version.0, live: vec![LiveSecret { version, state: SecretState::Current, expire_time: None }] }
    }

    /// Returns the list after every version died.
    #[must_use]
    pub fn destroyed(&self) -> Self {
        Self { last: self.last, live: Vec::new() }
    }
}

impl fmt::Display for SecretList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};", self.last)?;
        for (index, one) in self.live.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{}:{}:", one.version, one.state.as_str())?;
            if let Some(end) = one.expire_time {
                write!(f, "{}", end.as_micros())?;
            }
        }
        Ok(())
    }
}

impl FromStr for SecretList {
    type Err = InvalidSecretList;

    /// Reads the text form. A list in which a version stands twice, or above the last number, is refused.
    fn from_str(text: &str) -> Result<Self, InvalidSecretList> {
        read(text).ok_or(InvalidSecretList)
    }
}

fn read(text: &str) -> Option<SecretList> {
    let (last, versions) = text.split_once(';')?;
    let last: i32 = last.parse().ok().filter(|last| *last >= 0)?;
    let live: Vec<LiveSecret> = versions.split(',').filter(|one| !one.is_empty()).map(read_one).collect::<Option<_>>()?;
    let twice = |one: &LiveSecret| live.iter().filter(|other| other.version == one.version).count() > 1;
    let sound = live.iter().all(|one| one.version.0 <= last && !twice(one));
    let currents = live.iter().filter(|one| one.state == SecretState::Current).count();
    (sound && currents <= 1).then_some(SecretList { last, live })
}

fn read_one(text: &str) -> Option<LiveSecret> {
    let mut parts = text.split(':');
    let (version, state, end) = (parts.next()?, parts.next()?, parts.next()?);
    let expire_time = match end {
        "" => None,
        micros => Some(Timestamp::from_micros(micros.parse().ok()?)),
    };
    let version = version.parse().ok().and_then(SecretVersion::from_i64)?;
    parts.next().is_none().then_some(LiveSecret { version, state: SecretState::parse(state)?, expire_time })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> SecretList {
        text.parse().unwrap()
    }

    fn version(number: i64) -> SecretVersion {
        SecretVersion::from_i64(number).unwrap()
    }

    #[test]
    fn a_list_is_read_as_it_is_written() {
        for text in ["0;", "3;", "1;1:current:", "5;5:current:,4:previous:1767225600000000", "6;5:current:,6:pending:"] {
            assert_eq!(list(text).to_string(), text);
        }
        assert_eq!(SecretList::default().to_string(), "0;");
        assert_eq!(SecretList::first().to_string(), "1;1:current:");
    }

    #[test]
    fn a_text_that_is_no_list_is_refused() {
        let bad = [
            "",
            "1",
            ";",
            "-1;",
            "x;",
            "1;1",
            "1;1:current",
            "1;1:current::",
            "1;0:current:",
            "1;1:dead:",
            "1;1:current:x",
            "1;2:current:",
            "2;2:current:,2:previous:",
            "2;2:current:,1:current:",
            "2147483648;",
        ];
        for text in bad {
            assert_eq!(text.parse::<SecretList>(), Err(InvalidSecretList), "{text:?}");
        }
    }

    #[test]
    fn a_number_is_never_given_twice() {
        let second = SecretList::first().replaced();
        assert_eq!(second.to_string(), "2;2:current:");
        let dead = second.destroyed();
        assert_eq!((dead.current(), dead.next_version()), (None, version(3)));
        assert_eq!(dead.replaced().current(), Some(version(3)));
    }

    #[test]
    fn only_a_live_version_in_use_authenticates() {
        let rotating = list("3;2:current:,1:previous:10,3:pending:");
        let at = Timestamp::from_micros;
        assert!(rotating.authenticates(version(2), at(99)));
        assert!(rotating.authenticates(version(1), at(9)) && !rotating.authenticates(version(1), at(10)));
        assert!(!rotating.authenticates(version(3), at(0)));
        assert!(!list("3;3:current:").authenticates(version(2), at(0)));
    }
}
