//! From a presented credential to a caller.

mod key;
mod password;

use crate::authn::{Unauthenticated, UserFacts};
use crate::authz::SystemPermit;
use crate::crypto::PlainSecret;
use crate::domain::id::ApiKeyId;
use crate::domain::secret_list::SecretList;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::denials::{Claimant, Refusal};
use crate::service::error::{Error, LostSecret};
use crate::storage::{SecretOwner, StoredSecret};

/// A credential that gives no caller, and whose it is, when it is somebody's.
#[derive(Debug)]
pub struct Rejected {
    /// Why, and for a refused credential never more than that it is refused.
    pub error: Error,
    /// The user whose genuine credential it is.
    pub claimant: Option<Claimant>,
}

impl Rejected {
    /// Rejects a credential of which nothing is proved.
    fn of_nobody(error: impl Into<Error>) -> Self {
        Self { error: error.into(), claimant: None }
    }
}

/// What is stored about the secret of a credential.
struct StoredCredential<'a> {
    /// Whose secret it is.
    owner: SecretOwner,
    /// What else the envelopes are bound to.
    origin: &'a str,
    /// The live versions, as the owner's row names them.
    list: &'a SecretList,
    /// The stored versions, dead ones included.
    stored: &'a [StoredSecret],
}

impl Registry {
    /// Opens the versions of a credential's secret that may be compared with what was presented. One that is lost is reported, and
    /// lets nobody in.
    async fn open_credential(
        &self,
        permit: &SystemPermit,
        credential: &StoredCredential<'_>,
        now: Timestamp,
    ) -> Result<Vec<PlainSecret>, Error> {
        let StoredCredential { owner, origin, list, stored } = credential;
        let mut opened = Vec::new();
        for version in list.versions().filter(|version| list.authenticates(*version, now)) {
            let found = stored.iter().find(|secret| secret.version == version);
            let Some(secret) = found else {
                self.report_loss(&LostSecret::of(*owner, version));
                continue;
            };
            let proof = permit.may_open().ok_or(Unauthenticated)?;
            match self.open(proof, &self.store.reader(), (secret, origin)).await {
                Ok(plain) => opened.push(plain),
                Err(Error::Unreadable(lost)) => self.report_loss(&lost),
                // The tenant was deleted since the credential was found, and the credential with it.
                Err(Error::ConcurrentChange) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(opened)
    }

    /// Takes a refused credential to the event log, as the refusal that is prepared for it, and returns the error to answer. A server
    /// that cannot check a credential does not say that it is bad.
    pub async fn reject(&self, rejected: Rejected, if_refused: Refusal) -> Error {
        let Rejected { error, claimant } = rejected;
        if matches!(error, Error::Unauthenticated(_)) {
            self.recorded(Refusal { claimant, ..if_refused }, error).await
        } else {
            error
        }
    }
}

/// Names the user whose genuine credential was presented.
fn claimant(facts: &UserFacts, api_key_id: Option<ApiKeyId>) -> Claimant {
    Claimant {
        tenant_id: facts.user.tenant_id,
        user_id: facts.user.id,
        login_name: facts.user.login_name.as_str().to_owned(),
        api_key_id,
        on_behalf_of: None,
    }
}
