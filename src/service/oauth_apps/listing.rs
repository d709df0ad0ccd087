//! Listing apps: the caller's own, and those that child tenants may use of the system tenant's.

use crate::authz::{ListOauthApps, Permit, TenantScope};
use crate::domain::data_store::DataStoreId;
use crate::domain::id::TenantId;
use crate::domain::invalid::Violations;
use crate::domain::name::{AppName, TenantName};
use crate::domain::oauth_app::OauthApp;
use crate::domain::page::{Page, PageSize, Position};
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Query};
use crate::storage::{OauthAppFilter, PageAt};

/// The number of the list of inherited apps, which follows the list of the caller's own.
const INHERITED: u8 = 1;

/// Which apps are wanted.
#[derive(Debug)]
pub struct ListAppsQuery {
    /// Only this tenant's.
    pub tenant_id: Option<TenantId>,
    /// Only those of the tenant of this name.
    pub tenant_name: Option<String>,
    /// Only those for this data store.
    pub data_store: Option<i32>,
    /// Only those whose name begins so.
    pub name_prefix: Option<String>,
    /// Also the system tenant's that child tenants may use.
    pub include_inherited: bool,
    /// The page.
    pub page: ListRequest,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// One page of apps.
#[derive(Debug)]
pub struct AppListing {
    /// The apps inside the scope.
    pub own: Vec<OauthApp>,
    /// The system tenant's that child tenants may use.
    pub inherited: Vec<OauthApp>,
    /// The token for the next page; empty when there is none.
    pub next_page_token: String,
}

impl Registry {
    /// Lists apps.
    pub async fn list_oauth_apps(&self, permit: &Permit<ListOauthApps>, wanted: ListAppsQuery) -> Result<AppListing, Error> {
        let ListAppsQuery { tenant_id, tenant_name, data_store, name_prefix, include_inherited, page, violations } = wanted;
        let query = Query::new(permit)
            .filter("tenant_id", tenant_id)
            .filter("tenant_name", tenant_name.as_ref())
            .filter("data_store", data_store)
            .filter("name_prefix", name_prefix.as_ref())
            .filter("include_inherited", Some(include_inherited));
        let at = self.page_at(permit, &query, &page, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant_id).await?;
        let scope = self.narrowed_by_name(&scope, tenant_name).await?;
        let name_prefix = name_prefix.as_deref().map(AppName::key_of);
        let filter = OauthAppFilter { data_store: data_store.map(DataStoreId::from_i32), name_prefix, active_only: false };
        let own = match at.after {
            Some(position) if position.list == INHERITED => Page { items: Vec::new(), next: None },
            Some(_) | None => self.store.reader().list_oauth_apps(&scope, &filter, at).await?,
        };
        let inherited = if include_inherited && own.next.is_none() && !scope.contains(TenantId::SYSTEM) {
            self.inherited(permit, filter, (at, own.items.len())).await?
        } else {
            Page { items: Vec::new(), next: None }
        };
        let next = Page { items: Vec::<OauthApp>::new(), next: own.next.or(inherited.next) };
        let next_page_token = self.listed(permit, &query, next).await?.next_page_token;
        Ok(AppListing { own: own.items, inherited: inherited.items, next_page_token })
    }

    /// Fills the rest of a page with the system tenant's apps.
    async fn inherited(
        &self,
        permit: &Permit<ListOauthApps>,
        filter: OauthAppFilter,
        (at, taken): (PageAt, usize),
    ) -> Result<Page<OauthApp>, Error> {
        let begin =
            Position { list: INHERITED, time: crate::domain::time::Timestamp::from_micros(i64::MIN), id: uuid::Uuid::nil() };
        let after = at.after.filter(|position| position.list == INHERITED).unwrap_or(begin);
        let Some(size) = PageSize::rest(at.size, taken) else {
            // The page is full: whether anything follows is for the next page to say.
            return Ok(Page { items: Vec::new(), next: Some(begin) });
        };
        let filter = OauthAppFilter { active_only: true, ..filter };
        let page = PageAt { after: Some(after), size };
        Ok(self.store.reader().list_oauth_apps(&permit.inherited_scope(), &filter, page).await?)
    }

    async fn narrowed_by_name(&self, scope: &TenantScope, name: Option<String>) -> Result<TenantScope, Error> {
        let Some(name) = name else { return Ok(scope.clone()) };
        let found = self.store.reader().find_tenant_by_name(scope, &TenantName::key_of(&name)).await?;
        let narrowed = found.and_then(|tenant| scope.narrowed_to(tenant.id));
        narrowed.ok_or(Error::NotFound(Resource::TenantNamed(name)))
    }
}
