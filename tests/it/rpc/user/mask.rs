//! Which fields an update of a user writes.

use oauth_registry::proto::{self, User, UserKind};
use tonic::Code;

use super::{DEVELOPER, SYSTEM_ADMINISTRATOR, create, get, person, unstamped, update};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::rpc::{NOBODYS, assert_refused, assert_violations};

/// The built-in role `viewer`.
const VIEWER: &str = "00000000-0000-0000-0001-000000000007";

/// A person with everything that a caller can write, and the id of another tenant.
async fn furnished(admin: &Caller) -> (User, String) {
    let tenant = admin.new_tenant("Acme").await;
    let user = User {
        display_name: Some("Jo Example".to_owned()),
        role_ids: vec![DEVELOPER.to_owned()],
        permissions: vec![11, 1009],
        ..person(&tenant, "jo")
    };
    (create(admin, user, false).await.unwrap(), admin.new_tenant("Other").await)
}

on_both_backends! {
    async fn without_a_mask_a_users_populated_fields_are_written_and_no_other(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        let id = || User { id: user.id.clone(), ..Default::default() };
        let named = update(&admin, User { login_name: Some("joe".to_owned()), ..id() }, &[]).await.unwrap();
        let expected = User { login_name: Some("joe".to_owned()), ..user.clone() };
        assert_eq!(unstamped(named), unstamped(expected.clone()), "an empty list is absent");
        let granted = User { permissions: vec![14, 11], role_ids: vec![VIEWER.to_owned()], ..id() };
        let granted = update(&admin, granted, &[]).await.unwrap();
        let expected = User { permissions: vec![11, 14], role_ids: vec![VIEWER.to_owned()], ..expected };
        assert_eq!(unstamped(granted.clone()), unstamped(expected));
        assert_eq!(get(&admin, &user.id).await.unwrap(), granted);
    }

    async fn a_masked_field_of_a_user_that_is_empty_is_cleared_and_an_unmasked_one_is_untouched(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        let empty = User { id: user.id.clone(), ..Default::default() };
        assert_violations(update(&admin, empty.clone(), &["login_name"]).await, &[("user.login_name", "REQUIRED")]);
        let mut expected = unstamped(user.clone());
        let clearings: [(&str, fn(&mut User)); 3] = [
            ("display_name", |user| user.display_name = None),
            ("role_ids", |user| user.role_ids.clear()),
            ("permissions", |user| user.permissions.clear()),
        ];
        for (field, clear) in clearings {
            clear(&mut expected);
            let sent = User { login_name: Some("unmasked".to_owned()), ..empty.clone() };
            assert_eq!(unstamped(update(&admin, sent, &[field]).await.unwrap()), expected, "{field}");
        }
        assert_eq!(unstamped(get(&admin, &user.id).await.unwrap()), expected);
    }

    async fn a_star_replaces_the_whole_user(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        let bare = User { id: user.id.clone(), login_name: Some("bare".to_owned()), ..Default::default() };
        let replaced = update(&admin, bare, &["*"]).await.unwrap();
        let login_name = Some("bare".to_owned());
        let expected = User { login_name, display_name: None, role_ids: vec![], permissions: vec![], ..user.clone() };
        assert_eq!(unstamped(replaced), unstamped(expected));
        let empty = User { id: user.id, ..Default::default() };
        assert_violations(update(&admin, empty, &["*"]).await, &[("user.login_name", "REQUIRED")]);
    }

    async fn paths_that_an_update_of_a_user_cannot_write_are_refused_by_name(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        let immutable = ["tenant_id", "kind"].map(|path| (path, "IMMUTABLE_FIELD"));
        let stamps = ["id", "status", "create_time", "update_time", "create_actor", "update_actor", "etag"];
        let written = stamps.into_iter().chain(["password_set", "lock_expire_time"]).map(|path| (path, "OUTPUT_ONLY_FIELD"));
        let unknown = ["initial_password", "user.login_name", "role_ids[0]", ""].map(|path| (path, "UNKNOWN_FIELD"));
        for (path, reason) in written.chain(immutable).chain(unknown) {
            assert_violations(update(&admin, user.clone(), &["login_name", path]).await, &[("update_mask.paths[1]", reason)]);
        }
    }

    async fn a_users_tenant_and_kind_are_accepted_when_equal_and_refused_when_not(server: TestServer) {
        let admin = server.admin();
        let (mut user, other) = furnished(&admin).await;
        for (paths, name) in [(&[][..], "one"), (&["*"], "two"), (&["display_name"], "three")] {
            user = update(&admin, User { display_name: Some(name.to_owned()), ..user }, paths).await.unwrap();
            assert_eq!(user.display_name(), name, "what is read can be edited and sent back");
            let moved = User { tenant_id: Some(other.clone()), kind: UserKind::ServiceAccount.into(), ..user.clone() };
            let answer = update(&admin, moved, paths).await;
            assert_violations(answer, &[("user.tenant_id", "IMMUTABLE_FIELD"), ("user.kind", "IMMUTABLE_FIELD")]);
            let strange = User { tenant_id: Some("x".to_owned()), kind: 99, ..user.clone() };
            let answer = update(&admin, strange, paths).await;
            assert_violations(answer, &[("user.tenant_id", "INVALID_FORMAT"), ("user.kind", "UNKNOWN_VALUE")]);
            let absent = User { tenant_id: None, kind: UserKind::Unspecified.into(), ..user.clone() };
            assert_eq!(update(&admin, absent, paths).await.unwrap(), user);
        }
    }

    async fn an_update_of_a_user_that_changes_nothing_leaves_no_trace(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        server.clock.advance_seconds(60);
        let lies = User { status: 2, password_set: true, create_actor: "user:me".to_owned(), update_time: None, ..user.clone() };
        for paths in [&[][..], &["*"], &["login_name", "role_ids", "permissions"]] {
            assert_eq!(update(&admin, lies.clone(), paths).await.unwrap(), user);
        }
        let nothing = User { id: user.id.clone(), ..Default::default() };
        assert_eq!(update(&admin, nothing, &[]).await.unwrap(), user);
        let request = proto::ListEventsRequest { resource_id: Some(user.id), ..Default::default() };
        assert_eq!(admin.events().list_events(request).await.unwrap().into_inner().events.len(), 1, "the creation");
    }

    async fn every_violation_of_a_changed_user_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let (user, _) = furnished(&admin).await;
        let bad = User {
            login_name: Some("a/b".to_owned()),
            display_name: Some("d".repeat(129)),
            role_ids: vec![SYSTEM_ADMINISTRATOR.to_owned(), NOBODYS.to_owned(), VIEWER.to_owned(), VIEWER.to_owned()],
            permissions: vec![12, 11, 11, 4711],
            ..user.clone()
        };
        let expected = [
            ("user.login_name", "INVALID_CHARACTER"),
            ("user.display_name", "TOO_LONG"),
            ("user.role_ids[0]", "SYSTEM_TENANT_ONLY"),
            ("user.role_ids[1]", "UNKNOWN_VALUE"),
            ("user.role_ids[3]", "DUPLICATE"),
            ("user.permissions[2]", "DUPLICATE"),
            ("user.permissions[3]", "UNKNOWN_VALUE"),
            ("user.permissions[0]", "SYSTEM_TENANT_ONLY"),
        ];
        assert_violations(update(&admin, bad.clone(), &[]).await, &expected);
        let unknown = [("update_mask.paths[0]", "UNKNOWN_FIELD")];
        assert_violations(update(&admin, User { id: NOBODYS.to_owned(), ..bad }, &["nonsense"]).await, &unknown);
        assert_eq!(get(&admin, &user.id).await.unwrap(), user);
    }

    async fn an_update_names_its_user(server: TestServer) {
        let admin = server.admin();
        assert_violations(update(&admin, User::default(), &[]).await, &[("user.id", "REQUIRED")]);
        let malformed = User { id: "93".to_owned(), ..Default::default() };
        let answer = update(&admin, malformed, &["nonsense"]).await;
        assert_violations(answer, &[("update_mask.paths[0]", "UNKNOWN_FIELD"), ("user.id", "INVALID_FORMAT")]);
        let missing = User { id: NOBODYS.to_owned(), ..Default::default() };
        assert_refused(update(&admin, missing, &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }
}
