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
    /// The method refuses API keys that are bound to a tenant.
    BoundKey,
    /// The change touches a permission or an administrative access that the caller's credential does not hold.
    ExceedsCaller,
    /// Nobody changes their own grants.
    SelfChange,
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
    if rule.refuses_bound_key && caller.credential().bound_tenant().is_some() {
        return Err(Denied::BoundKey);
    }
    Ok(granted)
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
