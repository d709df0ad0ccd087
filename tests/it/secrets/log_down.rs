//! While no event can be written, nothing is revealed and nothing changes.

use oauth_registry::proto::{self, Permission};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details, reason, sample_app};
use crate::harness::on_both_backends;
use crate::harness::raw::Raw;
use crate::secrets::reveal;

fn refused(status: &Status) {
    assert!([Code::Unavailable, Code::Internal].contains(&status.code()), "{status:?}");
    assert!(!reason(status).is_empty() && details(status).request_info().is_some(), "{status:?}");
    assert!(!format!("{status:?}").contains("s3cret"));
    assert!(!format!("{status:?}").contains("log is down"), "the database's words are for the operator");
}

fn create(tenant: &str, name: &str, validate_only: bool) -> proto::CreateOauthAppRequest {
    let app = proto::OauthApp { tenant_id: Some(tenant.to_owned()), ..sample_app(name) };
    proto::CreateOauthAppRequest {
        oauth_app: Some(app),
        client_secret: Some("s3cret".to_owned()),
        validate_only,
        ..Default::default()
    }
}

async fn rows(raw: &Raw) -> Vec<String> {
    let mut rows = Vec::new();
    for table in raw.tables().await.iter().filter(|table| *table != "event") {
        rows.extend(raw.cells(table).await);
    }
    rows.sort();
    rows
}

/// Tries every kind of change.
async fn change_everything(admin: &Caller, tenant: &str, app: &proto::OauthApp) -> Vec<Option<Status>> {
    let mut answers = vec![
        admin.apps().create_oauth_app(create(tenant, "Another", true)).await.err(),
        admin.apps().create_oauth_app(create(tenant, "Another", false)).await.err(),
    ];
    let changed = proto::OauthApp { id: app.id.clone(), name: Some("Renamed".to_owned()), ..Default::default() };
    let update = proto::UpdateOauthAppRequest {
        oauth_app: Some(changed),
        client_secret: Some("s3cret-two".to_owned()),
        ..Default::default()
    };
    answers.push(admin.apps().update_oauth_app(update).await.err());
    let delete = proto::DeleteOauthAppRequest { oauth_app_id: app.id.clone(), ..Default::default() };
    answers.push(admin.apps().delete_oauth_app(delete).await.err());
    let user = admin.own_user_id().await;
    let key = proto::ApiKey { user_id: Some(user), permissions: vec![Permission::Administrator.into()], ..Default::default() };
    let issue = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    answers.push(admin.api_keys().create_api_key(issue).await.err());
    let named = proto::Tenant { name: Some("Beta".to_owned()), ..Default::default() };
    let tenant = proto::CreateTenantRequest { tenant: Some(named), ..Default::default() };
    answers.push(admin.tenants().create_tenant(tenant).await.err());
    answers
}

on_both_backends! {
    async fn without_its_event_nothing_is_revealed_and_nothing_changes(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, "App").await;
        let revealer = admin.new_caller(&tenant, "revealer", &[Permission::RevealSecrets]).await;
        let raw = Raw::of(&server).await;
        let (before, census) = (rows(&raw).await, raw.census().await);
        raw.lock_the_log().await;
        refused(&reveal(&revealer, &app.id).await.unwrap_err());
        for (place, answer) in change_everything(&admin, &tenant, &app).await.iter().enumerate() {
            refused(answer.as_ref().unwrap_or_else(|| panic!("change {place} was made without its event")));
        }
        let denied = revealer.tenants().list_tenants(proto::ListTenantsRequest::default()).await.unwrap_err();
        assert_eq!((denied.code(), reason(&denied).as_str()), (Code::Unavailable, "AUDIT_UNAVAILABLE"));
        raw.unlock_the_log().await;
        assert_eq!(rows(&raw).await, before);
        assert_eq!(raw.census().await, census);
        assert_eq!(reveal(&revealer, &app.id).await.unwrap().client_secret, "s3cret");
        for answer in change_everything(&admin, &tenant, &app).await {
            assert!(answer.is_none(), "{answer:?}");
        }
    }
}
