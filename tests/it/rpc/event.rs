//! The event log: one event for each change, none for anything else.

use std::collections::BTreeSet;

use oauth_registry::proto::{self, Event, EventDecision, FILE_DESCRIPTOR_SET, ListEventsRequest, OauthApp, Permission};
use prost_reflect::DescriptorPool;
use tonic::Code;

use crate::harness::caller::{Caller, details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::{DENIED_EVENTS_PER_SECOND, SYSTEM};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

async fn list(caller: &Caller, mut request: ListEventsRequest) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let answer = caller.events().list_events(request.clone()).await.unwrap().into_inner();
        events.extend(answer.events);
        if answer.next_page_token.is_empty() {
            return events;
        }
        request.page_token = answer.next_page_token;
    }
}

/// What an event says of a change: method, kind and id of the resource, related id, fields, secret versions.
fn said(event: &Event) -> (&str, &str, &str, &str, String, &[i32]) {
    let method = event.method.rsplit('/').next().unwrap();
    let (kind, id, related) = (event.resource_kind.as_str(), event.resource_id.as_str(), event.related_id.as_str());
    (method, kind, id, related, event.changed_fields.join(" "), &event.secret_versions)
}

/// The mutations whose events are told of where their promises stand: passwords, in `rpc::password`.
const ELSEWHERE: [&str; 3] = ["ChangePassword", "SetUserPassword", "UnlockUser"];

/// The methods of the API that are no reads.
fn mutations() -> BTreeSet<String> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let ours = pool.services().filter(|service| service.package_name() == proto::PACKAGE).collect::<Vec<_>>();
    let methods = ours.iter().flat_map(|service| service.methods().map(|method| method.name().to_owned()).collect::<Vec<_>>());
    methods.filter(|name| !name.starts_with("Get") && !name.starts_with("List")).collect()
}

