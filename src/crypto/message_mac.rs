//! The code by which two messages are told apart without keeping either: HMAC-SHA-256 under a key of its own, derived from a tenant key.

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::key_material::{KEY_LENGTH, KeyMaterial};

const LABEL: &[u8] = b"oauthregistry/message/mac";

/// The code of a message.
#[derive(Debug, Clone, Copy)]
pub struct MessageMac([u8; KEY_LENGTH]);

impl MessageMac {
    /// Makes the code of a message. `HKDF-Extract(salt, message)` is HMAC with the salt as the key (RFC 5869 §2.2).
    pub(super) fn of(key: &KeyMaterial, message: &[u8]) -> Self {
        let mut derived = Zeroizing::new([0; KEY_LENGTH]);
        // An output of one hash length is never refused.
        let _ = Hkdf::<Sha256>::new(None, key.expose()).expand(LABEL, derived.as_mut_slice());
        let (code, _) = Hkdf::<Sha256>::extract(Some(derived.as_slice()), message);
        Self(code.into())
    }

    /// Returns the bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Compares with stored bytes, in constant time.
    #[must_use]
    pub fn matches(&self, stored: &[u8]) -> bool {
        self.0.as_slice().ct_eq(stored).into()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyMaterial, MessageMac};

    fn code(key: u8, message: &[u8]) -> MessageMac {
        MessageMac::of(&KeyMaterial::from_slice(&[key; 32]).unwrap(), message)
    }

    #[test]
    fn a_code_is_of_one_key_and_one_message() {
        let stored = code(1, b"message");
        assert!(code(1, b"message").matches(stored.as_bytes()));
        assert!(!code(2, b"message").matches(stored.as_bytes()));
        assert!(!code(1, b"messagf").matches(stored.as_bytes()));
        assert!(!code(1, b"message").matches(&stored.as_bytes()[..31]));
    }

    /// Made by Python's hmac: `hmac(hkdf_expand(hkdf_extract(b"", b"\x01" * 32), label), b"message")`.
    #[test]
    fn the_code_is_the_one_that_the_standards_give() {
        let hex: String = code(1, b"message").as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "0d661a9ac64be4942a5e7b822eb2bf4d2d285f61358bd9a9ef198cc4707ffb4d");
    }
}
