//! One marker type per method with its rule, generated from the protos, and the table by path.

use crate::domain::permission::Permission;

/// The access rule of one method, as its proto option says it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the proto")]
pub struct MethodRule {
    /// `oauthregistry.v1.OauthAppService/GetOauthApp`.
    pub name: &'static str,
    /// Every authenticated caller passes.
    pub any: bool,
    /// Every authenticated caller passes for their own rows.
    pub own_rows: bool,
    /// A caller passes who holds all permissions of one of these sets.
    pub any_of: &'static [&'static [Permission]],
    /// Only users of the system tenant pass.
    pub system_tenant_only: bool,
    /// API keys that are bound to a tenant are refused.
    pub refuses_bound_key: bool,
    /// Every API key is refused.
    pub refuses_api_key: bool,
    /// Callers who act on behalf of a user are refused.
    pub refuses_on_behalf_of: bool,
    /// The method reaches the home tenant alone, without permission 12.
    pub home_tenant_only: bool,
}

/// A method of the API, as a type. Only the generated markers implement it.
pub trait Action: sealed::Sealed + 'static {
    /// The method's rule.
    const RULE: &'static MethodRule;
}

/// Returns the rule of the method at an exact request path, such as `/oauthregistry.v1.OauthAppService/GetOauthApp`.
#[must_use]
pub fn rule_for_path(path: &str) -> Option<&'static MethodRule> {
    rule_by_path(path)
}

mod sealed {
    /// Keeps others from adding actions.
    pub trait Sealed {}
}

include!(concat!(env!("OUT_DIR"), "/methods.rs"));
