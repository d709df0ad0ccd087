//! Acting for a user: the one whom `x-on-behalf-of` names, found before the method's rule is looked at.

use crate::authn::Principal;
use crate::authz::{Denied, Job, SystemPermit};
use crate::domain::id::UserId;
use crate::domain::login::QualifiedLogin;
use crate::service::Registry;
use crate::service::authenticate::user_facts;
use crate::service::error::Error;
use crate::storage::Reader;

impl Registry {
    /// Lets a caller act for the user of an id, or of a qualified login name. Whatever is in the way, the answer is the same.
    pub async fn on_behalf_of(&self, caller: Principal, named: &str) -> Result<Principal, Error> {
        let reader = self.store.reader();
        let subject = self.named(&reader, named).await?.ok_or(Denied::OnBehalfOf)?;
        self.act_for(&reader, caller, subject).await
    }

    async fn named(&self, reader: &Reader<'_>, text: &str) -> Result<Option<UserId>, Error> {
        if let Ok(id) = text.parse() {
            return Ok(Some(id));
        }
        let Some(QualifiedLogin { tenant_id, login_name }) = QualifiedLogin::parse(text) else { return Ok(None) };
        let found = reader.find_user_by_login(lookup().scope(), tenant_id, &login_name.key()).await?;
        Ok(found.map(|user| user.id))
    }

    /// Makes the caller who acts for a user, from what is stored now.
    pub(super) async fn act_for(&self, reader: &Reader<'_>, caller: Principal, subject: UserId) -> Result<Principal, Error> {
        let found = reader.find_user_facts(lookup().scope(), subject).await?.ok_or(Denied::OnBehalfOf)?;
        Ok(caller.on_behalf_of(user_facts(found)).map_err(|_| Denied::OnBehalfOf)?)
    }
}

fn lookup() -> SystemPermit {
    SystemPermit::new(Job::Authenticate, "the user for whom the caller acts is found before there is a permit")
}
