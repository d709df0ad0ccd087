//! By an API key.

use crate::authn::{self, Principal, Unauthenticated, UserFacts};
use crate::authz::{Job, SystemPermit};
use crate::crypto::ParsedToken;
use crate::domain::api_key::ApiKey;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::authenticate::{Rejected, StoredCredential, claimant};
use crate::service::error::{Error, LostSecret};
use crate::storage::{KeyFacts, SecretOwner};

impl Registry {
    /// Finds the caller that a token names and checks that the token is the key's.
    pub async fn authenticate(&self, token: &ParsedToken) -> Result<Principal, Rejected> {
        let now = self.clock.now();
        let (api_key, user) = self.genuine(token, now).await.map_err(Rejected::of_nobody)?;
        let claimant = claimant(&user, Some(api_key.id));
        match authn::by_key(&api_key, user, now) {
            Ok(principal) => {
                self.key_uses.note(api_key.id, now);
                Ok(principal)
            }
            Err(refused) => Err(Rejected { error: refused.into(), claimant: Some(claimant) }),
        }
    }

    /// Finds a token's key and its user, and checks that the token's secret is the key's.
    async fn genuine(&self, token: &ParsedToken, now: Timestamp) -> Result<(ApiKey, UserFacts), Error> {
        self.keys.check()?;
        let permit = SystemPermit::new(Job::Authenticate, "there is no caller before the credential is found");
        let reader = self.store.reader();
        let facts = reader.find_key_facts(permit.scope(), token.key_id().as_str()).await?.ok_or(Unauthenticated)?;
        let KeyFacts { api_key: key, user, secrets } = facts;
        let Some(user) = user else {
            // Somebody moved the key or its user behind the service's back.
            let owner = SecretOwner::api_key(key.tenant_id, key.id);
            self.report_loss(&LostSecret::of(owner, None));
            return Err(Unauthenticated.into());
        };
        let credential = StoredCredential {
            owner: SecretOwner::api_key(key.tenant_id, key.id),
            origin: &key.user_id.to_string(),
            list: &key.secrets,
            stored: &secrets,
        };
        let digests = self.open_credential(&permit, &credential, now).await?;
        let is_theirs = digests.iter().any(|digest| token.digest().matches_opened(digest));
        if is_theirs { Ok((key, user)) } else { Err(Unauthenticated.into()) }
    }
}
