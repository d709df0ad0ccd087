//! Acting for a user: the one whom `x-on-behalf-of` names, found before the method's rule is looked at.

use crate::authn::Principal;
use crate::authz::{Denied, Job, SystemPermit, TenantScope};
use crate::domain::login::QualifiedLogin;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::{Reader, UserName};

impl Registry {
    /// Lets a caller act for the user of an id, or of a qualified login name whose login is percent-encoded. Whatever is in the way,
    /// the answer is the same.
    pub async fn on_behalf_of(&self, caller: Principal, named: &str) -> Result<Principal, Error> {
        let scope = reach(&caller).ok_or(Denied::OnBehalfOf)?;
        let reader = self.store.reader();
        if let Ok(id) = named.parse() {
            return represent(&reader, (&scope, UserName::Id(id)), caller).await;
        }
        let QualifiedLogin { tenant_id, login_name } = QualifiedLogin::parse_encoded(named).ok_or(Denied::OnBehalfOf)?;
        let scope = scope.narrowed_to(tenant_id).ok_or(Denied::OnBehalfOf)?;
        represent(&reader, (&scope, UserName::Login(tenant_id, &login_name.key())), caller).await
    }

    /// Makes the caller who acts for a user, from what is stored now.
    pub(super) async fn act_for(
        &self,
        reader: &Reader<'_>,
        caller: Principal,
        subject: UserName<'_>,
    ) -> Result<Principal, Error> {
        let scope = reach(&caller).ok_or(Denied::OnBehalfOf)?;
        represent(reader, (&scope, subject), caller).await
    }
}

async fn represent(
    reader: &Reader<'_>,
    (scope, subject): (&TenantScope, UserName<'_>),
    caller: Principal,
) -> Result<Principal, Error> {
    let found = reader.find_user_facts(scope, subject).await?.ok_or(Denied::OnBehalfOf)?;
    Ok(caller.on_behalf_of(found).map_err(|_| Denied::OnBehalfOf)?)
}

/// Returns where the users are looked for for whom the caller may act; nothing is looked up for a caller who may act for nobody,
/// since the time of a refusal would tell who exists.
fn reach(caller: &Principal) -> Option<TenantScope> {
    let permit = SystemPermit::new(Job::ActOnBehalf, "the user for whom the caller acts is found before there is a permit");
    match caller.acts_in() {
        None => Some(permit.scope().clone()),
        Some(tenants) if tenants.is_empty() => None,
        Some(tenants) => Some(permit.scope().among(tenants)),
    }
}
