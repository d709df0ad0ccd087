//! Users.

mod delete;
mod last_administrator;
mod many_roles;
mod mask;
mod races;
mod status;
mod update;

use oauth_registry::proto::{self, ListUsersRequest, Permission, User, UserKind, UserStatus};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// The built-in role `developer`.
const DEVELOPER: &str = "00000000-0000-0000-0001-000000000005";
/// The built-in role `system_administrator`.
const SYSTEM_ADMINISTRATOR: &str = "00000000-0000-0000-0001-000000000001";

fn person(tenant: &str, login: &str) -> User {
    User {
        tenant_id: Some(tenant.to_owned()),
        kind: UserKind::Person.into(),
        login_name: Some(login.to_owned()),
        ..Default::default()
    }
}

async fn create(caller: &Caller, user: User, validate_only: bool) -> Result<User, Status> {
    let request = proto::CreateUserRequest { user: Some(user), validate_only, ..Default::default() };
    Ok(caller.users().create_user(request).await?.into_inner().user.unwrap())
}

async fn get(caller: &Caller, id: &str) -> Result<User, Status> {
    let request = proto::GetUserRequest { user_id: id.to_owned() };
    Ok(caller.users().get_user(request).await?.into_inner().user.unwrap())
}

async fn update(caller: &Caller, user: User, paths: &[&str]) -> Result<User, Status> {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let request = proto::UpdateUserRequest { user: Some(user), update_mask: Some(FieldMask { paths }), ..Default::default() };
    Ok(caller.users().update_user(request).await?.into_inner().user.unwrap())
}

async fn suspend(caller: &Caller, id: &str, etag: &str) -> Result<User, Status> {
    let request = proto::SuspendUserRequest { user_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.users().suspend_user(request).await?.into_inner().user.unwrap())
}

async fn reactivate(caller: &Caller, id: &str, etag: &str) -> Result<User, Status> {
    let request = proto::ReactivateUserRequest { user_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.users().reactivate_user(request).await?.into_inner().user.unwrap())
}

async fn delete(caller: &Caller, id: &str, etag: &str) -> Result<(), Status> {
    let request = proto::DeleteUserRequest { user_id: id.to_owned(), etag: etag.to_owned(), validate_only: false };
    caller.users().delete_user(request).await.map(drop)
}

/// The stamps of a user, which differ after each change.
fn unstamped(user: User) -> User {
    User { update_time: None, update_actor: String::new(), etag: String::new(), ..user }
}

/// Makes a tenant's own role behind the server's back, and returns its id.
async fn own_role(server: &TestServer, tenant: &str, (number, permissions): (u8, &str)) -> String {
    let id = format!("01890000-0000-7000-8000-0000000001{number:02}");
    let columns = "tenant_id, id, name, name_key, permissions, create_time, update_time, create_actor, update_actor, version";
    let values = format!("'r{number}', 'r{number}', '{permissions}', 1, 1, 'system:test', 'system:test', 1");
    let ids = format!("{}, {}", server.sql_id(tenant), server.sql_id(&id));
    assert_eq!(server.execute(&format!("INSERT INTO role ({columns}) VALUES ({ids}, {values})")).await, 1);
    id
}

