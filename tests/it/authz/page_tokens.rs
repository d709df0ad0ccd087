//! A page token is good for the caller, the method and the filter that it was made for.

use oauth_registry::proto;
use tonic::{Code, Status};

use super::set;
use super::world::World;
use crate::harness::caller::{Caller, violations};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

on_both_backends! {
    async fn a_page_token_serves_only_whom_and_what_it_was_made_for(server: TestServer) {
        let world = World::new(server).await;
        let user = world.admin.new_user(SYSTEM, "one", &set(&[12])).await;
        let one = world.admin.new_key(&user, &set(&[12])).await;
        let other = world.admin.new_caller(SYSTEM, "two", &set(&[12])).await;
        let token = apps(&one, None, "").await.unwrap();
        assert!(!token.is_empty());
        apps(&one, None, &token).await.unwrap();
        apps(&world.admin.new_key(&user, &set(&[12])).await, None, &token).await.unwrap();
        assert_refused(apps(&other, None, &token).await, "another caller");
        assert_refused(apps(&one, Some(&world.alpha.tenant), &token).await, "another filter");
        let of_users = users(&one, "").await.unwrap();
        users(&one, &of_users).await.unwrap();
        assert_refused(tenants(&one, &of_users).await, "another method with the same filter");
        assert_refused(apps(&world.admin.new_key(&user, &set(&[11, 28])).await, None, &token).await, "a smaller scope");
        assert_refused(apps(&one, None, "token").await, "a word");
        assert_refused(apps(&one, None, &token[..token.len() - 1]).await, "a cut token");
        for at in 0..token.len() {
            let letter = if token.as_bytes()[at] == b'A' { "_" } else { "A" };
            let tampered = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
            assert_refused(apps(&one, None, &tampered).await, "a tampered token");
        }
    }

    async fn a_page_token_of_another_tenant_is_refused(server: TestServer) {
        let world = World::new(server).await;
        let numbers = set(&[11, 14, 1009]);
        let alpha = world.admin.new_caller(&world.alpha.tenant, "reader", &numbers).await;
        let beta = world.admin.new_caller(&world.beta.tenant, "reader", &numbers).await;
        let token = users(&alpha, "").await.unwrap();
        users(&alpha, &token).await.unwrap();
        assert_refused(users(&beta, &token).await, "another tenant's token");
        let token = events(&alpha, "").await.unwrap();
        events(&alpha, &token).await.unwrap();
        assert_refused(events(&beta, &token).await, "another tenant's token");
        assert_refused(events(&world.admin, &token).await, "the administrator has no use for it either");
    }
}

fn assert_refused(answer: Result<String, Status>, title: &str) {
    let refused = answer.expect_err(title);
    assert_eq!(refused.code(), Code::InvalidArgument, "{title}");
    assert_eq!(violations(&refused), [("page_token".to_owned(), "INVALID_PAGE_TOKEN".to_owned())], "{title}");
}

async fn apps(caller: &Caller, tenant: Option<&str>, token: &str) -> Result<String, Status> {
    let (page_token, tenant_id) = (token.to_owned(), tenant.map(str::to_owned));
    let request = proto::ListOauthAppsRequest { page_size: 1, page_token, tenant_id, ..Default::default() };
    Ok(caller.apps().list_oauth_apps(request).await?.into_inner().next_page_token)
}

async fn users(caller: &Caller, token: &str) -> Result<String, Status> {
    let request = proto::ListUsersRequest { page_size: 1, page_token: token.to_owned(), ..Default::default() };
    Ok(caller.users().list_users(request).await?.into_inner().next_page_token)
}

async fn tenants(caller: &Caller, token: &str) -> Result<String, Status> {
    let request = proto::ListTenantsRequest { page_size: 1, page_token: token.to_owned(), ..Default::default() };
    Ok(caller.tenants().list_tenants(request).await?.into_inner().next_page_token)
}

async fn events(caller: &Caller, token: &str) -> Result<String, Status> {
    let request = proto::ListEventsRequest { page_size: 1, page_token: token.to_owned(), ..Default::default() };
    Ok(caller.events().list_events(request).await?.into_inner().next_page_token)
}
