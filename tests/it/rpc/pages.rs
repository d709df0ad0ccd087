//! Pages of callers who reach several tenants, and of filters that no index serves: every row once, in order, however it is read.

use std::collections::BTreeSet;

use oauth_registry::proto::{self, ListEventsRequest, ListOauthAppsRequest, Permission};

use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};

const DELEGATE: [Permission; 3] = [Permission::MgmtApi, Permission::Oauth, Permission::ReadAudit];

/// The apps of a list, walked in pages of a size, and the number of pages.
async fn walk_apps(caller: &Caller, mut request: ListOauthAppsRequest) -> (Vec<proto::OauthApp>, usize) {
    let (mut apps, mut pages) = (Vec::new(), 0);
    loop {
        let answer = caller.apps().list_oauth_apps(request.clone()).await.unwrap().into_inner();
        assert!(answer.oauth_apps.len() <= usize::try_from(request.page_size).unwrap());
        apps.extend(answer.oauth_apps);
        pages += 1;
        if answer.next_page_token.is_empty() {
            return (apps, pages);
        }
        request.page_token = answer.next_page_token;
    }
}

async fn walk_events(caller: &Caller, mut request: ListEventsRequest) -> (Vec<proto::Event>, usize) {
    let (mut events, mut pages) = (Vec::new(), 0);
    loop {
        let answer = caller.events().list_events(request.clone()).await.unwrap().into_inner();
        events.extend(answer.events);
        pages += 1;
        if answer.next_page_token.is_empty() {
            return (events, pages);
        }
        request.page_token = answer.next_page_token;
    }
}

/// A delegate who administers so many tenants, with apps in them, in the system tenant and in tenants of nobody's between them.
async fn delegate(server: &TestServer, tenants: usize) -> (Caller, BTreeSet<String>) {
    let admin = server.admin();
    let user = admin.new_user(SYSTEM, "delegate", &DELEGATE).await;
    let mut reached = BTreeSet::from([SYSTEM.to_owned()]);
    for number in 0..tenants {
        let (mine, foreign) =
            (admin.new_tenant(&format!("Mine {number}")).await, admin.new_tenant(&format!("Foreign {number}")).await);
        admin.add_administrator(&mine, &user).await;
        for (place, tenant) in [("a", &mine), ("b", &foreign), ("c", &mine)] {
            let stored = if number % 3 == 0 { 1 } else { 54 };
            let app = proto::OauthApp {
                tenant_id: Some(tenant.clone()),
                data_store: Some(stored),
                ..sample_app(&format!("{place}_{number}"))
            };
            let client_secret = Some("s3cret".to_owned());
            let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
            admin.apps().create_oauth_app(request).await.unwrap();
        }
        admin.new_app(SYSTEM, &format!("system {number}")).await;
        reached.insert(mine);
    }
    (admin.new_key(&user, &DELEGATE).await, reached)
}

/// Compares what a delegate sees, on pages of several sizes, with the part of everything that is in the delegate's tenants.
async fn assert_sees_their_part(server: &TestServer, delegate: &Caller, tenants: &BTreeSet<String>) {
    let requests = [
        ListOauthAppsRequest::default(),
        ListOauthAppsRequest { data_store: Some(1), ..Default::default() },
        ListOauthAppsRequest { name_prefix: Some("C_".to_owned()), ..Default::default() },
        ListOauthAppsRequest { name_prefix: Some("a_1".to_owned()), data_store: Some(54), ..Default::default() },
    ];
    for request in requests {
        let all = ListOauthAppsRequest { page_size: 500, ..request.clone() };
        let mut expected = walk_apps(&server.admin(), all).await.0;
        expected.retain(|app| tenants.contains(app.tenant_id()));
        assert!(!expected.is_empty());
        for page_size in [1, 2, 7, 500] {
            let seen = walk_apps(delegate, ListOauthAppsRequest { page_size, ..request.clone() }).await.0;
            assert_eq!(seen, expected, "{request:?} by {page_size}");
        }
    }
    let me = server.admin().own_user_id().await;
    let filters = [
        ListEventsRequest::default(),
        ListEventsRequest { resource_kind: Some("tenant".to_owned()), ..Default::default() },
        ListEventsRequest { actor_user_id: Some(me.clone()), ..Default::default() },
        ListEventsRequest { actor_user_id: Some(me), resource_kind: Some("oauth_app".to_owned()), ..Default::default() },
    ];
    for request in filters {
        let all = ListEventsRequest { page_size: 500, ..request.clone() };
        let mut expected = walk_events(&server.admin(), all).await.0;
        expected.retain(|event| tenants.contains(&event.tenant_id));
        assert!(!expected.is_empty());
        for page_size in [7, 500] {
            let seen = walk_events(delegate, ListEventsRequest { page_size, ..request.clone() }).await.0;
            assert_eq!(seen, expected, "{request:?} by {page_size}");
        }
    }
}

/// Copies the one event of an API key in a tenant, each copy a microsecond after the one before.
async fn copy_events(raw: &Raw, tenant: &str, copies: u64) {
    let (series, id) = (
        raw.either(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ",
            "WITH s(n) AS (SELECT generate_series(1, ",
        ),
        raw.either("randomblob(16)", "gen_random_uuid()"),
    );
    let columns = raw
        .texts(raw.either(
            "SELECT name FROM pragma_table_info('event') WHERE name NOT IN ('id', 'time')",
            "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'event' AND column_name NOT IN ('id', 'time')",
        ))
        .await
        .join(", ");
    let one =
        format!("SELECT * FROM event WHERE resource_kind = 'api_key' AND tenant_id = {} ORDER BY time LIMIT 1", raw.id(tenant));
    let end = raw.either(")", "))");
    let copy = format!(
        "INSERT INTO event (id, time, {columns}) {series}{copies}{end} SELECT {id}, time + n, {columns} FROM s CROSS JOIN ({one}) AS one"
    );
    assert_eq!(raw.run(&copy).await, copies);
}

