//! Events: appended, listed, never changed.

use migrations::condition::EVERY_EVENT;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::authz::TenantScope;
use crate::domain::event::{Decision, Event, Represented};
use crate::domain::id::{ApiKeyId, EventId, TenantId, UserId};
use crate::domain::page::Page;
use crate::domain::stamp::Actor;
use crate::domain::time::Timestamp;
use crate::storage::entity::event;
use crate::storage::error::StoreError;
use crate::storage::page::PageAt;
use crate::storage::row::{Row, join, permission_numbers};
use crate::storage::scope::{Listing, Within};
use crate::storage::{Reader, Store, Tx};

/// Which events a list holds; all must be true.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only events about this kind of resource.
    pub resource_kind: Option<String>,
    /// Only events about the resource of this id.
    pub resource_id: Option<String>,
    /// Only events of this user.
    pub actor: Option<UserId>,
    /// Only events at or after this time.
    pub start: Option<Timestamp>,
    /// Only events before this time.
    pub end: Option<Timestamp>,
}

impl Reader<'_> {
    /// Lists events, oldest first.
    pub async fn list_events(&self, scope: &TenantScope, filter: &EventFilter, at: PageAt) -> Result<Page<Event>, StoreError> {
        let EventFilter { resource_kind, resource_id, actor, start, end } = filter;
        let indexed = Condition::all().add_option(resource_id.as_deref().map(|id| event::Column::ResourceId.eq(id)));
        let of_actor = actor.map(|user| event::Column::Actor.eq(Actor::User(user).to_string()));
        let mut others = Condition::all().add_option(resource_kind.as_deref().map(|kind| event::Column::ResourceKind.eq(kind)));
        // One index serves the resource or the actor, not both.
        let indexed = if resource_id.is_some() {
            others = others.add_option(of_actor);
            indexed
        } else {
            indexed.add_option(of_actor)
        };
        let listing = Listing { across_tenants: resource_id.is_some(), start: *start, end: *end, ..at.filtered(indexed) };
        let listing = listing.and_then_by(others);
        self.page::<event::Entity, event::Model>(scope, &listing, at).await?.try_map(Event::try_from)
    }
}

impl Reader<'_> {
    /// Finds the time of the newest event.
    pub async fn find_newest_event_time(&self, scope: &TenantScope) -> Result<Option<Timestamp>, StoreError> {
        let events = self.within(scope).find::<event::Entity>().filter(Expr::cust(EVERY_EVENT));
        let newest = events.select_only().column(event::Column::Time).order_by_desc(event::Column::Time);
        let newest = newest.order_by_desc(event::Column::Id).limit(1).into_tuple::<i64>();
        Ok(newest.one(&self.connection).await?.map(Timestamp::from_micros))
    }
}

impl Tx {
    /// Writes an event as part of the transaction it tells of.
    pub(super) async fn insert_event(&self, log: &TenantScope, event: &Event) -> Result<(), StoreError> {
        self.within(log).insert::<event::Entity, _>(&self.connection(), row(event)).await
    }
}

impl Store {
    /// Writes events that tell of nothing that was stored: refused calls.
    pub async fn append_events(&self, log: &TenantScope, events: &[Event]) -> Result<(), StoreError> {
        let rows = events.iter().map(row).collect();
        Within::new(&self.writer, log).insert_many::<event::Entity, _>(&self.writing(), rows).await
    }
}

fn row(event: &Event) -> event::ActiveModel {
    let Event {
        id,
        tenant_id,
        time,
        actor,
        actor_login_name,
        on_behalf_of,
        api_key_id,
        method,
        resource_kind,
        resource_id,
        related_id,
        decision,
        permissions,
        changed_fields,
        secret_versions,
        stated_reason,
        error_reason,
        request_id,
        peer,
        suppressed_count,
    } = event;
    event::ActiveModel {
        tenant_id: Set(tenant_id.as_uuid()),
        id: Set(id.as_uuid()),
        time: Set(time.as_micros()),
        actor: Set(actor.as_ref().map(ToString::to_string).unwrap_or_default()),
        actor_login_name: Set(actor_login_name.clone()),
        on_behalf_of_user_id: Set(on_behalf_of.as_ref().map(|subject| subject.user_id.as_uuid())),
        on_behalf_of_login_name: Set(on_behalf_of.as_ref().map(|subject| subject.login_name.clone()).unwrap_or_default()),
        api_key_id: Set(api_key_id.map(ApiKeyId::as_uuid)),
        method: Set(method.clone()),
        resource_kind: Set(resource_kind.clone()),
        resource_id: Set(resource_id.clone()),
        related_id: Set(related_id.clone()),
        decision: Set(decision.as_str().to_owned()),
        permissions: Set(permission_numbers(permissions)),
        changed_fields: Set(join(changed_fields)),
        secret_versions: Set(join(secret_versions)),
        stated_reason: Set(stated_reason.clone()),
        error_reason: Set(error_reason.clone()),
        request_id: Set(request_id.map(|id| id.to_string()).unwrap_or_default()),
        peer: Set(peer.clone()),
        suppressed_count: Set(*suppressed_count),
    }
}

impl TryFrom<event::Model> for Event {
    type Error = StoreError;

    fn try_from(row: event::Model) -> Result<Self, StoreError> {
        let event::Model {
            tenant_id,
            id,
            time,
            actor,
            actor_login_name,
            on_behalf_of_user_id,
            on_behalf_of_login_name,
            api_key_id,
            method,
            resource_kind,
            resource_id,
            related_id,
            decision,
            permissions,
            changed_fields,
            secret_versions,
            stated_reason,
            error_reason,
            request_id,
            peer,
            suppressed_count,
        } = row;
        let at = Row { table: "event", id };
        let actor = (!actor.is_empty()).then(|| at.need("actor", actor.parse().ok())).transpose()?;
        let request_id = (!request_id.is_empty()).then(|| at.need("request_id", request_id.parse().ok())).transpose()?;
        Ok(Self {
            id: EventId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            time: Timestamp::from_micros(time),
            actor,
            actor_login_name,
            on_behalf_of: on_behalf_of_user_id
                .map(|user| Represented { user_id: UserId::from_uuid(user), login_name: on_behalf_of_login_name }),
            api_key_id: api_key_id.map(ApiKeyId::from_uuid),
            method,
            resource_kind,
            resource_id,
            related_id,
            decision: at.need("decision", Decision::parse(&decision))?,
            permissions: at.permissions("permissions", &permissions)?,
            changed_fields: at.list("changed_fields", &changed_fields)?,
            secret_versions: at.secret_versions("secret_versions", &secret_versions)?,
            stated_reason,
            error_reason,
            request_id,
            peer,
            suppressed_count,
        })
    }
}
