//! Who the caller is.

use crate::authz::{GetCaller, Job, Permit, SystemPermit};
use crate::domain::user::User;
use crate::service::Registry;
use crate::service::error::{Error, Resource};

impl Registry {
    /// Returns the caller's own user.
    pub async fn get_caller(&self, permit: &Permit<GetCaller>) -> Result<User, Error> {
        let id = permit.principal().user_id();
        // A key that is bound to another tenant does not reach its user's home, yet may ask who it is.
        let system = SystemPermit::new(Job::Authenticate, "the caller asks who they are");
        self.store.reader().find_user(system.scope(), id).await?.ok_or(Error::NotFound(Resource::User(id)))
    }
}
