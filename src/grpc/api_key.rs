//! The service of API keys.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::crypto::PlainSecret;
use crate::domain::api_key::ApiKey;
use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::grpc::convert::{api_key, id, optional_id, page};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::api_key_service_server::ApiKeyService;
use crate::service::{ApiKeyIssued, ListApiKeys, Mode};
use crate::{authz, proto};

#[tonic::async_trait]
impl ApiKeyService for Api {
    async fn create_api_key(
        &self,
        request: Request<proto::CreateApiKeyRequest>,
    ) -> Result<Response<proto::CreateApiKeyResponse>, Status> {
        self.serve_once(request, |work: Work<authz::CreateApiKey>, message, once| async move {
            let proto::CreateApiKeyRequest { api_key, validate_only, request_id: _ } = message;
            let draft = api_key::draft(api_key, once.violations.clone());
            let making = once.making(mode(validate_only), |made| created(made, None).encode_to_vec());
            let ApiKeyIssued { api_key, token } = work.registry.create_api_key(&work.permit, draft, &making).await?;
            Ok(created(&api_key, token.as_ref()))
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
        self.serve_once(request, |work: Work<authz::RotateApiKey>, message, mut once| async move {
            let proto::RotateApiKeyRequest { api_key_id, etag, request_id: _ } = message;
            let id = id("api_key_id", &api_key_id, &mut once.violations);
            let target = (once.violations.clone().finish_with("api_key_id", id)?, &Expected::from_etag(etag));
            let making = once.making(Mode::Store, |made| rotated(made, None).encode_to_vec());
            let ApiKeyIssued { api_key, token } = work.registry.rotate_api_key(&work.permit, target, &making).await?;
            Ok(rotated(&api_key, token.as_ref()))
        })
        .await
    }
}

/// Answers a creation; the answer that is kept holds no secret.
fn created(key: &ApiKey, token: Option<&PlainSecret>) -> proto::CreateApiKeyResponse {
    proto::CreateApiKeyResponse { api_key: Some(api_key::message(key.clone())), secret: text(token), already_shown: false }
}

/// Answers a rotation; the answer that is kept holds no secret.
fn rotated(key: &ApiKey, token: Option<&PlainSecret>) -> proto::RotateApiKeyResponse {
    proto::RotateApiKeyResponse { api_key: Some(api_key::message(key.clone())), secret: text(token), already_shown: false }
}

fn text(token: Option<&PlainSecret>) -> String {
    token.map(|token| String::from_utf8_lossy(token.expose()).into_owned()).unwrap_or_default()
}
