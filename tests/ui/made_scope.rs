//! Nobody asks for the scope of a tenant that a message names, or of every tenant.

use oauth_registry::authz::TenantScope;
use oauth_registry::domain::id::TenantId;

fn of_one(tenant: TenantId) -> TenantScope {
    TenantScope::of_new(tenant)
}

fn of_the_system() -> TenantScope {
    TenantScope::system()
}

fn of_all() -> TenantScope {
    TenantScope::everywhere()
}

fn main() {}