on_both_backends! {
    async fn a_user_is_made_and_read_back(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let wanted = User {
            display_name: Some("Jo Example".to_owned()),
            role_ids: vec![DEVELOPER.to_owned()],
            permissions: vec![1009, 14, 11],
            ..person(&tenant, "jo@example")
        };
        let user = create(&admin, wanted, false).await.unwrap();
        assert_eq!((user.tenant_id(), user.login_name(), user.display_name()), (&*tenant, "jo@example", "Jo Example"));
        assert_eq!((user.kind(), user.status()), (UserKind::Person, UserStatus::Active));
        assert_eq!((&user.role_ids[..], &user.permissions[..]), (&[DEVELOPER.to_owned()][..], &[11, 14, 1009][..]));
        assert_eq!(get(&admin, &user.id).await.unwrap(), user);
        let at_home = User { tenant_id: None, ..person("", "home") };
        assert_eq!(create(&admin, at_home, false).await.unwrap().tenant_id(), SYSTEM);
    }

    async fn a_login_name_is_unique_in_its_tenant_without_regard_to_case(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        create(&admin, person(&tenant, "Jörg"), false).await.unwrap();
        for validate_only in [true, false] {
            let refused = create(&admin, person(&tenant, "jÖRG"), validate_only).await.unwrap_err();
            assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "user.login_name");
            assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        }
        create(&admin, person(SYSTEM, "Jörg"), false).await.unwrap();
    }

    async fn every_violation_of_a_user_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        assert_violations(create(&admin, User::default(), false).await, &[
            ("user.kind", "REQUIRED"),
            ("user.login_name", "REQUIRED"),
        ]);
        let bad = User {
            kind: 99,
            display_name: Some("d".repeat(129)),
            role_ids: vec!["x".to_owned(), SYSTEM_ADMINISTRATOR.to_owned(), DEVELOPER.to_owned(), DEVELOPER.to_owned()],
            permissions: vec![11, 0, 11, 12, 25, 27, 1010, 4711],
            ..person(&tenant, "a/b")
        };
        let answer = create(&admin, bad, false).await;
        let found = details(answer.as_ref().unwrap_err()).bad_request().unwrap().field_violations.clone();
        let mut found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.reason.as_str())).collect();
        found.sort_unstable();
        let mut expected = vec![
            ("user.display_name", "TOO_LONG"),
            ("user.kind", "UNKNOWN_VALUE"),
            ("user.login_name", "INVALID_CHARACTER"),
            ("user.permissions[1]", "UNKNOWN_VALUE"),
            ("user.permissions[2]", "DUPLICATE"),
            ("user.permissions[3]", "SYSTEM_TENANT_ONLY"),
            ("user.permissions[4]", "SYSTEM_TENANT_ONLY"),
            ("user.permissions[5]", "SYSTEM_TENANT_ONLY"),
            ("user.permissions[6]", "SYSTEM_TENANT_ONLY"),
            ("user.permissions[7]", "UNKNOWN_VALUE"),
            ("user.role_ids[0]", "UNKNOWN_VALUE"),
            ("user.role_ids[1]", "SYSTEM_TENANT_ONLY"),
            ("user.role_ids[3]", "DUPLICATE"),
        ];
        expected.sort_unstable();
        assert_eq!(found, expected);
        for login in ["a:b", "a b", " a", "a\n", &"l".repeat(129)] {
            let refused = create(&admin, person(&tenant, login), false).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{login}");
        }
    }

    async fn a_rehearsed_user_is_not_stored(server: TestServer) {
        let admin = server.admin();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let user = create(&admin, person(SYSTEM, "jo"), true).await.unwrap();
        assert_refused(get(&admin, &user.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
    }

    async fn users_are_listed_as_far_as_the_scope_goes(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let viewer = admin.new_caller(&tenant, "viewer", &[Permission::MgmtApi, Permission::ViewUsers]).await;
        let mut acmes = vec![viewer.own_user_id().await];
        for number in 0..4 {
            acmes.push(admin.new_user(&tenant, &format!("user-{number}"), &[]).await);
        }
        let ids = async |caller: &Caller, tenant_id: Option<&str>, page_size: i32| {
            let (mut ids, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = ListUsersRequest { page_size, page_token, tenant_id: tenant_id.map(str::to_owned) };
                let answer = caller.users().list_users(request).await.unwrap().into_inner();
                ids.extend(answer.users.into_iter().map(|user| user.id));
                if answer.next_page_token.is_empty() {
                    return ids;
                }
                page_token = answer.next_page_token;
            }
        };
        for page_size in [0, 1, 2, 5] {
            assert_eq!(ids(&viewer, None, page_size).await, acmes, "page size {page_size}");
            assert_eq!(ids(&admin, Some(&tenant), page_size).await, acmes, "page size {page_size}");
        }
        assert_eq!(ids(&admin, None, 0).await.len(), acmes.len() + 1, "and the first administrator");
        let elsewhere = ListUsersRequest { tenant_id: Some(SYSTEM.to_owned()), ..Default::default() };
        assert_refused(viewer.users().list_users(elsewhere).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let me = admin.own_user_id().await;
        for id in [me.as_str(), NOBODYS] {
            assert_refused(get(&viewer, id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        assert_violations(get(&viewer, "").await, &[("user_id", "REQUIRED")]);
        let negative = ListUsersRequest { page_size: -1, tenant_id: Some("x".to_owned()), ..Default::default() };
        let answer = viewer.users().list_users(negative).await;
        assert_violations(answer, &[("tenant_id", "INVALID_FORMAT"), ("page_size", "OUT_OF_RANGE")]);
    }

    async fn nobody_makes_a_user_who_holds_more_than_they_do(server: TestServer) {
        let admin = server.admin();
        let maker = admin.new_caller(SYSTEM, "maker", &[Permission::MgmtApi, Permission::CreateUsers]).await;
        let equal = User { permissions: vec![11, 13], ..person(SYSTEM, "equal") };
        create(&maker, equal, false).await.unwrap();
        let more = User { permissions: vec![11, 28], ..person(SYSTEM, "more") };
        assert_refused(create(&maker, more, false).await, Code::PermissionDenied, "EXCEEDS_CALLER");
        let by_role = User { role_ids: vec![DEVELOPER.to_owned()], ..person(SYSTEM, "more") };
        assert_refused(create(&maker, by_role, true).await, Code::PermissionDenied, "EXCEEDS_CALLER");
    }
}
