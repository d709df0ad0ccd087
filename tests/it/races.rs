//! What many calls at once leave behind: each race has the winners that it must have, and nobody is told of a race that is not theirs.

mod roles;
mod tenants;

use std::collections::BTreeMap;

use oauth_registry::proto::{self, Permission};
use prost_types::FieldMask;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, reason, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

/// Runs one call for each number at once, and counts the outcomes by code and reason.
pub(crate) async fn all_at_once<F, Fut>(calls: usize, call: F) -> BTreeMap<String, usize>
where
    F: Fn(usize) -> Fut,
    Fut: Future<Output = Result<(), Status>> + Send + 'static,
{
    let mut running = JoinSet::new();
    for number in 0..calls {
        running.spawn(call(number));
    }
    let mut outcomes = BTreeMap::new();
    while let Some(outcome) = running.join_next().await {
        let name = match outcome.unwrap() {
            Ok(()) => "OK".to_owned(),
            Err(status) => format!("{:?} {}", status.code(), reason(&status)),
        };
        *outcomes.entry(name).or_default() += 1;
    }
    outcomes
}

pub(crate) fn outcomes(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

async fn update(caller: Caller, app: proto::OauthApp, field: &'static str) -> Result<(), Status> {
    let update_mask = Some(FieldMask { paths: vec![field.to_owned()] });
    let request = proto::UpdateOauthAppRequest { oauth_app: Some(app), update_mask, ..Default::default() };
    caller.apps().update_oauth_app(request).await.map(drop)
}

async fn read(caller: &Caller, id: &str) -> Result<proto::OauthApp, Status> {
    let request = proto::GetOauthAppRequest { oauth_app_id: id.to_owned() };
    caller.apps().get_oauth_app(request).await.map(|answer| answer.into_inner().oauth_app.unwrap())
}

/// The events that tell of one resource.
async fn events_of(caller: &Caller, resource_id: &str) -> usize {
    let request = proto::ListEventsRequest { resource_id: Some(resource_id.to_owned()), page_size: 500, ..Default::default() };
    caller.events().list_events(request).await.unwrap().into_inner().events.len()
}

on_both_backends! {
    async fn of_a_hundred_creations_of_one_name_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let second = Caller::new(server.second_channel().await, admin.token().map(str::to_owned));
        let counted = all_at_once(100, |number| {
            // One connection takes 64 calls at once.
            let (admin, tenant) = (if number % 2 == 0 { admin.clone() } else { second.clone() }, tenant.clone());
            async move {
                // The slugs differ, so that it is the name alone that is fought for.
                let slug = Some(format!("slug-{number}"));
                let app = proto::OauthApp { tenant_id: Some(tenant), slug, ..sample_app("Fought for") };
                let client_secret = Some("s3cret".to_owned());
                let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
                admin.apps().create_oauth_app(request).await.map(drop)
            }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("AlreadyExists VALUE_TAKEN", 99)]));
    }

    async fn of_many_updates_with_one_etag_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let counted = all_at_once(64, |number| {
            let changed = proto::OauthApp { description: Some(format!("by {number}")), ..app.clone() };
            update(admin.clone(), changed, "description")
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("Aborted ETAG_MISMATCH", 63)]));
        assert_eq!(read(&admin, &app.id).await.unwrap().etag, "v2", "one change is one version");
        assert_eq!(events_of(&admin, &app.id).await, 2, "the creation and the one change");
    }

    async fn no_update_of_another_field_is_lost(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let wanted = proto::OauthApp {
            name: Some("Renamed".to_owned()),
            data_store: Some(62),
            description: Some("changed".to_owned()),
            client_id: Some("changed".to_owned()),
            authorize_uri: Some("https://changed.example/authorize".to_owned()),
            token_uri: Some("https://www.googleapis.com/changed".to_owned()),
            scope: Some("changed".to_owned()),
            is_active: Some(false),
            etag: String::new(),
            ..app.clone()
        };
        let fields = ["name", "data_store", "description", "client_id", "authorize_uri", "token_uri", "scope", "is_active"];
        let counted = all_at_once(64, |number| update(admin.clone(), wanted.clone(), fields[number % fields.len()])).await;
        assert_eq!(counted, outcomes(&[("OK", 64)]));
        let stored = read(&admin, &app.id).await.unwrap();
        let told = proto::OauthApp { update_time: stored.update_time, etag: stored.etag.clone(), ..wanted };
        assert_eq!(stored, told);
        assert_eq!(stored.etag, "v9", "each field changed once; what changes nothing is no version");
    }

    async fn many_different_updates_of_one_app_all_succeed(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let counted = all_at_once(64, |number| {
            let changed = proto::OauthApp { description: Some(format!("by {number}")), etag: String::new(), ..app.clone() };
            update(admin.clone(), changed, "description")
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 64)]));
        assert_eq!(read(&admin, &app.id).await.unwrap().etag, format!("v{:x}", 65), "one version for each change");
        assert_eq!(events_of(&admin, &app.id).await, 65);
    }

    async fn many_secrets_at_once_leave_one_that_opens(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let counted = all_at_once(32, |number| {
            let (admin, id) = (admin.clone(), app.id.clone());
            async move {
                let oauth_app = Some(proto::OauthApp { id, ..Default::default() });
                let client_secret = Some(format!("secret-{number}"));
                let request = proto::UpdateOauthAppRequest { oauth_app, client_secret, ..Default::default() };
                admin.apps().update_oauth_app(request).await.map(drop)
            }
        })
        .await;
        // A secret is sealed for its version before the transaction, so that a race for one version may be lost for good.
        assert!(counted.keys().all(|outcome| outcome == "OK" || outcome == "Aborted CONCURRENT_CHANGE"), "{counted:?}");
        let request =
            proto::RevealOauthAppSecretRequest { oauth_app_id: app.id, reason: "test".to_owned(), ..Default::default() };
        let revealed = admin.apps().reveal_oauth_app_secret(request).await.unwrap().into_inner();
        assert_eq!(usize::try_from(revealed.client_secret_version).unwrap(), 1 + counted["OK"]);
        assert!(revealed.client_secret.starts_with("secret-"));
    }

    async fn an_update_and_a_deletion_at_once_leave_no_app_and_no_lost_race(server: TestServer) {
        let admin = server.admin();
        for round in 0..8 {
            let app = admin.new_app(SYSTEM, &format!("App {round}")).await;
            let counted = all_at_once(8, |number| {
                let (admin, app) = (admin.clone(), app.clone());
                async move {
                    if number == 4 {
                        let request = proto::DeleteOauthAppRequest { oauth_app_id: app.id, ..Default::default() };
                        return admin.apps().delete_oauth_app(request).await.map(drop);
                    }
                    let description = Some(format!("by {number}"));
                    let changed = proto::OauthApp { description, etag: String::new(), ..app };
                    update(admin, changed, "description").await
                }
            })
            .await;
            assert!(counted.keys().all(|outcome| outcome == "OK" || outcome == "NotFound RESOURCE_NOT_FOUND"), "{counted:?}");
            assert_eq!(read(&admin, &app.id).await.unwrap_err().code(), Code::NotFound);
        }
    }

    async fn of_many_deletions_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let counted = all_at_once(32, |_| {
            let (admin, oauth_app_id) = (admin.clone(), app.id.clone());
            async move {
                let request = proto::DeleteOauthAppRequest { oauth_app_id, ..Default::default() };
                admin.apps().delete_oauth_app(request).await.map(drop)
            }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("NotFound RESOURCE_NOT_FOUND", 31)]));
    }

    async fn one_caller_makes_many_tenants_at_once(server: TestServer) {
        let delegate = server.admin().new_caller(SYSTEM, "delegate", &[Permission::MgmtApi, Permission::TenantApi]).await;
        let counted = all_at_once(50, |number| {
            let delegate = delegate.clone();
            async move {
                let tenant = proto::Tenant { name: Some(format!("Tenant {number}")), ..Default::default() };
                let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
                delegate.tenants().create_tenant(request).await.map(drop)
            }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 50)]));
        let caller = delegate.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!(caller.administered_tenant_ids.len(), 50);
    }

    async fn a_key_that_revokes_itself_while_it_calls_ends_once_and_lets_nothing_through_afterwards(server: TestServer) {
        let admin = server.admin();
        let caller = admin.new_caller(SYSTEM, "caller", &[Permission::MgmtApi, Permission::Oauth]).await;
        let me = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        let counted = all_at_once(32, |number| {
            let (caller, api_key_id) = (caller.clone(), me.api_key_id.clone());
            async move {
                if number % 8 == 4 {
                    let request = proto::RevokeApiKeyRequest { api_key_id, ..Default::default() };
                    return caller.api_keys().revoke_api_key(request).await.map(drop);
                }
                let app = sample_app(&format!("App {number}"));
                let client_secret = Some("s3cret".to_owned());
                let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
                caller.apps().create_oauth_app(request).await.map(drop)
            }
        })
        .await;
        assert!(
            counted.keys().all(|outcome| outcome == "OK" || outcome == "Unauthenticated INVALID_CREDENTIAL"),
            "{counted:?}"
        );
        let refused = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        let request = proto::GetApiKeyRequest { api_key_id: me.api_key_id };
        let key = admin.api_keys().get_api_key(request).await.unwrap().into_inner().api_key.unwrap();
        assert_eq!((key.status(), key.etag.as_str()), (proto::ApiKeyStatus::Revoked, "v2"));
    }

    async fn a_flood_of_calls_does_not_keep_the_end_of_its_key_waiting(server: TestServer) {
        let admin = server.admin();
        let thief = admin.new_caller(SYSTEM, "thief", &[Permission::MgmtApi, Permission::Oauth]).await;
        let api_key_id = thief.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        let mut flood = JoinSet::new();
        for loop_number in 0..6 {
            let thief = thief.clone();
            flood.spawn(async move {
                for call in 0..400 {
                    let oauth_app = Some(sample_app(&format!("App {loop_number} {call}")));
                    let client_secret = Some("s3cret".to_owned());
                    let request = proto::CreateOauthAppRequest { oauth_app, client_secret, validate_only: true, ..Default::default() };
                    if thief.apps().create_oauth_app(request).await.is_err_and(|refused| refused.code() == Code::Unauthenticated) {
                        return true;
                    }
                }
                false
            });
        }
        admin.api_keys().revoke_api_key(proto::RevokeApiKeyRequest { api_key_id, ..Default::default() }).await.unwrap();
        let ended = flood.join_all().await;
        assert_eq!(ended, [true; 6], "a loop ran out of calls before the key was dead");
    }
}
