//! The service of OAuth apps.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::oauth_app::OauthApp;
use crate::domain::stamp::Expected;
use crate::domain::text::check_line;
use crate::grpc::convert::{id, oauth_app};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::oauth_app_service_server::OauthAppService;
use crate::service::AppListing;
use crate::{authz, proto};

/// Answers a registration.
fn created(app: &OauthApp) -> proto::CreateOauthAppResponse {
    proto::CreateOauthAppResponse { oauth_app: Some(oauth_app::message(app.clone())) }
}

#[tonic::async_trait]
impl OauthAppService for Api {
    async fn create_oauth_app(
        &self,
        request: Request<proto::CreateOauthAppRequest>,
    ) -> Result<Response<proto::CreateOauthAppResponse>, Status> {
        self.serve_once(request, |work: Work<authz::CreateOauthApp>, message, once| async move {
            let proto::CreateOauthAppRequest { oauth_app, client_secret, validate_only, request_id: _ } = message;
            let new = oauth_app::new(oauth_app, client_secret, once.violations.clone());
            let making = once.making(mode(validate_only), |made| created(made).encode_to_vec());
            Ok(created(&work.registry.create_oauth_app(&work.permit, new, &making).await?))
        })
        .await
    }

    async fn get_oauth_app(
        &self,
        request: Request<proto::GetOauthAppRequest>,
    ) -> Result<Response<proto::GetOauthAppResponse>, Status> {
        self.serve(request, |work: Work<authz::GetOauthApp>, message| async move {
            let proto::GetOauthAppRequest { oauth_app_id } = message;
            let mut violations = Violations::new();
            let id = id("oauth_app_id", &oauth_app_id, &mut violations);
            let app = work.registry.get_oauth_app(&work.permit, violations.finish_with("oauth_app_id", id)?).await?;
            Ok(proto::GetOauthAppResponse { oauth_app: Some(oauth_app::message(app)) })
        })
        .await
    }

    async fn list_oauth_apps(
        &self,
        request: Request<proto::ListOauthAppsRequest>,
    ) -> Result<Response<proto::ListOauthAppsResponse>, Status> {
        self.serve(request, |work: Work<authz::ListOauthApps>, message| async move {
            let listing = work.registry.list_oauth_apps(&work.permit, oauth_app::list(message)).await?;
            let AppListing { own, inherited, next_page_token } = listing;
            Ok(proto::ListOauthAppsResponse {
                oauth_apps: own.into_iter().map(oauth_app::message).collect(),
                inherited_oauth_apps: inherited.iter().map(oauth_app::inherited).collect(),
                next_page_token,
            })
        })
        .await
    }

    async fn update_oauth_app(
        &self,
        request: Request<proto::UpdateOauthAppRequest>,
    ) -> Result<Response<proto::UpdateOauthAppResponse>, Status> {
        self.serve(request, |work: Work<authz::UpdateOauthApp>, message| async move {
            let mode = mode(message.validate_only);
            let app = work.registry.update_oauth_app(&work.permit, oauth_app::update(message)?, mode).await?;
            Ok(proto::UpdateOauthAppResponse { oauth_app: Some(oauth_app::message(app)) })
        })
        .await
    }

    async fn delete_oauth_app(
        &self,
        request: Request<proto::DeleteOauthAppRequest>,
    ) -> Result<Response<proto::DeleteOauthAppResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteOauthApp>, message| async move {
            let proto::DeleteOauthAppRequest { oauth_app_id, etag, validate_only } = message;
            let mut violations = Violations::new();
            let id = id("oauth_app_id", &oauth_app_id, &mut violations);
            let target = (violations.finish_with("oauth_app_id", id)?, &Expected::from_etag(etag));
            work.registry.delete_oauth_app(&work.permit, target, mode(validate_only)).await?;
            Ok(proto::DeleteOauthAppResponse {})
        })
        .await
    }

    async fn reveal_oauth_app_secret(
        &self,
        request: Request<proto::RevealOauthAppSecretRequest>,
    ) -> Result<Response<proto::RevealOauthAppSecretResponse>, Status> {
        self.serve(request, |work: Work<authz::RevealOauthAppSecret>, message| async move {
            let proto::RevealOauthAppSecretRequest { oauth_app_id, reason, etag } = message;
            let mut violations = Violations::new();
            let id = id("oauth_app_id", &oauth_app_id, &mut violations);
            violations.check("reason", check_line(&reason, 1..=256));
            let target = (violations.finish_with("oauth_app_id", id)?, reason.as_str(), &Expected::from_etag(etag));
            let revealed = work.registry.reveal_oauth_app_secret(&work.permit, target).await?;
            Ok(proto::RevealOauthAppSecretResponse {
                client_secret: String::from_utf8_lossy(revealed.client_secret.expose()).into_owned(),
                client_secret_version: revealed.version.as_i32(),
            })
        })
        .await
    }
}
