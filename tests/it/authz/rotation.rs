//! Rotating a key: the key stays, its secret does not, and nobody's new secret gives more than the credential that asked for it.

use oauth_registry::proto::{self, ApiKey, GetCallerRequest, RotateApiKeyResponse};
use tonic::{Code, Status};

use super::{outcome, set};
use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

async fn rotate(caller: &Caller, id: &str, etag: &str) -> Result<RotateApiKeyResponse, Status> {
    let request = proto::RotateApiKeyRequest { api_key_id: id.to_owned(), etag: etag.to_owned(), ..Default::default() };
    Ok(caller.api_keys().rotate_api_key(request).await?.into_inner())
}

async fn create(caller: &Caller, api_key: ApiKey) -> (ApiKey, String) {
    let request = proto::CreateApiKeyRequest { api_key: Some(api_key), ..Default::default() };
    let made = caller.api_keys().create_api_key(request).await.unwrap().into_inner();
    (made.api_key.unwrap(), made.secret)
}

fn key(user: &str, permissions: &[i32]) -> ApiKey {
    ApiKey { user_id: Some(user.to_owned()), permissions: permissions.to_vec(), ..Default::default() }
}

fn at(seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos: 0 }
}

async fn works(caller: &Caller) -> String {
    outcome(&caller.callers().get_caller(GetCallerRequest {}).await)
}

on_both_backends! {
    async fn a_rotated_key_keeps_everything_but_its_secret_and_the_old_one_is_dead(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let user = admin.new_user(SYSTEM, "robot", &set(&[11, 28])).await;
        let wanted = ApiKey {
            tenant_id: Some(tenant),
            expire_time: Some(at(1_798_761_600)),
            display_name: Some("Pipeline".to_owned()),
            ..key(&user, &[11, 28])
        };
        let (before, old) = create(&admin, wanted).await;
        assert_eq!(works(&server.caller(&old)).await, "OK");
        let answer = rotate(&admin, &before.id, &before.etag).await.unwrap();
        let after = answer.api_key.unwrap();
        assert_eq!(works(&server.caller(&old)).await, "INVALID_CREDENTIAL");
        assert_eq!(works(&server.caller(&answer.secret)).await, "OK");
        assert!(!answer.already_shown && after.etag != before.etag && after.public_id != before.public_id);
        assert!(answer.secret.contains(&after.public_id));
        let ApiKey { etag, public_id, update_time, last_use_time, .. } = before.clone();
        assert_eq!(ApiKey { etag, public_id, update_time, last_use_time, ..after }, before);
        assert_eq!(rotate(&admin, &before.id, &before.etag).await.unwrap_err().code(), Code::Aborted);
        let events = proto::ListEventsRequest { resource_id: Some(before.id), page_size: 500, ..Default::default() };
        let events = admin.events().list_events(events).await.unwrap().into_inner().events;
        assert_eq!(events.len(), 2);
        assert_eq!((&events[1].changed_fields[..], &events[1].secret_versions[..]), (&["secret".to_owned()][..], &[1, 2][..]));
    }

    async fn a_key_rotates_itself_and_is_another_credential_from_then_on(server: TestServer) {
        let own = server.admin().new_caller(SYSTEM, "robot", &set(&[1002])).await;
        let id = own.callers().get_caller(GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        let answer = rotate(&own, &id, "").await.unwrap();
        assert_eq!(works(&own).await, "INVALID_CREDENTIAL");
        assert_eq!(works(&server.caller(&answer.secret)).await, "OK");
    }

    async fn a_new_secret_gives_no_more_than_the_credential_that_asks_for_it(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let user = admin.new_user(SYSTEM, "robot", &set(&[11, 28])).await;
        let own = |wanted: ApiKey| create(&admin, wanted);
        let (strong, _) = own(key(&user, &[11, 28])).await;
        let (_, weak) = own(key(&user, &[11])).await;
        let (_, ending) = own(ApiKey { expire_time: Some(at(1_798_761_600)), ..key(&user, &[11, 28]) }).await;
        let (longer, _) = own(ApiKey { expire_time: Some(at(1_798_761_601)), ..key(&user, &[11]) }).await;
        let (shorter, _) = own(ApiKey { expire_time: Some(at(1_798_761_599)), ..key(&user, &[11]) }).await;
        let (_, bound) = own(ApiKey { tenant_id: Some(SYSTEM.to_owned()), ..key(&user, &[11, 28]) }).await;
        let (elsewhere, _) = own(ApiKey { tenant_id: Some(tenant), ..key(&user, &[11]) }).await;
        let (alike, _) = own(ApiKey { tenant_id: Some(SYSTEM.to_owned()), ..key(&user, &[11]) }).await;
        for (by, target, expected) in [
            (&weak, &strong, "EXCEEDS_CALLER"),
            (&ending, &strong, "EXCEEDS_CALLER"),
            (&ending, &longer, "EXCEEDS_CALLER"),
            (&ending, &shorter, "OK"),
            (&bound, &strong, "EXCEEDS_CALLER"),
            (&bound, &elsewhere, "EXCEEDS_CALLER"),
            (&bound, &alike, "OK"),
        ] {
            assert_eq!(outcome(&rotate(&server.caller(by), &target.id, "").await), expected, "{target:?}");
        }
    }

    async fn another_users_key_is_rotated_by_who_holds_all_that_the_user_holds(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let target = admin.new_user(&tenant, "target", &set(&[11, 1009])).await;
        let (theirs, _) = create(&admin, key(&target, &[11])).await;
        let equal = admin.new_caller(&tenant, "equal", &set(&[11, 15, 1009])).await;
        let less = admin.new_caller(&tenant, "less", &set(&[11, 15])).await;
        let nobody = admin.new_caller(&tenant, "nobody", &set(&[11, 1009])).await;
        assert_eq!(outcome(&rotate(&less, &theirs.id, "").await), "EXCEEDS_CALLER");
        assert_eq!(outcome(&rotate(&nobody, &theirs.id, "").await), "RESOURCE_NOT_FOUND", "only their own rows");
        assert_eq!(outcome(&rotate(&equal, &theirs.id, "").await), "OK");
    }

    async fn a_dead_key_stays_dead(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "robot", &set(&[11])).await;
        let (revoked, _) = create(&admin, key(&user, &[11])).await;
        let request = proto::RevokeApiKeyRequest { api_key_id: revoked.id.clone(), ..Default::default() };
        admin.api_keys().revoke_api_key(request).await.unwrap();
        let (ended, _) = create(&admin, ApiKey { expire_time: Some(at(1_767_225_700)), ..key(&user, &[11]) }).await;
        server.clock.advance_seconds(100);
        for id in [revoked.id, ended.id] {
            let refused = rotate(&admin, &id, "").await.unwrap_err();
            assert_eq!((refused.code(), outcome::<()>(&Err(refused.clone()))), (Code::FailedPrecondition, "API_KEY_NOT_ACTIVE".to_owned()));
            assert_eq!(details(&refused).precondition_failure().unwrap().violations[0].subject, id);
        }
    }
}
