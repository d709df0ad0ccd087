//! Giving another person a new password.

use crate::authz::{Permit, SetUserPassword};
use crate::crypto::PlainSecret;
use crate::domain::id::UserId;
use crate::domain::invalid::Violations;
use crate::domain::lockout::FailedLogins;
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserKind};
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::passwords::{is_good_password, is_not_login};
use crate::service::writing::{expect, working_tenant};
use crate::storage::Reader;

/// The name of the password in the request.
const FIELD: &str = "new_password";

/// A new password for somebody.
#[derive(Debug)]
pub struct PasswordReset {
    /// The user.
    pub id: Option<UserId>,
    /// The password.
    pub password: PlainSecret,
    /// The state that the caller expects.
    pub expected: Expected,
    /// What the conversion found wrong.
    pub violations: Violations,
}

impl Registry {
    /// Gives another person a new password. The old one is dead at once, and so is a lock: whoever gives the password wants the
    /// person in.
    pub async fn set_user_password(&self, permit: &Permit<SetUserPassword>, wanted: PasswordReset) -> Result<User, Error> {
        let PasswordReset { id, password, expected, mut violations } = wanted;
        is_good_password(FIELD, &password, &mut violations);
        let id = violations.finish_with("user_id", id)?;
        let reader = self.store.reader();
        let seen = reader.find_user(permit.scope(), id).await?.ok_or(Error::NotFound(Resource::User(id)))?;
        let mut violations = Violations::new();
        is_not_login(FIELD, &password, seen.login_name.as_str(), &mut violations);
        violations.finish()?;
        self.may_set_password(permit, &reader, (&seen, &expected)).await?;
        let hash = self.hash_password(password).await?;
        self.retrying(|| self.set_user_password_once(permit, (id, &expected), &hash)).await
    }

    async fn set_user_password_once(
        &self,
        permit: &Permit<SetUserPassword>,
        (id, expected): (UserId, &Expected),
        hash: &PlainSecret,
    ) -> Result<User, Error> {
        let missing = || Error::NotFound(Resource::User(id));
        let seen = self.store.reader().find_user(permit.scope(), id).await?.ok_or_else(missing)?;
        let secret = self.seal_password(hash, &seen).await?;
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let user = tx.lock_user(permit.scope(), id).await?.ok_or_else(missing)?;
        self.may_set_password(permit, &tx.reader(), (&user, expected)).await?;
        working_tenant(&tx, permit.scope(), user.tenant_id).await?;
        self.replace_password(permit, tx, (User { failed_logins: FailedLogins::default(), ..user }, &secret)).await
    }

    /// Demands that the caller may give the user a password: not to themselves, to nobody who holds more, and only to a person.
    async fn may_set_password(
        &self,
        permit: &Permit<SetUserPassword>,
        reader: &Reader<'_>,
        (user, expected): (&User, &Expected),
    ) -> Result<(), Error> {
        permit.require_other(user.id)?;
        permit.require_unlimited()?;
        self.require_held(reader, permit, (user.id, &user.effective_permissions())).await?;
        expect(expected, &user.stamp)?;
        match user.kind {
            UserKind::Person => Ok(()),
            UserKind::ServiceAccount => Err(Error::NotAPerson(user.id)),
        }
    }
}
