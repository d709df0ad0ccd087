//! The lists that are read: every list without a filter, with each filter, and with some of them together.

use oauth_registry::proto;
use prost::Message;
use prost_reflect::{DynamicMessage, Value};

use super::calls::method;
use super::sets::MIDDLE;

/// What filters name.
pub(super) struct Names {
    /// The tenant where the callers work, and its name.
    pub(super) tenant: String,
    pub(super) tenant_name: String,
    /// A tenant that is as large and that only {12} reaches.
    pub(super) foreign_tenant: String,
    /// The actor of every event of the workplace.
    pub(super) actor: String,
    /// The actor of half of the foreign events.
    pub(super) foreign_actor: String,
    /// A user who has half of the keys of the workplace.
    pub(super) owner: String,
    /// The id of a user who is not there.
    pub(super) nobody: String,
}

/// One list with filters.
pub(super) struct List {
    /// `OauthAppService/ListOauthApps`.
    pub(super) method: &'static str,
    make: fn(&Names) -> Vec<u8>,
}

impl List {
    /// The request without a page.
    pub(super) fn filters(&self, names: &Names) -> DynamicMessage {
        DynamicMessage::decode(method(self.method).input(), (self.make)(names).as_slice()).unwrap()
    }

    /// The request of a page.
    pub(super) fn request(&self, names: &Names, page_size: i32, page_token: &str) -> Vec<u8> {
        let mut request = self.filters(names);
        request.set_field_by_name("page_size", Value::I32(page_size));
        request.set_field_by_name("page_token", Value::String(page_token.to_owned()));
        request.encode_to_vec()
    }
}

/// One line of the table: a method, and its request but for the page.
macro_rules! list {
    ($method:literal, |$names:ident| $request:ident { $($field:ident: $value:expr),* }) => {
        List {
            method: $method,
            make: |$names| {
                let request = proto::$request { $($field: Into::into($value),)* ..Default::default() };
                request.encode_to_vec()
            },
        }
    };
}

/// The middle of all rows in time.
fn middle() -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: MIDDLE, nanos: 0 }
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[rustfmt::skip]
pub(super) const LISTS: &[List] = &[
    list!("ApiKeyService/ListApiKeys", |_names| ListApiKeysRequest {}),
    list!("ApiKeyService/ListApiKeys", |names| ListApiKeysRequest { user_id: names.owner.clone() }),
    list!("ApiKeyService/ListApiKeys", |names| ListApiKeysRequest { user_id: names.nobody.clone() }),
    list!("ApiKeyService/ListApiKeys", |names| ListApiKeysRequest { tenant_id: names.tenant.clone() }),
    list!("ApiKeyService/ListApiKeys", |names| ListApiKeysRequest { tenant_id: names.foreign_tenant.clone() }),
    list!("ApiKeyService/ListApiKeys", |names| ListApiKeysRequest { tenant_id: names.tenant.clone(), user_id: names.owner.clone() }),
    list!("DataStoreService/ListDataStores", |_names| ListDataStoresRequest {}),
    list!("EventService/ListEvents", |_names| ListEventsRequest {}),
    list!("EventService/ListEvents", |names| ListEventsRequest { tenant_id: names.tenant.clone() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { tenant_id: names.foreign_tenant.clone() }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { resource_kind: text("oauth_app") }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { resource_kind: text("nothing") }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { resource_id: text("own thing") }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { resource_id: text("foreign thing") }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { resource_id: text("nothing") }),
    list!("EventService/ListEvents", |names| ListEventsRequest { actor_user_id: names.actor.clone() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { actor_user_id: names.foreign_actor.clone() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { actor_user_id: names.nobody.clone() }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { start_time: middle() }),
    list!("EventService/ListEvents", |_names| ListEventsRequest { end_time: middle() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { start_time: middle(), actor_user_id: names.nobody.clone() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { tenant_id: names.tenant.clone(), resource_kind: text("nothing") }),
    list!("EventService/ListEvents", |names| ListEventsRequest { tenant_id: names.foreign_tenant.clone(), actor_user_id: names.nobody.clone() }),
    list!("EventService/ListEvents", |names| ListEventsRequest { tenant_id: names.tenant.clone(), resource_id: text("own thing"), end_time: middle() }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest {}),
    list!("OauthAppService/ListOauthApps", |names| ListOauthAppsRequest { tenant_id: names.tenant.clone() }),
    list!("OauthAppService/ListOauthApps", |names| ListOauthAppsRequest { tenant_id: names.foreign_tenant.clone() }),
    list!("OauthAppService/ListOauthApps", |names| ListOauthAppsRequest { tenant_name: names.tenant_name.clone() }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { data_store: 54_i32 }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { data_store: 9_i32 }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { name_prefix: text("own") }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { name_prefix: text("Foreign") }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { name_prefix: text("nothing") }),
    list!("OauthAppService/ListOauthApps", |names| ListOauthAppsRequest { tenant_id: names.tenant.clone(), name_prefix: text("nothing") }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { data_store: 9_i32, name_prefix: text("own") }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { include_inherited: true }),
    list!("OauthAppService/ListOauthApps", |_names| ListOauthAppsRequest { include_inherited: true, name_prefix: text("nothing") }),
    list!("RoleService/ListPermissions", |_names| ListPermissionsRequest {}),
    list!("RoleService/ListRoles", |_names| ListRolesRequest {}),
    list!("RoleService/ListRoles", |names| ListRolesRequest { tenant_id: names.tenant.clone() }),
    list!("RoleService/ListRoles", |names| ListRolesRequest { tenant_id: names.foreign_tenant.clone() }),
    list!("TenantService/ListTenantAdministrators", |names| ListTenantAdministratorsRequest { tenant_id: names.tenant.clone() }),
    list!("TenantService/ListTenantAdministrators", |names| ListTenantAdministratorsRequest { tenant_id: names.foreign_tenant.clone() }),
    list!("TenantService/ListTenants", |_names| ListTenantsRequest {}),
    list!("TenantService/ListTenants", |_names| ListTenantsRequest { name_prefix: text("administered") }),
    list!("TenantService/ListTenants", |_names| ListTenantsRequest { name_prefix: text("foreign") }),
    list!("TenantService/ListTenants", |_names| ListTenantsRequest { name_prefix: text("nothing") }),
    list!("UserService/ListUsers", |_names| ListUsersRequest {}),
    list!("UserService/ListUsers", |names| ListUsersRequest { tenant_id: names.tenant.clone() }),
    list!("UserService/ListUsers", |names| ListUsersRequest { tenant_id: names.foreign_tenant.clone() }),
];
