//! The service of API keys.

use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::grpc::convert::{api_key, id, optional_id, page};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::api_key_service_server::ApiKeyService;
use crate::service::ListApiKeys;
use crate::{authz, proto};

#[tonic::async_trait]
impl ApiKeyService for Api {
    async fn create_api_key(
        &self,
        request: Request<proto::CreateApiKeyRequest>,
    ) -> Result<Response<proto::CreateApiKeyResponse>, Status> {
        self.serve(request, |work: Work<authz::CreateApiKey>, message| async move {
            let proto::CreateApiKeyRequest { api_key, validate_only, request_id: _ } = message;
            let draft = api_key::draft(api_key);
            let made = work.registry.create_api_key(&work.permit, draft, mode(validate_only)).await?;
            let secret = made.token.map(|token| String::from_utf8_lossy(token.expose()).into_owned());
            Ok(proto::CreateApiKeyResponse {
                api_key: Some(api_key::message(made.api_key)),
                secret: secret.unwrap_or_default(),
                already_shown: false,
            })
        })
        .await
    }

    async fn get_api_key(&self, request: Request<proto::GetApiKeyRequest>) -> Result<Response<proto::GetApiKeyResponse>, Status> {
        self.serve(request, |work: Work<authz::GetApiKey>, message| async move {
            let proto::GetApiKeyRequest { api_key_id } = message;
            let mut violations = Violations::new();
            let id = id("api_key_id", &api_key_id, &mut violations);
            let found = work.registry.get_api_key(&work.permit, violations.finish_with("api_key_id", id)?).await?;
            Ok(proto::GetApiKeyResponse { api_key: Some(api_key::message(found)) })
        })
        .await
    }

    async fn list_api_keys(
        &self,
        request: Request<proto::ListApiKeysRequest>,
    ) -> Result<Response<proto::ListApiKeysResponse>, Status> {
        self.serve(request, |work: Work<authz::ListApiKeys>, message| async move {
            let proto::ListApiKeysRequest { page_size, page_token, user_id, tenant_id } = message;
            let mut violations = Violations::new();
            let wanted = ListApiKeys {
                user_id: optional_id("user_id", user_id.as_deref(), &mut violations),
                tenant_id: optional_id("tenant_id", tenant_id.as_deref(), &mut violations),
                page: page(page_size, page_token),
                violations,
            };
            let listed = work.registry.list_api_keys(&work.permit, wanted).await?;
            Ok(proto::ListApiKeysResponse {
                api_keys: listed.items.into_iter().map(api_key::message).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn revoke_api_key(
        &self,
        request: Request<proto::RevokeApiKeyRequest>,
    ) -> Result<Response<proto::RevokeApiKeyResponse>, Status> {
        self.serve(request, |work: Work<authz::RevokeApiKey>, message| async move {
            let proto::RevokeApiKeyRequest { api_key_id, etag } = message;
            let mut violations = Violations::new();
            let id = id("api_key_id", &api_key_id, &mut violations);
            let id = violations.finish_with("api_key_id", id)?;
            let revoked = work.registry.revoke_api_key(&work.permit, id, &Expected::from_etag(etag)).await?;
            Ok(proto::RevokeApiKeyResponse { api_key: Some(api_key::message(revoked)) })
        })
        .await
    }

    async fn rotate_api_key(
        &self,
        request: Request<proto::RotateApiKeyRequest>,
    ) -> Result<Response<proto::RotateApiKeyResponse>, Status> {
        self.serve(request, |work: Work<authz::RotateApiKey>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }
}
