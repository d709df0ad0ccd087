//! A secret in its two states: plain, which nothing may print or keep, and sealed, which a row may hold.
//!
//! Knows how both are held in memory. Must not know a key: only [`TenantKey`](super::tenant_key::TenantKey) turns one into the other.

use std::fmt;

use zeroize::Zeroizing;

use super::envelope::{OpenError, ParsedEnvelope};
use super::tenant_key::TenantKeyId;

/// The longest secret that can be sealed, in bytes.
pub const MAX_SECRET_LENGTH: usize = 16 * 1024;

/// A secret that can be read; it is wiped when dropped and cannot be copied, printed or serialized.
pub struct PlainSecret(Zeroizing<Vec<u8>>);

impl PlainSecret {
    /// Joins parts in a buffer that never grows: one that grows leaves copies behind.
    #[must_use]
    pub fn joined(parts: &[&[u8]]) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
        for part in parts {
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }

    /// Lends the bytes; the only way to them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for PlainSecret {
    fn from(text: String) -> Self {
        Self::from(text.into_bytes())
    }
}

impl From<Vec<u8>> for PlainSecret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<Zeroizing<Vec<u8>>> for PlainSecret {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for PlainSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainSecret([REDACTED])")
    }
}

/// A secret in its envelope: the bytes that are stored.
///
/// The bytes may come from a hostile row; nothing is believed about them until they open.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// Takes stored bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads which tenant key sealed it: exactly this key is tried.
    pub fn key_id(&self) -> Result<TenantKeyId, OpenError> {
        ParsedEnvelope::parse(&self.0).map(|parsed| TenantKeyId::from_bytes(parsed.key_id()))
    }
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedSecret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::PlainSecret;

    #[test]
    fn what_is_joined_lies_in_one_buffer_of_its_length() {
        for parts in [vec![], vec![b"one".as_slice()], vec![b"one", b"", b"and two"]] {
            let joined = PlainSecret::joined(&parts);
            assert_eq!(joined.expose(), parts.concat());
            assert_eq!(joined.0.capacity(), joined.0.len(), "the buffer did not grow");
        }
    }
}
