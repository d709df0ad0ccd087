//! Changing roles of a tenant's own.

use oauth_registry::proto::{self, Permission, Role};
use tonic::Code;

use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::role::{DEVELOPER, SYSTEM_ADMINISTRATOR, create, get, sample, update};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// A role with every field set.
async fn full(admin: &Caller) -> Role {
    let role = Role { description: Some("Keeps".to_owned()), permissions: vec![11, 28], ..sample(SYSTEM, "Keeper") };
    create(admin, role).await.unwrap()
}

fn of(role: &Role) -> Role {
    Role { id: role.id.clone(), ..Default::default() }
}

on_both_backends! {
    async fn the_mask_says_which_fields_of_a_role_are_written(server: TestServer) {
        let admin = server.admin();
        let role = full(&admin).await;
        let other = Role { name: Some("Other".to_owned()), description: None, permissions: vec![14], ..of(&role) };
        let named = update(&admin, other.clone(), &["name"]).await.unwrap();
        assert_eq!((named.name(), named.description(), &named.permissions[..]), ("Other", "Keeps", &[11, 28][..]));
        let cleared = update(&admin, of(&role), &["description"]).await.unwrap();
        assert_eq!((cleared.name(), cleared.description.as_deref(), &cleared.permissions[..]), ("Other", None, &[11, 28][..]));
        let present = update(&admin, Role { permissions: vec![28], ..of(&role) }, &[]).await.unwrap();
        assert_eq!((present.name(), &present.permissions[..]), ("Other", &[28][..]), "what is absent stays");
        let whole = Role { name: Some("Whole".to_owned()), permissions: vec![11], ..role.clone() };
        let whole = update(&admin, Role { etag: String::new(), description: None, ..whole }, &["*"]).await.unwrap();
        assert_eq!((whole.name(), whole.description.as_deref(), &whole.permissions[..]), ("Whole", None, &[11][..]));
        assert_eq!(get(&admin, &role.id).await.unwrap(), whole);
        let required = [("role.name", "REQUIRED"), ("role.permissions", "REQUIRED")];
        for paths in [&["*"][..], &["name", "permissions"]] {
            assert_violations(update(&admin, of(&role), paths).await, &required);
        }
        let event = proto::ListEventsRequest { resource_id: Some(role.id), ..Default::default() };
        let events = admin.events().list_events(event).await.unwrap().into_inner().events;
        let fields: Vec<_> = events.iter().map(|event| event.changed_fields.join(" ")).collect();
        assert_eq!(fields, ["name description permissions", "name", "description", "permissions", "name permissions"]);
    }

    async fn every_bad_field_of_a_roles_update_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let role = create(&admin, sample(&acme, "Keeper")).await.unwrap();
        let bad = Role {
            name: Some("!".to_owned()),
            description: Some("d".repeat(257)),
            permissions: vec![12, 4711, 11, 11],
            tenant_id: Some(other),
            ..of(&role)
        };
        assert_violations(update(&admin, bad, &[]).await, &[
            ("role.tenant_id", "IMMUTABLE_FIELD"),
            ("role.name", "INVALID_CHARACTER"),
            ("role.description", "TOO_LONG"),
            ("role.permissions[1]", "UNKNOWN_VALUE"),
            ("role.permissions[3]", "DUPLICATE"),
            ("role.permissions[0]", "SYSTEM_TENANT_ONLY"),
        ]);
        let paths = ["nonsense", "tenant_id", "id", "built_in", "system_tenant_only", "etag"];
        assert_violations(update(&admin, of(&role), &paths).await, &[
            ("update_mask.paths[0]", "UNKNOWN_FIELD"),
            ("update_mask.paths[1]", "IMMUTABLE_FIELD"),
            ("update_mask.paths[2]", "OUTPUT_ONLY_FIELD"),
            ("update_mask.paths[3]", "OUTPUT_ONLY_FIELD"),
            ("update_mask.paths[4]", "OUTPUT_ONLY_FIELD"),
            ("update_mask.paths[5]", "OUTPUT_ONLY_FIELD"),
        ]);
        assert_violations(update(&admin, Role::default(), &[]).await, &[("role.id", "REQUIRED")]);
        for id in [NOBODYS, DEVELOPER] {
            let unknown = Role { id: id.to_owned(), ..Default::default() };
            let answer = update(&admin, unknown, &["nonsense"]).await;
            assert_violations(answer, &[("update_mask.paths[0]", "UNKNOWN_FIELD")]);
        }
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
    }

    async fn a_role_that_is_read_can_be_edited_and_sent_back(server: TestServer) {
        let admin = server.admin();
        let mut role = full(&admin).await;
        for (paths, text) in [(&[][..], "one"), (&["*"], "two"), (&["description"], "three")] {
            let edited = Role { description: Some(text.to_owned()), ..get(&admin, &role.id).await.unwrap() };
            role = update(&admin, edited, paths).await.unwrap();
            assert_eq!(role.description(), text);
        }
    }

    async fn a_roles_update_that_changes_nothing_leaves_no_trace(server: TestServer) {
        let admin = server.admin();
        let role = full(&admin).await;
        server.clock.advance_seconds(60);
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let other_order = Role { permissions: vec![28, 11], ..role.clone() };
        for sent in [role.clone(), other_order, of(&role)] {
            assert_eq!(update(&admin, sent, &[]).await.unwrap(), role);
        }
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
    }

    async fn a_roles_update_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let role = full(&admin).await;
        let second = update(&admin, Role { description: Some("New".to_owned()), ..role.clone() }, &[]).await.unwrap();
        assert_ne!(second.etag, role.etag);
        for etag in [role.etag.as_str(), "nonsense"] {
            let late = Role { etag: etag.to_owned(), ..second.clone() };
            assert_refused(update(&admin, late, &[]).await, Code::Aborted, "ETAG_MISMATCH");
        }
        assert_eq!(get(&admin, &role.id).await.unwrap(), second);
    }

    async fn a_rename_of_a_role_obeys_the_rules_of_names(server: TestServer) {
        let admin = server.admin();
        let role = full(&admin).await;
        create(&admin, sample(SYSTEM, "Taken")).await.unwrap();
        for name in ["tAKEN", "Viewer"] {
            let refused = update(&admin, Role { name: Some(name.to_owned()), ..of(&role) }, &[]).await;
            assert_eq!(details(refused.as_ref().unwrap_err()).error_info().unwrap().metadata["field"], "role.name");
            assert_refused(refused, Code::AlreadyExists, "VALUE_TAKEN");
        }
        let renamed = update(&admin, Role { name: Some("KEEPER".to_owned()), ..of(&role) }, &[]).await.unwrap();
        assert_eq!(renamed.name(), "KEEPER", "a role's own name is not taken");
    }

    async fn a_rehearsed_update_of_a_role_stores_nothing(server: TestServer) {
        let admin = server.admin();
        let role = full(&admin).await;
        create(&admin, sample(SYSTEM, "Taken")).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let rehearse = async |name: &str| {
            let role = Role { name: Some(name.to_owned()), ..of(&role) };
            let request = proto::UpdateRoleRequest { role: Some(role), update_mask: None, validate_only: true };
            admin.roles().update_role(request).await.map(|answer| answer.into_inner().role.unwrap())
        };
        let told = rehearse("New").await.unwrap();
        assert_eq!((told.name(), told.etag.as_str()), ("New", "v2"), "what would be stored");
        assert_refused(rehearse("taken").await, Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
    }

    async fn built_in_roles_are_found_and_never_changed(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let permissions = [Permission::MgmtApi, Permission::ModifyRole, Permission::DeleteRole];
        let resident = admin.new_caller(&acme, "editor", &permissions).await;
        for id in [SYSTEM_ADMINISTRATOR, DEVELOPER] {
            let changed = Role { id: id.to_owned(), description: Some("Mine".to_owned()), ..Default::default() };
            for answer in [update(&admin, changed.clone(), &[]).await.map(drop), super::delete(&admin, id, "").await] {
                let violation = details(answer.as_ref().unwrap_err()).precondition_failure().unwrap().violations[0].clone();
                assert_eq!(violation.subject, id);
                assert_refused(answer, Code::FailedPrecondition, "BUILT_IN_ROLE");
            }
        }
        let changed = Role { id: SYSTEM_ADMINISTRATOR.to_owned(), ..Default::default() };
        assert_refused(update(&resident, changed, &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(super::delete(&resident, SYSTEM_ADMINISTRATOR, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(super::delete(&resident, DEVELOPER, "").await, Code::FailedPrecondition, "BUILT_IN_ROLE");
    }

    async fn roles_of_a_suspended_tenant_are_read_and_deleted_but_not_changed(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let role = create(&admin, sample(&tenant, "Keeper")).await.unwrap();
        stored::suspend_tenant(&server, "acme").await;
        let changed = Role { description: Some("New".to_owned()), ..of(&role) };
        assert_refused(update(&admin, changed, &[]).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
        super::delete(&admin, &role.id, "").await.unwrap();
        assert_refused(get(&admin, &role.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }
}
