//! Only `authorize` makes a permit, and only a permit makes the scope of a query: both keep their fields to themselves.

use std::marker::PhantomData;

use oauth_registry::authz::{Caller, GetOauthApp, Permit, TenantScope};

fn permit(caller: Caller) -> Permit<GetOauthApp> {
    Permit { caller, granted: any(), scope: any(), action: PhantomData }
}

fn scope() -> TenantScope {
    TenantScope { tenants: any(), owner: None }
}

fn any<T>() -> T {
    unimplemented!()
}

fn main() {}
