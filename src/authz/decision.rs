//! Whether a caller may call a method. Decided without looking at any row.

use crate::authn::Principal;
use crate::authz::method::MethodRule;
use crate::domain::id::TenantId;
use crate::domain::permission::{Permission, PermissionSet};

/// Why a caller may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("denied")]
pub enum Denied {
    /// The permissions do not satisfy the rule.
    MissingPermission {
        /// The rule: alternatives of permissions that must all be held.
        required: &'static [&'static [Permission]],
        /// What is missing for each alternative, in the same order.
        missing: Vec<PermissionSet>,
    },
    /// The method is for users of the system tenant.
    NotInSystemTenant,
    /// The method refuses the caller's kind of credential.
    Credential(RefusedCredential),
    /// The caller may not act on behalf of the user that was named, or there is no such user.
    OnBehalfOf,
    /// The change touches a permission or an administrative access that the caller's credential does not hold.
    ExceedsCaller,
    /// Nobody changes their own roles, grants, administrative access or status.
    SelfChange,
}

/// A kind of credential that a method refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedCredential {
    /// An API key that is bound to a tenant.
    BoundKey,
    /// Any API key.
    ApiKey,
    /// A caller who acts on behalf of a user.
    OnBehalfOf,
}

/// A decision in the caller's favour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The permissions that satisfied the rule.
    pub(super) used: PermissionSet,
    /// The caller passes for their own rows alone.
    pub(super) own_rows_only: bool,
}

/// Decides by the rule alone.
pub fn decide(rule: &'static MethodRule, caller: &Principal) -> Result<Granted, Denied> {
    if rule.system_tenant_only && caller.home_tenant() != TenantId::SYSTEM {
        return Err(Denied::NotInSystemTenant);
    }
    let granted = satisfied(rule, caller)?;
    match refused_credential(rule, caller) {
        Some(kind) => Err(Denied::Credential(kind)),
        None => Ok(granted),
    }
}

fn refused_credential(rule: &MethodRule, caller: &Principal) -> Option<RefusedCredential> {
    let credential = caller.credential();
    if rule.refuses_on_behalf_of && caller.subject().is_some() {
        return Some(RefusedCredential::OnBehalfOf);
    }
    if rule.refuses_api_key && credential.api_key_id().is_some() {
        return Some(RefusedCredential::ApiKey);
    }
    (rule.refuses_bound_key && credential.bound_tenant().is_some()).then_some(RefusedCredential::BoundKey)
}

fn satisfied(rule: &'static MethodRule, caller: &Principal) -> Result<Granted, Denied> {
    if rule.any {
        return Ok(Granted { used: PermissionSet::default(), own_rows_only: false });
    }
    let held = caller.permissions();
    let mut missing = Vec::new();
    for set in rule.any_of {
        let lacking: PermissionSet = set.iter().copied().filter(|permission| !held.contains(*permission)).collect();
        if lacking.is_empty() {
            return Ok(Granted { used: set.iter().copied().collect(), own_rows_only: false });
        }
        missing.push(lacking);
    }
    if rule.own_rows {
        return Ok(Granted { used: PermissionSet::default(), own_rows_only: true });
    }
    Err(Denied::MissingPermission { required: rule.any_of, missing })
}
