//! Requests of the service of tenants.

use oauth_registry::proto;

use super::{Request, request};

pub(super) const REQUESTS: &[Request] = &[
    request!("TenantService/CreateTenant", |place| {
        let tenant = proto::Tenant { name: Some(place.new_name()), ..Default::default() };
        proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() }
    }),
    request!("TenantService/UpdateTenant", |place| {
        let (id, description) = (place.new_tenant().await, Some("Another description".to_owned()));
        let tenant = proto::Tenant { id, description, ..Default::default() };
        proto::UpdateTenantRequest { tenant: Some(tenant), ..Default::default() }
    }),
    request!("TenantService/SuspendTenant", |place| {
        proto::SuspendTenantRequest { tenant_id: place.new_tenant().await, ..Default::default() }
    }),
    request!("TenantService/ReactivateTenant", |place| {
        proto::ReactivateTenantRequest { tenant_id: place.new_suspended_tenant().await, ..Default::default() }
    }),
    request!("TenantService/DeleteTenant", |place| {
        proto::DeleteTenantRequest { tenant_id: place.new_suspended_tenant().await, force: true, ..Default::default() }
    }),
    request!("TenantService/GetTenant", |place| proto::GetTenantRequest { tenant_id: place.tenant.clone() }),
    request!("TenantService/ListTenants", |_place| proto::ListTenantsRequest::default()),
    request!("TenantService/AddTenantAdministrator", |place| {
        let (tenant_id, user_id) = (place.tenant.clone(), place.new_system_user().await);
        proto::AddTenantAdministratorRequest { tenant_id, user_id }
    }),
    request!("TenantService/RemoveTenantAdministrator", |place| {
        let (tenant_id, user_id) = (place.tenant.clone(), place.new_administrator().await);
        proto::RemoveTenantAdministratorRequest { tenant_id, user_id }
    }),
    request!("TenantService/ListTenantAdministrators", |place| {
        proto::ListTenantAdministratorsRequest { tenant_id: place.tenant.clone(), ..Default::default() }
    }),
];
