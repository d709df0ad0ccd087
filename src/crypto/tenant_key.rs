//! The keys that seal a tenant's secrets: one for each tenant, purpose and version.
//!
//! Knows which context a key may seal and open. Must not know where wrapped keys are stored, which version is current, or who may
//! open: the caller holds the permit.

use std::fmt;
use std::str::FromStr;

use zeroize::ZeroizeOnDrop;

use super::context::SecretContext;
use super::envelope::{Binding, Labels, OpenError, ParsedEnvelope, SealError};
use super::key_material::KeyMaterial;
use super::message_mac::MessageMac;
use super::secret::{PlainSecret, SealedSecret};
use crate::domain::id::TenantId;
use crate::domain::random::{Random, RandomError};

#[cfg(test)]
mod tests;

const LABELS: Labels = Labels { encrypt: b"oauthregistry/env1/enc", commit: b"oauthregistry/env1/commit" };

/// The public id of a tenant key: eight random bytes, safe to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKeyId([u8; 8]);

impl TenantKeyId {
    /// Wraps a stored id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to store.
    #[must_use]
    pub const fn as_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for TenantKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a tenant key is for; one key has one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Secrets that tenants supply or that we issue.
    Secrets,
    /// Page tokens and records of idempotent requests.
    Tokens,
    /// Events.
    Events,
}

impl KeyPurpose {
    /// Returns the name that is stored and bound into the wrapped key; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Tokens => "tokens",
            Self::Events => "events",
        }
    }
}

/// The text names no key purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key purpose")]
pub struct InvalidKeyPurpose;

impl FromStr for KeyPurpose {
    type Err = InvalidKeyPurpose;

    fn from_str(text: &str) -> Result<Self, InvalidKeyPurpose> {
        [Self::Secrets, Self::Tokens, Self::Events].into_iter().find(|purpose| purpose.as_str() == text).ok_or(InvalidKeyPurpose)
    }
}

/// Everything about a tenant key but the key: the facts of its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantKeyIdentity {
    /// The id that stands in every envelope of the key.
    pub id: TenantKeyId,
    /// The only tenant whose secrets the key seals.
    pub tenant: TenantId,
    /// The only use of the key.
    pub purpose: KeyPurpose,
    /// The number of the key among the tenant's keys of this purpose.
    pub version: u32,
}

/// A tenant's key; it is wiped when dropped and cannot be copied or printed.
pub struct TenantKey {
    identity: TenantKeyIdentity,
    material: KeyMaterial,
}

impl ZeroizeOnDrop for TenantKey {}

impl TenantKey {
    /// Draws a fresh key and a fresh id for it.
    pub fn generate(tenant: TenantId, purpose: KeyPurpose, version: u32, random: &dyn Random) -> Result<Self, RandomError> {
        let mut id = [0; 8];
        random.fill(&mut id)?;
        let identity = TenantKeyIdentity { id: TenantKeyId(id), tenant, purpose, version };
        Ok(Self { identity, material: KeyMaterial::generate(random)? })
    }

    /// Puts an unwrapped key together again.
    pub(super) const fn from_material(identity: TenantKeyIdentity, material: KeyMaterial) -> Self {
        Self { identity, material }
    }

    /// Lends the bytes to the wrapping.
    pub(super) const fn material(&self) -> &KeyMaterial {
        &self.material
    }

    /// Returns everything about the key but the key.
    #[must_use]
    pub const fn identity(&self) -> TenantKeyIdentity {
        self.identity
    }

    /// Seals a secret for exactly this context; a context of another tenant is refused.
    pub fn seal(
        &self,
        secret: &PlainSecret,
        context: &SecretContext<'_>,
        random: &dyn Random,
    ) -> Result<SealedSecret, SealError> {
        if context.tenant != self.identity.tenant {
            return Err(SealError::ForeignKey);
        }
        let context = context.encode().ok_or(SealError::ContextTooLong)?;
        self.binding(&context).seal(secret.expose(), random).map(SealedSecret::from_bytes)
    }

    /// Opens a secret that this key sealed for exactly this context.
    pub fn open(&self, sealed: &SealedSecret, context: &SecretContext<'_>) -> Result<PlainSecret, OpenError> {
        let envelope = ParsedEnvelope::parse(sealed.as_bytes())?;
        if envelope.key_id() != self.identity.id.as_bytes() || context.tenant != self.identity.tenant {
            return Err(OpenError);
        }
        let context = context.encode().ok_or(OpenError)?;
        self.binding(&context).open(&envelope).map(PlainSecret::from)
    }

    /// Makes the code by which a message is known again.
    #[must_use]
    pub fn mac(&self, message: &[u8]) -> MessageMac {
        MessageMac::of(&self.material, message)
    }

    const fn binding<'a>(&'a self, context: &'a [u8]) -> Binding<'a> {
        Binding { key: &self.material, key_id: self.identity.id.as_bytes(), labels: &LABELS, context }
    }
}

impl fmt::Debug for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantKey").field("identity", &self.identity).finish_non_exhaustive()
    }
}
