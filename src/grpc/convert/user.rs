//! Users.

use crate::crypto::PlainSecret;
use crate::domain::id::UserId;
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserDraft, UserKind, UserPatch, UserStatus};
use crate::grpc::convert::mask::Mask;
use crate::grpc::convert::{id, optional_id, permissions, timestamp};
use crate::proto;
use crate::service::{Error, NewUser, PasswordReset, UserUpdate};

/// Reads a user to be made.
pub(in crate::grpc) fn new(user: Option<proto::User>, initial_password: Option<String>, mut violations: Violations) -> NewUser {
    let proto::User {
        id: _,
        tenant_id,
        kind,
        login_name,
        display_name,
        role_ids,
        permissions,
        status: _,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag: _,
        password_set: _,
        lock_expire_time: _,
    } = user.unwrap_or_default();
    let tenant_id = optional_id("user.tenant_id", tenant_id.as_deref(), &mut violations);
    let kind = read_kind(kind, &mut violations);
    let draft = UserDraft { kind, login_name, display_name, role_ids, permissions };
    NewUser { tenant_id, draft, initial_password: initial_password.map(PlainSecret::from), violations }
}

/// Reads a change of a user; without the user's id there is nothing to change, so that is refused with all else that is wrong.
pub(in crate::grpc) fn update(request: proto::UpdateUserRequest) -> Result<UserUpdate, Error> {
    let proto::UpdateUserRequest { user, update_mask, validate_only: _ } = request;
    let mut violations = Violations::new();
    let mask = Mask::read(update_mask, proto::fields::USER, &mut violations);
    let proto::User {
        id: user_id,
        tenant_id,
        kind,
        login_name,
        display_name,
        role_ids,
        permissions,
        status: _,
        create_time: _,
        update_time: _,
        create_actor: _,
        update_actor: _,
        etag,
        password_set: _,
        lock_expire_time: _,
    } = user.unwrap_or_default();
    let tenant_id = optional_id("user.tenant_id", tenant_id.as_deref(), &mut violations);
    let kind = read_kind(kind, &mut violations);
    let Some(id) = id("user.id", &user_id, &mut violations) else {
        return Err(violations.finish_with::<()>("user.id", None).err().map_or(Error::ConcurrentChange, Error::Invalid));
    };
    // A list has no presence: an empty one is cleared where the mask says so, and otherwise absent.
    let patch = UserPatch {
        login_name: mask.patch("login_name", login_name),
        display_name: mask.patch("display_name", display_name),
        role_ids: mask.patch("role_ids", Some(role_ids).filter(|list| !list.is_empty())),
        permissions: mask.patch("permissions", Some(permissions).filter(|list| !list.is_empty())),
    };
    Ok(UserUpdate { id, expected: Expected::from_etag(etag), patch, tenant_id, kind, violations })
}

/// Reads the user that a call names, and the state in which it must be.
pub(in crate::grpc) fn target(user_id: &str, etag: String) -> Result<(UserId, Expected), Error> {
    let mut violations = Violations::new();
    let id = id("user_id", user_id, &mut violations);
    Ok((violations.finish_with("user_id", id)?, Expected::from_etag(etag)))
}

/// Reads a kind; an unspecified one is absent.
fn read_kind(kind: i32, violations: &mut Violations) -> Option<UserKind> {
    match proto::UserKind::try_from(kind) {
        Ok(proto::UserKind::Person) => Some(UserKind::Person),
        Ok(proto::UserKind::ServiceAccount) => Some(UserKind::ServiceAccount),
        Ok(proto::UserKind::Unspecified) => None,
        Err(_) => {
            violations.push("user.kind", Fault::new(FieldReason::UnknownValue, "There is no such kind of user."));
            None
        }
    }
}

/// Reads a new password for somebody.
pub(in crate::grpc) fn password_reset(request: proto::SetUserPasswordRequest) -> PasswordReset {
    let proto::SetUserPasswordRequest { user_id, new_password, etag } = request;
    let mut violations = Violations::new();
    let id = id("user_id", &user_id, &mut violations);
    PasswordReset { id, password: new_password.into(), expected: Expected::from_etag(etag), violations }
}

/// Writes a user.
pub(in crate::grpc) fn message(user: User) -> proto::User {
    let User {
        id,
        tenant_id,
        kind,
        login_name,
        display_name,
        roles,
        permissions: explicit,
        status,
        secrets,
        failed_logins,
        stamp,
    } = user;
    let kind = match kind {
        UserKind::Person => proto::UserKind::Person,
        UserKind::ServiceAccount => proto::UserKind::ServiceAccount,
    };
    let status = match status {
        UserStatus::Active => proto::UserStatus::Active,
        UserStatus::Suspended => proto::UserStatus::Suspended,
    };
    proto::User {
        id: id.to_string(),
        tenant_id: Some(tenant_id.to_string()),
        kind: kind.into(),
        login_name: Some(login_name.to_string()),
        display_name: display_name.map(|name| name.to_string()),
        role_ids: roles.ids().map(|id| id.to_string()).collect(),
        permissions: permissions(&explicit),
        status: status.into(),
        create_time: Some(timestamp(stamp.create_time)),
        update_time: Some(timestamp(stamp.update_time)),
        create_actor: stamp.create_actor.to_string(),
        update_actor: stamp.update_actor.to_string(),
        etag: stamp.version.etag(),
        password_set: secrets.current().is_some(),
        lock_expire_time: failed_logins.lock_expire_time.map(timestamp),
    }
}
