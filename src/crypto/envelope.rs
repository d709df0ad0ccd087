//! The envelope, format 1: one message under a key that is derived for it alone.
//!
//! Knows the bytes, the derivation, the commitment and the cipher. Must not know what is inside or whose key it is: tenant keys and
//! key-encryption keys both come here, each with its own labels.
//!
//! ```text
//!  0   1  format 0x01
//!  1   1  suite  0x01 = HKDF-SHA-256, AES-256-GCM, committed, padded
//!  2   8  id of the key
//! 10  32  salt
//! 42  32  commitment
//! 74   n  ciphertext of the padded message
//!     16  tag
//! ```
//!
//! The pseudo-random key is `HKDF-Extract(salt, key)` (RFC 5869 §2.2). `HKDF-Expand` (§2.3) with the labels gives the AES key and nonce,
//! and the commitment. The associated data is the header (the first 74 bytes) followed by the context.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::key_material::KeyMaterial;
use super::secret::MAX_SECRET_LENGTH;
use crate::domain::random::{Random, RandomError};

mod padding;
#[cfg(test)]
mod tests;

const FORMAT: u8 = 1;
const SUITE: u8 = 1;
const KEY_ID_LENGTH: usize = 8;
const SALT_LENGTH: usize = 32;
const COMMITMENT_LENGTH: usize = 32;
const HEADER_LENGTH: usize = 2 + KEY_ID_LENGTH + SALT_LENGTH + COMMITMENT_LENGTH;
const AES_KEY_LENGTH: usize = 32;
const NONCE_LENGTH: usize = 12;
const TAG_LENGTH: usize = 16;

/// The envelope did not open. Why is not said, for every reason the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the envelope did not open")]
pub struct OpenError;

/// The message was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The secret is longer than [`MAX_SECRET_LENGTH`].
    #[error("the secret is longer than {MAX_SECRET_LENGTH} bytes")]
    SecretTooLong,
    /// A text of the context is longer than 65,535 bytes.
    #[error("the context is too long")]
    ContextTooLong,
    /// The key belongs to another tenant than the context.
    #[error("the key belongs to another tenant")]
    ForeignKey,
    /// The random source gave no salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The cipher or the derivation refused its input.
    #[error("the cipher refused the message")]
    Cipher,
}

/// The two labels that keep one use of a key apart from every other.
pub(super) struct Labels {
    /// The label of the AES key and nonce.
    pub(super) encrypt: &'static [u8],
    /// The label of the commitment.
    pub(super) commit: &'static [u8],
}

/// A key together with everything that a message under it is bound to.
pub(super) struct Binding<'a> {
    /// The key.
    pub(super) key: &'a KeyMaterial,
    /// The key's id, which stands in the header.
    pub(super) key_id: [u8; KEY_ID_LENGTH],
    /// The labels of this use.
    pub(super) labels: &'static Labels,
    /// The encoded context.
    pub(super) context: &'a [u8],
}

impl Binding<'_> {
    /// Seals a message under a fresh salt.
    pub(super) fn seal(&self, message: &[u8], random: &dyn Random) -> Result<Vec<u8>, SealError> {
        let padded = padding::pad(message).ok_or(SealError::SecretTooLong)?;
        let mut salt = [0; SALT_LENGTH];
        random.fill(&mut salt)?;
        let keys = self.derive(&salt).ok_or(SealError::Cipher)?;
        let header = self.header(&salt, &keys.commitment);
        keys.encrypt(header, self.context, padded).ok_or(SealError::Cipher)
    }

    /// Opens an envelope: key id, commitment, cipher, padding, in this order.
    pub(super) fn open(&self, envelope: &ParsedEnvelope<'_>) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if envelope.key_id != self.key_id {
            return Err(OpenError);
        }
        let keys = self.derive(envelope.salt).ok_or(OpenError)?;
        // Without this check one envelope could be built to open under two keys (GCM does not commit to its key).
        if !bool::from(keys.commitment.as_slice().ct_eq(envelope.commitment.as_slice())) {
            return Err(OpenError);
        }
        let padded = keys.decrypt(envelope, self.context).ok_or(OpenError)?;
        padding::unpad(&padded).ok_or(OpenError)
    }

    fn derive(&self, salt: &[u8; SALT_LENGTH]) -> Option<MessageKeys> {
        let extracted = Hkdf::<Sha256>::new(Some(salt), self.key.expose());
        let mut expanded = Zeroizing::new([0; AES_KEY_LENGTH + NONCE_LENGTH]);
        extracted.expand_multi_info(&[self.labels.encrypt, self.context], expanded.as_mut_slice()).ok()?;
        let mut commitment = [0; COMMITMENT_LENGTH];
        extracted.expand_multi_info(&[self.labels.commit, self.context], &mut commitment).ok()?;
        Some(MessageKeys { expanded, commitment })
    }

    fn header(&self, salt: &[u8; SALT_LENGTH], commitment: &[u8; COMMITMENT_LENGTH]) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_LENGTH);
        header.extend_from_slice(&[FORMAT, SUITE]);
        header.extend_from_slice(&self.key_id);
        header.extend_from_slice(salt);
        header.extend_from_slice(commitment);
        header
    }
}

