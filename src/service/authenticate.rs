//! From a presented credential to a caller.

use std::collections::BTreeSet;

use crate::authn::{self, Principal, Unauthenticated, UserFacts};
use crate::authz::{Job, SystemPermit};
use crate::crypto::{OwnerKind, ParsedToken};
use crate::domain::api_key::ApiKey;
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::service::Registry;
use crate::service::denials::Claimant;
use crate::service::error::Error;
use crate::storage::{Reader, SecretOwner, StoredKeyFacts, StoredUserFacts};

/// The name of an API key's one secret.
const SECRET: &str = "secret";

/// A token that gives no caller, and whose it is, when it is somebody's.
#[derive(Debug)]
pub struct Rejected {
    /// Why, and for a refused credential never more than that it is refused.
    pub error: Error,
    /// The user whose genuine token it is.
    pub claimant: Option<Claimant>,
}

impl SecretOwner {
    /// The secret of an API key.
    pub(super) fn api_key(tenant_id: TenantId, id: ApiKeyId) -> Self {
        Self { tenant_id, kind: OwnerKind::ApiKey, id: id.as_uuid(), field: SECRET }
    }
}

impl Registry {
    /// Finds the caller that a token names and checks that the token is the key's.
    pub async fn authenticate(&self, token: &ParsedToken) -> Result<Principal, Rejected> {
        let facts = self.genuine(token).await.map_err(|error| Rejected { error, claimant: None })?;
        let claimant = Claimant {
            tenant_id: facts.user.user.tenant_id,
            user_id: facts.user.user.id,
            login_name: facts.user.user.login_name.as_str().to_owned(),
            api_key_id: Some(facts.api_key.id),
            on_behalf_of: None,
        };
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
    pub(super) async fn administered(&self, reader: &Reader<'_>, user: UserId) -> Result<BTreeSet<TenantId>, Error> {
        let permit = SystemPermit::new(Job::Authenticate, "what a user holds is compared with what the caller holds");
        Ok(reader.list_administered(permit.scope(), user).await?)
    }
}

/// Splits what is stored about a key into the key and its user.
pub(super) fn known(facts: StoredKeyFacts) -> (ApiKey, UserFacts) {
    let StoredKeyFacts { api_key, user } = facts;
    (api_key, user_facts(user))
}

/// Reads what is stored about a user who wants to act.
pub(super) fn user_facts(facts: StoredUserFacts) -> UserFacts {
    let StoredUserFacts { user, tenant, administered } = facts;
    UserFacts { user, tenant_status: tenant.status, administered }
}
