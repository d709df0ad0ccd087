//! Requests of the service of users.

use oauth_registry::proto::{self, UserKind};

use super::{Request, request};
use crate::statements::place::password;

pub(super) const REQUESTS: &[Request] = &[
    request!("UserService/CreateUser", |place| {
        let role_ids = vec![place.new_role().await];
        let user = proto::User { role_ids, ..place.user_to_be(UserKind::Person) };
        proto::CreateUserRequest { user: Some(user), initial_password: Some(password()), ..Default::default() }
    }),
    request!("UserService/GetUser", |place| proto::GetUserRequest { user_id: place.new_user().await }),
    request!("UserService/ListUsers", |_place| proto::ListUsersRequest::default()),
    request!("UserService/UpdateUser", |place| {
        let (id, display_name) = (place.new_user().await, Some("Another name".to_owned()));
        let user = proto::User { id, display_name, permissions: vec![11, 28], ..Default::default() };
        proto::UpdateUserRequest { user: Some(user), ..Default::default() }
    }),
    request!("UserService/SetUserPassword", |place| {
        let (user_id, new_password) = (place.new_person().await, password());
        proto::SetUserPasswordRequest { user_id, new_password, ..Default::default() }
    }),
    request!("UserService/UnlockUser", |place| {
        proto::UnlockUserRequest { user_id: place.new_locked_person().await, ..Default::default() }
    }),
    request!("UserService/SuspendUser", |place| {
        proto::SuspendUserRequest { user_id: place.new_user().await, ..Default::default() }
    }),
    request!("UserService/ReactivateUser", |place| {
        proto::ReactivateUserRequest { user_id: place.new_suspended_user().await, ..Default::default() }
    }),
    request!("UserService/DeleteUser", |place| {
        proto::DeleteUserRequest { user_id: place.new_user_with_key().await, ..Default::default() }
    }),
];