/// What is derived for one message.
struct MessageKeys {
    expanded: Zeroizing<[u8; AES_KEY_LENGTH + NONCE_LENGTH]>,
    commitment: [u8; COMMITMENT_LENGTH],
}

impl MessageKeys {
    fn cipher(&self) -> Option<(Aes256Gcm, &[u8; NONCE_LENGTH])> {
        let (key, nonce) = self.expanded.split_first_chunk::<AES_KEY_LENGTH>()?;
        Some((Aes256Gcm::new(key.into()), nonce.try_into().ok()?))
    }

    fn encrypt(&self, header: Vec<u8>, context: &[u8], mut padded: Zeroizing<Vec<u8>>) -> Option<Vec<u8>> {
        let (cipher, nonce) = self.cipher()?;
        let associated = associated_data(&header, context);
        let tag = cipher.encrypt_inout_detached(nonce.into(), &associated, padded.as_mut_slice().into()).ok()?;
        let mut envelope = header;
        envelope.extend_from_slice(&padded);
        envelope.extend_from_slice(&tag);
        Some(envelope)
    }

    fn decrypt(&self, envelope: &ParsedEnvelope<'_>, context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (cipher, nonce) = self.cipher()?;
        let associated = associated_data(envelope.header, context);
        let mut padded = Zeroizing::new(envelope.ciphertext.to_vec());
        let buffer = padded.as_mut_slice().into();
        cipher.decrypt_inout_detached(nonce.into(), &associated, buffer, envelope.tag.into()).ok()?;
        Some(padded)
    }
}

fn associated_data(header: &[u8], context: &[u8]) -> Vec<u8> {
    [header, context].concat()
}

/// An envelope whose lengths and format are right; nothing else is known of it.
pub(super) struct ParsedEnvelope<'a> {
    header: &'a [u8; HEADER_LENGTH],
    key_id: [u8; KEY_ID_LENGTH],
    salt: &'a [u8; SALT_LENGTH],
    commitment: &'a [u8; COMMITMENT_LENGTH],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG_LENGTH],
}

impl<'a> ParsedEnvelope<'a> {
    /// Splits an envelope by its table.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, OpenError> {
        Self::split(bytes).ok_or(OpenError)
    }

    /// Returns the id of the key that the header names.
    pub(super) const fn key_id(&self) -> [u8; KEY_ID_LENGTH] {
        self.key_id
    }

    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (header, body) = bytes.split_first_chunk::<HEADER_LENGTH>()?;
        let (ciphertext, tag) = body.split_last_chunk::<TAG_LENGTH>()?;
        let ([format, suite], rest) = header.split_first_chunk::<2>()?;
        let (key_id, rest) = rest.split_first_chunk::<KEY_ID_LENGTH>()?;
        let (salt, commitment) = rest.split_first_chunk::<SALT_LENGTH>()?;
        let commitment = commitment.try_into().ok()?;
        let known = *format == FORMAT && *suite == SUITE && padding::is_padded_length(ciphertext.len());
        known.then_some(Self { header, key_id: *key_id, salt, commitment, ciphertext, tag })
    }
}
