//! Nobody adds a method, with a rule of their own, to those of the protos.

use oauth_registry::authz::{Action, MethodRule};

enum EverythingGoes {}

impl Action for EverythingGoes {
    const RULE: &'static MethodRule = &MethodRule {
        name: "EverythingGoes",
        any: true,
        own_rows: false,
        any_of: &[],
        system_tenant_only: false,
        refuses_bound_key: false,
        refuses_api_key: false,
        refuses_on_behalf_of: false,
        home_tenant_only: false,
    };
}

fn main() {}
