//! What is no password, and who may not give one.

use oauth_registry::proto::{Permission, User, UserKind};
use tonic::Code;

use super::{ANOTHER, change, create, get, lock, person, refused, set, stored_passwords, unlock};
use crate::harness::caller::PASSWORD;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// Texts that are no password of `jo.doe@example`, each with the reason.
const BAD: [(&str, &str); 8] = [
    ("", "REQUIRED"),
    ("1234567", "TOO_SHORT"),
    ("1234\u{7}5678", "CONTROL_CHARACTER"),
    (" 12345678", "SURROUNDING_WHITESPACE"),
    ("12345678\u{a0}", "SURROUNDING_WHITESPACE"),
    ("e\u{301}1234567", "NOT_NORMALIZED"),
    ("********", "MASKED_SECRET"),
    ("Jo.Doe@Example", "EQUALS_LOGIN_NAME"),
];

on_both_backends! {
    async fn each_bad_password_is_refused_by_its_own_reason(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo.doe@example", &[]).await;
        let long = "x".repeat(129);
        for (password, reason) in BAD.into_iter().chain([(long.as_str(), "TOO_LONG")]) {
            let answer = create(&admin, person(SYSTEM, "JO.DOE@example"), (Some(password), true)).await;
            assert_violations(answer, &[("initial_password", reason)]);
            assert_violations(set(&admin, &id, (password, "")).await, &[("new_password", reason)]);
            assert_violations(change(&jo, password).await, &[("new_password", reason)]);
        }
        assert_eq!(server.registry.passwords.computed(), 10, "one for the person and one for each change: what is bad is not hashed");
        set(&admin, &id, (&"é".repeat(128), "")).await.unwrap();
        set(&admin, &id, ("12345678", "")).await.unwrap();
    }

    async fn every_violation_of_a_password_call_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let robot = User { kind: UserKind::ServiceAccount.into(), login_name: None, ..person(SYSTEM, "") };
        assert_violations(create(&admin, robot, (Some("short"), false)).await, &[
            ("initial_password", "NOT_FOR_SERVICE_ACCOUNT"),
            ("initial_password", "TOO_SHORT"),
            ("user.login_name", "REQUIRED"),
        ]);
        assert_violations(set(&admin, "x", ("short", "")).await, &[("user_id", "INVALID_FORMAT"), ("new_password", "TOO_SHORT")]);
        assert_violations(set(&admin, "", ("", "")).await, &[("user_id", "REQUIRED"), ("new_password", "REQUIRED")]);
        assert_violations(unlock(&admin, "", "").await, &[("user_id", "REQUIRED")]);
    }

    async fn nobody_sets_or_unlocks_their_own_password(server: TestServer) {
        let admin = server.admin();
        let (id, jo) = admin.new_person(SYSTEM, "jo", &[Permission::Administrator]).await;
        let key = admin.new_key(&id, &[Permission::Administrator]).await;
        for caller in [&jo, &key] {
            assert_refused(set(caller, &id, (ANOTHER, "")).await, Code::PermissionDenied, "SELF_CHANGE");
            assert_refused(unlock(caller, &id, "").await, Code::PermissionDenied, "SELF_CHANGE");
        }
        lock(&server, &jo).await;
        assert_refused(unlock(&key, &id, "").await, Code::PermissionDenied, "SELF_CHANGE");
        assert_refused(change(&key, ANOTHER).await, Code::PermissionDenied, "CREDENTIAL_REFUSED");
    }

    async fn who_holds_less_than_a_person_neither_sets_nor_unlocks_their_password(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let editor = [Permission::MgmtApi, Permission::ModifyUsers];
        let (equal, _) = admin.new_person(&tenant, "equal", &editor).await;
        let (more, locked) = admin.new_person(&tenant, "more", &[Permission::Oauth]).await;
        let (administrator, _) = admin.new_person(SYSTEM, "administers", &[]).await;
        admin.add_administrator(&tenant, &administrator).await;
        let inside = admin.new_caller(&tenant, "inside", &editor).await;
        let system = admin.new_caller(SYSTEM, "system", &editor).await;
        lock(&server, &locked).await;
        set(&inside, &equal, (ANOTHER, "")).await.unwrap();
        unlock(&inside, &equal, "").await.unwrap();
        for (caller, id) in [(&inside, &more), (&system, &administrator)] {
            // Before the etag: who may not change the user learns nothing of the user's state.
            assert_refused(set(caller, id, (ANOTHER, "v99")).await, Code::PermissionDenied, "EXCEEDS_CALLER");
            assert_refused(unlock(caller, id, "v99").await, Code::PermissionDenied, "EXCEEDS_CALLER");
        }
        for id in [NOBODYS, &administrator] {
            assert_refused(set(&inside, id, (ANOTHER, "")).await, Code::NotFound, "RESOURCE_NOT_FOUND");
            assert_refused(unlock(&inside, id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        refused(&locked).await;
    }

    async fn nobody_makes_a_person_with_a_password_outside_of_their_scope(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let maker = admin.new_caller(&tenant, "maker", &[Permission::MgmtApi, Permission::CreateUsers]).await;
        for elsewhere in [SYSTEM, NOBODYS] {
            let answer = create(&maker, person(elsewhere, "jo"), (Some(PASSWORD), false)).await;
            assert_refused(answer, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        let stronger = User { permissions: vec![28], ..person(&tenant, "jo") };
        assert_refused(create(&maker, stronger, (Some(PASSWORD), false)).await, Code::PermissionDenied, "EXCEEDS_CALLER");
        assert_eq!(stored_passwords(&server).await, 0);
    }

    async fn a_password_is_neither_set_nor_unlocked_against_the_state_of_user_and_tenant(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (id, jo) = admin.new_person(&tenant, "jo", &[]).await;
        let robot = admin.new_user(&tenant, "robot", &[]).await;
        lock(&server, &jo).await;
        let before = get(&admin, &id).await;
        assert_refused(set(&admin, &id, (ANOTHER, "v99")).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(unlock(&admin, &id, "v99").await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(set(&admin, &robot, (ANOTHER, "")).await, Code::FailedPrecondition, "NOT_A_PERSON");
        stored::suspend_tenant(&server, "acme").await;
        assert_refused(set(&admin, &id, (ANOTHER, "")).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_refused(unlock(&admin, &id, "").await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        let answer = create(&admin, person(&tenant, "joe"), (Some(PASSWORD), false)).await;
        assert_refused(answer, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_eq!((get(&admin, &id).await, stored_passwords(&server).await), (before, 1));
    }
}
