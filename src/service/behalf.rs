//! Acting for a user: the one whom `x-on-behalf-of` names, found before the method's rule is looked at.

use crate::authn::Principal;
use crate::authz::{Denied, Job, SystemPermit, TenantScope};
use crate::domain::id::UserId;
use crate::domain::login::QualifiedLogin;
use crate::domain::user::User;
use crate::service::Registry;
use crate::service::authenticate::user_facts;
use crate::service::error::Error;
use crate::storage::Reader;

impl Registry {
    /// Lets a caller act for the user of an id, or of a qualified login name whose login is percent-encoded. Whatever is in the way,
    /// the answer is the same.
    pub async fn on_behalf_of(&self, caller: Principal, named: &str) -> Result<Principal, Error> {
        let scope = reach(&caller).ok_or(Denied::OnBehalfOf)?;
        let reader = self.store.reader();
        let subject = named_user(&reader, &scope, named).await?.ok_or(Denied::OnBehalfOf)?;
        represent(&reader, caller, subject).await
    }

    /// Makes the caller who acts for a user, from what is stored now.
    pub(super) async fn act_for(&self, reader: &Reader<'_>, caller: Principal, subject: UserId) -> Result<Principal, Error> {
        let scope = reach(&caller).ok_or(Denied::OnBehalfOf)?;
        let subject = reader.find_user(&scope, subject).await?.ok_or(Denied::OnBehalfOf)?;
        represent(reader, caller, subject).await
    }
}

async fn named_user(reader: &Reader<'_>, scope: &TenantScope, text: &str) -> Result<Option<User>, Error> {
    if let Ok(id) = text.parse() {
        return Ok(reader.find_user(scope, id).await?);
    }
    let Some(QualifiedLogin { tenant_id, login_name }) = QualifiedLogin::parse_encoded(text) else { return Ok(None) };
    let Some(scope) = scope.narrowed_to(tenant_id) else { return Ok(None) };
    Ok(reader.find_user_by_login(&scope, tenant_id, &login_name.key()).await?)
}

async fn represent(reader: &Reader<'_>, caller: Principal, subject: User) -> Result<Principal, Error> {
    let facts = reader.user_facts(lookup().scope(), subject).await?.ok_or(Denied::OnBehalfOf)?;
    Ok(caller.on_behalf_of(user_facts(facts)).map_err(|_| Denied::OnBehalfOf)?)
}

/// Returns where the users are looked for for whom the caller may act; nothing is looked up for a caller who may act for nobody,
/// since the time of a refusal would tell who exists.
fn reach(caller: &Principal) -> Option<TenantScope> {
    match caller.acts_in() {
        None => Some(lookup().scope().clone()),
        Some(tenants) if tenants.is_empty() => None,
        Some(tenants) => Some(lookup().scope().among(tenants)),
    }
}

fn lookup() -> SystemPermit {
    SystemPermit::new(Job::Authenticate, "the user for whom the caller acts is found before there is a permit")
}
