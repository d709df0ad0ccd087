//! The ways of a password: given, changed, replaced, refused, and presented with every call.

use oauth_registry::proto;
use tonic::{Code, Status};

use super::refused;
use crate::harness::caller::Caller;
use crate::secrets::canary::Seen;

/// Pushes passwords through every field and every refusal.
pub(super) async fn push(admin: &Caller, seen: &mut Seen, tenant: &str) {
    let first = seen.canary("initial");
    let id = create(admin, tenant, ("jo", &first)).await.unwrap();
    let jo = admin.by_password(&format!("{tenant}/jo"), &first);
    assert_eq!(jo.own_user_id().await, id);
    let second = seen.canary("changed");
    change(&jo, &second).await.unwrap();
    let status = jo.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
    refused(seen, "a password of yesterday", (Code::Unauthenticated, &status));
    let third = seen.canary("set");
    set(admin, &id, &third).await.unwrap();
    let jo = jo.with_password(&third);
    assert_eq!(jo.own_user_id().await, id);
    refusals(admin, seen, (tenant, &id, &jo)).await;
    for place in ["wrong", "locking", "locked"] {
        let wrong = jo.with_password(&seen.canary(place));
        let status = wrong.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        refused(seen, place, (Code::Unauthenticated, &status));
    }
    // Who is asked for a login name now and then types the password.
    let unknown = admin.by_password(&format!("{tenant}/{}", seen.canary("login")), &seen.canary("unknown"));
    let status = unknown.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
    refused(seen, "an unknown login", (Code::Unauthenticated, &status));
}

async fn refusals(admin: &Caller, seen: &mut Seen, (tenant, id, jo): (&str, &str, &Caller)) {
    let bad = seen.canary("control-password");
    let bad = format!("{bad}\u{7}");
    let status = create(admin, tenant, ("joe", &bad)).await.unwrap_err();
    refused(seen, "a bad initial password", (Code::InvalidArgument, &status));
    refused(seen, "a bad password that is set", (Code::InvalidArgument, &set(admin, id, &bad).await.unwrap_err()));
    refused(seen, "a bad password that is changed", (Code::InvalidArgument, &change(jo, &bad).await.unwrap_err()));
    let taken = create(admin, tenant, ("jo", &seen.canary("taken-login"))).await.unwrap_err();
    refused(seen, "a taken login", (Code::AlreadyExists, &taken));
    let unknown = "01900000-0000-7000-8000-000000000000";
    let missing = set(admin, unknown, &seen.canary("nobodys")).await.unwrap_err();
    refused(seen, "an unknown user", (Code::NotFound, &missing));
    let denied = set(jo, id, &seen.canary("denied-password")).await.unwrap_err();
    refused(seen, "a caller who may not", (Code::PermissionDenied, &denied));
    let by_key = change(admin, &seen.canary("by-key")).await.unwrap_err();
    refused(seen, "an API key", (Code::PermissionDenied, &by_key));
}

async fn create(caller: &Caller, tenant: &str, (login, password): (&str, &str)) -> Result<String, Status> {
    let user = proto::User {
        tenant_id: Some(tenant.to_owned()),
        kind: proto::UserKind::Person.into(),
        login_name: Some(login.to_owned()),
        ..Default::default()
    };
    let initial_password = Some(password.to_owned());
    let request = proto::CreateUserRequest { user: Some(user), initial_password, ..Default::default() };
    Ok(caller.users().create_user(request).await?.into_inner().user.unwrap().id)
}

async fn set(caller: &Caller, id: &str, password: &str) -> Result<(), Status> {
    let (user_id, new_password) = (id.to_owned(), password.to_owned());
    let request = proto::SetUserPasswordRequest { user_id, new_password, ..Default::default() };
    caller.users().set_user_password(request).await.map(|_| ())
}

async fn change(caller: &Caller, password: &str) -> Result<(), Status> {
    let request = proto::ChangePasswordRequest { new_password: password.to_owned() };
    caller.callers().change_password(request).await.map(|_| ())
}
