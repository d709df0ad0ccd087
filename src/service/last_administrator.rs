//! The system tenant never loses its last administrator: an active user of it who holds 12.
//!
//! Knows how such changes take turns. Must not know what a call changes: it is asked after the write, before the commit.

use uuid::Uuid;

use crate::authz::{Job, SystemPermit};
use crate::domain::id::TenantId;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::Tx;

/// The turn of those who may take the last administrator away; no user, role or tenant has this id.
const TURN: Uuid = Uuid::from_u128(0x0002_0000_0000_0001);

impl Registry {
    /// Demands that somebody still administers the system tenant after what the transaction has written. Every call that takes 12 or
    /// the status from an administrator asks, after all its other turns: the turn of this rule is the last one, so that nobody who
    /// has it waits for anybody.
    pub(super) async fn require_administrator(&self, tx: &Tx) -> Result<(), Error> {
        tx.exclude(TURN).await?;
        let permit = SystemPermit::new(Job::KeepAdministrator, "the caller's scope need not hold the administrators who remain");
        // Whoever had the turn before has committed, and this statement sees it.
        let scope = permit.scope().narrowed_to(TenantId::SYSTEM).ok_or(Error::LastAdministrator)?;
        let found = tx.reader().find_active_administrator(&scope).await?;
        if found.is_some() { Ok(()) } else { Err(Error::LastAdministrator) }
    }
}
