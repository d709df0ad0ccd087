//! API keys.

use oauth_registry::proto::{self, ApiKey, ApiKeyStatus, ListApiKeysRequest, Permission};
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// 2027-01-01, a year after the test clock begins.
const NEXT_YEAR: Timestamp = Timestamp { seconds: 1_798_761_600, nanos: 0 };

async fn create(caller: &Caller, api_key: ApiKey, validate_only: bool) -> Result<proto::CreateApiKeyResponse, Status> {
    let request = proto::CreateApiKeyRequest { api_key: Some(api_key), validate_only, ..Default::default() };
    Ok(caller.api_keys().create_api_key(request).await?.into_inner())
}

async fn get(caller: &Caller, id: &str) -> Result<ApiKey, Status> {
    let request = proto::GetApiKeyRequest { api_key_id: id.to_owned() };
    Ok(caller.api_keys().get_api_key(request).await?.into_inner().api_key.unwrap())
}

async fn revoke(caller: &Caller, id: &str, etag: &str) -> Result<ApiKey, Status> {
    let request = proto::RevokeApiKeyRequest { api_key_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.api_keys().revoke_api_key(request).await?.into_inner().api_key.unwrap())
}

async fn list(caller: &Caller, request: ListApiKeysRequest) -> Result<Vec<ApiKey>, Status> {
    Ok(caller.api_keys().list_api_keys(request).await?.into_inner().api_keys)
}

async fn own_key_id(caller: &Caller) -> String {
    caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id
}

