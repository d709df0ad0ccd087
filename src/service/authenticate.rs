//! From a presented credential to a caller.

mod key;
mod password;

pub(super) use self::key::known;
use crate::authn::UserFacts;
use crate::domain::id::ApiKeyId;
use crate::service::Registry;
use crate::service::denials::{Claimant, Refusal};
use crate::service::error::Error;
use crate::storage::StoredUserFacts;

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

impl Registry {
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

/// Reads what is stored about a user who wants to act.
pub(super) fn user_facts(facts: StoredUserFacts) -> UserFacts {
    let StoredUserFacts { user, tenant, administered } = facts;
    UserFacts { user, tenant_status: tenant.status, administered }
}

/// Names the user whose genuine credential was presented.
fn claimant(facts: &StoredUserFacts, api_key_id: Option<ApiKeyId>) -> Claimant {
    Claimant {
        tenant_id: facts.user.tenant_id,
        user_id: facts.user.id,
        login_name: facts.user.login_name.as_str().to_owned(),
        api_key_id,
        on_behalf_of: None,
    }
}
