//! A user is changed, suspended and deleted by those alone whose credential holds all that the user holds; nobody does it to themselves.

mod represented;

use oauth_registry::proto::{self, Permission, User};
use tonic::Status;

use super::{made_up, outcome, set};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

/// The writes on a user that are not yet another room's.
const WRITES: [&str; 4] = ["UpdateUser", "SuspendUser", "ReactivateUser", "DeleteUser"];
const DEVELOPER: &str = "00000000-0000-0000-0001-000000000005";
const VIEWER: &str = "00000000-0000-0000-0001-000000000007";
/// What the controllers of these tests hold: enough for every write.
const CONTROL: [i32; 4] = [11, 15, 16, 28];

/// Tries one write on a user, in a form that changes nothing for good.
async fn tried(caller: &Caller, write: &str, id: &str) -> String {
    let user_id = id.to_owned();
    match write {
        "UpdateUser" => {
            updated(caller, User { id: user_id, display_name: Some("Another".to_owned()), ..Default::default() }).await
        }
        "SuspendUser" => {
            let request = proto::SuspendUserRequest { user_id, ..Default::default() };
            outcome(&caller.users().suspend_user(request).await)
        }
        "ReactivateUser" => {
            let request = proto::ReactivateUserRequest { user_id, ..Default::default() };
            outcome(&caller.users().reactivate_user(request).await)
        }
        _ => {
            let request = proto::DeleteUserRequest { user_id, validate_only: true, ..Default::default() };
            outcome(&caller.users().delete_user(request).await)
        }
    }
}

async fn update(caller: &Caller, user: User) -> Result<(), Status> {
    let request = proto::UpdateUserRequest { user: Some(user), ..Default::default() };
    caller.users().update_user(request).await.map(drop)
}

async fn updated(caller: &Caller, user: User) -> String {
    outcome(&update(caller, user).await)
}

async fn with_role(admin: &Caller, login: &str, role: &str) -> String {
    let id = admin.new_user(SYSTEM, login, &[]).await;
    update(admin, User { id: id.clone(), role_ids: vec![role.to_owned()], ..Default::default() }).await.unwrap();
    id
}

