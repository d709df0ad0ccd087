//! The digest of a secret that is only ever verified: an issued client secret, an API key.
//!
//! Knows SHA-256 and comparison in constant time. Must not be used for secrets that people choose: the 256 random bits of an issued
//! secret are what makes one hash enough.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::secret::PlainSecret;

/// The SHA-256 digest of a verify-only secret.
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// Digests a secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// Says, in constant time, whether two digests are equal.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Says, in constant time, whether an opened envelope holds this digest.
    #[must_use]
    pub fn matches_opened(&self, opened: &PlainSecret) -> bool {
        self.0.as_slice().ct_eq(opened.expose()).into()
    }

    /// Returns the digest as what is sealed in place of the secret.
    #[must_use]
    pub fn to_sealable(&self) -> PlainSecret {
        PlainSecret::from(self.0.to_vec())
    }
}

/// Returns the SHA-256 of a text that is no secret, in hexadecimal: a short name for something long.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut name = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing into a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::{PlainSecret, SecretDigest};

    #[test]
    fn a_digest_matches_only_the_same_secret() {
        let digest = SecretDigest::of(b"secret");
        assert!(digest.matches(&SecretDigest::of(b"secret")));
        assert!(!digest.matches(&SecretDigest::of(b"secreT")));
    }

    #[test]
    fn what_is_sealed_for_a_secret_matches_it_when_opened() {
        let opened = SecretDigest::of(b"secret").to_sealable();
        assert!(SecretDigest::of(b"secret").matches_opened(&opened));
        assert!(!SecretDigest::of(b"other").matches_opened(&opened));
    }

    #[test]
    fn a_part_of_a_digest_never_matches() {
        let digest = SecretDigest::of(b"secret");
        for length in [0, 1, 31] {
            assert!(!digest.matches_opened(&PlainSecret::from(digest.0[..length].to_vec())), "{length}");
        }
        assert!(!digest.matches_opened(&PlainSecret::from([digest.0.as_slice(), &[0]].concat())));
        assert!(!digest.matches_opened(&PlainSecret::from(b"secret".to_vec())), "the secret itself is not its digest");
    }

    #[test]
    fn the_debug_text_holds_nothing() {
        assert_eq!(format!("{:?}", SecretDigest::of(b"secret")), "SecretDigest([REDACTED])");
    }
}
