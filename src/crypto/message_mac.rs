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
        let expected = [
            0x0d, 0x66, 0x1a, 0x9a, 0xc6, 0x4b, 0xe4, 0x94, 0x2a, 0x5e, 0x7b, 0x82, 0x2e, 0xb2, 0xbf, 0x4d, 0x2d, 0x28, 0x5f,
            0x61, 0x35, 0x8b, 0xd9, 0xa9, 0xef, 0x19, 0x8c, 0xc4, 0x70, 0x7f, 0xfb, 0x4d,
        ];
        assert_eq!(code(1, b"message").as_bytes(), expected);
    }
}