on_both_backends! {
    async fn every_mutation_leaves_exactly_one_event(server: TestServer) {
        let admin = server.admin();
        let me = admin.own_user_id().await;
        let before = list(&admin, ListEventsRequest::default()).await.len();
        let tenant = admin.new_tenant("Acme").await;
        let user = admin.new_user(SYSTEM, "delegate", &[Permission::MgmtApi]).await;
        admin.add_administrator(&tenant, &user).await;
        let removal = proto::RemoveTenantAdministratorRequest { tenant_id: tenant.clone(), user_id: user.clone() };
        admin.tenants().remove_tenant_administrator(removal).await.unwrap();
        let key = proto::ApiKey { user_id: Some(user.clone()), permissions: vec![11], ..Default::default() };
        let key = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let key = admin.api_keys().create_api_key(key).await.unwrap().into_inner().api_key.unwrap().id;
        let rotation = proto::RotateApiKeyRequest { api_key_id: key.clone(), ..Default::default() };
        admin.api_keys().rotate_api_key(rotation).await.unwrap();
        let revocation = proto::RevokeApiKeyRequest { api_key_id: key.clone(), ..Default::default() };
        admin.api_keys().revoke_api_key(revocation).await.unwrap();
        let named = proto::User { id: user.clone(), display_name: Some("Jo".to_owned()), permissions: vec![28], ..Default::default() };
        let named = proto::UpdateUserRequest { user: Some(named), ..Default::default() };
        admin.users().update_user(named).await.unwrap();
        let user_id = || user.clone();
        admin.users().suspend_user(proto::SuspendUserRequest { user_id: user_id(), ..Default::default() }).await.unwrap();
        admin.users().reactivate_user(proto::ReactivateUserRequest { user_id: user_id(), ..Default::default() }).await.unwrap();
        admin.users().delete_user(proto::DeleteUserRequest { user_id: user_id(), ..Default::default() }).await.unwrap();
        let app = admin.new_app(&tenant, "App").await.id;
        let changed = OauthApp { id: app.clone(), scope: Some("b".to_owned()), is_active: Some(false), ..Default::default() };
        crate::rpc::oauth_app::update_with(&admin, changed, &[], "Sup3rSecret").await.unwrap();
        crate::rpc::oauth_app::reveal(&admin, &app, "").await.unwrap();
        crate::rpc::oauth_app::delete(&admin, &app, "").await.unwrap();
        let role = admin.new_role(&tenant, "Role", &[Permission::Oauth]).await;
        let changed = proto::Role { id: role.clone(), name: Some("Renamed".to_owned()), permissions: vec![11], ..Default::default() };
        crate::rpc::role::update(&admin, changed, &[]).await.unwrap();
        crate::rpc::role::delete(&admin, &role, "").await.unwrap();
        crate::rpc::tenant::through_its_life(&admin, &tenant).await;
        let events = list(&admin, ListEventsRequest::default()).await.split_off(before);
        let all = "name slug data_store description client_id authorize_uri token_uri scope is_active client_secret";
        let text = str::to_owned;
        assert_eq!(events.iter().map(said).collect::<Vec<_>>(), [
            ("CreateTenant", "tenant", &*tenant, &*me, text("name description"), &[][..]),
            ("CreateUser", "user", &*user, "", text("kind login_name display_name role_ids permissions"), &[]),
            ("AddTenantAdministrator", "tenant", &*tenant, &*user, text("administrators"), &[]),
            ("RemoveTenantAdministrator", "tenant", &*tenant, &*user, text("administrators"), &[]),
            ("CreateApiKey", "api_key", &*key, &*user, text("display_name permissions tenant_id expire_time"), &[1]),
            ("RotateApiKey", "api_key", &*key, &*user, text("secret"), &[1, 2]),
            ("RevokeApiKey", "api_key", &*key, &*user, text("status"), &[2]),
            ("UpdateUser", "user", &*user, "", text("display_name permissions"), &[]),
            ("SuspendUser", "user", &*user, "", text("status"), &[]),
            ("ReactivateUser", "user", &*user, "", text("status"), &[]),
            ("DeleteUser", "user", &*user, "", text(""), &[]),
            ("CreateOauthApp", "oauth_app", &*app, "", text(all), &[1]),
            ("UpdateOauthApp", "oauth_app", &*app, "", text("scope is_active client_secret"), &[1, 2]),
            ("RevealOauthAppSecret", "oauth_app", &*app, "", text(""), &[2]),
            ("DeleteOauthApp", "oauth_app", &*app, "", text(""), &[2]),
            ("CreateRole", "role", &*role, "", text("name description permissions"), &[]),
            ("UpdateRole", "role", &*role, "", text("name permissions"), &[]),
            ("DeleteRole", "role", &*role, "", text(""), &[]),
            ("UpdateTenant", "tenant", &*tenant, "", text("description"), &[]),
            ("SuspendTenant", "tenant", &*tenant, "", text("status"), &[]),
            ("ReactivateTenant", "tenant", &*tenant, "", text("status"), &[]),
            ("SuspendTenant", "tenant", &*tenant, "", text("status"), &[]),
            ("DeleteTenant", "tenant", &*tenant, "", text(""), &[]),
        ]);
        let elsewhere = ELSEWHERE.into_iter().map(str::to_owned);
        let covered: BTreeSet<_> = events.iter().map(|event| said(event).0.to_owned()).chain(elsewhere).collect();
        assert_eq!(covered, mutations(), "a new method that changes something belongs into this test");
        let requests: BTreeSet<_> = events.iter().map(|event| &event.request_id).collect();
        assert_eq!(requests.len(), events.len(), "each call has an id of its own");
        for event in &events {
            assert_eq!(event.actor, format!("user:{me}"));
            assert_eq!((event.decision(), event.error_reason.as_str()), (EventDecision::Allowed, ""));
            assert!(!event.permissions.is_empty() && !event.api_key_id.is_empty() && event.time.is_some(), "{event:?}");
            assert!(event.tenant_id == tenant || event.tenant_id == SYSTEM);
        }
        assert!(!format!("{events:?}").contains("Sup3rSecret"));
    }

    async fn reads_refusals_of_form_and_lost_etags_leave_no_event(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let before = stored::number(&server, "SELECT count(*) FROM event").await;
        crate::rpc::oauth_app::get(&admin, &app.id).await.unwrap();
        admin.own_user_id().await;
        list(&admin, ListEventsRequest::default()).await;
        admin.apps().list_oauth_apps(proto::ListOauthAppsRequest::default()).await.unwrap();
        crate::rpc::oauth_app::create(&admin, OauthApp::default(), None).await.unwrap_err();
        crate::rpc::oauth_app::create(&admin, sample_app("App"), Some("x")).await.unwrap_err();
        crate::rpc::oauth_app::delete(&admin, &app.id, "v9").await.unwrap_err();
        crate::rpc::oauth_app::delete(&admin, NOBODYS, "").await.unwrap_err();
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, before);
    }

    async fn a_denial_is_an_event_of_the_callers_tenant_with_the_id_of_the_call(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let nobody = admin.new_caller(&acme, "nobody", &[Permission::ManageIntegrations]).await;
        let refused = crate::rpc::oauth_app::get(&nobody, NOBODYS).await.unwrap_err();
        let of_acme = ListEventsRequest { tenant_id: Some(acme.clone()), ..Default::default() };
        let events = list(&admin, of_acme).await;
        let event = events.last().unwrap();
        assert_eq!(event.request_id, details(&refused).request_info().unwrap().request_id);
        assert_eq!((event.decision(), event.error_reason.as_str()), (EventDecision::Denied, "MISSING_PERMISSION"));
        assert_eq!((event.method.as_str(), event.actor_login_name.as_str()), ("oauthregistry.v1.OauthAppService/GetOauthApp", "nobody"));
        assert_eq!((event.resource_kind.as_str(), event.resource_id.as_str()), ("", ""), "decided without looking at any row");
        let refused = server.anonymous().callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        let events = list(&admin, ListEventsRequest { tenant_id: Some(SYSTEM.to_owned()), ..Default::default() }).await;
        let event = events.last().unwrap();
        assert_eq!(event.request_id, details(&refused).request_info().unwrap().request_id);
        assert_eq!((event.decision(), event.actor.as_str()), (EventDecision::Unauthenticated, ""));
    }

    async fn denials_beyond_the_limit_of_a_second_are_counted(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let nobody = admin.new_caller(&acme, "nobody", &[Permission::ManageIntegrations]).await;
        for _ in 0..DENIED_EVENTS_PER_SECOND + 3 {
            crate::rpc::oauth_app::get(&nobody, NOBODYS).await.unwrap_err();
        }
        let denied = "SELECT count(*) FROM event WHERE decision = 'denied'";
        assert_eq!(stored::number(&server, denied).await, i64::from(DENIED_EVENTS_PER_SECOND));
        server.clock.advance_seconds(1);
        for _ in 0..2 {
            crate::rpc::oauth_app::get(&nobody, NOBODYS).await.unwrap_err();
        }
        let events = list(&admin, ListEventsRequest { tenant_id: Some(acme), page_size: 500, ..Default::default() }).await;
        let counts: Vec<_> = events.iter().rev().map(|event| event.suppressed_count).take(3).collect();
        assert_eq!(counts, [0, 3, 0], "told by the next one that is written, and by no other");
    }

    async fn a_flood_of_unknown_callers_hides_nobody_elses_denials(server: TestServer) {
        let admin = server.admin();
        let nobody = admin.new_caller(SYSTEM, "nobody", &[Permission::ManageIntegrations]).await;
        for _ in 0..=DENIED_EVENTS_PER_SECOND {
            server.anonymous().callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        }
        let refused = "SELECT count(*) FROM event WHERE decision = 'unauthenticated'";
        assert_eq!(stored::number(&server, refused).await, i64::from(DENIED_EVENTS_PER_SECOND));
        crate::rpc::oauth_app::get(&nobody, NOBODYS).await.unwrap_err();
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event WHERE decision = 'denied'").await, 1);
    }

    async fn bounds_between_two_microseconds_are_rounded_up(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let listed = async |start_time, end_time| -> usize {
            let (resource_id, kind) = (Some(app.id.clone()), Some("oauth_app".to_owned()));
            list(&admin, ListEventsRequest { resource_id, resource_kind: kind, start_time, end_time, ..Default::default() }).await.len()
        };
        let time = app.create_time.unwrap();
        let later = |nanos: i32| Some(prost_types::Timestamp { nanos: time.nanos + nanos, ..time });
        for (nanos, since, before) in [(-1, 1, 0), (0, 1, 0), (1, 0, 1), (999, 0, 1), (1_000, 0, 1)] {
            assert_eq!(listed(later(nanos), None).await, since, "events since {nanos} ns after it");
            assert_eq!(listed(None, later(nanos)).await, before, "events before {nanos} ns after it");
        }
    }

    async fn events_are_filtered_by_tenant_resource_actor_and_time(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let editor = admin.new_caller(&acme, "editor", &[Permission::MgmtApi, Permission::Oauth, Permission::ReadAudit]).await;
        let (one, two) = (editor.new_app(&acme, "One").await, admin.new_app(SYSTEM, "Two").await);
        server.clock.advance_seconds(60);
        let three = admin.new_app(&acme, "Three").await;
        let ids = async |caller: &Caller, request: ListEventsRequest| -> Vec<String> {
            let apps = ListEventsRequest { resource_kind: Some("oauth_app".to_owned()), ..request };
            list(caller, apps).await.into_iter().map(|event| event.resource_id).collect()
        };
        let all = ListEventsRequest::default();
        for page_size in [0, 1, 2, 3] {
            let request = ListEventsRequest { page_size, ..all.clone() };
            assert_eq!(ids(&admin, request).await, [&*one.id, &*two.id, &*three.id], "page size {page_size}");
        }
        let of_acme = ListEventsRequest { tenant_id: Some(acme.clone()), ..all.clone() };
        assert_eq!(ids(&admin, of_acme).await, [&*one.id, &*three.id]);
        assert_eq!(ids(&editor, all.clone()).await, [&*one.id, &*three.id], "the scope of a resident is the home tenant");
        let of_editor = ListEventsRequest { actor_user_id: Some(editor.own_user_id().await), ..all.clone() };
        assert_eq!(ids(&admin, of_editor).await, [&*one.id]);
        let of_two = ListEventsRequest { resource_id: Some(two.id.clone()), ..all.clone() };
        assert_eq!(ids(&admin, of_two).await, [&*two.id]);
        let time = three.create_time;
        assert_eq!(ids(&admin, ListEventsRequest { start_time: time, ..all.clone() }).await, [&*three.id]);
        assert_eq!(ids(&admin, ListEventsRequest { end_time: time, ..all.clone() }).await, [&*one.id, &*two.id]);
        let elsewhere = ListEventsRequest { tenant_id: Some(SYSTEM.to_owned()), ..all };
        assert_refused(editor.events().list_events(elsewhere).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let bad = ListEventsRequest {
            page_size: -1,
            tenant_id: Some("x".to_owned()),
            actor_user_id: Some("y".to_owned()),
            start_time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
            end_time: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }),
            ..Default::default()
        };
        assert_violations(admin.events().list_events(bad).await, &[
            ("tenant_id", "INVALID_FORMAT"),
            ("actor_user_id", "INVALID_FORMAT"),
            ("start_time", "OUT_OF_RANGE"),
            ("end_time", "OUT_OF_RANGE"),
            ("page_size", "OUT_OF_RANGE"),
        ]);
    }
}
