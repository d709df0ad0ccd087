//! Listing roles: the built-in ones, and after them the tenants' own.

use uuid::Uuid;

use crate::authz::{ListRoles, Permit, TenantScope};
use crate::domain::id::TenantId;
use crate::domain::invalid::Violations;
use crate::domain::page::{Page, PageSize, Position};
use crate::domain::role::{BUILT_IN_ROLES, BuiltInRole, Role};
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::Error;
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::roles::is_assignable;
use crate::storage::PageAt;

/// The number of the list of built-in roles.
const BUILT_IN: u8 = 0;
/// The number of the list of the tenants' own roles, which follows.
const OWN: u8 = 1;

/// The place before the first of the tenants' own roles.
const FIRST_OWN: Position = Position { list: OWN, time: Timestamp::from_micros(i64::MIN), id: Uuid::nil() };

impl Registry {
    /// Lists the roles that users inside the scope may have.
    pub async fn list_roles(
        &self,
        permit: &Permit<ListRoles>,
        tenant: Option<TenantId>,
        (request, violations): (&ListRequest, Violations),
    ) -> Result<Listed<Role>, Error> {
        let query = Query::new(permit).filter("tenant_id", tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let mut page = built_in(&scope, at);
        if page.next.is_none() {
            let own = self.own_roles_after(&scope, (at, page.items.len())).await?;
            page.items.extend(own.items);
            page.next = own.next;
        }
        self.listed(permit, &query, page).await
    }

    /// Fills the rest of a page with the tenants' own roles.
    async fn own_roles_after(&self, scope: &TenantScope, (at, taken): (PageAt, usize)) -> Result<Page<Role>, Error> {
        let after = at.after.filter(|position| position.list == OWN).unwrap_or(FIRST_OWN);
        let rest = PageSize::rest(at.size, taken);
        let page = PageAt { after: Some(after), size: rest.unwrap_or(PageSize::ONE) };
        let Page { items, next } = self.store.reader().list_roles(scope, page).await?;
        Ok(match rest {
            Some(_) => Page { items: items.into_iter().map(Role::Own).collect(), next },
            // The page is full of built-in roles: it is the last one unless there is one of a tenant's own.
            None => Page { items: Vec::new(), next: (!items.is_empty()).then_some(after) },
        })
    }
}

/// The part of a page that is built-in roles.
fn built_in(scope: &TenantScope, at: PageAt) -> Page<Role> {
    let after = match at.after {
        Some(Position { list: BUILT_IN, id, .. }) => id,
        Some(_) => return Page { items: Vec::new(), next: None },
        None => Uuid::nil(),
    };
    let mut rest = BUILT_IN_ROLES.iter().filter(|role| role.id.as_uuid() > after && is_assignable(role, scope));
    let found: Vec<&'static BuiltInRole> = rest.by_ref().take(at.size.rows()).collect();
    let more = rest.next().is_some();
    let place = |role: &&BuiltInRole| Position { list: BUILT_IN, time: Timestamp::from_micros(0), id: role.id.as_uuid() };
    let next = found.last().filter(|_| more).map(place);
    Page { items: found.into_iter().map(Role::BuiltIn).collect(), next }
}
