//! The service of tenants.

use prost::Message;
use tonic::{Request, Response, Status};

use crate::domain::id::{TenantId, UserId};
use crate::domain::invalid::Violations;
use crate::domain::stamp::Expected;
use crate::domain::tenant::Tenant;
use crate::grpc::convert::{filter, id, page, tenant};
use crate::grpc::edge::{Api, Work, mode};
use crate::proto::tenant_service_server::TenantService;
use crate::service::{Error, TenantDeletion};
use crate::{authz, proto};

/// Answers a creation.
fn created(tenant: &Tenant) -> proto::CreateTenantResponse {
    proto::CreateTenantResponse { tenant: Some(tenant::message(tenant.clone())) }
}

#[tonic::async_trait]
impl TenantService for Api {
    async fn create_tenant(
        &self,
        request: Request<proto::CreateTenantRequest>,
    ) -> Result<Response<proto::CreateTenantResponse>, Status> {
        self.serve_once(request, |work: Work<authz::CreateTenant>, message, once| async move {
            let proto::CreateTenantRequest { tenant, validate_only, request_id: _ } = message;
            let new = (tenant::draft(tenant), once.violations.clone());
            let making = once.making(mode(validate_only), |made| created(made).encode_to_vec());
            Ok(created(&work.registry.create_tenant(&work.permit, new, &making).await?))
        })
        .await
    }

    async fn get_tenant(&self, request: Request<proto::GetTenantRequest>) -> Result<Response<proto::GetTenantResponse>, Status> {
        self.serve(request, |work: Work<authz::GetTenant>, message| async move {
            let proto::GetTenantRequest { tenant_id } = message;
            let found = work.registry.get_tenant(&work.permit, one(&tenant_id)?).await?;
            Ok(proto::GetTenantResponse { tenant: Some(tenant::message(found)) })
        })
        .await
    }

    async fn list_tenants(
        &self,
        request: Request<proto::ListTenantsRequest>,
    ) -> Result<Response<proto::ListTenantsResponse>, Status> {
        self.serve(request, |work: Work<authz::ListTenants>, message| async move {
            let proto::ListTenantsRequest { page_size, page_token, name_prefix } = message;
            let mut violations = Violations::new();
            let prefix = filter("name_prefix", name_prefix, &mut violations);
            let request = (&page(page_size, page_token), violations);
            let listed = work.registry.list_tenants(&work.permit, prefix.as_deref(), request).await?;
            Ok(proto::ListTenantsResponse {
                tenants: listed.items.into_iter().map(tenant::message).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn add_tenant_administrator(
        &self,
        request: Request<proto::AddTenantAdministratorRequest>,
    ) -> Result<Response<proto::AddTenantAdministratorResponse>, Status> {
        self.serve(request, |work: Work<authz::AddTenantAdministrator>, message| async move {
            let proto::AddTenantAdministratorRequest { tenant_id, user_id } = message;
            let access = work.registry.add_tenant_administrator(&work.permit, pair(&tenant_id, &user_id)?).await?;
            let tenant_administrator = Some(tenant::administrator(access));
            Ok(proto::AddTenantAdministratorResponse { tenant_administrator })
        })
        .await
    }

    async fn remove_tenant_administrator(
        &self,
        request: Request<proto::RemoveTenantAdministratorRequest>,
    ) -> Result<Response<proto::RemoveTenantAdministratorResponse>, Status> {
        self.serve(request, |work: Work<authz::RemoveTenantAdministrator>, message| async move {
            let proto::RemoveTenantAdministratorRequest { tenant_id, user_id } = message;
            work.registry.remove_tenant_administrator(&work.permit, pair(&tenant_id, &user_id)?).await?;
            Ok(proto::RemoveTenantAdministratorResponse {})
        })
        .await
    }

    async fn list_tenant_administrators(
        &self,
        request: Request<proto::ListTenantAdministratorsRequest>,
    ) -> Result<Response<proto::ListTenantAdministratorsResponse>, Status> {
        self.serve(request, |work: Work<authz::ListTenantAdministrators>, message| async move {
            let proto::ListTenantAdministratorsRequest { tenant_id, page_size, page_token } = message;
            let mut violations = Violations::new();
            let tenant = id("tenant_id", &tenant_id, &mut violations);
            let request = (&page(page_size, page_token), violations);
            let listed = work.registry.list_tenant_administrators(&work.permit, tenant, request).await?;
            Ok(proto::ListTenantAdministratorsResponse {
                tenant_administrators: listed.items.into_iter().map(tenant::administrator).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }

    async fn update_tenant(
        &self,
        request: Request<proto::UpdateTenantRequest>,
    ) -> Result<Response<proto::UpdateTenantResponse>, Status> {
        self.serve(request, |work: Work<authz::UpdateTenant>, message| async move {
            let mode = mode(message.validate_only);
            let changed = work.registry.update_tenant(&work.permit, tenant::update(message)?, mode).await?;
            Ok(proto::UpdateTenantResponse { tenant: Some(tenant::message(changed)) })
        })
        .await
    }

    async fn suspend_tenant(
        &self,
        request: Request<proto::SuspendTenantRequest>,
    ) -> Result<Response<proto::SuspendTenantResponse>, Status> {
        self.serve(request, |work: Work<authz::SuspendTenant>, message| async move {
            let proto::SuspendTenantRequest { tenant_id, etag } = message;
            let target = (one(&tenant_id)?, &Expected::from_etag(etag));
            let suspended = work.registry.suspend_tenant(&work.permit, target).await?;
            Ok(proto::SuspendTenantResponse { tenant: Some(tenant::message(suspended)) })
        })
        .await
    }

    async fn reactivate_tenant(
        &self,
        request: Request<proto::ReactivateTenantRequest>,
    ) -> Result<Response<proto::ReactivateTenantResponse>, Status> {
        self.serve(request, |work: Work<authz::ReactivateTenant>, message| async move {
            let proto::ReactivateTenantRequest { tenant_id, etag } = message;
            let target = (one(&tenant_id)?, &Expected::from_etag(etag));
            let active = work.registry.reactivate_tenant(&work.permit, target).await?;
            Ok(proto::ReactivateTenantResponse { tenant: Some(tenant::message(active)) })
        })
        .await
    }

    async fn delete_tenant(
        &self,
        request: Request<proto::DeleteTenantRequest>,
    ) -> Result<Response<proto::DeleteTenantResponse>, Status> {
        self.serve(request, |work: Work<authz::DeleteTenant>, message| async move {
            let proto::DeleteTenantRequest { tenant_id, etag, force, validate_only } = message;
            let deletion = TenantDeletion { id: one(&tenant_id)?, expected: Expected::from_etag(etag), force };
            work.registry.delete_tenant(&work.permit, &deletion, mode(validate_only)).await?;
            Ok(proto::DeleteTenantResponse {})
        })
        .await
    }
}

/// Reads the id of the one tenant that a request is about.
fn one(tenant_id: &str) -> Result<TenantId, Error> {
    let mut violations = Violations::new();
    let tenant = id("tenant_id", tenant_id, &mut violations);
    Ok(violations.finish_with("tenant_id", tenant)?)
}

/// Reads the two ids that name administrative access.
fn pair(tenant_id: &str, user_id: &str) -> Result<(TenantId, UserId), Error> {
    let mut violations = Violations::new();
    let tenant = id("tenant_id", tenant_id, &mut violations);
    let user = id("user_id", user_id, &mut violations);
    Ok(violations.finish_with("tenant_id", tenant.zip(user))?)
}
