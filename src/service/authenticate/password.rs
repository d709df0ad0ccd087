//! By a login name and a password.
//!
//! Whatever is wrong, the answer is the same and so is the work: the same statement, and one hash, of nobody's password where there
//! is none to compare with. A wrong password is counted once it is answered, and the login's next attempt waits for the count, so a
//! flood of guesses gets no further than the lock allows, but for those that were computed at the same time.

mod count;

use std::sync::Arc;

use tokio::sync::oneshot;
use tracing::Instrument;

use self::count::Failure;
use crate::authn::{self, PresentedPassword, Principal, Unauthenticated, UserFacts};
use crate::authz::{Job, SystemPermit};
use crate::crypto::{KeyPurpose, PlainSecret};
use crate::domain::id::TenantId;
use crate::domain::lockout::FailedLogins;
use crate::domain::login::QualifiedLogin;
use crate::service::Registry;
use crate::service::authenticate::{Rejected, StoredCredential, claimant};
use crate::service::denials::Refusal;
use crate::service::error::Error;
use crate::service::passwords::{Line, Turn};
use crate::storage::{LoginFacts, Reader, SecretOwner};

/// What is known of a login that somebody presents.
struct Login {
    /// The user; absent when the login is nobody's.
    facts: Option<UserFacts>,
    /// The hash to compare with; absent when there is no password, or none that lets in now.
    hash: Option<PlainSecret>,
}

/// An attempt that lets nobody in.
struct Wrong {
    rejected: Rejected,
    /// What is to be counted of it.
    failure: Option<Failure>,
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self { rejected: Rejected::of_nobody(error), failure: None }
    }
}

impl Registry {
    /// Finds the caller whom a login name names, and checks that the password is theirs. What is refused stands in the event log, by
    /// the refusal that is prepared for it, and is counted, whether the caller waits for the answer or not.
    pub async fn authenticate_password(&self, presented: PresentedPassword, if_refused: Refusal) -> Result<Principal, Error> {
        self.keys.check()?;
        let (turn, line) = self.passwords.turn_at(&presented.login).await?;
        let (answer, answered) = oneshot::channel();
        let registry = self.clone();
        // A task of its own: with a short deadline somebody could guess without a trace.
        let judging = async move {
            match registry.judge(turn, line, presented).await {
                Ok(principal) => drop(answer.send(Ok(principal))),
                Err(Wrong { rejected, failure }) => {
                    drop(answer.send(Err(registry.reject(rejected, if_refused).await)));
                    // Not before the event: where there is one writer, the answer would wait for the count.
                    failure.map(|failure| tokio::spawn(async move { registry.count(failure).await }));
                }
            }
        };
        tokio::spawn(judging.in_current_span());
        answered.await.unwrap_or(Err(Error::PasswordHash))
    }

    async fn judge(&self, turn: Turn, line: Arc<Line>, presented: PresentedPassword) -> Result<Principal, Wrong> {
        let PresentedPassword { login, password } = presented;
        self.count_what_is_owed().await?;
        let Login { facts, hash } = self.find_login(&login).await?;
        let (is_theirs, turn) = self.passwords.matches(turn, password, hash).await?;
        let Some(facts) = facts else { return Err(Error::from(Unauthenticated).into()) };
        if is_theirs {
            drop(turn);
            let claimant = Some(claimant(&facts, None));
            let refused = |error| Wrong { rejected: Rejected { error, claimant }, failure: None };
            return self.let_in(facts).await.map_err(refused);
        }
        let now = self.clock.now();
        let counts = facts.user.secrets.current().is_some() && !facts.user.failed_logins.is_locked(now);
        let failure = counts.then(|| Failure { user: facts.user.id, time: now, uncounted: turn.uncounted(line) });
        Err(Wrong { failure, ..Error::from(Unauthenticated).into() })
    }

    /// Reads what is stored about a login, by the same statement whatever there is.
    async fn find_login(&self, login: &QualifiedLogin) -> Result<Login, Error> {
        let permit = SystemPermit::new(Job::Authenticate, "there is no caller before the credential is found");
        let reader = self.store.reader();
        let found = reader.find_login_facts(permit.scope(), login.tenant_id, &login.login_name.key()).await?;
        self.load_key(&reader, if found.is_some() { login.tenant_id } else { TenantId::SYSTEM }).await?;
        let Some(LoginFacts { user: Some(user), secrets }) = found else { return Ok(Login { facts: None, hash: None }) };
        let now = self.clock.now();
        // While a login is locked its password is not even opened: nothing that follows could tell a right guess from a wrong one.
        if user.user.failed_logins.is_locked(now) {
            return Ok(Login { facts: Some(user), hash: None });
        }
        let credential = StoredCredential {
            owner: SecretOwner::password(user.user.tenant_id, user.user.id),
            origin: "",
            list: &user.user.secrets,
            stored: &secrets,
        };
        let hash = self.open_credential(&permit, &credential, now).await?.pop();
        Ok(Login { facts: Some(user), hash })
    }

    /// Loads the key by which a tenant's passwords are sealed, though there may be none to open: the first attempt after a while would
    /// otherwise read it for a login that is somebody's alone.
    async fn load_key(&self, reader: &Reader<'_>, tenant: TenantId) -> Result<(), Error> {
        match self.keys.active(reader, tenant, KeyPurpose::Secrets).await {
            // The tenant was deleted since the login was looked for.
            Ok(_) | Err(Error::ConcurrentChange) => Ok(()),
            Err(Error::Unreadable(lost)) => {
                self.report_loss(&lost);
                Ok(())
            }
            Err(error) => Err(error),
        }
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
}
