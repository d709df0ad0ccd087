//! The caller of a call, made from what is stored about a credential.

use std::collections::BTreeSet;

use crate::authn::Unauthenticated;
use crate::domain::api_key::{ApiKey, ApiKeyStatus};
use crate::domain::id::{ApiKeyId, TenantId, UserId};
use crate::domain::permission::PermissionSet;
use crate::domain::tenant::TenantStatus;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};

/// Everything that is stored about the API key that a caller presents.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// The key.
    pub api_key: ApiKey,
    /// The user that the key belongs to.
    pub user: User,
    /// The state of the user's home tenant.
    pub tenant_status: TenantStatus,
    /// The tenants to which the user has administrative access.
    pub administered: BTreeSet<TenantId>,
}

/// By what a caller is authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    api_key_id: ApiKeyId,
    bound_tenant: Option<TenantId>,
    expire_time: Option<Timestamp>,
}

impl Credential {
    /// Returns the API key's id.
    #[must_use]
    pub fn api_key_id(&self) -> ApiKeyId {
        self.api_key_id
    }

    /// Returns the one tenant that the key is bound to.
    #[must_use]
    pub fn bound_tenant(&self) -> Option<TenantId> {
        self.bound_tenant
    }

    /// Returns when the key ends.
    #[must_use]
    pub fn expire_time(&self) -> Option<Timestamp> {
        self.expire_time
    }
}

/// An authenticated caller. Only [`authenticate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    user_id: UserId,
    home_tenant: TenantId,
    login_name: String,
    permissions: PermissionSet,
    administered: BTreeSet<TenantId>,
    credential: Credential,
}

/// Makes the caller, when key, user and tenant are all good at `now`. The token's secret has been compared before.
pub fn authenticate(facts: KeyFacts, now: Timestamp) -> Result<Principal, Unauthenticated> {
    let KeyFacts { api_key, user, tenant_status, administered } = facts;
    let alive = api_key.status == ApiKeyStatus::Active && api_key.expire_time.is_none_or(|end| now < end);
    if !alive || user.status != UserStatus::Active || tenant_status != TenantStatus::Active {
        return Err(Unauthenticated);
    }
    // Administrative access gives nothing to users of child tenants.
    let administered = if user.tenant_id == TenantId::SYSTEM { administered } else { BTreeSet::new() };
    Ok(Principal {
        user_id: user.id,
        home_tenant: user.tenant_id,
        login_name: user.login_name.as_str().to_owned(),
        permissions: api_key.permissions.limited_to(&user.effective_permissions()),
        administered,
        credential: Credential { api_key_id: api_key.id, bound_tenant: api_key.bound_tenant, expire_time: api_key.expire_time },
    })
}

impl Principal {
    /// Says whether nothing was taken away since `before`: it is the same credential, and permissions and tenants are still held.
    #[must_use]
    pub fn still_holds(&self, before: &Self) -> bool {
        self.credential == before.credential
            && before.permissions.iter().all(|permission| self.permissions.contains(permission))
            && self.administered.is_superset(&before.administered)
    }

    /// Returns the user's id.
    #[must_use]
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// Returns the tenant that the user lives in.
    #[must_use]
    pub fn home_tenant(&self) -> TenantId {
        self.home_tenant
    }

    /// Returns the tenant that a request means when it names none: the one a key is bound to, else the home tenant.
    #[must_use]
    pub fn default_tenant(&self) -> TenantId {
        self.credential.bound_tenant.unwrap_or(self.home_tenant)
    }

    /// Returns the user's login name.
    #[must_use]
    pub fn login_name(&self) -> &str {
        &self.login_name
    }

    /// Returns the permissions of this call: what the credential lists and the user holds.
    #[must_use]
    pub fn permissions(&self) -> &PermissionSet {
        &self.permissions
    }

    /// Returns the tenants to which the user has administrative access.
    #[must_use]
    pub fn administered(&self) -> &BTreeSet<TenantId> {
        &self.administered
    }

    /// Returns by what the caller is authenticated.
    #[must_use]
    pub fn credential(&self) -> &Credential {
        &self.credential
    }
}
