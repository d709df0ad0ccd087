//! By an API key.

use crate::authn::{self, Principal, Unauthenticated};
use crate::authz::{Job, SystemPermit};
use crate::crypto::ParsedToken;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::authenticate::{Rejected, StoredCredential, claimant};
use crate::service::error::Error;
use crate::storage::{KeyFacts, SecretOwner};

impl Registry {
    /// Finds the caller that a token names and checks that the token is the key's.
    pub async fn authenticate(&self, token: &ParsedToken) -> Result<Principal, Rejected> {
        let now = self.clock.now();
        let KeyFacts { api_key, user, secrets: _ } = self.genuine(token, now).await.map_err(Rejected::of_nobody)?;
        let claimant = claimant(&user, Some(api_key.id));
        match authn::by_key(&api_key, user, now) {
            Ok(principal) => {
                self.key_uses.note(api_key.id, now);
                Ok(principal)
            }
            Err(refused) => Err(Rejected { error: refused.into(), claimant: Some(claimant) }),
        }
    }

    /// Finds what is stored about a token's key and checks that the token's secret is the key's.
    async fn genuine(&self, token: &ParsedToken, now: Timestamp) -> Result<KeyFacts, Error> {
        self.keys.check()?;
        let permit = SystemPermit::new(Job::Authenticate, "there is no caller before the credential is found");
        let reader = self.store.reader();
        let facts = reader.find_key_facts(permit.scope(), token.key_id().as_str()).await?.ok_or(Unauthenticated)?;
        let key = &facts.api_key;
        let credential = StoredCredential {
            owner: SecretOwner::api_key(key.tenant_id, key.id),
            origin: &key.user_id.to_string(),
            list: &key.secrets,
            stored: &facts.secrets,
        };
        let digests = self.open_credential(&permit, &credential, now).await?;
        let is_theirs = digests.iter().any(|digest| token.digest().matches_opened(digest));
        if is_theirs { Ok(facts) } else { Err(Unauthenticated.into()) }
    }
}
