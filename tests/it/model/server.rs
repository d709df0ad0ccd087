//! The server under test: sends steps to it, and keeps the ids and tokens that it gave to things.

use std::collections::{BTreeMap, BTreeSet};

use oauth_registry::proto::{self, UserKind};
use prost_types::{FieldMask, Timestamp};
use tonic::{Code, Status};

use super::calls::{Call, Credential, Force, KeyWish, Step};
use super::effects::name;
use super::numbers::Numbers;
use super::world::{Id, ROOT, ROOT_KEY, RoleName, SYSTEM};
use crate::harness::caller::{Caller, reason, sample_app};
use crate::harness::server::{self, TestServer};

/// What a call gave.
#[derive(Debug)]
pub(super) enum Answer {
    /// Nothing to look at.
    Nothing,
    /// The caller as the server sees them.
    Caller(Box<proto::GetCallerResponse>),
    /// The ids of users.
    Users(Vec<String>),
}

/// What came of a call: an answer, or code and reason of the refusal.
pub(super) type Outcome = Result<Answer, (Code, String)>;

/// A server with names for what is in it.
pub(super) struct Named {
    pub(super) server: TestServer,
    ids: BTreeMap<Id, String>,
    tokens: BTreeMap<Credential, String>,
}

impl Named {
    /// Names what `bootstrap` has made.
    pub(super) async fn new(server: TestServer) -> Self {
        let root = server.admin().callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        let ids = [(SYSTEM, server::SYSTEM.to_owned()), (ROOT, root.user.unwrap().id), (ROOT_KEY, root.api_key_id)];
        let tokens = [(Credential { key: ROOT_KEY, rotations: 0 }, server.admin_token().to_owned())];
        Self { server, ids: ids.into(), tokens: tokens.into() }
    }

    /// The server's id of a thing; for what it does not have, one that nothing has.
    pub(super) fn id(&self, id: Id) -> String {
        self.ids.get(&id).cloned().unwrap_or_else(|| format!("01890000-0000-7000-8000-{:012x}", id % (1 << 40)))
    }

    /// The model's name for the server's id of a thing.
    pub(super) fn name_of(&self, id: &str) -> Option<Id> {
        self.ids.iter().find(|(_, own)| *own == id).map(|(name, _)| *name)
    }

    pub(super) fn role_id(&self, role: RoleName) -> String {
        match role {
            RoleName::BuiltIn(place) => format!("00000000-0000-0000-0001-{place:012}"),
            RoleName::Own(id) => self.id(id),
        }
    }

    /// Somebody who calls with a credential, if the server ever gave it out.
    pub(super) fn caller(&self, credential: Credential, on_behalf_of: Option<Id>) -> Option<Caller> {
        let caller = self.server.caller(self.tokens.get(&credential)?);
        Some(match on_behalf_of {
            Some(user) => caller.on_behalf_of(&self.id(user)),
            None => caller,
        })
    }

    /// The newest secret of a key.
    pub(super) fn newest(&self, key: Id) -> Option<Credential> {
        self.tokens.keys().copied().filter(|credential| credential.key == key).max()
    }

    /// Sends a step; nothing comes of it when the credential was never given out.
    pub(super) async fn send(&mut self, step: &Step) -> Option<Outcome> {
        if let Call::Wait(seconds) = step.call {
            self.server.clock.advance_seconds(seconds);
            return Some(Ok(Answer::Nothing));
        }
        let caller = self.caller(step.credential, step.on_behalf_of)?;
        let outcome = self.call(&caller, step).await;
        Some(outcome.map_err(|status| (status.code(), reason(&status))))
    }

    async fn call(&mut self, caller: &Caller, step: &Step) -> Result<Answer, Status> {
        match &step.call {
            Call::GetCaller => {
                let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await?;
                return Ok(Answer::Caller(Box::new(answer.into_inner())));
            }
            Call::ListUsers(tenant) => {
                let tenant_id = tenant.map(|tenant| self.id(tenant));
                let request = proto::ListUsersRequest { page_size: 500, tenant_id, ..Default::default() };
                let users = caller.users().list_users(request).await?.into_inner().users;
                return Ok(Answer::Users(users.into_iter().map(|user| user.id).collect()));
            }
            call => self.write(caller, step.number, call).await?,
        }
        Ok(Answer::Nothing)
    }

