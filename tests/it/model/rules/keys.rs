//! What a call may do with API keys.

use super::Judge;
use crate::model::calls::KeyWish;
use crate::model::numbers;
use crate::model::reasons::{
    API_KEY_NOT_ACTIVE, EXCEEDS_CALLER, INVALID_FIELDS, NOT_FOUND, Refused, TENANT_SUSPENDED, refuse_if, refused,
};
use crate::model::world::{Id, Key, User};

impl Judge<'_> {
    pub(super) fn create_key(&self, wish: &KeyWish) -> Result<(), Refused> {
        let past = wish.ends.is_some_and(|end| end <= self.world.now);
        refuse_if([(wish.lists.is_empty() || past, INVALID_FIELDS)])?;
        let id = wish.user.unwrap_or(self.caller.user());
        let user = self.user(id)?;
        let bound = wish.bound.or(self.caller.bound);
        let longer = matches!((wish.ends, self.caller.ends), (Some(end), Some(limit)) if end > limit);
        let unheld = !numbers::covers(&self.world.held_by(user), &wish.lists);
        refuse_if([
            (wish.bound.is_some_and(|tenant| self.tenant(tenant).is_err()), NOT_FOUND),
            (unheld, INVALID_FIELDS),
            (longer || !self.commands(id, user) || !self.holds(&wish.lists), EXCEEDS_CALLER),
            (self.rests(user.home) || bound.is_some_and(|tenant| self.rests(tenant)), TENANT_SUSPENDED),
        ])
    }

    pub(super) fn rotate_key(&self, id: Id) -> Result<(), Refused> {
        let (key, user) = self.key(id)?;
        let bound = self.caller.bound.is_none_or(|tenant| key.bound == Some(tenant));
        let ends = self.caller.ends.is_none_or(|limit| key.ends.is_some_and(|end| end <= limit));
        let gives_no_more = bound && ends && self.holds(&key.lists);
        let dead = key.revoked || key.ends.is_some_and(|end| end <= self.world.now);
        refuse_if([
            (!self.commands(key.user, user) || !gives_no_more, EXCEEDS_CALLER),
            (self.rests(user.home), TENANT_SUSPENDED),
            (dead, API_KEY_NOT_ACTIVE),
        ])
    }

    pub(super) fn revoke_key(&self, id: Id) -> Result<(), Refused> {
        let (key, user) = self.key(id)?;
        refuse_if([(!self.commands(key.user, user), EXCEEDS_CALLER)])
    }

    /// Finds a key of a user inside the scope.
    fn key(&self, id: Id) -> Result<(&Key, &User), Refused> {
        let key = self.world.keys.get(&id).ok_or_else(|| refused(NOT_FOUND))?;
        Ok((key, self.user(key.user)?))
    }

    /// Says whether the caller may write a user's keys: everybody their own, and those of others by control.
    fn commands(&self, id: Id, user: &User) -> bool {
        id == self.caller.user() || self.controls(user)
    }
}
