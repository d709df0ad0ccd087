//! Who somebody is who calls: product.md section 3, "Tenants", "API keys", "Administrative access" and "Acting on behalf of a user".

use std::collections::BTreeSet;

use super::calls::Step;
use super::numbers::{self, Numbers};
use super::reasons::{INVALID_CREDENTIAL, ON_BEHALF_OF_REFUSED, Refused, refused};
use super::world::{Id, SYSTEM, User, World};

/// Where one user reaches.
#[derive(Debug, Clone)]
struct Reach {
    any: bool,
    home: Id,
    administers: BTreeSet<Id>,
}

impl Reach {
    fn of(user: &User, held: &Numbers) -> Self {
        // Administrative access elsewhere gives nothing to users of child tenants.
        let administers = if user.home == SYSTEM { user.administers.clone() } else { BTreeSet::new() };
        Self { any: held.contains(&12), home: user.home, administers }
    }

    fn contains(&self, tenant: Id) -> bool {
        self.any || self.home == tenant || self.administers.contains(&tenant)
    }

    fn administers(&self, tenant: Id) -> bool {
        self.any || self.administers.contains(&tenant)
    }
}

/// Somebody who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The user who is authenticated.
    pub(super) actor: Id,
    /// The user for whom the call is made.
    pub(super) subject: Option<Id>,
    /// The permissions of the call.
    pub(super) numbers: Numbers,
    /// The one tenant that the credential is bound to.
    pub(super) bound: Option<Id>,
    /// When the credential ends.
    pub(super) ends: Option<i64>,
    /// Of everybody who takes part; the last one is the user as whom the call is made.
    reaches: Vec<Reach>,
}

impl Caller {
    /// Finds out who calls in a step.
    pub(super) fn of(world: &World, step: &Step) -> Result<Self, Refused> {
        let actor = Self::authenticated(world, step).ok_or_else(|| refused(INVALID_CREDENTIAL))?;
        match step.on_behalf_of {
            None => Ok(actor),
            Some(subject) => actor.acting_for(world, subject).ok_or_else(|| refused(ON_BEHALF_OF_REFUSED)),
        }
    }

    fn authenticated(world: &World, step: &Step) -> Option<Self> {
        let key = world.keys.get(&step.credential.key)?;
        let lives = !key.revoked && key.rotations == step.credential.rotations && key.ends.is_none_or(|end| world.now < end);
        let user = active(world, key.user).filter(|_| lives)?;
        let numbers = numbers::in_both(&key.lists, &world.held_by(user));
        let reaches = vec![Reach::of(user, &numbers)];
        Some(Self { actor: key.user, subject: None, numbers, bound: key.bound, ends: key.ends, reaches })
    }

    fn acting_for(mut self, world: &World, subject: Id) -> Option<Self> {
        let user = active(world, subject)?;
        let administers = self.reaches.iter().all(|reach| reach.administers(user.home));
        let may = self.numbers.contains(&12) || (self.numbers.contains(&21) && administers);
        if !may || self.bound.is_some_and(|bound| bound != user.home) {
            return None;
        }
        let held = world.held_by(user);
        self.reaches.push(Reach::of(user, &held));
        self.numbers = numbers::in_both(&self.numbers, &held);
        self.subject = Some(subject);
        Some(self)
    }

    /// Says whether a tenant is in the caller's scope.
    pub(super) fn reaches(&self, tenant: Id) -> bool {
        self.bound.is_none_or(|bound| bound == tenant) && self.reaches.iter().all(|reach| reach.contains(tenant))
    }

    /// Says whether the caller's credential holds administrative access to a tenant.
    pub(super) fn administers(&self, tenant: Id) -> bool {
        self.bound.is_none_or(|bound| bound == tenant) && self.reaches.iter().all(|reach| reach.administers(tenant))
    }

    /// The tenant in which the user lives as whom the call is made.
    pub(super) fn home(&self) -> Id {
        self.reaches.last().expect("the actor is always there").home
    }

    /// The tenant that a request means when it names none.
    pub(super) fn default_tenant(&self) -> Id {
        self.bound.unwrap_or(self.home())
    }

    /// The user as whom the call is made.
    pub(super) fn user(&self) -> Id {
        self.subject.unwrap_or(self.actor)
    }

    /// Says whether a user takes part in the call.
    pub(super) fn is(&self, user: Id) -> bool {
        self.actor == user || self.subject == Some(user)
    }

    /// Says whether a user is the only one who takes part in the call.
    pub(super) fn is_only(&self, user: Id) -> bool {
        self.actor == user && self.subject.is_none_or(|subject| subject == user)
    }
}

/// A user who may authenticate.
fn active(world: &World, user: Id) -> Option<&User> {
    world.users.get(&user).filter(|user| !user.suspended && !world.is_suspended(user.home))
}
