//! Callers are values: the same call is tried as each of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oauth_registry::proto::api_key_service_client::ApiKeyServiceClient;
use oauth_registry::proto::caller_service_client::CallerServiceClient;
use oauth_registry::proto::data_store_service_client::DataStoreServiceClient;
use oauth_registry::proto::event_service_client::EventServiceClient;
use oauth_registry::proto::oauth_app_service_client::OauthAppServiceClient;
use oauth_registry::proto::role_service_client::RoleServiceClient;
use oauth_registry::proto::tenant_service_client::TenantServiceClient;
use oauth_registry::proto::user_service_client::UserServiceClient;
use oauth_registry::proto::{self, Permission};
use prost::Message;
use prost::bytes::{Buf, BufMut, Bytes};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// Somebody who calls.
#[derive(Clone)]
pub(crate) struct Caller {
    channel: Channel,
    credential: Credential,
    on_behalf_of: Option<String>,
}

/// By what somebody calls.
#[derive(Clone)]
enum Credential {
    Nothing,
    Token(String),
    /// The user-id of RFC 7617 and the password.
    Password(String, String),
}

/// Puts the caller's headers on every call.
#[derive(Clone)]
pub(crate) struct Headers(Vec<(&'static str, MetadataValue<Ascii>)>);

impl Interceptor for Headers {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        for (name, value) in &self.0 {
            request.metadata_mut().insert(*name, value.clone());
        }
        Ok(request)
    }
}

macro_rules! clients {
    ($($name:ident: $client:ident;)*) => {
        impl Caller {$(
            pub(crate) fn $name(&self) -> $client<InterceptedService<Channel, Headers>> {
                $client::with_interceptor(self.channel.clone(), self.headers())
            }
        )*}
    };
}

clients! {
    api_keys: ApiKeyServiceClient;
    callers: CallerServiceClient;
    data_stores: DataStoreServiceClient;
    events: EventServiceClient;
    apps: OauthAppServiceClient;
    roles: RoleServiceClient;
    tenants: TenantServiceClient;
    users: UserServiceClient;
}

impl Caller {
    /// Somebody with a token, or with none.
    pub(crate) fn new(channel: Channel, token: Option<String>) -> Self {
        Self { channel, credential: token.map_or(Credential::Nothing, Credential::Token), on_behalf_of: None }
    }

    /// Somebody with a user-id, `<tenant id>/<login>` or a login of the system tenant, and a password.
    pub(crate) fn by_password(&self, user_id: &str, password: &str) -> Self {
        let credential = Credential::Password(user_id.to_owned(), password.to_owned());
        Self { channel: self.channel.clone(), credential, on_behalf_of: None }
    }

    /// The same somebody with another password.
    pub(crate) fn with_password(&self, password: &str) -> Self {
        let Credential::Password(user_id, _) = &self.credential else { panic!("this caller has no password") };
        self.by_password(user_id, password)
    }

    /// The token.
    pub(crate) fn token(&self) -> Option<&str> {
        match &self.credential {
            Credential::Token(token) => Some(token),
            Credential::Nothing | Credential::Password(..) => None,
        }
    }

    /// The same caller, acting for the user of an id or of a qualified login name.
    pub(crate) fn on_behalf_of(&self, user: &str) -> Self {
        Self { on_behalf_of: Some(user.to_owned()), ..self.clone() }
    }

    /// The same caller on another pipe.
    pub(crate) fn over(&self, channel: Channel) -> Self {
        Self { channel, ..self.clone() }
    }

    /// Somebody on the same pipe with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self::new(self.channel.clone(), Some(token.to_owned()))
    }

    fn headers(&self) -> Headers {
        let credential = match &self.credential {
            Credential::Nothing => None,
            Credential::Token(token) => Some(format!("Bearer {token}")),
            Credential::Password(user_id, password) => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user_id}:{password}"))))
            }
        };
        let credential = credential.map(|value| ("authorization", value.parse().unwrap()));
        let subject = self.on_behalf_of.as_ref().map(|user| ("x-on-behalf-of", user.parse().unwrap()));
        Headers(credential.into_iter().chain(subject).collect())
    }

    /// Sends bytes as the request message of the method at `path` (`/package.Service/Method`), and returns the answer's bytes.
    pub(crate) async fn raw(&self, path: &str, message: impl Into<Bytes>) -> Result<Bytes, Status> {
        let mut client = tonic::client::Grpc::new(InterceptedService::new(self.channel.clone(), self.headers()));
        client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
        let answer = client.unary(Request::new(message.into()), path.parse().unwrap(), BytesCodec).await?;
        Ok(answer.into_inner())
    }

    /// Sends a message to the method of a full name, `package.Service/Method`.
    pub(crate) async fn call<T: Message + Default>(&self, method: &str, message: &impl Message) -> Result<T, Status> {
        let bytes = self.raw(&format!("/{method}"), message.encode_to_vec()).await?;
        Ok(T::decode(bytes).unwrap())
    }

    /// Makes a tenant and returns its id.
    pub(crate) async fn new_tenant(&self, name: &str) -> String {
        let tenant = proto::Tenant { name: Some(name.to_owned()), ..Default::default() };
        let request = proto::CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
        self.tenants().create_tenant(request).await.unwrap().into_inner().tenant.unwrap().id
    }

    /// Makes a service account with permissions of its own, and returns its id.
    pub(crate) async fn new_user(&self, tenant: &str, login: &str, permissions: &[Permission]) -> String {
        let user = proto::User {
            tenant_id: Some(tenant.to_owned()),
            kind: proto::UserKind::ServiceAccount.into(),
            login_name: Some(login.to_owned()),
            permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
            ..Default::default()
        };
        let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
        self.users().create_user(request).await.unwrap().into_inner().user.unwrap().id
    }

    /// Makes a person with a password and permissions of their own, and returns the id and somebody who calls with the password.
    pub(crate) async fn new_person(&self, tenant: &str, login: &str, permissions: &[Permission]) -> (String, Self) {
        let user = proto::User {
            tenant_id: Some(tenant.to_owned()),
            kind: proto::UserKind::Person.into(),
            login_name: Some(login.to_owned()),
            permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
            ..Default::default()
        };
        let initial_password = Some(PASSWORD.to_owned());
        let request = proto::CreateUserRequest { user: Some(user), initial_password, ..Default::default() };
        let id = self.users().create_user(request).await.unwrap().into_inner().user.unwrap().id;
        (id, self.by_password(&format!("{tenant}/{login}"), PASSWORD))
    }

    /// Makes a key of a user that lists permissions, and returns somebody who calls with it.
    pub(crate) async fn new_key(&self, user: &str, permissions: &[Permission]) -> Self {
        let key = proto::ApiKey {
            user_id: Some(user.to_owned()),
            permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
            ..Default::default()
        };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let made = self.api_keys().create_api_key(request).await.unwrap().into_inner();
        Self::new(self.channel.clone(), Some(made.secret))
    }

    /// Makes a service account and a key of it that lists the same permissions; returns somebody who calls with it.
    pub(crate) async fn new_caller(&self, tenant: &str, login: &str, permissions: &[Permission]) -> Self {
        let user = self.new_user(tenant, login, permissions).await;
        self.new_key(&user, permissions).await
    }

    /// Makes a role of a tenant's own, and returns its id.
    pub(crate) async fn new_role(&self, tenant: &str, name: &str, permissions: &[Permission]) -> String {
        let role = proto::Role {
            tenant_id: Some(tenant.to_owned()),
            name: Some(name.to_owned()),
            permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
            ..Default::default()
        };
        let request = proto::CreateRoleRequest { role: Some(role), ..Default::default() };
        self.roles().create_role(request).await.unwrap().into_inner().role.unwrap().id
    }

    /// Makes a service account with roles and nothing else, and returns its id.
    pub(crate) async fn new_holder(&self, tenant: &str, login: &str, roles: &[&str]) -> String {
        let user = proto::User {
            tenant_id: Some(tenant.to_owned()),
            kind: proto::UserKind::ServiceAccount.into(),
            login_name: Some(login.to_owned()),
            role_ids: roles.iter().map(|id| (*id).to_owned()).collect(),
            ..Default::default()
        };
        let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
        self.users().create_user(request).await.unwrap().into_inner().user.unwrap().id
    }

    /// Gives a user administrative access to a tenant.
    pub(crate) async fn add_administrator(&self, tenant: &str, user: &str) {
        let request = proto::AddTenantAdministratorRequest { tenant_id: tenant.to_owned(), user_id: user.to_owned() };
        self.tenants().add_tenant_administrator(request).await.unwrap();
    }

    /// Returns the caller's own user id.
    pub(crate) async fn own_user_id(&self) -> String {
        self.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().user.unwrap().id
    }

    /// Registers an app in a tenant and returns it.
    pub(crate) async fn new_app(&self, tenant: &str, name: &str) -> proto::OauthApp {
        let app = proto::OauthApp { tenant_id: Some(tenant.to_owned()), ..sample_app(name) };
        let request =
            proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret: Some("s3cret".to_owned()), ..Default::default() };
        self.apps().create_oauth_app(request).await.unwrap().into_inner().oauth_app.unwrap()
    }
}

/// The password of every person whom the tests make.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A good app, without tenant.
pub(crate) fn sample_app(name: &str) -> proto::OauthApp {
    proto::OauthApp {
        name: Some(name.to_owned()),
        data_store: Some(54),
        description: Some("An app".to_owned()),
        client_id: Some("asdfjasdljfasdkjf".to_owned()),
        authorize_uri: Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned()),
        token_uri: Some("https://www.googleapis.com/oauth2/v3/token".to_owned()),
        scope: Some("full_offline_access test_repo".to_owned()),
        ..Default::default()
    }
}

/// The reason of an error, as programs read it.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// All details of an error.
pub(crate) fn details(status: &Status) -> ErrorDetails {
    status.get_error_details()
}

/// The field and reason of every violation, in the order of the answer.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    let bad = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    bad.into_iter().map(|one| (one.field, one.reason)).collect()
}

/// Passes messages through as they are.
#[derive(Clone, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
