//! Suspension and its end.

use oauth_registry::proto::{self, Permission, User, UserStatus};
use tonic::Code;

use super::{create, get, person, reactivate, suspend, unstamped};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

on_both_backends! {
    async fn a_suspended_user_authenticates_by_no_key_until_it_is_reactivated(server: TestServer) {
        let admin = server.admin();
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi, Permission::ViewUsers]).await;
        let keys = [
            admin.new_key(&id, &[Permission::MgmtApi, Permission::ViewUsers]).await,
            admin.new_key(&id, &[Permission::MgmtApi]).await,
        ];
        let before = get(&admin, &id).await.unwrap();
        let suspended = suspend(&admin, &id, "").await.unwrap();
        let expected = User { status: UserStatus::Suspended.into(), ..before.clone() };
        assert_eq!(unstamped(suspended.clone()), unstamped(expected));
        assert_ne!(suspended.etag, before.etag);
        assert_eq!(get(&admin, &id).await.unwrap(), suspended);
        for key in &keys {
            let answer = key.callers().get_caller(proto::GetCallerRequest {}).await;
            assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
        }
        let active = reactivate(&admin, &id, &suspended.etag).await.unwrap();
        assert_eq!(unstamped(active), unstamped(before));
        for key in &keys {
            assert_eq!(key.own_user_id().await, id, "the keys were not revoked");
        }
    }

    async fn what_has_the_status_already_is_left_alone(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
        assert_eq!(reactivate(&admin, &user.id, &user.etag).await.unwrap(), user);
        let suspended = suspend(&admin, &user.id, &user.etag).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        server.clock.advance_seconds(60);
        assert_eq!(suspend(&admin, &user.id, "").await.unwrap(), suspended);
        assert_eq!(suspend(&admin, &user.id, &suspended.etag).await.unwrap(), suspended);
        assert_refused(suspend(&admin, &user.id, &user.etag).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(reactivate(&admin, &user.id, &user.etag).await, Code::Aborted, "ETAG_MISMATCH");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_eq!(get(&admin, &user.id).await.unwrap(), suspended);
    }

    async fn a_change_of_status_names_its_user_and_is_one_event(server: TestServer) {
        let admin = server.admin();
        for (id, reason) in [("", "REQUIRED"), ("93", "INVALID_FORMAT")] {
            assert_violations(suspend(&admin, id, "").await, &[("user_id", reason)]);
            assert_violations(reactivate(&admin, id, "").await, &[("user_id", reason)]);
        }
        assert_refused(suspend(&admin, NOBODYS, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(reactivate(&admin, NOBODYS, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let tenant = admin.new_tenant("Acme").await;
        let user = create(&admin, person(&tenant, "jo"), false).await.unwrap();
        suspend(&admin, &user.id, "").await.unwrap();
        reactivate(&admin, &user.id, "").await.unwrap();
        let request = proto::ListEventsRequest { resource_id: Some(user.id), ..Default::default() };
        let events = admin.events().list_events(request).await.unwrap().into_inner().events;
        let told: Vec<_> = events[1..].iter().map(|event| (event.method.rsplit('/').next().unwrap(), event.tenant_id.as_str())).collect();
        assert_eq!(told, [("SuspendUser", &*tenant), ("ReactivateUser", &tenant)]);
        assert!(events[1..].iter().all(|event| event.changed_fields == ["status"]));
    }
}
