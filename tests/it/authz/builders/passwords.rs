//! Requests about passwords. Their targets are people: nobody else has one.

use oauth_registry::proto;
use prost::Message;

use super::{Builder, by, plain};
use crate::authz::world::Ids;
use crate::harness::caller::PASSWORD;

fn person(ids: &Ids) -> &str {
    &ids.person
}

pub(super) const PASSWORDS: &[Builder] = &[
    plain("CallerService/ChangePassword", |_, _| {
        proto::ChangePasswordRequest { new_password: PASSWORD.to_owned() }.encode_to_vec()
    }),
    by("UserService/SetUserPassword", "user_id", person, |_, id| {
        let new_password = PASSWORD.to_owned();
        proto::SetUserPasswordRequest { user_id: id.to_owned(), new_password, ..Default::default() }.encode_to_vec()
    }),
    by("UserService/UnlockUser", "user_id", person, |_, id| {
        proto::UnlockUserRequest { user_id: id.to_owned(), ..Default::default() }.encode_to_vec()
    }),
];
