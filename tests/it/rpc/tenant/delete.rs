//! Deleting tenants.

use std::collections::BTreeMap;

use oauth_registry::proto::{self, ListEventsRequest, Permission};
use tonic::{Code, Status};

use super::{bound_key, create, delegate, delete, get, reactivate, suspend};
use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// A role of the tenant's own, which a user has, and two answers to requests: of somebody of the tenant, and about its things.
async fn furnish(server: &TestServer, tenant: &str, user: &str) {
    let raw = Raw::of(server).await;
    let (tenant, user, system) = (raw.id(tenant), raw.id(user), raw.id(SYSTEM));
    let (role, nothing) = (raw.id(NOBODYS), raw.bytes(&[]));
    let columns = "tenant_id, id, name, name_key, permissions, create_time, update_time, create_actor, update_actor, version";
    let values = format!("{tenant}, {role}, 'Own', 'own', '11', 0, 0, 'system:test', 'system:test', 1");
    raw.run(&format!("INSERT INTO role ({columns}) VALUES ({values})")).await;
    raw.run(&format!("INSERT INTO user_role (tenant_id, user_id, role_id) VALUES ({tenant}, {user}, {role})")).await;
    let columns = "tenant_id, credential, method, request_id, key_id, body_mac, resource_tenant_id, answer, create_time";
    for (credential, asker, about) in [("one", &tenant, &tenant), ("two", &system, &tenant), ("three", &system, &system)] {
        let values = format!("{asker}, '{credential}', 'a method', {role}, {nothing}, {nothing}, {about}, {nothing}, 0");
        raw.run(&format!("INSERT INTO request_record ({columns}) VALUES ({values})")).await;
    }
}

/// The tables in whose rows a tenant's id still stands.
async fn traces(server: &TestServer, tenant: &str) -> Vec<String> {
    let raw = Raw::of(server).await;
    let id = raw.either(&tenant.replace('-', "").to_uppercase(), tenant).to_owned();
    let mut found = Vec::new();
    for table in raw.tables().await {
        if raw.cells(&table).await.iter().any(|row| row.contains(&id)) {
            found.push(table);
        }
    }
    found
}

async fn attempt(caller: &Caller, request: proto::DeleteTenantRequest) -> Result<(), Status> {
    caller.tenants().delete_tenant(request).await.map(drop)
}

async fn events(caller: &Caller, request: ListEventsRequest) -> Result<Vec<proto::Event>, Status> {
    Ok(caller.events().list_events(ListEventsRequest { page_size: 500, ..request }).await?.into_inner().events)
}

