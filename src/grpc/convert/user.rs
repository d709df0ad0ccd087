//! Users.

use crate::crypto::PlainSecret;
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::stamp::Expected;
use crate::domain::user::{User, UserDraft, UserKind, UserStatus};
use crate::grpc::convert::{id, optional_id, permissions, timestamp};
use crate::proto;
use crate::service::{NewUser, PasswordReset};

/// Reads a user to be made.
pub(in crate::grpc) fn new(user: Option<proto::User>, initial_password: Option<String>) -> NewUser {
    let mut violations = Violations::new();
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
    let kind = match proto::UserKind::try_from(kind) {
        Ok(proto::UserKind::Person) => Some(UserKind::Person),
        Ok(proto::UserKind::ServiceAccount) => Some(UserKind::ServiceAccount),
        Ok(proto::UserKind::Unspecified) => None,
        Err(_) => {
            violations.push("user.kind", Fault::new(FieldReason::UnknownValue, "There is no such kind of user."));
            None
        }
    };
    let draft = UserDraft { kind, login_name, display_name, role_ids, permissions };
    NewUser { tenant_id, draft, initial_password: initial_password.map(PlainSecret::from), violations }
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
        password_version,
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
        password_set: password_version.is_some(),
        lock_expire_time: failed_logins.lock_expire_time.map(timestamp),
    }
}
