//! Acting for a user: the one whom `x-on-behalf-of` names, found before the method's rule is looked at.

use crate::authn::Principal;
use crate::authz::{Denied, Job, SystemPermit};
use crate::domain::login::QualifiedLogin;
use crate::service::Registry;
use crate::service::error::Error;
use crate::storage::{Reader, UserName};

impl Registry {
    /// Lets a caller act for the user of an id, or of a qualified login name. Whatever is in the way, the answer is the same.
    pub async fn on_behalf_of(&self, caller: Principal, named: &str) -> Result<Principal, Error> {
        let reader = self.store.reader();
        if let Ok(id) = named.parse() {
            return self.act_for(&reader, caller, UserName::Id(id)).await;
        }
        let QualifiedLogin { tenant_id, login_name } = QualifiedLogin::parse(named).ok_or(Denied::OnBehalfOf)?;
        self.act_for(&reader, caller, UserName::Login(tenant_id, &login_name.key())).await
    }

    /// Makes the caller who acts for a user, from what is stored now.
    pub(super) async fn act_for(
        &self,
        reader: &Reader<'_>,
        caller: Principal,
        subject: UserName<'_>,
    ) -> Result<Principal, Error> {
        let permit = SystemPermit::new(Job::ActOnBehalf, "the user for whom the caller acts is found before there is a permit");
        let found = reader.find_user_facts(permit.scope(), subject).await?.ok_or(Denied::OnBehalfOf)?;
        Ok(caller.on_behalf_of(found).map_err(|_| Denied::OnBehalfOf)?)
    }
}
