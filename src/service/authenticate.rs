//! From a presented token to a caller, and the same question again inside a transaction.

use std::collections::BTreeSet;

use crate::authn::{self, KeyFacts, Principal, Unauthenticated};
use crate::authz::{Action, Job, Permit, SystemPermit};
use crate::crypto::{OwnerKind, ParsedToken};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::service::Registry;
use crate::service::denials::Claimant;
use crate::service::error::Error;
use crate::storage::{Reader, SecretOwner, StoredKeyFacts, Tx};

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
            tenant_id: facts.user.tenant_id,
            user_id: facts.user.id,
            login_name: facts.user.login_name.as_str().to_owned(),
            api_key_id: facts.api_key.id,
        };
        let now = self.clock.now();
        match authn::authenticate(known(facts), now) {
            Ok(principal) => {
                self.key_uses.note(claimant.api_key_id, now);
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
        let digest = self.open(proof, &reader, (&secret, "")).await?;
        if token.digest().matches_opened(&digest) { Ok(facts) } else { Err(Unauthenticated.into()) }
    }

    /// Begins a transaction in which the caller is still who the permit says: a grant or key that was taken away since then stops
    /// the change.
    pub(super) async fn begin<A: Action>(&self, permit: &Permit<A>) -> Result<Tx, Error> {
        let tx = self.store.begin().await?;
        tx.share(&[permit.principal().user_id().as_uuid(), permit.principal().home_tenant().as_uuid()]).await?;
        self.recheck(permit, &tx).await?;
        Ok(tx)
    }

    /// Begins a transaction that takes something away from a user: calls of that user that have begun are waited for.
    pub(super) async fn begin_against<A: Action>(&self, permit: &Permit<A>, user: UserId) -> Result<Tx, Error> {
        let tx = self.store.begin().await?;
        let (caller, home) = (permit.principal().user_id(), permit.principal().home_tenant());
        // Always in the order of the ids, so that two such calls never wait for each other.
        if caller < user {
            tx.share(&[caller.as_uuid()]).await?;
        }
        tx.exclude(user.as_uuid()).await?;
        if user < caller {
            tx.share(&[caller.as_uuid()]).await?;
        }
        tx.share(&[home.as_uuid()]).await?;
        self.recheck(permit, &tx).await?;
        Ok(tx)
    }

    async fn recheck<A: Action>(&self, permit: &Permit<A>, tx: &Tx) -> Result<(), Error> {
        let before = permit.principal();
        let system = SystemPermit::new(Job::Authenticate, "the caller's grants are read again inside the transaction");
        let found = tx.reader().find_key_facts_by_id(system.scope(), before.credential().api_key_id()).await?;
        let fresh = authn::authenticate(known(found.ok_or(Unauthenticated)?), self.clock.now())?;
        // Something was taken away: the permit no longer says the truth. The caller tries again, and is judged anew.
        if fresh.still_holds(before) { Ok(()) } else { Err(Error::ConcurrentChange) }
    }

    /// Reads the administrative access of a user, to compare it with the caller's.
    pub(super) async fn administered(&self, reader: &Reader<'_>, user: UserId) -> Result<BTreeSet<TenantId>, Error> {
        let permit = SystemPermit::new(Job::Authenticate, "what a user holds is compared with what the caller holds");
        Ok(reader.list_administered(permit.scope(), user).await?)
    }
}

fn known(facts: StoredKeyFacts) -> KeyFacts {
    let StoredKeyFacts { api_key, user, tenant, administered } = facts;
    KeyFacts { api_key, user, tenant_status: tenant.status, administered }
}
