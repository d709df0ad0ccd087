//! The service that tells callers who they are.

use tonic::{Request, Response, Status};

use crate::grpc::convert::{permissions, user};
use crate::grpc::edge::{Api, Work};
use crate::proto::caller_service_server::CallerService;
use crate::{authz, proto};

#[tonic::async_trait]
impl CallerService for Api {
    async fn get_caller(&self, request: Request<proto::GetCallerRequest>) -> Result<Response<proto::GetCallerResponse>, Status> {
        self.serve(request, |work: Work<authz::GetCaller>, message| async move {
            let proto::GetCallerRequest {} = message;
            let found = work.registry.get_caller(&work.permit).await?;
            let caller = work.permit.principal();
            Ok(proto::GetCallerResponse {
                user: Some(user::message(found)),
                permissions: permissions(caller.permissions()),
                administered_tenant_ids: caller.administered().iter().map(ToString::to_string).collect(),
                credential_kind: proto::CredentialKind::ApiKey.into(),
                api_key_id: caller.credential().api_key_id().to_string(),
                default_tenant_id: caller.default_tenant().to_string(),
            })
        })
        .await
    }
}
