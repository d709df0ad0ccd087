//! The service of roles and permissions.

use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::permission::Permission;
use crate::grpc::convert::{id, optional_id, page, role};
use crate::grpc::edge::{Api, Work};
use crate::proto::role_service_server::RoleService;
use crate::{authz, proto};

#[tonic::async_trait]
impl RoleService for Api {
    async fn get_role(&self, request: Request<proto::GetRoleRequest>) -> Result<Response<proto::GetRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::GetRole>, message| async move {
            let proto::GetRoleRequest { role_id } = message;
            let mut violations = Violations::new();
            let id = id("role_id", &role_id, &mut violations);
            let found = work.registry.get_role(&work.permit, violations.finish_with("role_id", id)?)?;
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
            let proto::ListPermissionsRequest {} = message;
            // The catalogue is the same for everybody: the permit is all it takes.
            let Work { registry: _, permit: _ } = work;
            let permissions = Permission::ALL.iter().map(|permission| role::permission(*permission)).collect();
            Ok(proto::ListPermissionsResponse { permissions })
        })
        .await
    }

    async fn create_role(
        &self,
        request: Request<proto::CreateRoleRequest>,
    ) -> Result<Response<proto::CreateRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::CreateRole>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }

    async fn update_role(
        &self,
        request: Request<proto::UpdateRoleRequest>,
    ) -> Result<Response<proto::UpdateRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::UpdateRole>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }

    async fn delete_role(
        &self,
        request: Request<proto::DeleteRoleRequest>,
    ) -> Result<Response<proto::DeleteRoleResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteRole>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }
}
