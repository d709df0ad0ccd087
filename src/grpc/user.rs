//! The service of users.

use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::grpc::convert::{id, optional_id, page, user};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::user_service_server::UserService;
use crate::{authz, proto};

#[tonic::async_trait]
impl UserService for Api {
    async fn create_user(
        &self,
        request: Request<proto::CreateUserRequest>,
    ) -> Result<Response<proto::CreateUserResponse>, Status> {
        self.serve(request, |work: Work<authz::CreateUser>, message| async move {
            let proto::CreateUserRequest { user, validate_only, request_id: _, initial_password } = message;
            let new = user::new(user, initial_password);
            let made = work.registry.create_user(&work.permit, new, mode(validate_only)).await?;
            Ok(proto::CreateUserResponse { user: Some(user::message(made)) })
        })
        .await
    }

    async fn get_user(&self, request: Request<proto::GetUserRequest>) -> Result<Response<proto::GetUserResponse>, Status> {
        self.serve(request, |work: Work<authz::GetUser>, message| async move {
            let proto::GetUserRequest { user_id } = message;
            let mut violations = Violations::new();
            let id = id("user_id", &user_id, &mut violations);
            let found = work.registry.get_user(&work.permit, violations.finish_with("user_id", id)?).await?;
            Ok(proto::GetUserResponse { user: Some(user::message(found)) })
        })
        .await
    }

    async fn list_users(&self, request: Request<proto::ListUsersRequest>) -> Result<Response<proto::ListUsersResponse>, Status> {
        self.serve(request, |work: Work<authz::ListUsers>, message| async move {
            let proto::ListUsersRequest { page_size, page_token, tenant_id } = message;
            let mut violations = Violations::new();
            let tenant = optional_id("tenant_id", tenant_id.as_deref(), &mut violations);
            let request = (&page(page_size, page_token), violations);
            let listed = work.registry.list_users(&work.permit, tenant, request).await?;
            Ok(proto::ListUsersResponse {
                users: listed.items.into_iter().map(user::message).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn update_user(
        &self,
        request: Request<proto::UpdateUserRequest>,
    ) -> Result<Response<proto::UpdateUserResponse>, Status> {
        self.serve(request, |work: Work<authz::UpdateUser>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }

    async fn set_user_password(
        &self,
        request: Request<proto::SetUserPasswordRequest>,
    ) -> Result<Response<proto::SetUserPasswordResponse>, Status> {
        self.serve(request, |work: Work<authz::SetUserPassword>, message| async move {
            let user = work.registry.set_user_password(&work.permit, user::password_reset(message)).await?;
            Ok(proto::SetUserPasswordResponse { user: Some(user::message(user)) })
        })
        .await
    }

    async fn unlock_user(
        &self,
        request: Request<proto::UnlockUserRequest>,
    ) -> Result<Response<proto::UnlockUserResponse>, Status> {
        self.serve(request, |work: Work<authz::UnlockUser>, message| async move {
            let proto::UnlockUserRequest { user_id, etag } = message;
            let mut violations = Violations::new();
            let id = id("user_id", &user_id, &mut violations);
            let id = violations.finish_with("user_id", id)?;
            let user = work.registry.unlock_user(&work.permit, id, &Expected::from_etag(etag)).await?;
            Ok(proto::UnlockUserResponse { user: Some(user::message(user)) })
        })
        .await
    }

    async fn suspend_user(
        &self,
        request: Request<proto::SuspendUserRequest>,
    ) -> Result<Response<proto::SuspendUserResponse>, Status> {
        self.serve(request, |work: Work<authz::SuspendUser>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }

    async fn reactivate_user(
        &self,
        request: Request<proto::ReactivateUserRequest>,
    ) -> Result<Response<proto::ReactivateUserResponse>, Status> {
        self.serve(request, |work: Work<authz::ReactivateUser>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }

    async fn delete_user(
        &self,
        request: Request<proto::DeleteUserRequest>,
    ) -> Result<Response<proto::DeleteUserResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteUser>, message| async move {
            let _ = (work.permit, work.registry, message);
            Err(crate::service::Error::Overloaded)
        })
        .await
    }
}
