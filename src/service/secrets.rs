//! Sealing before a transaction, opening with the proof that one may.

use crate::authz::MayOpen;
use crate::crypto::{KeyPurpose, PlainSecret, SecretContext};
use crate::domain::secret_list::SecretVersion;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::{Error, LostSecret};
use crate::storage::{NewSecret, Reader, SecretOwner, StoredSecret};

/// What a secret is sealed for.
pub(super) struct Destination<'a> {
    /// Whose it is.
    pub(super) owner: SecretOwner,
    /// The version number.
    pub(super) version: SecretVersion,
    /// What else the envelope is bound to: the origin that a supplied secret is meant for, the user of an API key, otherwise nothing.
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

    /// Opens a stored secret, which must have been sealed for this origin. That its version is alive is for the caller to know.
    pub(super) async fn open(
        &self,
        _proof: MayOpen,
        reader: &Reader<'_>,
        (secret, origin): (&StoredSecret, &str),
    ) -> Result<PlainSecret, Error> {
        let unreadable = |_| Error::Unreadable(LostSecret::of(secret.owner, secret.version));
        let id = secret.sealed.key_id().map_err(unreadable)?;
        let key = match self.keys.named(reader, secret.owner.tenant_id, id).await {
            Err(Error::Unreadable(_)) => return Err(Error::Unreadable(LostSecret::of(secret.owner, secret.version))),
            named => named?,
        };
        key.open(&secret.sealed, &context(secret.owner, secret.version, origin)).map_err(unreadable)
    }
}

fn context(owner: SecretOwner, version: SecretVersion, origin: &str) -> SecretContext<'_> {
    SecretContext {
        tenant: owner.tenant_id,
        owner_kind: owner.kind,
        owner: owner.id,
        field: owner.field,
        version: version.as_u64(),
        origin,
    }
}
