//! What every stored resource carries: when and by whom it was made and last changed, and its version.
//!
//! Knows the stable text forms of versions and actors. Must not know who may change what.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::domain::id::{UserId, normalized};
use crate::domain::time::Timestamp;

/// When and by whom a resource was made and last changed, and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the resource was made.
    pub create_time: Timestamp,
    /// When the resource was last changed.
    pub update_time: Timestamp,
    /// Who made the resource.
    pub create_actor: Actor,
    /// Who last changed the resource.
    pub update_actor: Actor,
    /// The number of the present state.
    pub version: Version,
}

impl Stamp {
    /// Makes the stamp of a new resource.
    #[must_use]
    pub fn created(now: Timestamp, actor: Actor) -> Self {
        Self { create_time: now, update_time: now, create_actor: actor.clone(), update_actor: actor, version: Version::FIRST }
    }

    /// Makes the stamp of the resource's next state.
    #[must_use]
    pub fn changed(&self, now: Timestamp, actor: Actor) -> Self {
        Self {
            create_time: self.create_time,
            update_time: now,
            create_actor: self.create_actor.clone(),
            update_actor: actor,
            version: self.version.next(),
        }
    }
}

/// The number of a resource's state; it grows with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl Version {
    /// The version of a new resource.
    pub const FIRST: Self = Self(1);

    /// Wraps a stored version.
    #[must_use]
    pub const fn from_i64(number: i64) -> Self {
        Self(number)
    }

    /// Returns the bare number.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }

    /// Returns the version after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the text that callers send back to make a change conditional; they may compare it and nothing else.
    #[must_use]
    pub fn etag(self) -> String {
        format!("v{:x}", self.0)
    }
}

/// The state that a caller expects the resource to be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Any state will do.
    Any,
    /// The state with this etag alone.
    Exactly(String),
}

impl Expected {
    /// Reads the etag of a request; an empty one expects nothing.
    #[must_use]
    pub fn from_etag(etag: impl Into<String>) -> Self {
        let etag = etag.into();
        if etag.is_empty() { Self::Any } else { Self::Exactly(etag) }
    }

    /// Tells whether the version is the expected one.
    #[must_use]
    pub fn matches(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Exactly(etag) => *etag == version.etag(),
        }
    }
}

/// Who changed something: a user, or a job of the service itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A user; the text form is `user:<user id>`.
    User(UserId),
    /// A job of the service; the text form is `system:<job>`.
    System(JobName),
}

/// The name of a job of the service: `[a-z0-9_-]{1,63}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobName(Cow<'static, str>);

impl JobName {
    /// Names a job; made for literals in the source, which are not checked.
    #[must_use]
    pub const fn from_static(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is neither `user:<user id>` nor `system:<job>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither user:<user id> nor system:<job>")]
pub struct InvalidActor;

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::System(job) => write!(f, "system:{}", job.as_str()),
        }
    }
}

impl FromStr for Actor {
    type Err = InvalidActor;

    /// Accepts the text form alone, as it is stored and compared; a job's name need not be known, since an older or newer release may
    /// have written it.
    fn from_str(text: &str) -> Result<Self, InvalidActor> {
        match text.split_once(':') {
            Some(("user", id)) if normalized(id).as_deref() == Some(id) => id.parse().map(Self::User).map_err(|_| InvalidActor),
            Some(("system", job)) if is_job_name(job) => Ok(Self::System(JobName(Cow::Owned(job.to_owned())))),
            _ => Err(InvalidActor),
        }
    }
}

fn is_job_name(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

#[cfg(test)]
mod tests;
