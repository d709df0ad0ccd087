//! The registry of typed ids: one newtype for each kind, so that no two kinds can be swapped.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::domain::random::{Random, RandomError};
use crate::domain::time::Timestamp;

/// The text is not a UUID in its canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID in canonical lower-case form")]
pub struct InvalidId;

/// Makes a UUIDv7 (RFC 9562 §5.7) from the given instant and 74 random bits.
fn new_v7(now: Timestamp, random: &dyn Random) -> Result<Uuid, RandomError> {
    let mut bits = [0; 10];
    random.fill(&mut bits)?;
    Ok(uuid::Builder::from_unix_timestamp_millis(now.unix_millis(), &bits).into_uuid())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a fresh UUIDv7 id.
            pub fn generate(now: Timestamp, random: &dyn Random) -> Result<Self, RandomError> {
                new_v7(now, random).map(Self)
            }

            /// Wraps a stored id.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the bare id.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            /// Accepts the canonical form alone: 36 characters, lower case, with hyphens.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let uuid = Uuid::try_parse(text).map_err(|_| InvalidId)?;
                let canonical = uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
                if canonical { Ok(Self(uuid)) } else { Err(InvalidId) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )*};
}

ids! {
    /// An API key's id (not the public key id inside its token).
    ApiKeyId;
    /// An event's id.
    EventId;
    /// An OAuth app's id.
    OauthAppId;
    /// The server's own id of one call.
    RequestId;
    /// A role's id.
    RoleId;
    /// A tenant's id.
    TenantId;
    /// A user's id.
    UserId;
}

impl TenantId {
    /// The system tenant: `00000000-0000-0000-0000-000000000001`.
    pub const SYSTEM: Self = Self(Uuid::from_u128(1));
}
