//! Events.

use crate::domain::event::{Decision, Event};
use crate::domain::invalid::Violations;
use crate::domain::secret_list::SecretVersion;
use crate::grpc::convert::{bound, filter, filter_id, optional_id, page, permissions, timestamp};
use crate::proto;
use crate::service::ListEventsQuery;
use crate::storage::EventFilter;

/// Reads which events are wanted.
pub(in crate::grpc) fn list(request: proto::ListEventsRequest) -> ListEventsQuery {
    let proto::ListEventsRequest {
        page_size,
        page_token,
        tenant_id,
        resource_kind,
        resource_id,
        actor_user_id,
        start_time,
        end_time,
    } = request;
    let mut violations = Violations::new();
    ListEventsQuery {
        tenant_id: optional_id("tenant_id", tenant_id.as_deref(), &mut violations),
        filter: EventFilter {
            resource_kind: filter("resource_kind", resource_kind, &mut violations),
            resource_id: filter_id("resource_id", resource_id, &mut violations),
            actor: optional_id("actor_user_id", actor_user_id.as_deref(), &mut violations),
            start: bound("start_time", start_time, &mut violations),
            end: bound("end_time", end_time, &mut violations),
        },
        page: page(page_size, page_token),
        violations,
    }
}

/// Writes an event.
pub(in crate::grpc) fn message(event: Event) -> proto::Event {
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
        permissions: used,
        changed_fields,
        secret_versions,
        stated_reason,
        error_reason,
        request_id,
        peer,
        suppressed_count,
    } = event;
    let decision = match decision {
        Decision::Allowed => proto::EventDecision::Allowed,
        Decision::Denied => proto::EventDecision::Denied,
        Decision::Failed => proto::EventDecision::Failed,
        Decision::Unauthenticated => proto::EventDecision::Unauthenticated,
    };
    let (on_behalf_of_user_id, on_behalf_of_login_name) =
        on_behalf_of.map(|subject| (subject.user_id.to_string(), subject.login_name)).unwrap_or_default();
    proto::Event {
        id: id.to_string(),
        tenant_id: tenant_id.to_string(),
        time: Some(timestamp(time)),
        actor: actor.map(|actor| actor.to_string()).unwrap_or_default(),
        actor_login_name,
        api_key_id: api_key_id.map(|id| id.to_string()).unwrap_or_default(),
        method,
        resource_kind,
        resource_id,
        decision: decision.into(),
        permissions: permissions(&used),
        changed_fields,
        secret_versions: secret_versions.into_iter().map(SecretVersion::as_i32).collect(),
        stated_reason,
        error_reason,
        request_id: request_id.map(|id| id.to_string()).unwrap_or_default(),
        peer,
        suppressed_count: i32::try_from(suppressed_count).unwrap_or(i32::MAX),
        related_id,
        on_behalf_of_user_id,
        on_behalf_of_login_name,
    }
}
