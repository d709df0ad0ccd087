//! The registry of typed ids: one newtype for each kind, so that no two kinds can be swapped.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::domain::random::{Random, RandomError};
use crate::domain::time::Timestamp;

/// The text is not a UUID of 36 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID with hyphens")]
pub struct InvalidId;

/// Reads 36 characters with hyphens, in any case, and no other spelling of a UUID.
fn read(text: &str) -> Result<Uuid, InvalidId> {
    let uuid = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    uuid.ok_or(InvalidId)
}

/// Returns the one spelling of an id, in lower case; nothing when the text has not the form of one.
#[must_use]
pub fn normalized(text: &str) -> Option<String> {
    read(text).ok().map(|uuid| uuid.hyphenated().to_string())
}

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

            /// Accepts 36 characters with hyphens, in any case.
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                read(text).map(Self)
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

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn an_id_has_36_characters_in_any_case_and_one_spelling() {
        let mixed = ID.replacen('a', "A", 1);
        for text in [ID, &ID.to_uppercase(), &mixed] {
            assert_eq!(text.parse::<UserId>().unwrap().to_string(), ID);
            assert_eq!(normalized(text).as_deref(), Some(ID));
        }
        let others = [
            String::new(),
            ID.replace('-', ""),
            format!("{{{ID}}}"),
            format!("urn:uuid:{ID}"),
            format!("{ID} "),
            ID.replacen('-', "_", 1),
            ID.replacen('0', "g", 1),
            format!("0{}", ID.replacen("96-", "9-6", 1)),
            format!("{}é", &ID[..34]),
        ];
        for text in others {
            assert!(text.parse::<UserId>().is_err() && normalized(&text).is_none(), "{text}");
        }
    }
}
