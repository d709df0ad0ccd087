//! Changing a tenant's name and description.

use oauth_registry::proto::{self, Permission, Tenant};
use tonic::Code;

use super::{bound_key, create, delegate, get, suspend, update};
use crate::harness::caller::details;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

fn named(id: &str, name: &str) -> Tenant {
    Tenant { id: id.to_owned(), name: Some(name.to_owned()), ..Default::default() }
}

fn described(id: &str, description: &str) -> Tenant {
    Tenant { id: id.to_owned(), description: Some(description.to_owned()), ..Default::default() }
}

on_both_backends! {
    async fn the_mask_says_what_an_update_of_a_tenant_writes(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", Some("A company"), false).await.unwrap();
        server.clock.advance_seconds(60);
        let renamed = update(&admin, named(&tenant.id, "Acme Two"), &[]).await.unwrap();
        assert_eq!((renamed.name(), renamed.description()), ("Acme Two", "A company"), "what is absent is kept");
        assert_ne!((&renamed.etag, renamed.update_time), (&tenant.etag, tenant.update_time));
        assert_eq!((renamed.create_time, &renamed.create_actor), (tenant.create_time, &tenant.create_actor));
        let cleared = update(&admin, named(&tenant.id, "Not written"), &["description"]).await.unwrap();
        assert_eq!((cleared.name(), cleared.description.clone()), ("Acme Two", None));
        assert_eq!(get(&admin, &tenant.id).await.unwrap(), cleared);
        assert_violations(update(&admin, described(&tenant.id, "x"), &["*"]).await, &[("tenant.name", "REQUIRED")]);
        let whole = Tenant { description: Some("New".to_owned()), ..cleared };
        assert_eq!(update(&admin, whole, &["*"]).await.unwrap().description(), "New", "what is read can be sent back");
    }

    async fn every_fault_of_an_update_of_a_tenant_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let bad = Tenant { name: Some("a/b".to_owned()), description: Some("d".repeat(257)), ..named(&tenant, "") };
        assert_violations(update(&admin, bad.clone(), &[]).await, &[
            ("tenant.name", "INVALID_CHARACTER"),
            ("tenant.description", "TOO_LONG"),
        ]);
        let paths = ["id", "status", "create_time", "update_time", "create_actor", "update_actor", "etag", "tenant_id"];
        let answer = update(&admin, Tenant { id: String::new(), ..bad }, &paths).await;
        let mut expected: Vec<_> = (0..7).map(|index| (format!("update_mask.paths[{index}]"), "OUTPUT_ONLY_FIELD")).collect();
        expected.push(("update_mask.paths[7]".to_owned(), "UNKNOWN_FIELD"));
        expected.push(("tenant.id".to_owned(), "REQUIRED"));
        let expected: Vec<_> = expected.iter().map(|(field, reason)| (field.as_str(), *reason)).collect();
        assert_violations(answer, &expected);
        assert_violations(update(&admin, named(NOBODYS, "x"), &["id"]).await, &[("update_mask.paths[0]", "OUTPUT_ONLY_FIELD")]);
        assert_refused(update(&admin, named(NOBODYS, "x"), &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn a_renamed_tenant_takes_no_name_of_another(server: TestServer) {
        let admin = server.admin();
        let (acme, _) = (admin.new_tenant("Acme").await, admin.new_tenant("Süd").await);
        let refused = update(&admin, named(&acme, "sÜD"), &[]).await.unwrap_err();
        assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "tenant.name");
        assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(update(&admin, named(&acme, "ACME"), &[]).await.unwrap().name(), "ACME", "one's own name is not taken");
    }

    async fn an_update_of_a_tenant_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", None, false).await.unwrap();
        let second = update(&admin, Tenant { description: Some("two".to_owned()), ..tenant.clone() }, &[]).await.unwrap();
        for text in ["two", "three"] {
            let old = Tenant { description: Some(text.to_owned()), ..tenant.clone() };
            assert_refused(update(&admin, old, &["description"]).await, Code::Aborted, "ETAG_MISMATCH");
        }
        assert_eq!(get(&admin, &tenant.id).await.unwrap(), second);
    }

    async fn an_update_of_a_tenant_that_changes_nothing_leaves_no_trace(server: TestServer) {
        let admin = server.admin();
        let tenant = create(&admin, "Acme", Some("A company"), false).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        server.clock.advance_seconds(60);
        for paths in [&[][..], &["*"], &["name"]] {
            assert_eq!(update(&admin, tenant.clone(), paths).await.unwrap(), tenant);
        }
        assert_eq!(get(&admin, &tenant.id).await.unwrap(), tenant);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
    }

    async fn a_rehearsed_update_of_a_tenant_stores_nothing_and_finds_taken_names(server: TestServer) {
        let admin = server.admin();
        let (tenant, _) = (create(&admin, "Acme", None, false).await.unwrap(), admin.new_tenant("Taken").await);
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let rehearsed = async |name: &str| {
            let tenant = Some(named(&tenant.id, name));
            let request = proto::UpdateTenantRequest { tenant, validate_only: true, ..Default::default() };
            admin.tenants().update_tenant(request).await.map(|answer| answer.into_inner().tenant.unwrap())
        };
        assert_eq!(rehearsed("Renamed").await.unwrap().name(), "Renamed", "what would be stored");
        assert_refused(rehearsed("TAKEN").await, Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(get(&admin, &tenant.id).await.unwrap(), tenant);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
    }

    async fn a_suspended_tenant_and_the_system_tenant_are_changed_like_any_other(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let suspended = suspend(&admin, &acme, "").await.unwrap();
        let changed = update(&admin, described(&acme, "Closed"), &[]).await.unwrap();
        assert_eq!((changed.description(), changed.status), ("Closed", suspended.status));
        assert_eq!(update(&admin, described(SYSTEM, "Ours"), &[]).await.unwrap().description(), "Ours");
    }

    async fn a_tenant_is_changed_by_those_who_reach_it_alone(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let delegate = delegate(&admin, &acme).await;
        update(&delegate, described(&acme, "By the delegate"), &[]).await.unwrap();
        assert_refused(update(&delegate, described(&other, "x"), &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let holds = [Permission::MgmtApi, Permission::TenantApi];
        let bound = bound_key(&admin, (&delegate.own_user_id().await, &acme), &holds).await;
        update(&bound, described(&acme, "By a bound key"), &[]).await.unwrap();
        assert_refused(update(&bound, described(SYSTEM, "x"), &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let resident = admin.new_caller(&acme, "resident", &[Permission::MgmtApi]).await;
        assert_refused(update(&resident, described(&acme, "x"), &[]).await, Code::PermissionDenied, "MISSING_PERMISSION");
    }
}
