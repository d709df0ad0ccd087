//! What the served protos say of themselves: methods, messages, fields. Must not know what any of them is for.

use std::collections::BTreeSet;

use oauth_registry::proto::{FILE_DESCRIPTOR_SET, PACKAGE};
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

/// Returns the descriptors that reflection serves.
pub(crate) fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap()
}

/// Returns every method of the API.
pub(crate) fn methods() -> Vec<MethodDescriptor> {
    let services: Vec<_> = pool().services().filter(|service| service.full_name().starts_with(PACKAGE)).collect();
    services.iter().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// Returns the path of a method, `/package.Service/Method`.
pub(crate) fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// Says whether a method can be called by a password alone.
pub(crate) fn refuses_api_keys(method: &MethodDescriptor) -> bool {
    let extension = method.parent_pool().get_extension_by_name("oauthregistry.v1.refuses").unwrap();
    let refuses = method.options().get_extension(&extension).into_owned();
    let api_key = refuses.as_message().and_then(|refuses| refuses.get_field_by_name("api_key").map(|value| value.as_bool()));
    api_key.flatten() == Some(true)
}

/// Returns every message of the API.
pub(crate) fn messages() -> Vec<MessageDescriptor> {
    pool().all_messages().filter(|message| message.package_name() == PACKAGE).collect()
}

/// Says whether a field carries a secret.
pub(crate) fn is_redacted(field: &FieldDescriptor) -> bool {
    let extension = field.parent_pool().get_extension_by_name("oauthregistry.v1.secret").unwrap();
    field.options().get_extension(&extension).as_bool() == Some(true)
}

/// Returns every field reachable from a message.
pub(crate) fn reachable(message: &MessageDescriptor) -> Vec<FieldDescriptor> {
    let (mut seen, mut open, mut fields) = (BTreeSet::new(), vec![message.clone()], Vec::new());
    while let Some(message) = open.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            if let Kind::Message(inner) = field.kind() {
                open.push(inner);
            }
            fields.push(field);
        }
    }
    fields
}
