//! Listing apps: pages and filters.

use oauth_registry::proto::{self, ListOauthAppsRequest, OauthApp, Permission};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::create;
use crate::rpc::{NOBODYS, assert_refused, assert_violations};

async fn list(caller: &Caller, request: ListOauthAppsRequest) -> Result<proto::ListOauthAppsResponse, Status> {
    Ok(caller.apps().list_oauth_apps(request).await?.into_inner())
}

/// The names of the apps of one answer, in its order.
async fn names(caller: &Caller, request: ListOauthAppsRequest) -> Vec<String> {
    let answer = list(caller, request).await.unwrap();
    assert_eq!(answer.next_page_token, "", "everything fits on one page");
    answer.oauth_apps.into_iter().map(|app| app.name.unwrap()).collect()
}

/// The pages of a list of apps, each as the ids that it holds.
async fn pages(caller: &Caller, mut request: ListOauthAppsRequest) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let answer = list(caller, request.clone()).await.unwrap();
        pages.push(answer.oauth_apps.into_iter().map(|app| app.id).collect());
        if answer.next_page_token.is_empty() {
            return pages;
        }
        request.page_token = answer.next_page_token;
    }
}

on_both_backends! {
    async fn walking_gives_every_app_once_in_the_order_of_creation(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let mut made = Vec::new();
        for number in 0..10 {
            let tenant = if number % 2 == 0 { SYSTEM } else { tenant.as_str() };
            made.push(admin.new_app(tenant, &format!("App {}", 9 - number)).await.id);
        }
        for size in [1, 2, 5, 10, 3] {
            let request = ListOauthAppsRequest { page_size: size, ..Default::default() };
            let pages = pages(&admin, request).await;
            let size = usize::try_from(size).unwrap();
            assert_eq!(pages.concat(), made, "page size {size}");
            assert_eq!(pages.len(), made.len().div_ceil(size), "no page after the last row, page size {size}");
        }
    }

    async fn a_row_that_goes_while_somebody_walks_moves_no_other(server: TestServer) {
        let admin = server.admin();
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(admin.new_app(SYSTEM, &format!("App {number}")).await.id);
        }
        let first = list(&admin, ListOauthAppsRequest { page_size: 2, ..Default::default() }).await.unwrap();
        crate::rpc::oauth_app::delete(&admin, &made[1], "").await.unwrap();
        let request = ListOauthAppsRequest { page_token: first.next_page_token, ..Default::default() };
        assert_eq!(pages(&admin, request).await.concat(), made[2..]);
    }

    async fn pages_have_fifty_rows_unless_another_size_is_wished_and_never_more_than_five_hundred(server: TestServer) {
        let admin = server.admin();
        for number in 0..51 {
            admin.new_app(SYSTEM, &format!("App {number}")).await;
        }
        // Copies below the server make the list long enough in one statement.
        let id = match server.home() {
            crate::harness::server::Home::Sqlite(_) => "randomblob(16)",
            crate::harness::server::Home::Postgres(_) => "gen_random_uuid()",
        };
        crate::rpc::stored::execute(&server, &format!(
            "INSERT INTO oauth_app (tenant_id, id, name, name_key, slug, data_store, description, client_id, authorize_uri, token_uri, \
             scope, is_active, secrets, create_time, update_time, create_actor, update_actor, version) \
             SELECT a.tenant_id, {id}, a.name || '-' || b.slug, a.name_key || '-' || b.slug, a.slug || '-' || b.slug, a.data_store, \
             a.description, a.client_id, a.authorize_uri, a.token_uri, a.scope, a.is_active, a.secrets, a.create_time, a.update_time, \
             a.create_actor, a.update_actor, a.version FROM oauth_app a CROSS JOIN oauth_app b WHERE b.slug < 'app-18'"
        )).await;
        let count = async |page_size: i32| {
            let answer = list(&admin, ListOauthAppsRequest { page_size, ..Default::default() }).await.unwrap();
            (answer.oauth_apps.len(), answer.next_page_token.is_empty())
        };
        assert_eq!(count(0).await, (50, false));
        assert_eq!(count(51).await, (51, false));
        assert_eq!(count(500).await, (500, false));
        assert_eq!(count(501).await, (500, false));
        assert_eq!(count(i32::MAX).await, (500, false));
        let all = pages(&admin, ListOauthAppsRequest { page_size: 500, ..Default::default() }).await.concat();
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all.len(), "equal times do not repeat or hide a row");
        assert_eq!(i64::try_from(all.len()).unwrap(), crate::rpc::stored::number(&server, "SELECT count(*) FROM oauth_app").await);
        let negative = ListOauthAppsRequest { page_size: -1, ..Default::default() };
        assert_violations(list(&admin, negative).await, &[("page_size", "OUT_OF_RANGE")]);
    }

    async fn a_page_token_is_good_for_its_list_and_caller_alone(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for tenant in [SYSTEM, tenant.as_str()] {
            for number in 0..3 {
                admin.new_app(tenant, &format!("App {number}")).await;
            }
        }
        let first = ListOauthAppsRequest { page_size: 1, ..Default::default() };
        let page_token = list(&admin, first.clone()).await.unwrap().next_page_token;
        let next = ListOauthAppsRequest { page_token: page_token.clone(), ..first };
        list(&admin, next.clone()).await.unwrap();
        list(&admin, ListOauthAppsRequest { page_size: 2, ..next.clone() }).await.expect("the size may change");
        let others = [
            ListOauthAppsRequest { tenant_id: Some(tenant.clone()), ..next.clone() },
            ListOauthAppsRequest { tenant_name: Some("Acme".to_owned()), ..next.clone() },
            ListOauthAppsRequest { data_store: Some(54), ..next.clone() },
            ListOauthAppsRequest { name_prefix: Some("A".to_owned()), ..next.clone() },
            ListOauthAppsRequest { include_inherited: true, ..next.clone() },
            ListOauthAppsRequest { page_token: "nonsense".to_owned(), ..Default::default() },
            ListOauthAppsRequest { page_token: "!".to_owned(), ..Default::default() },
            ListOauthAppsRequest { page_token: page_token[..page_token.len() - 2].to_owned(), ..Default::default() },
        ];
        for other in others {
            assert_violations(list(&admin, other).await, &[("page_token", "INVALID_PAGE_TOKEN")]);
        }
        for (home, login) in [(SYSTEM, "second"), (tenant.as_str(), "third")] {
            let permissions = [Permission::MgmtApi, Permission::Oauth];
            let stranger = admin.new_caller(home, login, &permissions).await;
            assert_violations(list(&stranger, next.clone()).await, &[("page_token", "INVALID_PAGE_TOKEN")]);
        }
        let users = proto::ListUsersRequest { page_token, ..Default::default() };
        assert_violations(admin.users().list_users(users).await, &[("page_token", "INVALID_PAGE_TOKEN")]);
        let both = ListOauthAppsRequest { page_size: -1, page_token: "nonsense".to_owned(), ..Default::default() };
        assert_violations(list(&admin, both).await, &[("page_size", "OUT_OF_RANGE"), ("page_token", "INVALID_PAGE_TOKEN")]);
    }

    async fn filters_must_all_hold(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme Süd").await;
        let apps = [
            (SYSTEM, "Alpha one", 54),
            (SYSTEM, "alphabet", 62),
            (SYSTEM, "Beta", 54),
            (SYSTEM, "a_b", 54),
            (SYSTEM, "axb", 54),
            (tenant.as_str(), "Alpha", 54),
            (tenant.as_str(), "Ärger", 1),
        ];
        for (number, (tenant, name, data_store)) in apps.into_iter().enumerate() {
            let tenant_id = Some(tenant.to_owned());
            let app = OauthApp { tenant_id, data_store: Some(data_store), ..sample_app(name) };
            create(&admin, OauthApp { slug: Some(format!("slug-{number}")), ..app }, Some("x")).await.unwrap();
        }
        let all = ListOauthAppsRequest::default();
        let by_tenant = ListOauthAppsRequest { tenant_id: Some(tenant.clone()), ..all.clone() };
        assert_eq!(names(&admin, by_tenant.clone()).await, ["Alpha", "Ärger"]);
        for name in ["Acme Süd", "aCME sÜD"] {
            let by_name = ListOauthAppsRequest { tenant_name: Some(name.to_owned()), ..all.clone() };
            assert_eq!(names(&admin, by_name).await, ["Alpha", "Ärger"]);
        }
        let by_store = ListOauthAppsRequest { data_store: Some(62), ..all.clone() };
        assert_eq!(names(&admin, by_store).await, ["alphabet"]);
        for prefix in ["alpha", "ALPHA"] {
            let by_prefix = ListOauthAppsRequest { name_prefix: Some(prefix.to_owned()), ..all.clone() };
            assert_eq!(names(&admin, by_prefix).await, ["Alpha one", "alphabet", "Alpha"]);
        }
        for (prefix, found) in [("ärg", &["Ärger"][..]), ("a_", &["a_b"]), ("%", &[]), ("a%b", &[]), ("\\", &[]), ("lpha", &[])] {
            let by_prefix = ListOauthAppsRequest { name_prefix: Some(prefix.to_owned()), ..all.clone() };
            assert_eq!(names(&admin, by_prefix).await, found, "{prefix}");
        }
        let both = ListOauthAppsRequest { data_store: Some(54), name_prefix: Some("alpha".to_owned()), ..by_tenant };
        assert_eq!(names(&admin, both).await, ["Alpha"]);
        let contrary =
            ListOauthAppsRequest { tenant_id: Some(tenant), tenant_name: Some("System".to_owned()), ..all.clone() };
        assert_refused(list(&admin, contrary).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let unknown = ListOauthAppsRequest { data_store: Some(4711), ..all };
        assert_eq!(names(&admin, unknown).await, [""; 0]);
    }

    async fn a_tenant_outside_the_scope_is_not_found(server: TestServer) {
        let admin = server.admin();
        let (acme, _) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let reader = admin.new_caller(&acme, "reader", &[Permission::ReadOauthApps]).await;
        admin.new_app(&acme, "Mine").await;
        admin.new_app(SYSTEM, "Not mine").await;
        assert_eq!(names(&reader, ListOauthAppsRequest::default()).await, ["Mine"]);
        for tenant in [SYSTEM, NOBODYS] {
            let request = ListOauthAppsRequest { tenant_id: Some(tenant.to_owned()), ..Default::default() };
            assert_refused(list(&reader, request).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        for name in ["Other", "Nobody", "System"] {
            let request = ListOauthAppsRequest { tenant_name: Some(name.to_owned()), ..Default::default() };
            assert_refused(list(&reader, request).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        let malformed = ListOauthAppsRequest { tenant_id: Some("623".to_owned()), page_size: -1, ..Default::default() };
        assert_violations(list(&reader, malformed).await, &[("tenant_id", "INVALID_FORMAT"), ("page_size", "OUT_OF_RANGE")]);
    }
}
