//! Reading the event log.

use crate::authz::{ListEvents, Permit};
use crate::domain::event::Event;
use crate::domain::id::TenantId;
use crate::domain::invalid::Violations;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::Error;
use crate::service::listing::{ListRequest, Listed, Query};
use crate::storage::EventFilter;

/// Which events are wanted.
#[derive(Debug)]
pub struct ListEventsQuery {
    /// Only this tenant's.
    pub tenant_id: Option<TenantId>,
    /// Further filters.
    pub filter: EventFilter,
    /// The page.
    pub page: ListRequest,
    /// What the conversion found wrong.
    pub violations: Violations,
}

impl Registry {
    /// Lists events, oldest first.
    pub async fn list_events(&self, permit: &Permit<ListEvents>, query: ListEventsQuery) -> Result<Listed<Event>, Error> {
        let ListEventsQuery { tenant_id, filter, page, violations } = query;
        let EventFilter { resource_kind, resource_id, actor, start, end } = &filter;
        let name = Query::new(permit)
            .filter("tenant_id", tenant_id)
            .filter("resource_kind", resource_kind.as_ref())
            .filter("resource_id", resource_id.as_ref())
            .filter("actor", actor.as_ref())
            .filter("start", start.map(Timestamp::as_micros))
            .filter("end", end.map(Timestamp::as_micros));
        let at = self.page_at(permit, &name, &page, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant_id).await?;
        let events = self.store.reader().list_events(&scope, &filter, at).await?;
        self.listed(permit, &name, events).await
    }
}
