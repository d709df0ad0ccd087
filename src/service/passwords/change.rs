//! Giving oneself a new password.

use crate::authn::Unauthenticated;
use crate::authz::{ChangePassword, Permit};
use crate::crypto::PlainSecret;
use crate::domain::invalid::Violations;
use crate::service::Registry;
use crate::service::error::Error;
use crate::service::passwords::{is_good_password, is_not_login};

/// The name of the password in the request.
const FIELD: &str = "new_password";

impl Registry {
    /// Gives the caller a new password. The old one, by which the call is authenticated, is dead at once; API keys stay.
    pub async fn change_password(&self, permit: &Permit<ChangePassword>, password: PlainSecret) -> Result<(), Error> {
        let mut violations = Violations::new();
        if is_good_password(FIELD, &password, &mut violations) {
            is_not_login(FIELD, &password, permit.principal().actor().login_name(), &mut violations);
        }
        violations.finish()?;
        let hash = self.hash_password(password).await?;
        self.retrying(|| self.change_password_once(permit, &hash)).await
    }

    async fn change_password_once(&self, permit: &Permit<ChangePassword>, hash: &PlainSecret) -> Result<(), Error> {
        let id = permit.principal().actor().user_id();
        let seen = self.store.reader().find_user(permit.scope(), id).await?.ok_or(Unauthenticated)?;
        let secret = self.seal_password(hash, &seen).await?;
        // With the caller's old password anything may have happened to the user, but in this transaction it is still the present one.
        let tx = self.begin_against(permit, &[id.as_uuid()]).await?;
        let user = tx.reader().find_user(permit.scope(), id).await?.ok_or(Unauthenticated)?;
        self.replace_password(permit, tx, (user, &secret)).await?;
        Ok(())
    }
}
