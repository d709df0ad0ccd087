//! The life of a tenant.

use oauth_registry::proto;
use prost::Message;

use super::{Builder, by, tenant};

/// In this order: what can be deleted is suspended, and in the end all is as it was.
pub(super) const LIFECYCLE: &[Builder] = &[
    by("TenantService/UpdateTenant", "tenant.id", tenant, |_, id| {
        let tenant =
            proto::Tenant { id: id.to_owned(), description: Some("Another description".to_owned()), ..Default::default() };
        proto::UpdateTenantRequest { tenant: Some(tenant), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    by(
        "TenantService/SuspendTenant",
        "tenant_id",
        |ids| &ids.spare,
        |_, id| proto::SuspendTenantRequest { tenant_id: id.to_owned(), etag: String::new() }.encode_to_vec(),
    ),
    by(
        "TenantService/DeleteTenant",
        "tenant_id",
        |ids| &ids.spare,
        |_, id| {
            proto::DeleteTenantRequest { tenant_id: id.to_owned(), validate_only: true, ..Default::default() }.encode_to_vec()
        },
    ),
    by(
        "TenantService/ReactivateTenant",
        "tenant_id",
        |ids| &ids.spare,
        |_, id| proto::ReactivateTenantRequest { tenant_id: id.to_owned(), etag: String::new() }.encode_to_vec(),
    ),
];
