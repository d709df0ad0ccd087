//! A secret that was made and not yet handed out.

use crate::crypto::PlainSecret;
use crate::storage::Committed;

/// A secret on its way to the caller, which only a committed transaction lets out, and only once.
#[derive(Debug)]
#[must_use]
pub struct IssuedSecret(PlainSecret);

impl IssuedSecret {
    /// Takes a fresh secret in.
    pub(super) fn new(secret: PlainSecret) -> Self {
        Self(secret)
    }

    /// Lends the secret to the envelope in which a repeat of the call will find it.
    pub(super) fn as_sealable(&self) -> &PlainSecret {
        &self.0
    }

    /// Lets the secret out, after the change that stored it is committed.
    #[must_use]
    pub fn hand_out(self, _committed: &Committed) -> PlainSecret {
        self.0
    }
}