    async fn write(&mut self, caller: &Caller, number: Id, call: &Call) -> Result<(), Status> {
        match call {
            Call::CreateUser(tenant, roles, grants) => {
                let user = proto::User {
                    tenant_id: tenant.map(|tenant| self.id(tenant)),
                    kind: UserKind::ServiceAccount.into(),
                    login_name: Some(name(number)),
                    ..self.access(roles, grants)
                };
                let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
                let made = caller.users().create_user(request).await?.into_inner();
                self.ids.insert(number, made.user.unwrap().id);
            }
            Call::CreateRole(tenant, gives) => {
                let tenant_id = tenant.map(|tenant| self.id(tenant));
                let role = proto::Role { tenant_id, name: Some(name(number)), permissions: list(gives), ..Default::default() };
                let request = proto::CreateRoleRequest { role: Some(role), ..Default::default() };
                let made = caller.roles().create_role(request).await?.into_inner();
                self.ids.insert(number, made.role.unwrap().id);
            }
            Call::CreateTenant => {
                let tenant = proto::Tenant { name: Some(name(number)), ..Default::default() };
                let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
                let made = caller.tenants().create_tenant(request).await?.into_inner();
                self.ids.insert(number, made.tenant.unwrap().id);
            }
            Call::CreateOauthApp(tenant) => {
                let tenant_id = tenant.map(|tenant| self.id(tenant));
                let app = proto::OauthApp { tenant_id, ..sample_app(&name(number)) };
                let client_secret = Some("s3cret".to_owned());
                let request = proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret, ..Default::default() };
                let made = caller.apps().create_oauth_app(request).await?.into_inner();
                self.ids.insert(number, made.oauth_app.unwrap().id);
            }
            Call::CreateApiKey(wish) => self.create_key(caller, number, wish).await?,
            Call::RotateApiKey(key) => {
                let request = proto::RotateApiKeyRequest { api_key_id: self.id(*key), ..Default::default() };
                let made = caller.api_keys().rotate_api_key(request).await?.into_inner();
                let rotations = self.newest(*key).map_or(0, |former| former.rotations + 1);
                self.tokens.insert(Credential { key: *key, rotations }, made.secret);
            }
            other => self.change(caller, number, other).await?,
        }
        Ok(())
    }

    async fn create_key(&mut self, caller: &Caller, number: Id, wish: &KeyWish) -> Result<(), Status> {
        let key = proto::ApiKey {
            user_id: wish.user.map(|user| self.id(user)),
            permissions: list(&wish.lists),
            tenant_id: wish.bound.map(|tenant| self.id(tenant)),
            expire_time: wish.ends.map(|seconds| Timestamp { seconds, nanos: 0 }),
            ..Default::default()
        };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let made = caller.api_keys().create_api_key(request).await?.into_inner();
        self.ids.insert(number, made.api_key.unwrap().id);
        self.tokens.insert(Credential { key: number, rotations: 0 }, made.secret);
        Ok(())
    }

    /// Sends a call that makes nothing.
    async fn change(&self, caller: &Caller, number: Id, call: &Call) -> Result<(), Status> {
        match call {
            Call::RenameUser(user) => {
                let user = proto::User { id: self.id(*user), display_name: Some(name(number)), ..Default::default() };
                update_user(caller, user, &["display_name"]).await
            }
            Call::UpdateUser(user, roles, grants) => {
                let both = self.access(&roles.clone().unwrap_or_default(), &grants.clone().unwrap_or_default());
                let masked = [(roles.is_some(), "role_ids"), (grants.is_some(), "permissions")];
                let paths: Vec<_> = masked.into_iter().filter(|(masked, _)| *masked).map(|(_, path)| path).collect();
                update_user(caller, proto::User { id: self.id(*user), ..both }, &paths).await
            }
            Call::SuspendUser(user) => {
                let request = proto::SuspendUserRequest { user_id: self.id(*user), ..Default::default() };
                caller.users().suspend_user(request).await.map(drop)
            }
            Call::ReactivateUser(user) => {
                let request = proto::ReactivateUserRequest { user_id: self.id(*user), ..Default::default() };
                caller.users().reactivate_user(request).await.map(drop)
            }
            Call::DeleteUser(user) => {
                let request = proto::DeleteUserRequest { user_id: self.id(*user), ..Default::default() };
                caller.users().delete_user(request).await.map(drop)
            }
            Call::UpdateRole(role, gives) => {
                let role = proto::Role { id: self.role_id(*role), permissions: list(gives), ..Default::default() };
                let update_mask = Some(mask(&["permissions"]));
                let request = proto::UpdateRoleRequest { role: Some(role), update_mask, ..Default::default() };
                caller.roles().update_role(request).await.map(drop)
            }
            Call::DeleteRole(role) => {
                let request = proto::DeleteRoleRequest { role_id: self.role_id(*role), ..Default::default() };
                caller.roles().delete_role(request).await.map(drop)
            }
            Call::RevokeApiKey(key) => {
                let request = proto::RevokeApiKeyRequest { api_key_id: self.id(*key), ..Default::default() };
                caller.api_keys().revoke_api_key(request).await.map(drop)
            }
            Call::GetOauthApp(app) => {
                let request = proto::GetOauthAppRequest { oauth_app_id: self.id(*app) };
                caller.apps().get_oauth_app(request).await.map(drop)
            }
            Call::DeleteOauthApp(app) => {
                let request = proto::DeleteOauthAppRequest { oauth_app_id: self.id(*app), ..Default::default() };
                caller.apps().delete_oauth_app(request).await.map(drop)
            }
            Call::RevealOauthAppSecret(app) => {
                let (oauth_app_id, reason) = (self.id(*app), "model".to_owned());
                let request = proto::RevealOauthAppSecretRequest { oauth_app_id, reason, ..Default::default() };
                caller.apps().reveal_oauth_app_secret(request).await.map(drop)
            }
            other => self.change_tenant(caller, number, other).await,
        }
    }

    async fn change_tenant(&self, caller: &Caller, number: Id, call: &Call) -> Result<(), Status> {
        let mut tenants = caller.tenants();
        match call {
            Call::UpdateTenant(tenant) => {
                let tenant = proto::Tenant { id: self.id(*tenant), description: Some(name(number)), ..Default::default() };
                let update_mask = Some(mask(&["description"]));
                let request = proto::UpdateTenantRequest { tenant: Some(tenant), update_mask, ..Default::default() };
                tenants.update_tenant(request).await.map(drop)
            }
            Call::SuspendTenant(tenant) => {
                let request = proto::SuspendTenantRequest { tenant_id: self.id(*tenant), ..Default::default() };
                tenants.suspend_tenant(request).await.map(drop)
            }
            Call::ReactivateTenant(tenant) => {
                let request = proto::ReactivateTenantRequest { tenant_id: self.id(*tenant), ..Default::default() };
                tenants.reactivate_tenant(request).await.map(drop)
            }
            Call::DeleteTenant(tenant, force) => {
                let (tenant_id, force) = (self.id(*tenant), *force == Force::Yes);
                let request = proto::DeleteTenantRequest { tenant_id, force, ..Default::default() };
                tenants.delete_tenant(request).await.map(drop)
            }
            Call::AddTenantAdministrator(tenant, user) => {
                let request = proto::AddTenantAdministratorRequest { tenant_id: self.id(*tenant), user_id: self.id(*user) };
                tenants.add_tenant_administrator(request).await.map(drop)
            }
            Call::RemoveTenantAdministrator(tenant, user) => {
                let request = proto::RemoveTenantAdministratorRequest { tenant_id: self.id(*tenant), user_id: self.id(*user) };
                tenants.remove_tenant_administrator(request).await.map(drop)
            }
            other => panic!("{} is sent elsewhere", other.method()),
        }
    }

    fn access(&self, roles: &BTreeSet<RoleName>, grants: &Numbers) -> proto::User {
        let role_ids = roles.iter().map(|role| self.role_id(*role)).collect();
        proto::User { role_ids, permissions: list(grants), ..Default::default() }
    }
}

async fn update_user(caller: &Caller, user: proto::User, fields: &[&str]) -> Result<(), Status> {
    let request = proto::UpdateUserRequest { user: Some(user), update_mask: Some(mask(fields)), ..Default::default() };
    caller.users().update_user(request).await.map(drop)
}

fn mask(fields: &[&str]) -> FieldMask {
    FieldMask { paths: fields.iter().map(|field| (*field).to_owned()).collect() }
}

fn list(numbers: &Numbers) -> Vec<i32> {
    numbers.iter().copied().collect()
}
