//! The service of roles and permissions.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::role::OwnRole;
use crate::domain::stamp::Expected;
use crate::grpc::convert::{id, optional_id, page, role};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::role_service_server::RoleService;
use crate::{authz, proto};

/// Answers a creation.
fn created(role: &OwnRole) -> proto::CreateRoleResponse {
    proto::CreateRoleResponse { role: Some(role::own(role.clone())) }
}

#[tonic::async_trait]
impl RoleService for Api {
    async fn get_role(&self, request: Request<proto::GetRoleRequest>) -> Result<Response<proto::GetRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::GetRole>, message| async move {
            let proto::GetRoleRequest { role_id } = message;
            let mut violations = Violations::new();
            let id = id("role_id", &role_id, &mut violations);
            let found = work.registry.get_role(&work.permit, violations.finish_with("role_id", id)?).await?;
            Ok(proto::GetRoleResponse { role: Some(role::message(found)) })
        })
        .await
    }

    async fn list_roles(&self, request: Request<proto::ListRolesRequest>) -> Result<Response<proto::ListRolesResponse>, Status> {
        self.serve(request, |work: Work<authz::ListRoles>, message| async move {
            let proto::ListRolesRequest { page_size, page_token, tenant_id } = message;
            let mut violations = Violations::new();
            let tenant = optional_id("tenant_id", tenant_id.as_deref(), &mut violations);
            let request = (&page(page_size, page_token), violations);
            let listed = work.registry.list_roles(&work.permit, tenant, request).await?;
            Ok(proto::ListRolesResponse {
                roles: listed.items.into_iter().map(role::message).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn list_permissions(
        &self,
        request: Request<proto::ListPermissionsRequest>,
    ) -> Result<Response<proto::ListPermissionsResponse>, Status> {
        self.serve(request, |work: Work<authz::ListPermissions>, message| async move {
            let proto::ListPermissionsRequest { page_size, page_token } = message;
            let listed = work.registry.list_permissions(&work.permit, &page(page_size, page_token)).await?;
            Ok(proto::ListPermissionsResponse {
                permissions: listed.items.into_iter().map(role::permission).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn create_role(
        &self,
        request: Request<proto::CreateRoleRequest>,
    ) -> Result<Response<proto::CreateRoleResponse>, Status> {
        self.serve_once(request, |work: Work<authz::CreateRole>, message, once| async move {
            let proto::CreateRoleRequest { role, validate_only, request_id: _ } = message;
            let new = role::new(role, once.violations.clone());
            let making = once.making(mode(validate_only), |made| created(made).encode_to_vec());
            Ok(created(&work.registry.create_role(&work.permit, new, &making).await?))
        })
        .await
    }

    async fn update_role(
        &self,
        request: Request<proto::UpdateRoleRequest>,
    ) -> Result<Response<proto::UpdateRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::UpdateRole>, message| async move {
            let mode = mode(message.validate_only);
            let changed = work.registry.update_role(&work.permit, role::update(message)?, mode).await?;
            Ok(proto::UpdateRoleResponse { role: Some(role::own(changed)) })
        })
        .await
    }

    async fn delete_role(
        &self,
        request: Request<proto::DeleteRoleRequest>,
    ) -> Result<Response<proto::DeleteRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteRole>, message| async move {
            let proto::DeleteRoleRequest { role_id, etag, validate_only } = message;
            let mut violations = Violations::new();
            let id = id("role_id", &role_id, &mut violations);
            let target = (violations.finish_with("role_id", id)?, &Expected::from_etag(etag));
            work.registry.delete_role(&work.permit, target, mode(validate_only)).await?;
            Ok(proto::DeleteRoleResponse {})
        })
        .await
    }
}
