//! Passwords: given, changed, replaced; and the lock that is ended.

mod refusals;

use oauth_registry::proto::{self, CreateUserRequest, Permission, User, UserKind};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, PASSWORD};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};
use crate::rpc::{assert_refused, stored};

const ANOTHER: &str = "another horse battery staple";

fn person(tenant: &str, login: &str) -> User {
    User {
        tenant_id: Some(tenant.to_owned()),
        kind: UserKind::Person.into(),
        login_name: Some(login.to_owned()),
        ..Default::default()
    }
}

async fn create(caller: &Caller, user: User, (password, validate_only): (Option<&str>, bool)) -> Result<User, Status> {
    let initial_password = password.map(str::to_owned);
    let request = CreateUserRequest { user: Some(user), initial_password, validate_only, ..Default::default() };
    Ok(caller.users().create_user(request).await?.into_inner().user.unwrap())
}

async fn set(caller: &Caller, id: &str, (password, etag): (&str, &str)) -> Result<User, Status> {
    let (user_id, new_password, etag) = (id.to_owned(), password.to_owned(), etag.to_owned());
    let request = proto::SetUserPasswordRequest { user_id, new_password, etag };
    Ok(caller.users().set_user_password(request).await?.into_inner().user.unwrap())
}

async fn unlock(caller: &Caller, id: &str, etag: &str) -> Result<User, Status> {
    let request = proto::UnlockUserRequest { user_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.users().unlock_user(request).await?.into_inner().user.unwrap())
}

async fn change(caller: &Caller, password: &str) -> Result<(), Status> {
    let request = proto::ChangePasswordRequest { new_password: password.to_owned() };
    caller.callers().change_password(request).await.map(|_| ())
}

async fn get(caller: &Caller, id: &str) -> User {
    let request = proto::GetUserRequest { user_id: id.to_owned() };
    caller.users().get_user(request).await.unwrap().into_inner().user.unwrap()
}

async fn refused(caller: &Caller) {
    let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await;
    assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
}

/// Locks a person's login by three wrong passwords.
async fn lock(server: &TestServer, caller: &Caller) {
    for _ in 0..3 {
        refused(&caller.with_password("a wrong password")).await;
    }
    server.registry.passwords.counted().await;
}

/// The passwords that are stored, of all users.
async fn stored_passwords(server: &TestServer) -> i64 {
    stored::number(server, "SELECT count(*) FROM secret_version WHERE owner_kind = 'user' AND field = 'password'").await
}

/// The events of changes of a user: method, fields and secret versions.
async fn changes(caller: &Caller, id: &str) -> Vec<(String, Vec<String>, Vec<i32>)> {
    let request = proto::ListEventsRequest { resource_id: Some(id.to_owned()), ..Default::default() };
    let events = caller.events().list_events(request).await.unwrap().into_inner().events;
    let method = |event: &proto::Event| event.method.rsplit('/').next().unwrap().to_owned();
    events.into_iter().map(|event| (method(&event), event.changed_fields, event.secret_versions)).collect()
}

fn said(method: &str, field: &str, versions: &[i32]) -> (String, Vec<String>, Vec<i32>) {
    (method.to_owned(), vec![field.to_owned()], versions.to_vec())
}

