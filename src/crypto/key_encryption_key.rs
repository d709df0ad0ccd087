//! The keys above the tenant keys: they wrap them and never stand in the database.
//!
//! Knows how a tenant key is wrapped and how a wrong key is noticed at start. Must not know where either key is stored.

use std::fmt;
use std::str::FromStr;

use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::ZeroizeOnDrop;

use super::context::length_prefixed;
use super::envelope::{Binding, Labels, OpenError, ParsedEnvelope, SealError};
use super::key_material::KeyMaterial;
use super::tenant_key::{TenantKey, TenantKeyIdentity};
use crate::domain::random::{Random, RandomError};

#[cfg(test)]
mod tests;

const LABELS: Labels = Labels { encrypt: b"oauthregistry/wrap1/enc", commit: b"oauthregistry/wrap1/commit" };
const CHECK_LABEL: &[u8] = b"oauthregistry/kek1/check";
const MAX_ID_LENGTH: usize = 63;

/// The name of a key-encryption key: `[a-z0-9][a-z0-9-]{0,62}`, safe to log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyEncryptionKeyId(String);

impl KeyEncryptionKeyId {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not the name of a key-encryption key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form [a-z0-9][a-z0-9-]{{0,62}}")]
pub struct InvalidKeyEncryptionKeyId;

impl FromStr for KeyEncryptionKeyId {
    type Err = InvalidKeyEncryptionKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyEncryptionKeyId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts_well = text.bytes().next().is_some_and(|byte| byte != b'-');
        let good = starts_well && text.len() <= MAX_ID_LENGTH && text.bytes().all(allowed);
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidKeyEncryptionKeyId) }
    }
}

impl fmt::Display for KeyEncryptionKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant key in its envelope: the bytes that are stored.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl WrappedKey {
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
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}

/// A key-encryption key; it is wiped when dropped and cannot be copied or printed.
pub struct KeyEncryptionKey {
    id: KeyEncryptionKeyId,
    material: KeyMaterial,
}

impl ZeroizeOnDrop for KeyEncryptionKey {}

impl KeyEncryptionKey {
    /// Draws a fresh key.
    pub fn generate(id: KeyEncryptionKeyId, random: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self { id, material: KeyMaterial::generate(random)? })
    }

    /// Puts a key of the keyring together.
    pub(super) const fn from_material(id: KeyEncryptionKeyId, material: KeyMaterial) -> Self {
        Self { id, material }
    }

    /// Lends the bytes to the keyring.
    pub(super) const fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// Returns the name.
    #[must_use]
    pub const fn id(&self) -> &KeyEncryptionKeyId {
        &self.id
    }

    /// Wraps a tenant key, bound to its identity and to this key's name.
    pub fn wrap(&self, key: &TenantKey, random: &dyn Random) -> Result<WrappedKey, SealError> {
        let context = self.context(&key.identity()).ok_or(SealError::ContextTooLong)?;
        self.binding(&context).seal(key.material().expose(), random).map(WrappedKey)
    }

    /// Unwraps the tenant key that has exactly this identity.
    pub fn unwrap(&self, wrapped: &WrappedKey, identity: TenantKeyIdentity) -> Result<TenantKey, OpenError> {
        let envelope = ParsedEnvelope::parse(wrapped.as_bytes())?;
        let context = self.context(&identity).ok_or(OpenError)?;
        let bytes = self.binding(&context).open(&envelope)?;
        let material = KeyMaterial::from_slice(&bytes).ok_or(OpenError)?;
        Ok(TenantKey::from_material(identity, material))
    }

    /// Derives a value by which the same key is known again; it tells nothing about the key and may be stored.
    pub fn check_value(&self) -> Result<[u8; 32], SealError> {
        let id = length_prefixed(&[self.id.as_str().as_bytes()]).ok_or(SealError::ContextTooLong)?;
        let mut value = [0; 32];
        let extracted = Hkdf::<Sha256>::new(None, self.material.expose());
        extracted.expand_multi_info(&[CHECK_LABEL, &id], &mut value).map_err(|_| SealError::Cipher)?;
        Ok(value)
    }

    /// Says, in constant time, whether a stored check value is this key's.
    #[must_use]
    pub fn verify_check_value(&self, stored: &[u8]) -> bool {
        self.check_value().is_ok_and(|own| own.as_slice().ct_eq(stored).into())
    }

    fn context(&self, identity: &TenantKeyIdentity) -> Option<Vec<u8>> {
        length_prefixed(&[
            self.id.as_str().as_bytes(),
            identity.tenant.as_uuid().as_bytes(),
            identity.purpose.as_str().as_bytes(),
            &u64::from(identity.version).to_be_bytes(),
            &identity.id.as_bytes(),
        ])
    }

    fn binding<'a>(&'a self, context: &'a [u8]) -> Binding<'a> {
        let mut key_id = [0; 8];
        key_id.iter_mut().zip(Sha256::digest(self.id.as_str())).for_each(|(place, byte)| *place = byte);
        Binding { key: &self.material, key_id, labels: &LABELS, context }
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyEncryptionKey").field("id", &self.id).finish_non_exhaustive()
    }
}
