//! Sealing before a transaction, opening with the proof that one may.

use crate::authz::MayOpen;
use crate::crypto::{KeyPurpose, PlainSecret, SecretContext};
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::{NewSecret, Reader, SecretOwner, StoredSecret};

/// What a secret is sealed for.
pub(super) struct Destination<'a> {
    /// Whose it is.
    pub(super) owner: SecretOwner,
    /// The version number.
    pub(super) version: u64,
    /// The origin that a supplied secret is meant for; empty for issued ones.
    pub(super) origin: &'a str,
}

impl Registry {
    /// Seals a secret by its tenant's key, to be stored afterwards.
    pub(super) async fn seal(&self, plain: &PlainSecret, to: Destination<'_>, now: Timestamp) -> Result<NewSecret, Error> {
        self.keys.may_seal()?;
        let key = self.keys.active(&self.store.reader(), to.owner.tenant_id, KeyPurpose::Secrets).await?;
        let sealed = key.seal(plain, &context(to.owner, to.version, to.origin), self.random.as_ref())?;
        let secret = StoredSecret { owner: to.owner, version: to.version, sealed, origin: to.origin.to_owned() };
        Ok(NewSecret { secret, create_time: now })
    }

    /// Opens a stored secret for the origin that it must have been supplied for.
    pub(super) async fn open(
        &self,
        _proof: MayOpen,
        reader: &Reader<'_>,
        (secret, origin): (&StoredSecret, &str),
    ) -> Result<PlainSecret, Error> {
        let unreadable = |_| Error::Unreadable(format!("{} {} v{}", secret.owner.kind.as_str(), secret.owner.id, secret.version));
        let id = secret.sealed.key_id().map_err(unreadable)?;
        let key = self.keys.named(reader, secret.owner.tenant_id, id).await?;
        key.open(&secret.sealed, &context(secret.owner, secret.version, origin)).map_err(unreadable)
    }
}

fn context(owner: SecretOwner, version: u64, origin: &str) -> SecretContext<'_> {
    SecretContext { tenant: owner.tenant_id, owner_kind: owner.kind, owner: owner.id, field: owner.field, version, origin }
}
