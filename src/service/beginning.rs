//! How every mutation begins: in a transaction in which the caller is still who the permit says, and stays so until it ends.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::authn::{self, Credential, Principal, Standing, Unauthenticated};
use crate::authz::{Action, Job, Permit, SystemPermit};
use crate::domain::id::RoleId;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::{KeyFacts, Reader, Turn, Tx, UserName};

impl Registry {
    /// Begins a transaction in which the caller is still who the permit says: a grant or key that was taken away since then stops
    /// the change.
    pub(super) async fn begin<A: Action>(&self, permit: &Permit<A>) -> Result<Tx, Error> {
        self.begin_against(permit, &[]).await
    }

    /// Begins a transaction that takes something away from users, roles or tenants: calls that have begun by what they hold are
    /// waited for.
    pub(super) async fn begin_against<A: Action>(&self, permit: &Permit<A>, targets: &[Uuid]) -> Result<Tx, Error> {
        self.begin_with(permit, &[], targets).await
    }

    /// Begins a transaction in which, beside the caller, some users, roles or tenants stay as they are, and others are changed by nobody
    /// else. All of them are locked by one statement.
    pub(super) async fn begin_with<A: Action>(
        &self,
        permit: &Permit<A>,
        unchanged: &[Uuid],
        targets: &[Uuid],
    ) -> Result<Tx, Error> {
        let own = permit.principal().standings().flat_map(parts).chain(unchanged.iter().copied());
        let mut turns: BTreeMap<Uuid, Turn> = own.map(|id| (id, Turn::Shared)).collect();
        turns.extend(targets.iter().map(|id| (*id, Turn::Alone)));
        let tx = self.store.begin().await?;
        // Always in the order of the ids, so that two such calls never wait for each other.
        tx.take_turns(turns).await?;
        self.recheck(permit, &tx).await?;
        Ok(tx)
    }

    async fn recheck<A: Action>(&self, permit: &Permit<A>, tx: &Tx) -> Result<(), Error> {
        let before = permit.principal();
        let fresh = self.again(&tx.reader(), before).await?;
        // Something was taken away: the permit no longer says the truth. The caller tries again, and is judged anew.
        if fresh.still_holds(before) { Ok(()) } else { Err(Error::ConcurrentChange) }
    }

    /// Makes the caller once more from what is stored now.
    pub(super) async fn again(&self, reader: &Reader<'_>, before: &Principal) -> Result<Principal, Error> {
        let system = SystemPermit::new(Job::ReloadPrincipal, "the caller's grants are read again inside the transaction");
        let actor = match before.credential() {
            Credential::ApiKey { id, .. } => {
                let found = reader.find_key_facts_by_id(system.scope(), *id).await?;
                let KeyFacts { api_key, user, secrets: _ } = found.ok_or(Unauthenticated)?;
                authn::by_key(&api_key, user.ok_or(Unauthenticated)?, self.clock.now())?
            }
            Credential::Password { .. } => {
                let found =
                    reader.find_user_facts((system.scope(), system.scope()), UserName::Id(before.actor().user_id())).await?;
                let fresh = authn::by_password(found.ok_or(Unauthenticated)?)?;
                // A password that was replaced is as dead as a revoked key.
                if fresh.credential() != before.credential() {
                    return Err(Unauthenticated.into());
                }
                fresh
            }
        };
        let Some(subject) = before.subject().map(Standing::user_id) else { return Ok(actor) };
        self.act_for(reader, actor, UserName::Id(subject)).await
    }
}

/// Returns everything by which a user acts: the user, the home tenant, the roles.
fn parts(standing: &Standing) -> impl Iterator<Item = Uuid> {
    let roles = standing.roles().iter().copied().map(RoleId::as_uuid);
    roles.chain([standing.user_id().as_uuid(), standing.home_tenant().as_uuid()])
}
