//! The system tenant's apps as child tenants see them: usable, and not managed.

use oauth_registry::proto::{self, InheritedOauthApp, ListOauthAppsRequest, OauthApp, Permission};
use tonic::Code;

use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::assert_refused;
use crate::rpc::oauth_app::{create, get};

async fn list(caller: &Caller, request: &ListOauthAppsRequest) -> proto::ListOauthAppsResponse {
    caller.apps().list_oauth_apps(request.clone()).await.unwrap().into_inner()
}

fn inheriting() -> ListOauthAppsRequest {
    ListOauthAppsRequest { include_inherited: true, ..Default::default() }
}

on_both_backends! {
    async fn child_tenants_see_six_fields_of_the_system_tenants_active_apps(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let shared = admin.new_app(SYSTEM, "Shared").await;
        let retired = OauthApp { is_active: Some(false), ..sample_app("Retired") };
        create(&admin, retired, Some("x")).await.unwrap();
        let own = admin.new_app(&acme, "Own").await;
        let reader = admin.new_caller(&acme, "reader", &[Permission::ReadOauthApps]).await;
        let answer = list(&reader, &inheriting()).await;
        assert_eq!(answer.oauth_apps, std::slice::from_ref(&own));
        let seen = InheritedOauthApp {
            id: shared.id.clone(),
            name: "Shared".to_owned(),
            slug: "shared".to_owned(),
            data_store: 54,
            description: "An app".to_owned(),
            scope: "full_offline_access test_repo".to_owned(),
        };
        assert_eq!(answer.inherited_oauth_apps, [seen]);
        let plain = list(&reader, &ListOauthAppsRequest::default()).await;
        assert_eq!((plain.oauth_apps, plain.inherited_oauth_apps), (vec![own], vec![]), "only who asks sees them");
        assert_refused(get(&reader, &shared.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn who_sees_the_system_tenant_sees_its_apps_once(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        admin.new_app(SYSTEM, "Shared").await;
        let answer = list(&admin, &inheriting()).await;
        assert_eq!((answer.oauth_apps.len(), answer.inherited_oauth_apps.len()), (1, 0));
        let narrowed = ListOauthAppsRequest { tenant_id: Some(acme), ..inheriting() };
        let answer = list(&admin, &narrowed).await;
        assert_eq!((answer.oauth_apps.len(), answer.inherited_oauth_apps.len()), (0, 1), "as that tenant sees it");
    }

    async fn pages_go_through_both_lists_without_gap_or_repetition(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let (mut own, mut inherited) = (Vec::new(), Vec::new());
        for number in 0..4 {
            inherited.push(admin.new_app(SYSTEM, &format!("Shared {number}")).await.id);
            own.push(admin.new_app(&acme, &format!("Own {number}")).await.id);
        }
        let reader = admin.new_caller(&acme, "reader", &[Permission::ReadOauthApps]).await;
        for page_size in [1, 2, 3, 4, 5, 8, 10] {
            let mut request = ListOauthAppsRequest { page_size, ..inheriting() };
            let (mut seen, mut seen_inherited) = (Vec::new(), Vec::new());
            loop {
                let answer = list(&reader, &request).await;
                let rows = answer.oauth_apps.len() + answer.inherited_oauth_apps.len();
                assert!(rows <= usize::try_from(page_size).unwrap());
                assert!(answer.oauth_apps.is_empty() || seen_inherited.is_empty(), "the inherited come last");
                seen.extend(answer.oauth_apps.into_iter().map(|app| app.id));
                seen_inherited.extend(answer.inherited_oauth_apps.into_iter().map(|app| app.id));
                if answer.next_page_token.is_empty() {
                    break;
                }
                request.page_token = answer.next_page_token;
            }
            assert_eq!((&seen, &seen_inherited), (&own, &inherited), "page size {page_size}");
        }
    }

    async fn filters_hold_for_inherited_apps_too(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        admin.new_app(SYSTEM, "Alpha").await;
        create(&admin, OauthApp { data_store: Some(62), ..sample_app("Beta") }, Some("x")).await.unwrap();
        let reader = admin.new_caller(&acme, "reader", &[Permission::ReadOauthApps]).await;
        let by_store = ListOauthAppsRequest { data_store: Some(62), ..inheriting() };
        let by_prefix = ListOauthAppsRequest { name_prefix: Some("be".to_owned()), ..inheriting() };
        for request in [by_store, by_prefix] {
            let found = list(&reader, &request).await.inherited_oauth_apps;
            assert_eq!(found.into_iter().map(|app| app.name).collect::<Vec<_>>(), ["Beta"]);
        }
    }
}
