//! Where a caller may act: the set of tenants, made from a permit and from nothing else.

use std::collections::BTreeSet;

use crate::authn::{Principal, Standing};
use crate::authz::method::MethodRule;
use crate::domain::id::{TenantId, UserId};
use crate::domain::permission::Permission;

/// The tenants whose rows a query may touch, and the one user to whose rows it is narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantScope {
    tenants: Tenants,
    owner: Option<UserId>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tenants {
    Any,
    Only(BTreeSet<TenantId>),
}

impl Tenants {
    fn one(tenant: TenantId) -> Self {
        Self::Only(BTreeSet::from([tenant]))
    }

    fn intersection(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, tenants) | (tenants, Self::Any) => tenants,
            (Self::Only(left), Self::Only(right)) => Self::Only(&left & &right),
        }
    }
}

/// Where one user reaches with what they bring into the call.
fn reach(standing: &Standing) -> Tenants {
    if standing.permissions().contains(Permission::Administrator) {
        return Tenants::Any;
    }
    let home = standing.home_tenant();
    let administered = standing.administered().iter().copied().filter(|_| home == TenantId::SYSTEM);
    Tenants::Only(administered.chain([home]).collect())
}

impl TenantScope {
    /// The three-step rule for everybody who takes part in the call, intersected: permission 12 reaches every tenant; a user of the
    /// system tenant its own and the administered ones; a user of a child tenant that tenant. A key that is bound to a tenant reaches
    /// no other.
    pub(super) fn of(principal: &Principal, rule: &MethodRule, own_rows_only: bool) -> Self {
        let reaches = principal.standings().map(reach);
        let home_alone = rule.home_tenant_only && !principal.permissions().contains(Permission::Administrator);
        let home = home_alone.then(|| Tenants::one(principal.home_tenant()));
        let bound = principal.credential().bound_tenant().map(Tenants::one);
        let tenants = reaches.chain(home).chain(bound).fold(Tenants::Any, Tenants::intersection);
        Self { tenants, owner: own_rows_only.then(|| principal.user_id()) }
    }

    /// Every tenant: for the service's own work.
    pub(super) fn everywhere() -> Self {
        Self { tenants: Tenants::Any, owner: None }
    }

    /// The system tenant: for the rows of it that others may see in part.
    pub(super) fn system() -> Self {
        Self { tenants: Tenants::one(TenantId::SYSTEM), owner: None }
    }

    /// Says whether the tenant is inside.
    #[must_use]
    pub fn contains(&self, tenant: TenantId) -> bool {
        match &self.tenants {
            Tenants::Any => true,
            Tenants::Only(tenants) => tenants.contains(&tenant),
        }
    }

    /// Returns the part of the scope that is one tenant; nothing when the tenant is outside.
    #[must_use]
    pub fn narrowed_to(&self, tenant: TenantId) -> Option<Self> {
        let tenants = Tenants::one(tenant);
        self.contains(tenant).then_some(Self { tenants, owner: self.owner })
    }

    /// Returns the part of the scope that is some of these tenants.
    #[must_use]
    pub fn among(&self, tenants: BTreeSet<TenantId>) -> Self {
        let tenants = self.tenants.clone().intersection(Tenants::Only(tenants));
        Self { tenants, owner: self.owner }
    }

    /// Returns the scope of a tenant that is about to be made.
    pub(super) fn of_new(tenant: TenantId) -> Self {
        Self { tenants: Tenants::one(tenant), owner: None }
    }

    /// Returns the scope without its narrowing to one user's rows, for questions about the tenants themselves.
    #[must_use]
    pub fn of_tenants(&self) -> Self {
        Self { tenants: self.tenants.clone(), owner: None }
    }

    /// Returns the tenants, or nothing when every tenant is inside.
    #[must_use]
    pub fn tenants(&self) -> Option<&BTreeSet<TenantId>> {
        match &self.tenants {
            Tenants::Any => None,
            Tenants::Only(tenants) => Some(tenants),
        }
    }

    /// Returns the user to whose rows the scope is narrowed.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner
    }

    /// Returns the scope as text, equal for equal scopes alone.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let owner = self.owner.map(|user| user.to_string()).unwrap_or_default();
        match &self.tenants {
            Tenants::Any => format!("any/{owner}"),
            Tenants::Only(tenants) => {
                let tenants: Vec<String> = tenants.iter().map(ToString::to_string).collect();
                format!("{}/{owner}", tenants.join(","))
            }
        }
    }
}
