//! Suspending tenants, and ending that again.

use oauth_registry::proto::{Permission, TenantStatus};
use tonic::Code;

use super::{bound_key, create, delegate, get, reactivate, suspend};
use crate::harness::caller::{Caller, details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, oauth_app, stored};

async fn assert_lets_in(caller: &Caller, lets_in: bool) {
    let answer = caller.callers().get_caller(oauth_registry::proto::GetCallerRequest {}).await;
    if lets_in {
        answer.unwrap();
    } else {
        assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
    }
}

on_both_backends! {
    async fn a_suspended_tenant_lets_nobody_in_until_it_is_reactivated(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", None, false).await.unwrap();
        let resident = admin.new_caller(&tenant.id, "resident", &[Permission::MgmtApi]).await;
        let neighbour = admin.new_caller(&admin.new_tenant("Other").await, "neighbour", &[Permission::MgmtApi]).await;
        let suspended = suspend(&admin, &tenant.id, "").await.unwrap();
        assert_eq!((suspended.status(), suspended.name()), (TenantStatus::Suspended, "Acme"));
        assert_ne!(suspended.etag, tenant.etag);
        assert_eq!(get(&admin, &tenant.id).await.unwrap(), suspended);
        assert_lets_in(&resident, false).await;
        assert_lets_in(&neighbour, true).await;
        let active = reactivate(&admin, &tenant.id, "").await.unwrap();
        assert_eq!(active.status(), TenantStatus::Active);
        assert_lets_in(&resident, true).await;
    }

    async fn suspending_twice_and_reactivating_twice_leave_no_trace(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", None, false).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        server.clock.advance_seconds(60);
        assert_eq!(reactivate(&admin, &tenant.id, "").await.unwrap(), tenant);
        let suspended = suspend(&admin, &tenant.id, "").await.unwrap();
        server.clock.advance_seconds(60);
        assert_eq!(suspend(&admin, &tenant.id, "").await.unwrap(), suspended);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events + 1);
    }

    async fn a_status_is_not_changed_with_an_old_etag(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", None, false).await.unwrap();
        assert_refused(suspend(&admin, &tenant.id, "nonsense").await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(reactivate(&admin, &tenant.id, "nonsense").await, Code::Aborted, "ETAG_MISMATCH");
        let suspended = suspend(&admin, &tenant.id, &tenant.etag).await.unwrap();
        assert_refused(reactivate(&admin, &tenant.id, &tenant.etag).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(suspend(&admin, &tenant.id, &tenant.etag).await, Code::Aborted, "ETAG_MISMATCH");
        reactivate(&admin, &tenant.id, &suspended.etag).await.unwrap();
    }

    async fn the_system_tenant_is_not_suspended(server: TestServer) {
        let admin = server.admin();
        let refused = suspend(&admin, SYSTEM, "").await.unwrap_err();
        assert_eq!(details(&refused).precondition_failure().unwrap().violations[0].subject, SYSTEM);
        assert_refused::<()>(Err(refused), Code::FailedPrecondition, "SYSTEM_TENANT");
        let delegate = admin.new_caller(SYSTEM, "delegate", &[Permission::MgmtApi, Permission::TenantApi]).await;
        assert_refused(suspend(&delegate, SYSTEM, "").await, Code::FailedPrecondition, "SYSTEM_TENANT");
        assert_eq!(reactivate(&admin, SYSTEM, "").await.unwrap().status(), TenantStatus::Active);
        assert_lets_in(&admin, true).await;
    }

    async fn a_status_is_changed_by_those_who_reach_the_tenant_alone(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let delegate = delegate(&admin, &acme).await;
        suspend(&delegate, &acme, "").await.unwrap();
        reactivate(&delegate, &acme, "").await.unwrap();
        for id in [other.as_str(), NOBODYS] {
            assert_refused(suspend(&delegate, id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
            assert_refused(reactivate(&delegate, id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        assert_violations(suspend(&admin, "623", "").await, &[("tenant_id", "INVALID_FORMAT")]);
        assert_violations(reactivate(&admin, "", "").await, &[("tenant_id", "REQUIRED")]);
    }

    async fn a_key_that_is_bound_to_a_suspended_tenant_reads_and_changes_nothing(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let holds = [Permission::MgmtApi, Permission::Oauth];
        let user = admin.new_user(SYSTEM, "delegate", &holds).await;
        admin.add_administrator(&acme, &user).await;
        let bound = bound_key(&admin, (&user, &acme), &holds).await;
        let app = bound.new_app(&acme, "App").await;
        suspend(&admin, &acme, "").await.unwrap();
        assert_eq!(oauth_app::get(&bound, &app.id).await.unwrap(), app);
        let changed = oauth_registry::proto::OauthApp { scope: Some("other".to_owned()), ..app.clone() };
        assert_refused(oauth_app::update(&bound, changed, &[]).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        let created = oauth_app::create(&bound, sample_app("Another"), Some("s3cret")).await;
        assert_refused(created, Code::FailedPrecondition, "TENANT_SUSPENDED");
        oauth_app::delete(&bound, &app.id, "").await.unwrap();
    }
}
