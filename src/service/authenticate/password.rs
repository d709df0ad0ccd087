//! By a login name and a password.
//!
//! Whatever is wrong, the answer is the same and so is the work: one hash, of nobody's password where there is none to compare with.
//! The turn at the hash is taken before the count of wrong passwords is read and given back after it is written, so a flood of
//! guesses gets no further than the lock allows, but for those that were computed at the same time.

use tracing::Instrument;

use crate::authn::{self, PresentedPassword, Principal, Unauthenticated, UserFacts};
use crate::authz::{Job, SystemPermit};
use crate::crypto::PlainSecret;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::lockout::FailedLogins;
use crate::domain::login::QualifiedLogin;
use crate::domain::user::User;
use crate::service::Registry;
use crate::service::authenticate::{Rejected, StoredCredential, claimant};
use crate::service::error::Error;
use crate::service::passwords::Turn;
use crate::storage::{CountedLogins, LoginFacts, SecretOwner, UserName};

/// A login name that is somebody's.
struct Login {
    facts: UserFacts,
    /// The hash to compare with; absent when the user has no password, or none that lets in now.
    hash: Option<PlainSecret>,
}

impl Registry {
    /// Finds the caller whom a login name names, and checks that the password is theirs.
    pub async fn authenticate_password(&self, presented: PresentedPassword) -> Result<Principal, Rejected> {
        self.keys.check().map_err(Rejected::of_nobody)?;
        let turn = self.passwords.turn().await.map_err(Rejected::of_nobody)?;
        // A task of its own: a guess is counted though the caller has gone before it is.
        let registry = self.clone();
        let judged = tokio::spawn(async move { registry.judge(turn, presented).await }.in_current_span());
        match judged.await {
            Ok(judgement) => judgement,
            Err(_) => Err(Rejected::of_nobody(Error::PasswordHash)),
        }
    }

    async fn judge(&self, turn: Turn, presented: PresentedPassword) -> Result<Principal, Rejected> {
        let login = self.find_login(&presented).await.map_err(Rejected::of_nobody)?;
        let (facts, hash) = login.map_or((None, None), |Login { facts, hash }| (Some(facts), hash));
        let compared = self.passwords.matches(turn, presented.password, hash).await;
        let (is_theirs, _turn) = compared.map_err(Rejected::of_nobody)?;
        match facts {
            Some(facts) if is_theirs => {
                let claimant = claimant(&facts, None);
                self.let_in(facts).await.map_err(|error| Rejected { error, claimant: Some(claimant) })
            }
            Some(facts) => {
                self.count_failure(&facts.user).await.map_err(Rejected::of_nobody)?;
                Err(Rejected::of_nobody(Unauthenticated))
            }
            None => Err(Rejected::of_nobody(Unauthenticated)),
        }
    }

    async fn find_login(&self, presented: &PresentedPassword) -> Result<Option<Login>, Error> {
        let QualifiedLogin { tenant_id, login_name } = &presented.login;
        let permit = SystemPermit::new(Job::Authenticate, "there is no caller before the credential is found");
        let name = UserName::Login(*tenant_id, &login_name.key());
        let Some(LoginFacts { user, secrets }) = self.store.reader().find_login_facts(permit.scope(), name).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        // While a login is locked its password is not even compared: nothing that follows could tell a right guess from a wrong one.
        if user.user.failed_logins.is_locked(now) {
            return Ok(Some(Login { facts: user, hash: None }));
        }
        let credential = StoredCredential {
            owner: SecretOwner::password(user.user.tenant_id, user.user.id),
            origin: "",
            list: &user.user.secrets,
            stored: &secrets,
        };
        let hash = self.open_credential(&permit, &credential, now).await?.pop();
        Ok(Some(Login { facts: user, hash }))
    }

    /// Lets a user in whose password it is, unless user or tenant is suspended, and forgets the wrong passwords before it.
    async fn let_in(&self, facts: UserFacts) -> Result<Principal, Error> {
        let user = facts.user.clone();
        let principal = authn::by_password(facts)?;
        if user.failed_logins != FailedLogins::default() {
            self.forget_failures(&user).await?;
        }
        Ok(principal)
    }

    /// Forgets wrong passwords; a lock that came while the right one was compared stays, and keeps it out.
    async fn forget_failures(&self, user: &User) -> Result<(), Error> {
        let permit = SystemPermit::new(Job::LockLogin, "a good password ends the count of wrong ones");
        let forget = |user: &User| {
            if user.failed_logins.is_locked(self.clock.now()) {
                return Err(Unauthenticated.into());
            }
            Ok::<_, Error>(Some(CountedLogins { failed_logins: FailedLogins::default(), event: None }))
        };
        self.retrying(|| self.store.count_logins(permit.scope(), user.id, forget)).await
    }

    /// Counts a wrong password, where there is one to guess, and tells of the lock that it brought about.
    async fn count_failure(&self, user: &User) -> Result<(), Error> {
        let now = self.clock.now();
        if user.secrets.current().is_none() || user.failed_logins.is_locked(now) {
            return Ok(());
        }
        let permit = SystemPermit::new(Job::LockLogin, "a wrong password counts before it is answered");
        let count = |user: &User, told: bool| {
            let failed_logins = user.failed_logins.failed(self.passwords.rule(), now);
            if failed_logins == user.failed_logins {
                return Ok(None);
            }
            let change = Change::of(user.tenant_id, ResourceKind::User, user.id).fields(vec!["lock_expire_time"]);
            let event = || permit.event(change, self.write_clock.now(), self.random.as_ref());
            let event = (told && failed_logins.is_locked(now)).then(event).transpose()?;
            Ok::<_, Error>(Some(CountedLogins { failed_logins, event }))
        };
        let counted = self.retrying(|| self.store.count_logins(permit.scope(), user.id, |user: &User| count(user, true))).await;
        let Err(error) = counted else { return Ok(()) };
        // A lock that the event log does not take is a lock all the same: otherwise the guesses would go on.
        tracing::error!(%error, "a wrong password could not be counted with its event");
        self.retrying(|| self.store.count_logins(permit.scope(), user.id, |user: &User| count(user, false))).await
    }
}
