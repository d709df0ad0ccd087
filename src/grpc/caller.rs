//! The service that tells callers who they are.

use tonic::{Request, Response, Status};

use crate::authn::Credential;
use crate::grpc::convert::{permissions, user};
use crate::grpc::edge::{Api, Work};
use crate::proto::caller_service_server::CallerService;
use crate::{authz, proto};

/// Writes the kind of a credential.
const fn credential_kind(credential: &Credential) -> proto::CredentialKind {
    match credential {
        Credential::ApiKey { .. } => proto::CredentialKind::ApiKey,
        Credential::Password { .. } => proto::CredentialKind::Password,
    }
}

#[tonic::async_trait]
impl CallerService for Api {
    async fn get_caller(&self, request: Request<proto::GetCallerRequest>) -> Result<Response<proto::GetCallerResponse>, Status> {
        self.serve(request, |work: Work<authz::GetCaller>, message| async move {
            let proto::GetCallerRequest {} = message;
            let (actor, subject) = work.registry.get_caller(&work.permit).await?;
            let caller = work.permit.principal();
            Ok(proto::GetCallerResponse {
                user: Some(user::message(actor)),
                permissions: permissions(caller.permissions()),
                administered_tenant_ids: work.permit.administered().map(|tenant| tenant.to_string()).collect(),
                credential_kind: credential_kind(caller.credential()).into(),
                api_key_id: caller.credential().api_key_id().map(|id| id.to_string()).unwrap_or_default(),
                default_tenant_id: caller.default_tenant().to_string(),
                on_behalf_of: subject.map(user::message),
            })
        })
        .await
    }

    async fn change_password(
        &self,
        request: Request<proto::ChangePasswordRequest>,
    ) -> Result<Response<proto::ChangePasswordResponse>, Status> {
        self.serve(request, |work: Work<authz::ChangePassword>, message| async move {
            let proto::ChangePasswordRequest { new_password } = message;
            work.registry.change_password(&work.permit, new_password.into()).await?;
            Ok(proto::ChangePasswordResponse {})
        })
        .await
    }
}
