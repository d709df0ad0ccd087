//! API keys: nobody's key gives more than its user holds, or than the credential that made it gives.

use oauth_registry::proto::{self, Permission};
use tonic::{Code, Status};

use super::{outcome, set};
use crate::harness::caller::{Caller, sample_app, violations};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

/// 2026-01-01T00:00:00Z, when the test clock starts.
const START: i64 = 1_767_225_600;

on_both_backends! {
    async fn a_key_lists_something_and_nothing_that_its_user_lacks(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "user", &set(&[11, 28])).await;
        let empty = create(&admin, key(&user, &[])).await.unwrap_err();
        assert_eq!(violations(&empty), [("api_key.permissions".to_owned(), "REQUIRED".to_owned())]);
        let foreign = create(&admin, key(&user, &[11, 14, 28, 1006])).await.unwrap_err();
        assert_eq!(foreign.code(), Code::InvalidArgument);
        let lacking = ["api_key.permissions[1]", "api_key.permissions[3]"];
        assert_eq!(violations(&foreign), lacking.map(|field| (field.to_owned(), "NOT_HELD_BY_USER".to_owned())));
        let twelve = admin.new_user(SYSTEM, "twelve", &set(&[12])).await;
        assert_eq!(outcome(&create(&admin, key(&twelve, &[12, 28])).await), "OK", "12 stands for 28");
        assert_eq!(outcome(&create(&admin, key(&twelve, &[1006])).await), "INVALID_FIELDS", "and never for 1006");
    }

    async fn a_weak_key_of_a_strong_user_makes_no_stronger_key(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "strong", &set(&[11, 12, 28])).await;
        let weak = admin.new_key(&user, &set(&[11])).await;
        assert_eq!(outcome(&create(&weak, own_key(&[11])).await), "OK");
        assert_eq!(outcome(&create(&weak, own_key(&[11, 28])).await), "EXCEEDS_CALLER");
        assert_eq!(outcome(&create(&weak, own_key(&[12])).await), "EXCEEDS_CALLER");
        let own = admin.new_key(&user, &set(&[12])).await;
        assert_eq!(outcome(&create(&own, own_key(&[12, 28])).await), "OK");
    }

    async fn binding_and_expiry_are_inherited_and_never_widened(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let user = admin.new_user(&alpha, "user", &set(&[11])).await;
        let limited = proto::ApiKey { tenant_id: Some(alpha.clone()), expire_time: Some(at(START + 1_000)), ..key(&user, &[11]) };
        let limited = server.caller(&create(&admin, limited).await.unwrap().1);
        let (made, _) = create(&limited, own_key(&[11])).await.unwrap();
        assert_eq!((made.tenant_id, made.expire_time), (Some(alpha.clone()), Some(at(START + 1_000))));
        let sooner = proto::ApiKey { expire_time: Some(at(START + 999)), ..own_key(&[11]) };
        assert_eq!(create(&limited, sooner).await.unwrap().0.expire_time, Some(at(START + 999)));
        let later = proto::ApiKey { expire_time: Some(at(START + 1_001)), ..own_key(&[11]) };
        assert_eq!(outcome(&create(&limited, later).await), "EXCEEDS_CALLER");
        for elsewhere in [beta.as_str(), SYSTEM] {
            let elsewhere = proto::ApiKey { tenant_id: Some(elsewhere.to_owned()), ..own_key(&[11]) };
            assert_eq!(outcome(&create(&limited, elsewhere).await), "RESOURCE_NOT_FOUND");
        }
    }

    async fn a_bound_key_works_in_its_tenant_by_default(server: TestServer) {
        let admin = server.admin();
        let alpha = admin.new_tenant("Alpha").await;
        let user = admin.new_user(SYSTEM, "strong", &set(&[12])).await;
        let bound = proto::ApiKey { tenant_id: Some(alpha.clone()), ..key(&user, &[12]) };
        let bound = server.caller(&create(&admin, bound).await.unwrap().1);
        let caller = bound.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!(caller.default_tenant_id, alpha);
        let client_secret = Some("s3cret".to_owned());
        let request = proto::CreateOauthAppRequest { oauth_app: Some(sample_app("App")), client_secret, ..Default::default() };
        let app = bound.apps().create_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap();
        assert_eq!(app.tenant_id(), alpha);
        let unbound = create(&bound, proto::ApiKey { tenant_id: None, ..key(&admin.new_user(&alpha, "user", &set(&[11])).await, &[11]) });
        assert_eq!(unbound.await.unwrap().0.tenant_id(), alpha, "what a bound key makes is bound");
    }

    async fn another_users_key_needs_control_of_that_user(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let user = admin.new_user(SYSTEM, "controller", &set(&[11, 15, 28])).await;
        admin.add_administrator(&alpha, &user).await;
        let controller = admin.new_key(&user, &set(&[11, 15, 28])).await;
        let weaker = admin.new_user(SYSTEM, "weaker", &set(&[11])).await;
        let stronger = admin.new_user(SYSTEM, "stronger", &set(&[11, 1009])).await;
        let elsewhere = admin.new_user(SYSTEM, "elsewhere", &set(&[11])).await;
        admin.add_administrator(&beta, &elsewhere).await;
        let alike = admin.new_user(SYSTEM, "alike", &set(&[11])).await;
        admin.add_administrator(&alpha, &alike).await;
        let cases = [(&weaker, "OK"), (&alike, "OK"), (&stronger, "EXCEEDS_CALLER"), (&elsewhere, "EXCEEDS_CALLER")];
        for (user, expected) in cases {
            assert_eq!(outcome(&create(&controller, key(user, &[11])).await), expected);
            let theirs = create(&admin, key(user, &[11])).await.unwrap().0;
            assert_eq!(revoked(&controller, &theirs.id).await, expected);
        }
        let foreign = admin.new_user(&beta, "foreign", &set(&[11])).await;
        assert_eq!(outcome(&create(&controller, key(&foreign, &[11])).await), "RESOURCE_NOT_FOUND");
    }

    async fn only_a_holder_of_1006_touches_the_keys_of_a_holder(server: TestServer) {
        let admin = server.admin();
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        let holder = admin.new_user(SYSTEM, "holder", &set(&[11, 1006])).await;
        assert_eq!(outcome(&create(&twelve, key(&holder, &[11])).await), "EXCEEDS_CALLER", "although the key has no 1006");
        let theirs = create(&admin, key(&holder, &[11])).await.unwrap().0;
        assert_eq!(revoked(&twelve, &theirs.id).await, "EXCEEDS_CALLER");
        assert_eq!(revoked(&admin, &theirs.id).await, "OK");
    }

    async fn own_keys_need_no_permission_and_others_are_not_found(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let own = admin.new_caller(&tenant, "one", &set(&[1002])).await;
        let colleague = admin.new_user(&tenant, "two", &set(&[1002])).await;
        let theirs = create(&admin, key(&colleague, &[1002])).await.unwrap().0;
        let mine = create(&own, own_key(&[1002])).await.unwrap().0;
        let get = |id: &str| proto::GetApiKeyRequest { api_key_id: id.to_owned() };
        assert_eq!(outcome(&own.api_keys().get_api_key(get(&mine.id)).await), "OK");
        assert_eq!(outcome(&own.api_keys().get_api_key(get(&theirs.id)).await), "RESOURCE_NOT_FOUND");
        assert_eq!(revoked(&own, &theirs.id).await, "RESOURCE_NOT_FOUND");
        assert_eq!(outcome(&create(&own, key(&colleague, &[1002])).await), "RESOURCE_NOT_FOUND");
        let listed = own.api_keys().list_api_keys(proto::ListApiKeysRequest::default()).await.unwrap().into_inner().api_keys;
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|key| key.user_id() == mine.user_id()));
        let request = proto::ListApiKeysRequest { user_id: Some(colleague), ..Default::default() };
        assert_eq!(outcome(&own.api_keys().list_api_keys(request).await), "RESOURCE_NOT_FOUND");
        assert_eq!(revoked(&own, &mine.id).await, "OK");
    }

    async fn a_key_gives_what_its_user_still_holds_at_every_use(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "user", &set(&[12])).await;
        let twelve = admin.new_key(&user, &set(&[12])).await;
        let expanded = admin.new_key(&user, &set(&[11, 28])).await;
        assert_eq!(numbers(&twelve).await, [12]);
        assert_eq!(numbers(&expanded).await, [11, 28], "12 is expanded before it is intersected");
        grant(&server, &user, "11,14").await;
        assert_eq!(numbers(&twelve).await, [11, 14], "a lost 12 is lost");
        assert_eq!(numbers(&expanded).await, [11]);
        grant(&server, &user, "12,1006").await;
        assert_eq!(numbers(&twelve).await, [12], "1006 is never given by 12");
        grant(&server, &user, "").await;
        assert_eq!(numbers(&twelve).await, [0_i32; 0]);
        let denied = twelve.apps().list_oauth_apps(proto::ListOauthAppsRequest::default()).await;
        assert_eq!(outcome(&denied), "MISSING_PERMISSION");
    }
}

/// Changes what a user holds behind the server's back.
async fn grant(server: &TestServer, user: &str, numbers: &str) {
    let sql = format!("UPDATE user_account SET permissions = '{numbers}' WHERE id = {}", server.sql_id(user));
    assert_eq!(server.execute(&sql).await, 1);
}

async fn numbers(caller: &Caller) -> Vec<i32> {
    caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().permissions
}

fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

fn own_key(numbers: &[i32]) -> proto::ApiKey {
    let permissions = set(numbers).into_iter().map(Permission::into).collect();
    proto::ApiKey { permissions, ..Default::default() }
}

fn key(user: &str, numbers: &[i32]) -> proto::ApiKey {
    proto::ApiKey { user_id: Some(user.to_owned()), ..own_key(numbers) }
}

async fn create(caller: &Caller, key: proto::ApiKey) -> Result<(proto::ApiKey, String), Status> {
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    let made = caller.api_keys().create_api_key(request).await?.into_inner();
    Ok((made.api_key.unwrap(), made.secret))
}

async fn revoked(caller: &Caller, id: &str) -> String {
    let request = proto::RevokeApiKeyRequest { api_key_id: id.to_owned(), ..Default::default() };
    outcome(&caller.api_keys().revoke_api_key(request).await)
}
