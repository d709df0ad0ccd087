//! One good request for every RPC and every way in which it names a resource.

mod passwords;
mod roles;
mod tenants;
mod users;

use oauth_registry::proto::{self, Permission, UserKind};
use prost::Message;

use self::passwords::PASSWORDS;
use super::world::Ids;
use crate::harness::caller::sample_app;

/// How to make a request of one RPC that names a resource by one locator.
pub(super) struct Builder {
    /// `OauthAppService/GetOauthApp`.
    pub(super) method: &'static str,
    /// The path of the field; empty for an RPC that names nothing.
    pub(super) locator: &'static str,
    /// The thing that the locator names, of a tenant's things.
    pub(super) target: fn(&Ids) -> &str,
    make: fn(&Ids, &str) -> Vec<u8>,
}

impl Builder {
    /// The request's bytes: `id` stands in the locator, all else comes from the tenant that the caller works in.
    pub(super) fn build(&self, place: &Ids, id: &str) -> Vec<u8> {
        (self.make)(place, id)
    }
}

const fn by(method: &'static str, locator: &'static str, target: fn(&Ids) -> &str, make: fn(&Ids, &str) -> Vec<u8>) -> Builder {
    Builder { method, locator, target, make }
}

const fn plain(method: &'static str, make: fn(&Ids, &str) -> Vec<u8>) -> Builder {
    Builder { method, locator: "", target: |_| "", make }
}

fn tenant(ids: &Ids) -> &str {
    &ids.tenant
}

fn user(ids: &Ids) -> &str {
    &ids.user
}

fn api_key(ids: &Ids) -> &str {
    &ids.api_key
}

fn app(ids: &Ids) -> &str {
    &ids.app
}

/// Every builder.
pub(super) fn all() -> impl Iterator<Item = &'static Builder> {
    [API_KEYS, OTHERS, OAUTH_APPS, roles::ROLES, TENANTS, tenants::LIFECYCLE, users::USERS, PASSWORDS].into_iter().flatten()
}

/// The builders of one RPC.
pub(super) fn of(method: &str) -> Vec<&'static Builder> {
    all().filter(|builder| builder.method == method).collect()
}

