//! The 32 bytes of a key and how they die.

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::domain::random::{Random, RandomError};

/// The length of every key, in bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// A 256-bit key that is wiped when dropped.
pub(super) struct KeyMaterial(
    /// On the heap, so that moving the key leaves no copy behind on the stack.
    Box<Zeroizing<[u8; KEY_LENGTH]>>,
);

impl ZeroizeOnDrop for KeyMaterial {}

impl KeyMaterial {
    /// Draws a fresh key.
    pub(super) fn generate(random: &dyn Random) -> Result<Self, RandomError> {
        let mut material = Self::zeroed();
        random.fill(material.0.as_mut_slice())?;
        Ok(material)
    }

    /// Copies a key; nothing when the length is wrong.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; KEY_LENGTH] = bytes.try_into().ok()?;
        let mut material = Self::zeroed();
        material.0.copy_from_slice(bytes);
        Some(material)
    }

    /// Lends the bytes to a derivation.
    pub(super) fn expose(&self) -> &[u8; KEY_LENGTH] {
        &self.0
    }

    fn zeroed() -> Self {
        Self(Box::new(Zeroizing::new([0; KEY_LENGTH])))
    }
}
