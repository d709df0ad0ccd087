//! OAuth apps.

mod create;
mod delete;
mod inherited;
mod list;
mod mask;
mod reveal;
mod update;

use oauth_registry::proto::{self, Permission};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, reason};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

pub(super) async fn create(
    caller: &Caller,
    app: proto::OauthApp,
    client_secret: Option<&str>,
) -> Result<proto::OauthApp, Status> {
    let client_secret = client_secret.map(str::to_owned);
    let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
    Ok(caller.apps().create_oauth_app(request).await?.into_inner().oauth_app.unwrap())
}

pub(super) async fn get(caller: &Caller, id: &str) -> Result<proto::OauthApp, Status> {
    let request = proto::GetOauthAppRequest { oauth_app_id: id.to_owned() };
    Ok(caller.apps().get_oauth_app(request).await?.into_inner().oauth_app.unwrap())
}

/// Updates the fields of the mask; no path at all means no mask.
pub(super) async fn update(caller: &Caller, app: proto::OauthApp, paths: &[&str]) -> Result<proto::OauthApp, Status> {
    let request = proto::UpdateOauthAppRequest { oauth_app: Some(app), update_mask: mask(paths), ..Default::default() };
    Ok(caller.apps().update_oauth_app(request).await?.into_inner().oauth_app.unwrap())
}

/// Updates as [`update`] does, with a new secret.
pub(super) async fn update_with(
    caller: &Caller,
    app: proto::OauthApp,
    paths: &[&str],
    secret: &str,
) -> Result<proto::OauthApp, Status> {
    let client_secret = Some(secret.to_owned());
    let request =
        proto::UpdateOauthAppRequest { oauth_app: Some(app), update_mask: mask(paths), client_secret, ..Default::default() };
    Ok(caller.apps().update_oauth_app(request).await?.into_inner().oauth_app.unwrap())
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    (!paths.is_empty()).then_some(FieldMask { paths })
}

pub(super) async fn delete(caller: &Caller, id: &str, etag: &str) -> Result<(), Status> {
    let request = proto::DeleteOauthAppRequest { oauth_app_id: id.to_owned(), etag: etag.to_owned(), ..Default::default() };
    caller.apps().delete_oauth_app(request).await.map(drop)
}

pub(super) async fn reveal(caller: &Caller, id: &str, etag: &str) -> Result<(String, i32), Status> {
    let request = proto::RevealOauthAppSecretRequest {
        oauth_app_id: id.to_owned(),
        reason: "a test looks".to_owned(),
        etag: etag.to_owned(),
    };
    let revealed = caller.apps().reveal_oauth_app_secret(request).await?.into_inner();
    Ok((revealed.client_secret, revealed.client_secret_version))
}

on_both_backends! {
    async fn an_app_is_registered_and_read_back_without_its_secret(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, "TenantB OAuth app").await;
        assert_eq!(app.slug(), "tenantb-oauth-app");
        assert!(app.client_secret_set);
        assert_eq!(app.client_secret_version, 1);
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
    }

    async fn other_tenants_app_is_not_found(server: TestServer) {
        let admin = server.admin();
        let (alpha, beta) = (admin.new_tenant("Alpha").await, admin.new_tenant("Beta").await);
        let app = admin.new_app(&alpha, "App").await;
        let stranger = admin.new_caller(&beta, "editor", &[Permission::MgmtApi, Permission::Oauth]).await;
        let refused = get(&stranger, &app.id).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "RESOURCE_NOT_FOUND"));
        assert_ne!(alpha, SYSTEM);
    }
}
