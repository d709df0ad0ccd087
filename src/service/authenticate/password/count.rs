//! Counting wrong passwords: after the answer, in a transaction of its own.

use crate::authn::Unauthenticated;
use crate::authz::{Job, SystemPermit};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::UserId;
use crate::domain::lockout::FailedLogins;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::service::Registry;
use crate::service::error::Error;
use crate::service::passwords::Uncounted;
use crate::storage::{CountedLogins, StoreError};

/// A wrong password of a user who has one.
pub(super) struct Failure {
    /// The user.
    pub(super) user: UserId,
    /// When it was found wrong.
    pub(super) time: Timestamp,
    /// Keeps the login's next attempt waiting.
    pub(super) uncounted: Uncounted,
}

impl Registry {
    /// Counts a wrong password, and tells of the lock that it brought about.
    pub(super) async fn count(&self, failure: Failure) {
        let Failure { user, time, uncounted } = failure;
        let told = self.count_with(user, time, true).await;
        if let Err(error) = told {
            // A lock that the event log does not take is a lock all the same: otherwise the guesses would go on.
            tracing::error!(%error, user_id = %user, "a wrong password could not be counted with its event");
            if let Err(error) = self.count_with(user, time, false).await {
                tracing::error!(%error, user_id = %user, "a wrong password could not be counted");
                self.passwords.owed().await.push(user, time);
            }
        }
        drop(uncounted);
    }

    /// Counts the wrong passwords that could not be counted before. As long as one of them cannot, nobody's password is looked at: with
    /// no lock to come, somebody could guess for as long as nothing can be written.
    pub async fn count_what_is_owed(&self) -> Result<(), Error> {
        let refused = || Error::Store(StoreError::Unavailable("a wrong password cannot be counted".to_owned()));
        let mut owed = self.passwords.owed().await;
        if owed.is_paused() {
            return Err(refused());
        }
        while let Some((user, time)) = owed.next() {
            if let Err(error) = self.retrying(|| self.count_once(user, time, false)).await {
                self.note(&error);
                owed.pause();
                return Err(refused());
            }
            owed.settle();
        }
        Ok(())
    }

    async fn count_with(&self, user: UserId, time: Timestamp, told: bool) -> Result<(), Error> {
        self.retrying_while(Error::may_pass, || self.count_once(user, time, told)).await
    }

    async fn count_once(&self, user: UserId, time: Timestamp, told: bool) -> Result<(), Error> {
        let permit = SystemPermit::new(Job::LockLogin, "a wrong password counts before the login's next attempt");
        let count = |user: &User| {
            let failed_logins = user.failed_logins.failed(self.passwords.rule(), time);
            if failed_logins == user.failed_logins {
                return Ok(None);
            }
            let change = Change::of(user.tenant_id, ResourceKind::User, user.id).fields(vec!["lock_expire_time"]);
            let tells = told && failed_logins.is_locked(time);
            let event = tells.then(|| permit.event(change, self.write_clock.now(), self.random.as_ref())).transpose()?;
            Ok::<_, Error>(Some(CountedLogins { failed_logins, event }))
        };
        self.store.count_logins(permit.scope(), user, count).await
    }

    /// Forgets wrong passwords; a lock that came while the right one was compared stays, and keeps it out.
    pub(super) async fn forget_failures(&self, user: &User) -> Result<(), Error> {
        let permit = SystemPermit::new(Job::LockLogin, "a good password ends the count of wrong ones");
        let forget = |user: &User| {
            if user.failed_logins.is_locked(self.clock.now()) {
                return Err(Unauthenticated.into());
            }
            Ok::<_, Error>(Some(CountedLogins { failed_logins: FailedLogins::default(), event: None }))
        };
        self.retrying(|| self.store.count_logins(permit.scope(), user.id, forget)).await
    }
}