on_both_backends! {
    async fn a_user_is_controlled_by_those_who_hold_all_that_the_user_holds(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let user = admin.new_user(SYSTEM, "controller", &set(&CONTROL)).await;
        admin.add_administrator(&alpha, &user).await;
        let controller = admin.new_key(&user, &set(&CONTROL)).await;
        let [equal, alike, elsewhere] = ["equal", "alike", "elsewhere"].map(|login| admin.new_user(SYSTEM, login, &[]));
        let (equal, alike, elsewhere) = (equal.await, alike.await, elsewhere.await);
        update(&admin, User { id: equal.clone(), permissions: CONTROL.to_vec(), ..Default::default() }).await.unwrap();
        admin.add_administrator(&alpha, &alike).await;
        admin.add_administrator(&beta, &elsewhere).await;
        let by_grant = admin.new_user(SYSTEM, "by-grant", &set(&[11, 14])).await;
        let by_role = with_role(&admin, "by-role", VIEWER).await;
        let revealer = admin.new_user(SYSTEM, "revealer", &set(&[1006])).await;
        let inside = admin.new_user(&alpha, "inside", &set(&[28])).await;
        let outside = admin.new_user(&beta, "outside", &set(&[11])).await;
        let cases = [
            (&equal, "OK"),
            (&alike, "OK"),
            (&inside, "OK"),
            (&elsewhere, "EXCEEDS_CALLER"),
            (&by_grant, "EXCEEDS_CALLER"),
            (&by_role, "EXCEEDS_CALLER"),
            (&revealer, "EXCEEDS_CALLER"),
            (&outside, "RESOURCE_NOT_FOUND"),
            (&made_up(&outside), "RESOURCE_NOT_FOUND"),
        ];
        for (id, expected) in cases {
            for write in WRITES {
                assert_eq!(tried(&controller, write, id).await, expected, "{write} of {id}");
            }
        }
    }

    async fn the_credential_controls_and_not_the_user_behind_it(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let strong = admin.new_user(SYSTEM, "strong", &set(&[12, 1006])).await;
        let weak = admin.new_key(&strong, &set(&[11, 15, 16])).await;
        let twelve = admin.new_key(&strong, &set(&[12])).await;
        let target = admin.new_user(SYSTEM, "target", &set(&[11, 28])).await;
        let revealer = admin.new_user(SYSTEM, "revealer", &set(&[11, 1006])).await;
        let key = proto::ApiKey { user_id: Some(strong), permissions: vec![12], tenant_id: Some(alpha.clone()), ..Default::default() };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let bound = server.caller(&admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret);
        let [inside, outside] = [&alpha, &beta].map(|tenant| admin.new_user(tenant, "resident", &[Permission::MgmtApi]));
        let (inside, outside) = (inside.await, outside.await);
        for write in WRITES {
            assert_eq!(tried(&weak, write, &target).await, "EXCEEDS_CALLER", "{write}");
            assert_eq!(tried(&twelve, write, &target).await, "OK", "{write}");
            assert_eq!(tried(&twelve, write, &revealer).await, "EXCEEDS_CALLER", "{write}: 12 does not stand for 1006");
            assert_eq!(tried(&admin, write, &revealer).await, "OK", "{write}");
            assert_eq!(tried(&bound, write, &inside).await, "OK", "{write}");
            assert_eq!(tried(&bound, write, &outside).await, "RESOURCE_NOT_FOUND", "{write}");
        }
    }

    async fn an_update_gives_nothing_that_the_caller_does_not_hold(server: TestServer) {
        let admin = server.admin();
        let controller = admin.new_caller(SYSTEM, "controller", &set(&CONTROL)).await;
        let id = admin.new_user(SYSTEM, "target", &set(&[11])).await;
        let with = |permissions: &[i32], role_ids: &[&str]| User {
            id: id.clone(),
            permissions: permissions.to_vec(),
            role_ids: role_ids.iter().map(|role| (*role).to_owned()).collect(),
            ..Default::default()
        };
        for beyond in [12, 13, 14, 25, 1001, 1006, 1010] {
            assert_eq!(updated(&controller, with(&[11, beyond], &[])).await, "EXCEEDS_CALLER", "{beyond}");
        }
        assert_eq!(updated(&controller, with(&[], &[DEVELOPER])).await, "EXCEEDS_CALLER");
        assert_eq!(updated(&controller, with(&CONTROL, &[])).await, "OK");
        let stronger = admin.new_user(SYSTEM, "stronger", &set(&[11, 14])).await;
        let less = User { id: stronger, permissions: vec![11], ..Default::default() };
        assert_eq!(updated(&controller, less).await, "EXCEEDS_CALLER", "taking needs as much as giving");
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        assert_eq!(updated(&twelve, with(&[11, 1006], &[])).await, "EXCEEDS_CALLER");
        assert_eq!(updated(&twelve, with(&[11, 12, 1010], &[DEVELOPER])).await, "OK");
    }

    async fn nobody_changes_their_own_roles_permissions_and_status(server: TestServer) {
        let admin = server.admin();
        let me = admin.own_user_id().await;
        for write in ["SuspendUser", "ReactivateUser", "DeleteUser"] {
            assert_eq!(tried(&admin, write, &me).await, "SELF_CHANGE", "{write}");
        }
        let with = |permissions: &[i32], role_ids: &[&str]| User {
            id: me.clone(),
            permissions: permissions.to_vec(),
            role_ids: role_ids.iter().map(|role| (*role).to_owned()).collect(),
            ..Default::default()
        };
        assert_eq!(updated(&admin, with(&[12, 1006], &[])).await, "SELF_CHANGE", "not even to hold less");
        assert_eq!(updated(&admin, with(&[12, 1001, 1006, 1007], &[])).await, "SELF_CHANGE");
        assert_eq!(updated(&admin, with(&[], &[VIEWER])).await, "SELF_CHANGE");
        assert_eq!(updated(&admin, with(&[12, 1006, 1007], &[])).await, "OK", "this changes nothing");
    }

    async fn everybody_changes_their_own_names_by_any_credential(server: TestServer) {
        let admin = server.admin();
        let strong = admin.new_user(SYSTEM, "strong", &set(&[12, 1006])).await;
        let weak = admin.new_key(&strong, &set(&[11, 15])).await;
        let names = |login: &str| User { id: strong.clone(), login_name: Some(login.to_owned()), ..Default::default() };
        assert_eq!(updated(&weak, names("renamed")).await, "OK");
        assert_eq!(tried(&weak, "UpdateUser", &strong).await, "OK");
        let more = User { permissions: vec![11], ..names("again") };
        assert_eq!(updated(&weak, more).await, "SELF_CHANGE", "one bad field stops the whole");
        assert_eq!(updated(&weak, User { etag: "v1".to_owned(), ..names("again") }).await, "ETAG_MISMATCH");
    }
}
