//! Who the caller is.

use crate::authz::{GetCaller, Job, Permit, SystemPermit};
use crate::domain::id::UserId;
use crate::domain::user::User;
use crate::service::Registry;
use crate::service::error::{Error, Resource};

impl Registry {
    /// Returns the actor's user, and the subject's if there is one.
    pub async fn get_caller(&self, permit: &Permit<GetCaller>) -> Result<(User, Option<User>), Error> {
        let actor = self.participant(permit.principal().actor().user_id()).await?;
        let subject = match permit.principal().subject() {
            Some(subject) => Some(self.participant(subject.user_id()).await?),
            None => None,
        };
        Ok((actor, subject))
    }

    async fn participant(&self, id: UserId) -> Result<User, Error> {
        // A key that is bound to another tenant does not reach its user's home, yet may ask who it is.
        let system = SystemPermit::new(Job::DescribeCaller, "the caller asks who they are");
        self.store.reader().find_user(system.scope(), id).await?.ok_or(Error::NotFound(Resource::User(id)))
    }
}
