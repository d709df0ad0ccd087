//! The service of users.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::domain::user::User;
use crate::grpc::convert::{id, optional_id, page, user};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::user_service_server::UserService;
use crate::{authz, proto};

/// Answers a creation.
fn created(user: &User) -> proto::CreateUserResponse {
    proto::CreateUserResponse { user: Some(user::message(user.clone())) }
}

#[tonic::async_trait]
impl UserService for Api {
    async fn create_user(
        &self,
        request: Request<proto::CreateUserRequest>,
    ) -> Result<Response<proto::CreateUserResponse>, Status> {
        self.serve_once(request, |work: Work<authz::CreateUser>, message, once| async move {
            let proto::CreateUserRequest { user, validate_only, request_id: _, initial_password } = message;
            let new = user::new(user, initial_password, once.violations.clone());
            let making = once.making(mode(validate_only), |made| created(made).encode_to_vec());
            Ok(created(&work.registry.create_user(&work.permit, new, &making).await?))
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
            let mode = mode(message.validate_only);
            let changed = work.registry.update_user(&work.permit, user::update(message)?, mode).await?;
            Ok(proto::UpdateUserResponse { user: Some(user::message(changed)) })
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
            let proto::SuspendUserRequest { user_id, etag } = message;
            let (id, expected) = user::target(&user_id, etag)?;
            let changed = work.registry.suspend_user(&work.permit, (id, &expected)).await?;
            Ok(proto::SuspendUserResponse { user: Some(user::message(changed)) })
        })
        .await
    }

    async fn reactivate_user(
        &self,
        request: Request<proto::ReactivateUserRequest>,
    ) -> Result<Response<proto::ReactivateUserResponse>, Status> {
        self.serve(request, |work: Work<authz::ReactivateUser>, message| async move {
            let proto::ReactivateUserRequest { user_id, etag } = message;
            let (id, expected) = user::target(&user_id, etag)?;
            let changed = work.registry.reactivate_user(&work.permit, (id, &expected)).await?;
            Ok(proto::ReactivateUserResponse { user: Some(user::message(changed)) })
        })
        .await
    }

    async fn delete_user(
        &self,
        request: Request<proto::DeleteUserRequest>,
    ) -> Result<Response<proto::DeleteUserResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteUser>, message| async move {
            let proto::DeleteUserRequest { user_id, etag, validate_only } = message;
            let (id, expected) = user::target(&user_id, etag)?;
            work.registry.delete_user(&work.permit, (id, &expected), mode(validate_only)).await?;
            Ok(proto::DeleteUserResponse {})
        })
        .await
    }
}