on_both_backends! {
    async fn a_person_begins_with_the_initial_password(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let user = create(&admin, person(&tenant, "jo"), (Some(PASSWORD), false)).await.unwrap();
        assert!(user.password_set && get(&admin, &user.id).await == user);
        let jo = admin.by_password(&format!("{tenant}/jo"), PASSWORD);
        assert_eq!(jo.own_user_id().await, user.id);
        let (method, fields, versions) = changes(&admin, &user.id).await.remove(0);
        assert_eq!((method.as_str(), fields.last().map(String::as_str), versions), ("CreateUser", Some("initial_password"), vec![1]));
        let without = create(&admin, person(&tenant, "joe"), (None, false)).await.unwrap();
        assert!(!without.password_set);
        assert_eq!(changes(&admin, &without.id).await[0].2, Vec::<i32>::new());
    }

    async fn a_rehearsed_person_has_no_password_stored(server: TestServer) {
        let admin = server.admin();
        let rehearsed = create(&admin, person(SYSTEM, "jo"), (Some(PASSWORD), true)).await.unwrap();
        assert!(rehearsed.password_set, "it is what would be stored");
        assert_eq!(stored_passwords(&server).await, 0);
        refused(&admin.by_password("jo", PASSWORD)).await;
    }

    async fn a_password_that_is_set_replaces_the_old_one_at_once(server: TestServer) {
        let admin = server.admin();
        let before = create(&admin, person(SYSTEM, "jo"), (None, false)).await.unwrap();
        let first = set(&admin, &before.id, (PASSWORD, &before.etag)).await.unwrap();
        assert!(first.password_set && first.etag != before.etag && get(&admin, &before.id).await == first);
        let jo = admin.by_password("jo", PASSWORD);
        assert_eq!(jo.own_user_id().await, before.id);
        let second = set(&admin, &before.id, (ANOTHER, "")).await.unwrap();
        assert_ne!(second.etag, first.etag);
        refused(&jo).await;
        assert_eq!(jo.with_password(ANOTHER).own_user_id().await, before.id);
        assert_eq!(stored_passwords(&server).await, 1, "of the old one nothing is left");
        let changes = changes(&admin, &before.id).await.split_off(1);
        assert_eq!(changes, [said("SetUserPassword", "password", &[1]), said("SetUserPassword", "password", &[1, 2])]);
    }

    async fn a_password_that_is_set_ends_a_lock(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &[]).await;
        lock(&server, &jo).await;
        refused(&jo).await;
        let user = set(&admin, &id, (ANOTHER, "")).await.unwrap();
        assert_eq!(user.lock_expire_time, None);
        assert_eq!(jo.with_password(ANOTHER).own_user_id().await, id);
    }

    async fn callers_change_their_own_password_and_keep_their_keys(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &[Permission::MgmtApi]).await;
        let key = admin.new_key(&id, &[Permission::MgmtApi]).await;
        let before = get(&admin, &id).await;
        change(&jo, ANOTHER).await.unwrap();
        refused(&jo).await;
        let jo = jo.with_password(ANOTHER);
        assert_eq!((jo.own_user_id().await, key.own_user_id().await), (id.clone(), id.clone()));
        assert_ne!(get(&admin, &id).await.etag, before.etag);
        change(&jo, ANOTHER).await.unwrap();
        assert_eq!(jo.own_user_id().await, id, "the same password once more is another version of it");
        assert_eq!(stored_passwords(&server).await, 1);
        let changes = changes(&admin, &id).await.split_off(1);
        assert_eq!(changes, [said("ChangePassword", "password", &[1, 2]), said("ChangePassword", "password", &[2, 3])]);
    }

    async fn of_two_changes_by_the_same_password_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &[]).await;
        let others = [jo.clone(), jo.clone()];
        let (one, two) = tokio::join!(change(&others[0], "the first of the two"), change(&others[1], "the second of the two"));
        assert_ne!(one.is_ok(), two.is_ok(), "{one:?} {two:?}");
        let winner = if one.is_ok() { "the first of the two" } else { "the second of the two" };
        assert_refused(one.and(two), Code::Unauthenticated, "INVALID_CREDENTIAL");
        assert_eq!(jo.with_password(winner).own_user_id().await, id);
    }

    async fn unlocking_lets_in_and_unlocking_again_changes_nothing(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &[]).await;
        let before = get(&admin, &id).await;
        assert_eq!(unlock(&admin, &id, &before.etag).await.unwrap(), before);
        lock(&server, &jo).await;
        let unlocked = unlock(&admin, &id, &before.etag).await.unwrap();
        assert_eq!(unlocked.lock_expire_time, None);
        assert_ne!(unlocked.etag, before.etag);
        assert_eq!(jo.own_user_id().await, id);
        assert_eq!(unlock(&admin, &id, "").await.unwrap(), unlocked);
        let changes = changes(&admin, &id).await.split_off(1);
        assert_eq!(changes, [said("lock_login", "lock_expire_time", &[]), said("UnlockUser", "lock_expire_time", &[])]);
    }
}
