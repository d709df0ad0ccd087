//! Requests of the services of keys, callers, data stores, events and roles.

use oauth_registry::proto;

use super::{Request, request};
use crate::statements::place::{GIVEN, password};

pub(super) const REQUESTS: &[Request] = &[
    request!("ApiKeyService/CreateApiKey", |place| {
        let (user_id, permissions) = (Some(place.new_user().await), GIVEN.map(Into::into).to_vec());
        let api_key = Some(proto::ApiKey { user_id, permissions, ..Default::default() });
        proto::CreateApiKeyRequest { api_key, ..Default::default() }
    }),
    request!("ApiKeyService/GetApiKey", |place| proto::GetApiKeyRequest { api_key_id: place.new_key().await }),
    request!("ApiKeyService/ListApiKeys", |_place| proto::ListApiKeysRequest::default()),
    request!("ApiKeyService/RevokeApiKey", |place| {
        proto::RevokeApiKeyRequest { api_key_id: place.new_key().await, ..Default::default() }
    }),
    request!("ApiKeyService/RotateApiKey", |place| {
        proto::RotateApiKeyRequest { api_key_id: place.new_key().await, ..Default::default() }
    }),
    request!("CallerService/GetCaller", |_place| proto::GetCallerRequest {}),
    request!("CallerService/ChangePassword", |_place| proto::ChangePasswordRequest { new_password: password() }),
    request!("DataStoreService/GetDataStore", |_place| proto::GetDataStoreRequest { data_store_id: 54 }),
    request!("DataStoreService/ListDataStores", |_place| proto::ListDataStoresRequest::default()),
    request!("EventService/ListEvents", |_place| proto::ListEventsRequest::default()),
    request!("RoleService/GetRole", |place| proto::GetRoleRequest { role_id: place.new_role().await }),
    request!("RoleService/ListRoles", |_place| proto::ListRolesRequest::default()),
    request!("RoleService/CreateRole", |place| {
        let (tenant_id, name) = (Some(place.tenant.clone()), Some(place.new_name()));
        let role = proto::Role { tenant_id, name, permissions: GIVEN.map(Into::into).to_vec(), ..Default::default() };
        proto::CreateRoleRequest { role: Some(role), ..Default::default() }
    }),
    request!("RoleService/UpdateRole", |place| {
        let role = proto::Role { id: place.new_held_role().await, permissions: vec![11, 28], ..Default::default() };
        proto::UpdateRoleRequest { role: Some(role), ..Default::default() }
    }),
    request!("RoleService/DeleteRole", |place| {
        proto::DeleteRoleRequest { role_id: place.new_role().await, ..Default::default() }
    }),
    request!("RoleService/ListPermissions", |_place| proto::ListPermissionsRequest::default()),
];
