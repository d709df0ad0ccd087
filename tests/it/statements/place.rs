//! Where a caller works, and the fresh things there that a call is made on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oauth_registry::proto::{self, Permission, UserKind};

use crate::harness::caller::{Caller, PASSWORD};
use crate::harness::server::TestServer;

/// What every fresh user, role and key gives.
pub(crate) const GIVEN: [Permission; 1] = [Permission::MgmtApi];

/// Where a caller works.
pub(crate) struct Place {
    server: Arc<TestServer>,
    maker: Caller,
    /// A word that no other place has; the names of fresh things begin with it.
    mark: &'static str,
    made: AtomicU64,
    /// The tenant that the caller's requests are about.
    pub(crate) tenant: String,
    /// The tenant that the caller lives in.
    pub(crate) home: String,
    /// A user who gets administrative access to every fresh tenant.
    delegate: Option<String>,
}

impl Place {
    pub(crate) fn new(server: &Arc<TestServer>, mark: &'static str, tenant: &str, home: &str) -> Self {
        Self {
            server: server.clone(),
            maker: server.admin(),
            mark,
            made: AtomicU64::new(0),
            tenant: tenant.to_owned(),
            home: home.to_owned(),
            delegate: None,
        }
    }

    /// A place like this one.
    pub(crate) fn elsewhere(&self) -> Self {
        Self::new(&self.server, self.mark, &self.tenant, &self.home)
    }

    /// The same place, where a user gets administrative access to every fresh tenant.
    pub(crate) fn of_delegate(self, user: &str) -> Self {
        Self { delegate: Some(user.to_owned()), ..self }
    }

    /// Writes an id as the database's SQL has it.
    pub(crate) fn sql_id(&self, id: &str) -> String {
        self.server.sql_id(id)
    }

    /// A name that nothing has yet.
    pub(crate) fn new_name(&self) -> String {
        format!("{}-{}", self.mark, self.made.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) async fn new_app(&self) -> String {
        self.maker.new_app(&self.tenant, &self.new_name()).await.id
    }

    /// A fresh app of the caller's home tenant.
    pub(crate) async fn new_app_at_home(&self) -> String {
        self.maker.new_app(&self.home, &self.new_name()).await.id
    }

    pub(crate) async fn new_user(&self) -> String {
        self.maker.new_user(&self.tenant, &self.new_name(), &GIVEN).await
    }

    /// A fresh user with a key.
    pub(crate) async fn new_user_with_key(&self) -> String {
        let user = self.new_user().await;
        self.maker.new_key(&user, &GIVEN).await;
        user
    }

    pub(crate) async fn new_suspended_user(&self) -> String {
        let user_id = self.new_user().await;
        let request = proto::SuspendUserRequest { user_id: user_id.clone(), etag: String::new() };
        self.maker.users().suspend_user(request).await.unwrap();
        user_id
    }

    /// A fresh person with a password.
    pub(crate) async fn new_person(&self) -> String {
        self.maker.new_person(&self.tenant, &self.new_name(), &GIVEN).await.0
    }

    /// A fresh person whose login is locked.
    pub(crate) async fn new_locked_person(&self) -> String {
        let id = self.new_person().await;
        let locked = format!(
            "UPDATE user_account SET failed_logins = 3, failed_logins_since = create_time, lock_expire_time = {} WHERE id = {}",
            i64::MAX,
            self.server.sql_id(&id)
        );
        assert_eq!(self.server.execute(&locked).await, 1);
        id
    }

    pub(crate) async fn new_key(&self) -> String {
        let user_id = Some(self.new_user().await);
        let permissions = GIVEN.map(Into::into).to_vec();
        let key = proto::ApiKey { user_id, permissions, ..Default::default() };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        self.maker.api_keys().create_api_key(request).await.unwrap().into_inner().api_key.unwrap().id
    }

    pub(crate) async fn new_role(&self) -> String {
        self.maker.new_role(&self.tenant, &self.new_name(), &GIVEN).await
    }

    /// A fresh role that one user has.
    pub(crate) async fn new_held_role(&self) -> String {
        let role = self.new_role().await;
        self.maker.new_holder(&self.tenant, &self.new_name(), &[&role]).await;
        role
    }

    pub(crate) async fn new_tenant(&self) -> String {
        let tenant = self.maker.new_tenant(&self.new_name()).await;
        if let Some(delegate) = &self.delegate {
            self.maker.add_administrator(&tenant, delegate).await;
        }
        tenant
    }

    /// A fresh tenant that is suspended and owns an app, a role, a person and a user with a key.
    pub(crate) async fn new_suspended_tenant(&self) -> String {
        let tenant_id = self.new_tenant().await;
        let inside =
            Self { tenant: tenant_id.clone(), delegate: None, ..Self::new(&self.server, "inside", &self.tenant, &self.home) };
        inside.new_app().await;
        inside.new_held_role().await;
        inside.new_person().await;
        inside.new_key().await;
        let request = proto::SuspendTenantRequest { tenant_id: tenant_id.clone(), etag: String::new() };
        self.maker.tenants().suspend_tenant(request).await.unwrap();
        tenant_id
    }

    /// A fresh user of the system tenant.
    pub(crate) async fn new_system_user(&self) -> String {
        self.maker.new_user(crate::harness::server::SYSTEM, &self.new_name(), &GIVEN).await
    }

    /// A fresh user of the system tenant who has administrative access to the place's tenant.
    pub(crate) async fn new_administrator(&self) -> String {
        let user = self.new_system_user().await;
        self.maker.add_administrator(&self.tenant, &user).await;
        user
    }

    /// A user of the place's tenant, not stored.
    pub(crate) fn user_to_be(&self, kind: UserKind) -> proto::User {
        proto::User {
            tenant_id: Some(self.tenant.clone()),
            kind: kind.into(),
            login_name: Some(self.new_name()),
            permissions: GIVEN.map(Into::into).to_vec(),
            ..Default::default()
        }
    }
}

/// The password of people whom requests make.
pub(crate) fn password() -> String {
    PASSWORD.to_owned()
}
