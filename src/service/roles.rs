//! Roles: the built-in ones, which are in every tenant.

use uuid::Uuid;

use crate::authz::{GetRole, ListRoles, Permit, TenantScope};
use crate::domain::id::{RoleId, TenantId};
use crate::domain::invalid::Violations;
use crate::domain::page::{Page, Position};
use crate::domain::role::{BUILT_IN_ROLES, BuiltInRole};
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};

impl Registry {
    /// Returns one role, if users inside the scope may have it.
    pub fn get_role(&self, permit: &Permit<GetRole>, id: RoleId) -> Result<&'static BuiltInRole, Error> {
        let found = BuiltInRole::find(id).filter(|role| is_assignable(role, permit.scope()));
        found.ok_or(Error::NotFound(Resource::Role(id)))
    }

    /// Lists the roles that users inside the scope may have.
    pub async fn list_roles(
        &self,
        permit: &Permit<ListRoles>,
        tenant: Option<TenantId>,
        (request, violations): (&ListRequest, Violations),
    ) -> Result<Listed<&'static BuiltInRole>, Error> {
        let query = Query::new(permit, &tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let after = at.after.map_or(Uuid::nil(), |position| position.id);
        let mut rest = BUILT_IN_ROLES.iter().filter(|role| role.id.as_uuid() > after && is_assignable(role, &scope));
        let items: Vec<_> = rest.by_ref().take(at.size.rows()).collect();
        let more = rest.next().is_some();
        let place = |role: &&BuiltInRole| Position { list: 0, time: Timestamp::from_micros(0), id: role.id.as_uuid() };
        let next = items.last().filter(|_| more).map(place);
        self.listed(permit, &query, Page { items, next }).await
    }
}

fn is_assignable(role: &BuiltInRole, scope: &TenantScope) -> bool {
    !role.system_tenant_only || scope.contains(TenantId::SYSTEM)
}