const API_KEYS: &[Builder] = &[
    by("ApiKeyService/CreateApiKey", "api_key.user_id", user, |_, id| {
        new_key(proto::ApiKey { user_id: Some(id.to_owned()), ..Default::default() })
    }),
    by("ApiKeyService/CreateApiKey", "api_key.tenant_id", tenant, |_, id| {
        new_key(proto::ApiKey { tenant_id: Some(id.to_owned()), ..Default::default() })
    }),
    by("ApiKeyService/GetApiKey", "api_key_id", api_key, |_, id| {
        proto::GetApiKeyRequest { api_key_id: id.to_owned() }.encode_to_vec()
    }),
    by("ApiKeyService/ListApiKeys", "user_id", user, |_, id| {
        proto::ListApiKeysRequest { user_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("ApiKeyService/ListApiKeys", "tenant_id", tenant, |_, id| {
        proto::ListApiKeysRequest { tenant_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("ApiKeyService/RotateApiKey", "api_key_id", api_key, |_, id| {
        proto::RotateApiKeyRequest { api_key_id: id.to_owned(), ..Default::default() }.encode_to_vec()
    }),
    by("ApiKeyService/RevokeApiKey", "api_key_id", api_key, |_, id| {
        proto::RevokeApiKeyRequest { api_key_id: id.to_owned(), etag: String::new() }.encode_to_vec()
    }),
];

const OTHERS: &[Builder] = &[
    plain("CallerService/GetCaller", |_, _| proto::GetCallerRequest {}.encode_to_vec()),
    plain("DataStoreService/GetDataStore", |_, _| proto::GetDataStoreRequest { data_store_id: 54 }.encode_to_vec()),
    plain("DataStoreService/ListDataStores", |_, _| proto::ListDataStoresRequest::default().encode_to_vec()),
    by("EventService/ListEvents", "tenant_id", tenant, |_, id| {
        proto::ListEventsRequest { tenant_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("EventService/ListEvents", "resource_id", app, |_, id| {
        proto::ListEventsRequest { resource_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("EventService/ListEvents", "actor_user_id", user, |_, id| {
        proto::ListEventsRequest { actor_user_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by("UserService/CreateUser", "user.tenant_id", tenant, |_, id| {
        let user = proto::User {
            tenant_id: Some(id.to_owned()),
            kind: UserKind::ServiceAccount.into(),
            login_name: Some("newcomer".to_owned()),
            ..Default::default()
        };
        proto::CreateUserRequest { user: Some(user), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    by("UserService/GetUser", "user_id", user, |_, id| proto::GetUserRequest { user_id: id.to_owned() }.encode_to_vec()),
    by("UserService/ListUsers", "tenant_id", tenant, |_, id| {
        proto::ListUsersRequest { tenant_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
];

const OAUTH_APPS: &[Builder] = &[
    by("OauthAppService/CreateOauthApp", "oauth_app.tenant_id", tenant, |_, id| {
        let app = proto::OauthApp { tenant_id: Some(id.to_owned()), ..sample_app("A new one") };
        let client_secret = Some("s3cret".to_owned());
        proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, validate_only: true, ..Default::default() }
            .encode_to_vec()
    }),
    by("OauthAppService/GetOauthApp", "oauth_app_id", app, |_, id| {
        proto::GetOauthAppRequest { oauth_app_id: id.to_owned() }.encode_to_vec()
    }),
    by("OauthAppService/ListOauthApps", "tenant_id", tenant, |_, id| {
        proto::ListOauthAppsRequest { tenant_id: Some(id.to_owned()), ..Default::default() }.encode_to_vec()
    }),
    by(
        "OauthAppService/ListOauthApps",
        "tenant_name",
        |ids| &ids.tenant_name,
        |_, name| proto::ListOauthAppsRequest { tenant_name: Some(name.to_owned()), ..Default::default() }.encode_to_vec(),
    ),
    by("OauthAppService/UpdateOauthApp", "oauth_app.id", app, |_, id| {
        changed_app(proto::OauthApp { id: id.to_owned(), ..Default::default() })
    }),
    by("OauthAppService/UpdateOauthApp", "oauth_app.tenant_id", tenant, |place, id| {
        changed_app(proto::OauthApp { id: place.app.clone(), tenant_id: Some(id.to_owned()), ..Default::default() })
    }),
    by("OauthAppService/DeleteOauthApp", "oauth_app_id", app, |_, id| {
        proto::DeleteOauthAppRequest { oauth_app_id: id.to_owned(), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    by("OauthAppService/RevealOauthAppSecret", "oauth_app_id", app, |_, id| {
        let reason = "to test it".to_owned();
        proto::RevealOauthAppSecretRequest { oauth_app_id: id.to_owned(), reason, ..Default::default() }.encode_to_vec()
    }),
];

const TENANTS: &[Builder] = &[
    plain("TenantService/CreateTenant", |_, _| {
        let tenant = proto::Tenant { name: Some("a third one".to_owned()), ..Default::default() };
        proto::CreateTenantRequest { tenant: Some(tenant), validate_only: true, ..Default::default() }.encode_to_vec()
    }),
    by("TenantService/GetTenant", "tenant_id", tenant, |_, id| {
        proto::GetTenantRequest { tenant_id: id.to_owned() }.encode_to_vec()
    }),
    plain("TenantService/ListTenants", |_, _| proto::ListTenantsRequest::default().encode_to_vec()),
    by("TenantService/AddTenantAdministrator", "tenant_id", tenant, |place, id| added(id, &place.candidate)),
    by("TenantService/AddTenantAdministrator", "user_id", |ids| &ids.candidate, |place, id| added(&place.tenant, id)),
    by("TenantService/RemoveTenantAdministrator", "tenant_id", tenant, |place, id| removed(id, &place.administrators[0])),
    by(
        "TenantService/RemoveTenantAdministrator",
        "user_id",
        |ids| &ids.administrators[1],
        |place, id| removed(&place.tenant, id),
    ),
    by("TenantService/ListTenantAdministrators", "tenant_id", tenant, |_, id| {
        proto::ListTenantAdministratorsRequest { tenant_id: id.to_owned(), ..Default::default() }.encode_to_vec()
    }),
];

fn new_key(key: proto::ApiKey) -> Vec<u8> {
    let api_key = proto::ApiKey { permissions: vec![Permission::MgmtApi.into()], ..key };
    proto::CreateApiKeyRequest { api_key: Some(api_key), validate_only: true, ..Default::default() }.encode_to_vec()
}

fn changed_app(app: proto::OauthApp) -> Vec<u8> {
    let app = proto::OauthApp { description: Some("Another description".to_owned()), ..app };
    proto::UpdateOauthAppRequest { oauth_app: Some(app), validate_only: true, ..Default::default() }.encode_to_vec()
}

fn added(tenant_id: &str, user_id: &str) -> Vec<u8> {
    proto::AddTenantAdministratorRequest { tenant_id: tenant_id.to_owned(), user_id: user_id.to_owned() }.encode_to_vec()
}

fn removed(tenant_id: &str, user_id: &str) -> Vec<u8> {
    proto::RemoveTenantAdministratorRequest { tenant_id: tenant_id.to_owned(), user_id: user_id.to_owned() }.encode_to_vec()
}
