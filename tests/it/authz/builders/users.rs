//! Requests that change a user.

use oauth_registry::proto;
use prost::Message;

use super::{Builder, by, tenant, user};

/// Builders of changes; in the end the user is active.
pub(super) const USERS: &[Builder] = &[
    by("UserService/UpdateUser", "user.id", user, |_, id| changed(proto::User { id: id.to_owned(), ..Default::default() })),
    by("UserService/UpdateUser", "user.tenant_id", tenant, |place, id| {
        changed(proto::User { id: place.user.clone(), tenant_id: Some(id.to_owned()), ..Default::default() })
    }),
    by("UserService/SuspendUser", "user_id", user, |_, id| {
        proto::SuspendUserRequest { user_id: id.to_owned(), etag: String::new() }.encode_to_vec()
    }),
    by("UserService/ReactivateUser", "user_id", user, |_, id| {
        proto::ReactivateUserRequest { user_id: id.to_owned(), etag: String::new() }.encode_to_vec()
    }),
    by("UserService/DeleteUser", "user_id", user, |_, id| {
        proto::DeleteUserRequest { user_id: id.to_owned(), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
];

fn changed(user: proto::User) -> Vec<u8> {
    let user = proto::User { display_name: Some("Another name".to_owned()), ..user };
    proto::UpdateUserRequest { user: Some(user), validate_only: true, ..Default::default() }.encode_to_vec()
}
