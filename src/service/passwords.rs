//! Passwords: hashed here, a few at a time, and set, changed and unlocked by the use-cases below.
//!
//! One hash takes 19 MiB and some 26 ms of a core, so whoever wants one takes a turn: a few are computed at once, some more wait, and
//! beyond that a call is told to come again. What is hashed never waits inside a transaction.

mod change;
mod lines;
mod owed;
mod set;
mod unlock;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use self::lines::Lines;
pub(super) use self::lines::{Line, Uncounted};
use self::owed::Owed;
pub use self::set::PasswordReset;
use crate::authz::{Action, Permit};
use crate::crypto::{PasswordHashError, PlainSecret, password};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::invalid::Violations;
use crate::domain::lockout::LockoutRule;
use crate::domain::login::QualifiedLogin;
use crate::domain::password::{check_not_login, check_password};
use crate::domain::random::Random;
use crate::domain::user::User;
use crate::service::error::Error;
use crate::service::secrets::Destination;
use crate::service::{Mode, Registry};
use crate::storage::{NewSecret, SecretOwner, Tx};

/// How many calls may wait for their turn, or for the count of the wrong password that they sent.
const WAITING: usize = 64;

/// Everything that hashes passwords.
#[derive(Debug)]
pub struct Passwords {
    rule: LockoutRule,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    lines: Lines,
    owed: Mutex<Owed>,
    dummy: Arc<PlainSecret>,
    computed: AtomicU64,
}

/// The right to compute one hash after the other.
#[derive(Debug)]
pub(super) struct Turn {
    place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Turn {
    /// Ends with a wrong password that is to be counted; the login's next attempt waits from before the turn is over.
    pub(super) fn uncounted(self, line: Arc<Line>) -> Uncounted {
        Uncounted::new(line, self.place)
    }
}

impl Passwords {
    /// Computes at most `at_once` hashes at the same time.
    pub fn new(at_once: usize, rule: LockoutRule, random: &dyn Random) -> Result<Self, PasswordHashError> {
        Ok(Self {
            rule,
            places: Arc::new(Semaphore::new(at_once.saturating_add(WAITING))),
            turns: Arc::new(Semaphore::new(at_once)),
            lines: Lines::default(),
            owed: Mutex::default(),
            dummy: Arc::new(password::dummy(random)?),
            computed: AtomicU64::new(0),
        })
    }

    /// Returns how many hashes were computed.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Returns when wrong passwords lock.
    pub(super) fn rule(&self) -> &LockoutRule {
        &self.rule
    }

    /// Returns the wrong passwords that could not be counted.
    pub(super) async fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().await
    }

    /// Waits until every wrong password so far is counted.
    pub async fn counted(&self) {
        self.lines.counted().await;
    }

    /// Waits for a turn; with too many before it, a call does not wait at all.
    pub(super) async fn turn(&self) -> Result<Turn, Error> {
        let place = self.place()?;
        Ok(Turn { place, _turn: self.bare_turn().await? })
    }

    /// Waits for a turn at a login: behind the attempts before it, and until the wrong passwords among them are counted.
    pub(super) async fn turn_at(&self, login: &QualifiedLogin) -> Result<(Turn, Arc<Line>), Error> {
        let place = self.place()?;
        let line = self.lines.at(login);
        let front = line.front().await;
        let turn = loop {
            // Without a turn: others go on meanwhile, whatever the count waits for.
            line.counted().await;
            let turn = self.bare_turn().await?;
            // Another attempt may have turned out wrong while the turn was waited for.
            if line.is_counted() {
                break turn;
            }
        };
        drop(front);
        Ok((Turn { place, _turn: turn }, line))
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.places.clone().try_acquire_owned().map_err(|_| Error::Overloaded)
    }

    async fn bare_turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.turns.clone().acquire_owned().await.map_err(|_| Error::Overloaded)
    }

    /// Compares a password with a stored hash, or with that of nobody, which is the same work and never the same password.
    pub(super) async fn matches(
        &self,
        turn: Turn,
        plain: PlainSecret,
        stored: Option<PlainSecret>,
    ) -> Result<(bool, Turn), Error> {
        let is_stored = stored.is_some();
        let stored = stored.map_or_else(|| self.dummy.clone(), Arc::new);
        let (same, turn) = self.compute(turn, move || password::matches(&plain, &stored)).await?;
        Ok((same && is_stored, turn))
    }

    async fn compute<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> Result<T, PasswordHashError> + Send + 'static,
    ) -> Result<(T, Turn), Error> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        // The turn goes along: a call that is given up ends no computation, so it must not make room for another one either.
        let computed = tokio::task::spawn_blocking(move || (work(), turn)).await;
        let (done, turn) = computed.map_err(|_| PasswordHashError::Computation)?;
        Ok((done?, turn))
    }
}

impl Registry {
    /// Hashes a password that is about to be stored.
    pub(super) async fn hash_password(&self, plain: PlainSecret) -> Result<PlainSecret, Error> {
        let (turn, random) = (self.passwords.turn().await?, self.random.clone());
        let (hash, _) = self.passwords.compute(turn, move || password::hash(&plain, random.as_ref())).await?;
        Ok(hash)
    }

    /// Seals the hash of a user's next password.
    pub(super) async fn seal_password(&self, hash: &PlainSecret, user: &User) -> Result<NewSecret, Error> {
        let owner = SecretOwner::password(user.tenant_id, user.id);
        let to = Destination { owner, version: user.secrets.next_version(), origin: "" };
        self.seal(hash, to, self.write_clock.now()).await
    }
}

impl Registry {
    /// Stores a user's next password in the place of the present one, and ends the transaction with the event that says so.
    async fn replace_password<A: Action>(
        &self,
        permit: &Permit<A>,
        tx: Tx,
        (user, secret): (User, &NewSecret),
    ) -> Result<User, Error> {
        let (now, version) = (self.write_clock.now(), user.secrets.next_version());
        if secret.secret.version != version {
            // The password was changed since it was seen: what is sealed is bound to a number that is taken.
            return Err(Error::ConcurrentChange);
        }
        let read = user.stamp.version;
        let versions = user.secrets.versions().chain([version]).collect();
        let user = User { secrets: user.secrets.replaced(), stamp: user.stamp.changed(now, permit.actor()), ..user };
        tx.save_user(permit.scope(), &user, read).await?;
        tx.delete_secrets(permit.scope(), secret.secret.owner).await?;
        tx.insert_secret(permit.scope(), secret).await?;
        let change = Change::of(user.tenant_id, ResourceKind::User, user.id).fields(vec!["password"]);
        self.finish(tx, permit, (change.secrets(versions), now), Mode::Store).await?;
        Ok(user)
    }
}

/// Checks a new password in itself, and notes what is wrong with it.
pub(super) fn is_good_password(field: &str, plain: &PlainSecret, violations: &mut Violations) -> bool {
    violations.check(field, check_password(text(plain))).is_some()
}

/// Checks a new password beside the login name, and notes what is wrong with it.
pub(super) fn is_not_login(field: &str, plain: &PlainSecret, login_name: &str, violations: &mut Violations) -> bool {
    violations.check(field, check_not_login(text(plain), login_name)).is_some()
}

fn text(plain: &PlainSecret) -> &str {
    std::str::from_utf8(plain.expose()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
