//! Users.

use std::iter;

use uuid::Uuid;

use crate::authz::{CreateUser, GetUser, ListUsers, Permit, TenantScope};
use crate::crypto::PlainSecret;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::lockout::FailedLogins;
use crate::domain::role::AssignedRoles;
use crate::domain::stamp::Stamp;
use crate::domain::user::{User, UserDraft, UserKind, UserSpec, UserStatus};
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::passwords::{is_good_password, is_not_login};
use crate::service::writing::working_tenant;
use crate::service::{Mode, Registry};
use crate::storage::{Reader, Tx};

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The home tenant; absent means the caller's default tenant.
    pub tenant_id: Option<TenantId>,
    /// The fields.
    pub draft: UserDraft,
    /// The password to begin with.
    pub initial_password: Option<PlainSecret>,
    /// What the conversion found wrong.
    pub violations: Violations,
}

/// The name of the password in the request.
const INITIAL_PASSWORD: &str = "initial_password";
/// The number of a user's first password.
const FIRST_PASSWORD: i64 = 1;

impl Registry {
    /// Makes a user, who may hold no more than the caller's credential.
    pub async fn create_user(&self, permit: &Permit<CreateUser>, new: NewUser, mode: Mode) -> Result<User, Error> {
        let NewUser { tenant_id, draft, initial_password, mut violations } = new;
        let home = tenant_id.unwrap_or_else(|| permit.principal().default_tenant());
        let own = self.own_roles(&self.store.reader(), permit.scope(), (home, draft.own_role_ids())).await?;
        if let Some(password) = &initial_password {
            check_initial_password(password, &draft, &mut violations);
        }
        let spec = violations.absorb(draft.validate(home, &own));
        let spec = violations.finish_with("user", spec)?;
        let hash = match initial_password {
            Some(password) => Some(self.hash_initial_password(permit, home, password).await?),
            None => None,
        };
        self.retrying(|| self.create_user_once(permit, (home, &spec, hash.as_ref()), mode)).await
    }

    async fn create_user_once(
        &self,
        permit: &Permit<CreateUser>,
        (home, spec, hash): (TenantId, &UserSpec, Option<&PlainSecret>),
        mode: Mode,
    ) -> Result<User, Error> {
        let stamp = self.created(permit);
        let user = new_user(UserId::generate(stamp.create_time, self.random.as_ref())?, (home, spec), stamp);
        let secret = match hash {
            Some(hash) => Some(self.seal_password(hash, &user).await?),
            None => None,
        };
        let tx = self.begin(permit).await?;
        working_tenant(&tx, permit.scope(), home).await?;
        self.require_roles(&tx, permit.scope(), &user).await?;
        permit.require_holds(&user.effective_permissions(), iter::empty())?;
        let user = User { password_version: secret.as_ref().map(|_| FIRST_PASSWORD), ..user };
        tx.insert_user(permit.scope(), &user).await?;
        let mut fields = vec!["kind", "login_name", "display_name", "role_ids", "permissions"];
        if let Some(secret) = &secret {
            tx.insert_secret(permit.scope(), secret).await?;
            fields.push(INITIAL_PASSWORD);
        }
        let change = Change::of(home, ResourceKind::User, user.id).fields(fields);
        let change = change.secrets(user.password_version.into_iter().collect());
        self.finish(tx, permit, (change, user.stamp.create_time), mode).await?;
        Ok(user)
    }

    /// Hashes the password of a user who is about to be made, once it is known that the tenant is in the scope.
    async fn hash_initial_password(
        &self,
        permit: &Permit<CreateUser>,
        home: TenantId,
        password: PlainSecret,
    ) -> Result<PlainSecret, Error> {
        let unknown = Error::NotFound(Resource::Tenant(home));
        self.store.reader().find_tenant(permit.scope(), home).await?.ok_or(unknown)?;
        self.hash_password(password).await
    }

    /// Finds those of a tenant's own roles that exist among the ids.
    async fn own_roles(
        &self,
        reader: &Reader<'_>,
        scope: &TenantScope,
        (home, ids): (TenantId, impl Iterator<Item = RoleId>),
    ) -> Result<AssignedRoles, Error> {
        let ids: Vec<RoleId> = ids.collect();
        let found = reader.find_roles(scope, home, &ids).await?;
        Ok(found.into_iter().map(|role| (role.id, role.spec.permissions)).collect())
    }

    /// Demands that the roles which are about to be assigned still give what they gave, and keeps them so until the transaction ends.
    async fn require_roles(&self, tx: &Tx, scope: &TenantScope, user: &User) -> Result<(), Error> {
        let ids: Vec<Uuid> = user.roles.own_ids().map(RoleId::as_uuid).collect();
        tx.share(&ids).await?;
        let stored = self.own_roles(&tx.reader(), scope, (user.tenant_id, user.roles.own_ids())).await?;
        let same = user.roles.own_ids().all(|id| stored.get(id) == user.roles.get(id));
        if same { Ok(()) } else { Err(Error::ConcurrentChange) }
    }

    /// Returns one user.
    pub async fn get_user(&self, permit: &Permit<GetUser>, id: UserId) -> Result<User, Error> {
        let found = self.store.reader().find_user(permit.scope(), id).await?;
        found.ok_or(Error::NotFound(Resource::User(id)))
    }

    /// Lists users.
    pub async fn list_users(
        &self,
        permit: &Permit<ListUsers>,
        tenant: Option<TenantId>,
        (request, violations): (&ListRequest, Violations),
    ) -> Result<Listed<User>, Error> {
        let query = Query::new(permit.scope(), &tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let users = self.store.reader().list_users(&scope, at).await?;
        self.listed(permit, &query, users).await
    }
}

/// Makes a user who has nothing yet but what the caller wishes.
fn new_user(id: UserId, (tenant_id, spec): (TenantId, &UserSpec), stamp: Stamp) -> User {
    let UserSpec { kind, login_name, display_name, roles, permissions } = spec.clone();
    User {
        id,
        tenant_id,
        kind,
        login_name,
        display_name,
        roles,
        permissions,
        status: UserStatus::Active,
        password_version: None,
        failed_logins: FailedLogins::default(),
        stamp,
    }
}

/// Checks the password of a user who is about to be made: only a person has one.
fn check_initial_password(password: &PlainSecret, draft: &UserDraft, violations: &mut Violations) {
    if draft.kind == Some(UserKind::ServiceAccount) {
        let sentence = "A service account has no password; it authenticates by API keys alone.";
        violations.push(INITIAL_PASSWORD, Fault::new(FieldReason::NotForServiceAccount, sentence));
    }
    let login_name = draft.login_name.as_deref().unwrap_or_default();
    if is_good_password(INITIAL_PASSWORD, password, violations) {
        is_not_login(INITIAL_PASSWORD, password, login_name, violations);
    }
}
