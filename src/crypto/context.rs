//! What a sealed secret is bound to: moved anywhere else, it does not open.
//!
//! Knows the facts and their one encoding. Must not know a key or a secret.

use uuid::Uuid;

use crate::domain::id::TenantId;

/// The kind of thing that owns a secret. The names are part of format 1 and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnerKind {
    /// An OAuth app.
    OauthApp,
    /// An API key.
    ApiKey,
    /// A page token; its owner is the caller.
    PageToken,
    /// A user.
    User,
}

impl OwnerKind {
    /// Returns the name that is bound into the envelope.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OauthApp => "oauth_app",
            Self::ApiKey => "api_key",
            Self::PageToken => "page_token",
            Self::User => "user",
        }
    }
}

/// The place of one secret; bound into its key derivation and its associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretContext<'a> {
    /// The tenant whose secret it is.
    pub tenant: TenantId,
    /// The kind of the owner.
    pub owner_kind: OwnerKind,
    /// The owner's id.
    pub owner: Uuid,
    /// The owner's field that the secret fills, such as `client_secret`.
    pub field: &'a str,
    /// The version of the secret.
    pub version: u64,
    /// The `scheme://host:port` that a supplied secret is meant for; empty for an issued one.
    pub origin: &'a str,
}

impl SecretContext<'_> {
    /// Encodes the facts in the order of format 1; nothing when a text is longer than 65,535 bytes.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        length_prefixed(&[
            self.tenant.as_uuid().as_bytes(),
            self.owner_kind.as_str().as_bytes(),
            self.owner.as_bytes(),
            self.field.as_bytes(),
            &self.version.to_be_bytes(),
            self.origin.as_bytes(),
        ])
    }
}

/// Writes each part behind its length as two bytes, big-endian, so that no two lists of parts give the same bytes.
pub(super) fn length_prefixed(parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut encoded = Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(2)).sum());
    for part in parts {
        encoded.extend_from_slice(&u16::try_from(part.len()).ok()?.to_be_bytes());
        encoded.extend_from_slice(part);
    }
    Some(encoded)
}

#[cfg(test)]
mod tests {
    use super::length_prefixed;

    #[test]
    fn moving_a_byte_between_parts_changes_the_encoding() {
        assert_eq!(length_prefixed(&[b"ab", b"c"]).unwrap(), b"\x00\x02ab\x00\x01c");
        assert_eq!(length_prefixed(&[b"a", b"bc"]).unwrap(), b"\x00\x01a\x00\x02bc");
    }

    #[test]
    fn a_part_too_long_for_its_prefix_is_refused() {
        assert!(length_prefixed(&[&vec![0; 65_535]]).is_some());
        assert!(length_prefixed(&[&vec![0; 65_536]]).is_none());
    }
}
