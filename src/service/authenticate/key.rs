//! By an API key.

use std::collections::BTreeSet;

use crate::authn::{self, Principal, Unauthenticated, UserFacts};
use crate::authz::{Job, SystemPermit};
use crate::crypto::{OwnerKind, ParsedToken};
use crate::domain::api_key::ApiKey;
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::service::Registry;
use crate::service::authenticate::{Rejected, claimant, user_facts};
use crate::service::error::Error;
use crate::storage::{Reader, SecretOwner, StoredKeyFacts};

/// The name of an API key's one secret.
const SECRET: &str = "secret";

impl SecretOwner {
    /// The secret of an API key.
    pub(in crate::service) fn api_key(tenant_id: TenantId, id: ApiKeyId) -> Self {
        Self { tenant_id, kind: OwnerKind::ApiKey, id: id.as_uuid(), field: SECRET }
    }
}

impl Registry {
    /// Finds the caller that a token names and checks that the token is the key's.
    pub async fn authenticate(&self, token: &ParsedToken) -> Result<Principal, Rejected> {
        let facts = self.genuine(token).await.map_err(Rejected::of_nobody)?;
        let claimant = claimant(&facts.user, Some(facts.api_key.id));
        let now = self.clock.now();
        let (api_key, user) = known(facts);
        match authn::by_key(&api_key, user, now) {
            Ok(principal) => {
                self.key_uses.note(api_key.id, now);
                Ok(principal)
            }
            Err(refused) => Err(Rejected { error: refused.into(), claimant: Some(claimant) }),
        }
    }

    /// Finds what is stored about a token's key and checks that the token's secret is the key's.
    async fn genuine(&self, token: &ParsedToken) -> Result<StoredKeyFacts, Error> {
        self.keys.check()?;
        let permit = SystemPermit::new(Job::Authenticate, "there is no caller before the credential is found");
        let reader = self.store.reader();
        let facts = reader.find_key_facts(permit.scope(), token.key_id().as_str()).await?.ok_or(Unauthenticated)?;
        let owner = SecretOwner::api_key(facts.api_key.tenant_id, facts.api_key.id);
        let secret = reader.find_current_secret(permit.scope(), owner).await?.ok_or(Unauthenticated)?;
        let proof = permit.may_open().ok_or(Unauthenticated)?;
        let digest = match self.open(proof, &reader, (&secret, "")).await {
            // The tenant was deleted since the key was found, and the key with it.
            Err(Error::ConcurrentChange) => return Err(Unauthenticated.into()),
            opened => opened?,
        };
        if token.digest().matches_opened(&digest) { Ok(facts) } else { Err(Unauthenticated.into()) }
    }

    /// Reads the administrative access of a user, to compare it with the caller's.
    pub(in crate::service) async fn administered(&self, reader: &Reader<'_>, user: UserId) -> Result<BTreeSet<TenantId>, Error> {
        let permit = SystemPermit::new(Job::Authenticate, "what a user holds is compared with what the caller holds");
        Ok(reader.list_administered(permit.scope(), user).await?)
    }
}

/// Splits what is stored about a key into the key and its user.
pub(in crate::service) fn known(facts: StoredKeyFacts) -> (ApiKey, UserFacts) {
    let StoredKeyFacts { api_key, user } = facts;
    (api_key, user_facts(user))
}