on_both_backends! {
    async fn a_tenant_is_deleted_when_it_is_suspended_and_its_name_is_free_again(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        for force in [false, true] {
            let refused = delete(&admin, &acme, force).await.unwrap_err();
            assert_eq!(details(&refused).precondition_failure().unwrap().violations[0].subject, acme);
            assert_refused::<()>(Err(refused), Code::FailedPrecondition, "TENANT_NOT_SUSPENDED");
        }
        suspend(&admin, &acme, "").await.unwrap();
        delete(&admin, &acme, false).await.unwrap();
        assert_refused(get(&admin, &acme).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(delete(&admin, &acme, true).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_ne!(create(&admin, "ACME", None, false).await.unwrap().id, acme);
    }

    async fn a_tenant_that_owns_anything_is_deleted_by_force_alone(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let resident = admin.new_user(&acme, "resident", &[Permission::MgmtApi]).await;
        admin.new_key(&resident, &[Permission::MgmtApi]).await;
        admin.new_app(&acme, "One").await;
        admin.new_app(&acme, "Two").await;
        let outside = admin.new_user(SYSTEM, "outside", &[Permission::MgmtApi]).await;
        admin.add_administrator(&acme, &outside).await;
        bound_key(&admin, (&outside, &acme), &[Permission::MgmtApi]).await;
        furnish(&server, &acme, &resident).await;
        suspend(&admin, &acme, "").await.unwrap();
        let refused = delete(&admin, &acme, false).await.unwrap_err();
        let counts: BTreeMap<_, _> = details(&refused).error_info().unwrap().metadata.clone().into_iter().collect();
        let expected = [("api_keys", "2"), ("oauth_apps", "2"), ("roles", "1"), ("users", "1")];
        assert_eq!(counts, expected.map(|(kind, count)| (kind.to_owned(), count.to_owned())).into());
        assert_refused::<()>(Err(refused), Code::FailedPrecondition, "DEPENDANTS_EXIST");
        let rehearsal = proto::DeleteTenantRequest { tenant_id: acme.clone(), validate_only: true, ..Default::default() };
        assert_refused(attempt(&admin, rehearsal).await, Code::FailedPrecondition, "DEPENDANTS_EXIST");
        assert!(traces(&server, &acme).await.len() > 9, "{:?}", traces(&server, &acme).await);
        delete(&admin, &acme, true).await.unwrap();
        assert_eq!(traces(&server, &acme).await, ["event"], "its events stay, and nothing else");
        let others = "SELECT count(*) FROM request_record";
        assert_eq!(stored::number(&server, others).await, 1, "what was answered to others about other things stays");
        let secrets = "SELECT count(*) FROM secret_version";
        assert_eq!(stored::number(&server, secrets).await, 1, "the administrator's key: the bound key's secret went with it");
    }

    async fn administrative_access_alone_does_not_keep_a_tenant(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let delegate = delegate(&admin, &acme).await;
        let administered = async || {
            let caller = delegate.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
            caller.administered_tenant_ids
        };
        assert_eq!(administered().await, [acme.as_str()]);
        suspend(&delegate, &acme, "").await.unwrap();
        delete(&delegate, &acme, false).await.unwrap();
        assert!(administered().await.is_empty());
        delegate.new_tenant("Another").await;
    }

    async fn keys_of_others_that_are_bound_to_a_tenant_go_with_it_and_no_other_key_does(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let holds = [Permission::MgmtApi, Permission::TenantApi];
        let user = admin.new_user(SYSTEM, "user", &holds).await;
        admin.add_administrator(&acme, &user).await;
        admin.add_administrator(&other, &user).await;
        let (free, elsewhere) = (admin.new_key(&user, &holds).await, bound_key(&admin, (&user, &other), &holds).await);
        let (bound, stranger) = (bound_key(&admin, (&user, &acme), &holds).await, admin.new_user(&other, "stranger", &holds[..1]).await);
        let astray = bound_key(&admin, (&stranger, &acme), &holds[..1]).await;
        suspend(&bound, &acme, "").await.unwrap();
        assert_refused(delete(&bound, &acme, false).await, Code::FailedPrecondition, "DEPENDANTS_EXIST");
        delete(&bound, &acme, true).await.unwrap();
        for (caller, lives) in [(&bound, false), (&astray, false), (&free, true), (&elsewhere, true)] {
            let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await;
            assert_eq!(answer.is_ok(), lives);
        }
    }

    async fn a_rehearsed_deletion_of_a_tenant_deletes_nothing(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let resident = admin.new_caller(&acme, "resident", &[Permission::MgmtApi]).await;
        suspend(&admin, &acme, "").await.unwrap();
        let census = Raw::of(&server).await.census().await;
        let tenant_id = acme.clone();
        let request = proto::DeleteTenantRequest { tenant_id, force: true, validate_only: true, ..Default::default() };
        attempt(&admin, request).await.unwrap();
        assert_eq!(Raw::of(&server).await.census().await, census);
        reactivate(&admin, &acme, "").await.unwrap();
        assert_eq!(resident.own_user_id().await.len(), 36, "its keys still open");
    }

    async fn a_deletion_of_a_tenant_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", None, false).await.unwrap();
        let suspended = suspend(&admin, &tenant.id, "").await.unwrap();
        let request = |etag: &str| proto::DeleteTenantRequest {
            tenant_id: tenant.id.clone(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        assert_refused(attempt(&admin, request(&tenant.etag)).await, Code::Aborted, "ETAG_MISMATCH");
        attempt(&admin, request(&suspended.etag)).await.unwrap();
    }

    async fn the_system_tenant_is_not_deleted(server: TestServer) {
        let admin = server.admin();
        assert_refused(delete(&admin, SYSTEM, true).await, Code::FailedPrecondition, "SYSTEM_TENANT");
        stored::suspend_tenant(&server, "system").await;
        assert_refused(delete(&admin, SYSTEM, true).await, Code::Unauthenticated, "INVALID_CREDENTIAL");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM tenant").await, 1);
    }

    async fn a_tenant_is_deleted_by_those_who_reach_it_alone(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let delegate = delegate(&admin, &acme).await;
        for id in [&acme, &other] {
            suspend(&admin, id, "").await.unwrap();
        }
        assert_refused(delete(&delegate, &other, true).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(delete(&delegate, NOBODYS, true).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_violations(delete(&delegate, "", true).await, &[("tenant_id", "REQUIRED")]);
        delete(&delegate, &acme, true).await.unwrap();
        get(&admin, &other).await.unwrap();
    }

    async fn the_events_of_a_deleted_tenant_stay_for_holders_of_twelve(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let holds = [Permission::MgmtApi, Permission::TenantApi, Permission::ReadAudit];
        let user = admin.new_user(SYSTEM, "auditor", &holds).await;
        admin.add_administrator(&acme, &user).await;
        let auditor = admin.new_key(&user, &holds).await;
        let app = admin.new_app(&acme, "App").await;
        suspend(&auditor, &acme, "").await.unwrap();
        let of_acme = ListEventsRequest { tenant_id: Some(acme.clone()), ..Default::default() };
        let before = events(&admin, of_acme.clone()).await.unwrap();
        delete(&auditor, &acme, true).await.unwrap();
        assert_refused(events(&admin, of_acme).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let all = events(&admin, ListEventsRequest::default()).await.unwrap();
        let mut stayed: Vec<_> = all.into_iter().filter(|event| event.tenant_id == acme).collect();
        let last = stayed.pop().unwrap();
        assert_eq!(stayed, before);
        assert_eq!((&*last.resource_kind, &*last.resource_id), ("tenant", &*acme));
        assert_eq!((last.method.rsplit('/').next().unwrap(), &*last.actor_login_name), ("DeleteTenant", "auditor"));
        let of_app = ListEventsRequest { resource_id: Some(app.id), ..Default::default() };
        assert_eq!(events(&admin, of_app.clone()).await.unwrap().len(), 1);
        assert!(events(&auditor, of_app).await.unwrap().is_empty(), "the tenant is in nobody's scope but that of twelve");
    }
}