on_both_backends! {
    async fn a_keys_secret_is_shown_once(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "robot", &[Permission::MgmtApi, Permission::Oauth]).await;
        let wanted = ApiKey {
            user_id: Some(user.clone()),
            display_name: Some("For the pipeline".to_owned()),
            permissions: vec![28, 11],
            expire_time: Some(NEXT_YEAR),
            ..Default::default()
        };
        let made = create(&admin, wanted, false).await.unwrap();
        let key = made.api_key.unwrap();
        assert!(made.secret.starts_with("ork_"));
        assert_eq!(key.public_id.len(), 12);
        assert_eq!((key.user_id(), key.display_name(), key.status()), (&*user, "For the pipeline", ApiKeyStatus::Active));
        assert_eq!((&key.permissions[..], key.expire_time, key.last_use_time), (&[11, 28][..], Some(NEXT_YEAR), None));
        assert_eq!(get(&admin, &key.id).await.unwrap(), key);
        let request = ListApiKeysRequest { user_id: Some(user), ..Default::default() };
        assert_eq!(list(&admin, request).await.unwrap(), [key.clone()]);
        let secret = made.secret.rsplit(&key.public_id).next().unwrap().trim_matches('_').to_owned();
        assert!(secret.len() > 20, "{secret}");
        let said = format!("{:?} {:?}", get(&admin, &key.id).await, list(&admin, ListApiKeysRequest::default()).await);
        assert!(!said.contains(&secret));
        server.caller(&made.secret).own_user_id().await;
    }

    async fn every_violation_of_a_key_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        assert_violations(create(&admin, ApiKey::default(), false).await, &[("api_key.permissions", "REQUIRED")]);
        let past = Some(Timestamp { seconds: 1_700_000_000, nanos: 0 });
        let bad = ApiKey {
            user_id: Some("x".to_owned()),
            tenant_id: Some("y".to_owned()),
            display_name: Some("d".repeat(129)),
            permissions: vec![11, 11, 4711],
            expire_time: past,
            ..Default::default()
        };
        assert_violations(create(&admin, bad, false).await, &[
            ("api_key.user_id", "INVALID_FORMAT"),
            ("api_key.tenant_id", "INVALID_FORMAT"),
            ("api_key.display_name", "TOO_LONG"),
            ("api_key.permissions[1]", "DUPLICATE"),
            ("api_key.permissions[2]", "UNKNOWN_VALUE"),
            ("api_key.expire_time", "OUT_OF_RANGE"),
        ]);
        let out_of_range = Some(Timestamp { seconds: i64::MAX, nanos: -1 });
        let bad = ApiKey { permissions: vec![12], expire_time: out_of_range, ..Default::default() };
        assert_violations(create(&admin, bad, false).await, &[("api_key.expire_time", "OUT_OF_RANGE")]);
        let user = admin.new_user(SYSTEM, "robot", &[Permission::MgmtApi]).await;
        let more = ApiKey { user_id: Some(user), permissions: vec![28, 14, 11], ..Default::default() };
        assert_violations(create(&admin, more, false).await, &[
            ("api_key.permissions[0]", "NOT_HELD_BY_USER"),
            ("api_key.permissions[1]", "NOT_HELD_BY_USER"),
        ]);
    }

    async fn a_rehearsed_key_is_not_stored_and_has_no_secret(server: TestServer) {
        let admin = server.admin();
        let (events, keys) = ("SELECT count(*) FROM event", "SELECT count(*) FROM api_key");
        let before = (stored::number(&server, events).await, stored::number(&server, keys).await);
        let made = create(&admin, ApiKey { permissions: vec![12], ..Default::default() }, true).await.unwrap();
        assert_eq!(made.secret, "");
        assert_refused(get(&admin, &made.api_key.unwrap().id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!((stored::number(&server, events).await, stored::number(&server, keys).await), before);
    }

    async fn the_last_use_of_a_key_is_noted_and_is_no_change(server: TestServer) {
        let admin = server.admin();
        let caller = admin.new_caller(SYSTEM, "robot", &[Permission::MgmtApi]).await;
        let id = own_key_id(&caller).await;
        let before = get(&admin, &id).await.unwrap();
        assert_eq!(before.last_use_time, None);
        server.registry.key_uses.flush(&server.registry.store).await.unwrap();
        let after = get(&admin, &id).await.unwrap();
        assert!(after.last_use_time.is_some());
        assert_eq!(ApiKey { last_use_time: None, ..after.clone() }, before, "etag and update_time are the same");
        server.clock.advance_seconds(120);
        caller.own_user_id().await;
        server.registry.key_uses.flush(&server.registry.store).await.unwrap();
        let later = get(&admin, &id).await.unwrap().last_use_time.unwrap();
        assert_eq!(later.seconds - after.last_use_time.unwrap().seconds, 120);
    }

    async fn a_revoked_key_is_dead_and_revoking_it_again_changes_nothing(server: TestServer) {
        let admin = server.admin();
        let caller = admin.new_caller(SYSTEM, "robot", &[Permission::MgmtApi]).await;
        let id = own_key_id(&caller).await;
        let secrets = "SELECT count(*) FROM secret_version WHERE owner_kind = 'api_key'";
        let before = stored::number(&server, secrets).await;
        assert_refused(revoke(&admin, &id, "v9").await, Code::Aborted, "ETAG_MISMATCH");
        caller.own_user_id().await;
        let revoked = revoke(&admin, &id, &get(&admin, &id).await.unwrap().etag).await.unwrap();
        assert_eq!(revoked.status(), ApiKeyStatus::Revoked);
        let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await;
        assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
        assert_eq!(stored::number(&server, secrets).await, before - 1, "its secret is destroyed");
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        assert_eq!(revoke(&admin, &id, "").await.unwrap(), revoked);
        assert_eq!(revoke(&admin, &id, &revoked.etag).await.unwrap(), revoked);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_refused(revoke(&admin, NOBODYS, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_violations(revoke(&admin, "", "").await, &[("api_key_id", "REQUIRED")]);
    }

    async fn an_expired_key_is_dead(server: TestServer) {
        let admin = server.admin();
        let made = create(&admin, ApiKey { permissions: vec![12], expire_time: Some(NEXT_YEAR), ..Default::default() }, false);
        let caller = server.caller(&made.await.unwrap().secret);
        caller.own_user_id().await;
        server.clock.advance_seconds(366 * 24 * 3_600);
        let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await;
        assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
    }

    async fn a_key_that_a_key_makes_lives_no_longer_and_reaches_no_further(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let user = admin.new_user(&acme, "robot", &[Permission::MgmtApi, Permission::Oauth]).await;
        let limited = ApiKey {
            user_id: Some(user),
            permissions: vec![11],
            tenant_id: Some(acme.clone()),
            expire_time: Some(NEXT_YEAR),
            ..Default::default()
        };
        let maker = server.caller(&create(&admin, limited, false).await.unwrap().secret);
        let made = create(&maker, ApiKey { permissions: vec![11], ..Default::default() }, false).await.unwrap().api_key.unwrap();
        assert_eq!((made.tenant_id(), made.expire_time), (acme.as_str(), Some(NEXT_YEAR)));
        let later = Some(Timestamp { seconds: NEXT_YEAR.seconds + 1, nanos: 0 });
        let longer = ApiKey { permissions: vec![11], expire_time: later, ..Default::default() };
        assert_refused(create(&maker, longer, false).await, Code::PermissionDenied, "EXCEEDS_CALLER");
        let elsewhere = ApiKey { permissions: vec![11], tenant_id: Some(SYSTEM.to_owned()), ..Default::default() };
        assert!(create(&maker, elsewhere, false).await.is_err());
    }

    async fn keys_are_listed_as_far_as_the_scope_goes(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let one = admin.new_user(&acme, "one", &[Permission::MgmtApi]).await;
        let two = admin.new_caller(&acme, "two", &[Permission::MgmtApi]).await;
        let mut ones = Vec::new();
        for _ in 0..3 {
            ones.push(own_key_id(&admin.new_key(&one, &[Permission::MgmtApi]).await).await);
        }
        let ids = |keys: Vec<ApiKey>| keys.into_iter().map(|key| key.id).collect::<Vec<_>>();
        let of_one = ListApiKeysRequest { user_id: Some(one.clone()), ..Default::default() };
        assert_eq!(ids(list(&admin, of_one.clone()).await.unwrap()), ones);
        let (mut walked, mut request) = (Vec::new(), ListApiKeysRequest { page_size: 2, ..of_one.clone() });
        loop {
            let answer = admin.api_keys().list_api_keys(request.clone()).await.unwrap().into_inner();
            walked.extend(ids(answer.api_keys));
            request.page_token = answer.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, ones);
        let of_acme = ListApiKeysRequest { tenant_id: Some(acme.clone()), ..Default::default() };
        assert_eq!(list(&admin, of_acme).await.unwrap().len(), 4);
        let own = list(&two, ListApiKeysRequest::default()).await.unwrap();
        assert_eq!(ids(own), [own_key_id(&two).await], "who lacks the permission sees their own");
        assert_refused(get(&two, &ones[0]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(list(&two, of_one).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let refused = get(&admin, NOBODYS).await.unwrap_err();
        assert_eq!(details(&refused).resource_info().unwrap().resource_type, "oauthregistry.v1.ApiKey");
        let bad = ListApiKeysRequest { page_size: -1, user_id: Some("x".to_owned()), tenant_id: Some("y".to_owned()), ..Default::default() };
        assert_violations(list(&admin, bad).await, &[
            ("user_id", "INVALID_FORMAT"),
            ("tenant_id", "INVALID_FORMAT"),
            ("page_size", "OUT_OF_RANGE"),
        ]);
    }
}