/// A delegate of several tenants with many events, of which only the last ones are of apps; the windows of a filtered list end among them.
async fn assert_sees_apps_behind_many_events(server: &TestServer, tenants: usize) {
    let admin = server.admin();
    let user = admin.new_user(SYSTEM, "reader", &DELEGATE).await;
    let raw = Raw::of(server).await;
    let mut expected = BTreeSet::new();
    let mut mine = Vec::new();
    for number in 0..tenants {
        let tenant = admin.new_tenant(&format!("Busy {number}")).await;
        admin.add_administrator(&tenant, &user).await;
        mine.push(tenant);
    }
    let foreign = admin.new_tenant("Foreign").await;
    for (tenant, copies) in [(&mine[0], 700), (&mine[1], 600), (&foreign, 1500)] {
        admin.new_caller(tenant, "maker", &[Permission::MgmtApi]).await;
        copy_events(&raw, tenant, copies).await;
    }
    server.clock.advance_seconds(60);
    for tenant in mine.iter().take(4) {
        expected.insert(admin.new_app(tenant, "Late").await.id);
    }
    let reader = admin.new_key(&user, &DELEGATE).await;
    let request = ListEventsRequest { resource_kind: Some("oauth_app".to_owned()), page_size: 3, ..Default::default() };
    for caller in [&reader, &admin] {
        let (found, pages) = walk_events(caller, request.clone()).await;
        let ids: Vec<_> = found.iter().map(|event| event.resource_id.clone()).collect();
        assert_eq!((ids.len(), &ids.into_iter().collect::<BTreeSet<_>>()), (4, &expected));
        assert!(pages > 2, "{pages} pages end before the apps");
    }
}

on_both_backends! {
    async fn what_a_filter_finds_behind_many_events_of_few_tenants_is_seen_once(server: TestServer) {
        assert_sees_apps_behind_many_events(&server, 4).await;
    }

    async fn what_a_filter_finds_behind_many_events_of_many_tenants_is_seen_once(server: TestServer) {
        assert_sees_apps_behind_many_events(&server, 51).await;
    }

    async fn a_delegate_of_several_tenants_sees_every_row_of_them_once_and_in_order(server: TestServer) {
        let (delegate, tenants) = delegate(&server, 4).await;
        assert_sees_their_part(&server, &delegate, &tenants).await;
    }

    async fn a_delegate_of_more_tenants_than_are_merged_sees_the_same(server: TestServer) {
        let (delegate, tenants) = delegate(&server, 51).await;
        assert_sees_their_part(&server, &delegate, &tenants).await;
    }

    async fn the_events_of_a_resource_are_those_of_its_tenants_inside_the_scope(server: TestServer) {
        let (delegate, tenants) = delegate(&server, 2).await;
        let all = walk_apps(&server.admin(), ListOauthAppsRequest { page_size: 500, ..Default::default() }).await.0;
        for app in all {
            let request = ListEventsRequest { resource_id: Some(app.id.clone()), page_size: 1, ..Default::default() };
            let seen = walk_events(&delegate, request).await.0;
            assert_eq!(seen.len(), usize::from(tenants.contains(app.tenant_id())), "{app:?}");
        }
    }

    async fn a_page_ends_at_the_last_row_that_a_filter_visited(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let reader = admin.new_caller(&tenant, "reader", &[Permission::ReadAudit]).await;
        let raw = Raw::of(&server).await;
        copy_events(&raw, &tenant, 2500).await;
        server.clock.advance_seconds(60);
        admin.new_app(&tenant, "Late").await;
        let request = ListEventsRequest { resource_kind: Some("oauth_app".to_owned()), ..Default::default() };
        let first = reader.events().list_events(request.clone()).await.unwrap().into_inner();
        assert_eq!((first.events.len(), first.next_page_token.is_empty()), (0, false), "the page is empty and not the last");
        for caller in [&reader, &admin] {
            let (found, pages) = walk_events(caller, ListEventsRequest { tenant_id: Some(tenant.clone()), ..request.clone() }).await;
            assert_eq!(found.iter().map(|event| event.resource_kind.as_str()).collect::<Vec<_>>(), ["oauth_app"]);
            assert_eq!(pages, 3, "a thousand rows, another thousand, and the rest");
        }
        let everything = ListEventsRequest { tenant_id: Some(tenant), page_size: 500, ..Default::default() };
        assert!(walk_events(&admin, everything).await.0.len() > 2500);
    }

    async fn a_prefix_is_text_and_no_pattern(server: TestServer) {
        let admin = server.admin();
        for name in ["a_b", "axb", "a.c", "ab", "A_D", "\u{10400}x"] {
            admin.new_app(SYSTEM, &format!("p{name}")).await;
        }
        for (prefix, expected) in [("p", 6), ("pa_", 2), ("pA_B", 1), ("pa%", 0), ("pa.", 1), ("p\u{10428}", 1), ("q", 0), ("", 6)] {
            let request = ListOauthAppsRequest { name_prefix: Some(prefix.to_owned()), page_size: 50, ..Default::default() };
            assert_eq!(walk_apps(&admin, request).await.0.len(), expected, "{prefix:?}");
        }
    }
}
