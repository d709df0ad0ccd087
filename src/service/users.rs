//! Users.

mod delete;
mod status;
mod update;

use std::iter;

use uuid::Uuid;

pub use self::update::UserUpdate;
use crate::authz::{Action, CreateUser, GetUser, ListUsers, Permit, TenantScope};
use crate::crypto::PlainSecret;
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::lockout::FailedLogins;
use crate::domain::role::AssignedRoles;
use crate::domain::secret_list::SecretList;
use crate::domain::stamp::{Expected, Stamp};
use crate::domain::user::{User, UserDraft, UserKind, UserSpec, UserStatus};
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::passwords::{is_good_password, is_not_login};
use crate::service::requests::{Made, Making};
use crate::service::writing::{expect, working_tenant};
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

impl Registry {
    /// Makes a user, who may hold no more than the caller's credential.
    pub async fn create_user(&self, permit: &Permit<CreateUser>, mut new: NewUser, making: &Making<User>) -> Result<User, Error> {
        let home = new.tenant_id.unwrap_or_else(|| permit.principal().default_tenant());
        self.new_user_spec(permit, home, &new).await?;
        let hash = match new.initial_password.take() {
            Some(password) => Some(self.hash_initial_password(permit, home, password).await?),
            None => None,
        };
        self.retrying(|| self.create_user_once(permit, (home, &new, hash.as_ref()), making)).await
    }

    async fn create_user_once(
        &self,
        permit: &Permit<CreateUser>,
        (home, new, hash): (TenantId, &NewUser, Option<&PlainSecret>),
        making: &Making<User>,
    ) -> Result<User, Error> {
        let spec = self.new_user_spec(permit, home, new).await?;
        let stamp = self.created(permit);
        let user = new_user(UserId::generate(stamp.create_time, self.random.as_ref())?, (home, spec), stamp);
        let secret = match hash {
            Some(hash) => Some(self.seal_password(hash, &user).await?),
            None => None,
        };
        let secrets = hash.map_or_else(SecretList::default, |_| SecretList::first());
        let user = User { secrets, ..user };
        let made = Made { thing: &user, tenant: home, user: None, secret: None };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        working_tenant(&tx, permit.scope(), home).await?;
        self.require_roles(&tx, permit.scope(), &user).await?;
        permit.require_holds(&user.effective_permissions(), iter::empty())?;
        tx.insert_user(permit.scope(), &user).await?;
        let mut fields = vec!["kind", "login_name", "display_name", "role_ids", "permissions"];
        if let Some(secret) = &secret {
            tx.insert_secret(permit.scope(), secret).await?;
            fields.push(INITIAL_PASSWORD);
        }
        let change = Change::of(home, ResourceKind::User, user.id).fields(fields);
        let change = change.secrets(user.secrets.versions().collect());
        self.finish(tx, permit, (change, user.stamp.create_time), making.mode).await?;
        Ok(user)
    }

    /// Checks every field of a user who is about to be made, against the roles that the tenant has now.
    async fn new_user_spec(&self, permit: &Permit<CreateUser>, home: TenantId, new: &NewUser) -> Result<UserSpec, Error> {
        let mut violations = new.violations.clone();
        let own = self.own_roles(&self.store.reader(), permit.scope(), (home, new.draft.own_role_ids())).await?;
        if let Some(password) = &new.initial_password {
            check_initial_password(password, &new.draft, &mut violations);
        }
        let spec = violations.absorb(new.draft.clone().validate(home, &own));
        Ok(violations.finish_with("user", spec)?)
    }

    /// Hashes the password of a user who is about to be made, once it is known that the tenant is in the scope and that the caller
    /// may give one.
    async fn hash_initial_password(
        &self,
        permit: &Permit<CreateUser>,
        home: TenantId,
        password: PlainSecret,
    ) -> Result<PlainSecret, Error> {
        let unknown = Error::NotFound(Resource::Tenant(home));
        self.store.reader().find_tenant(permit.scope(), home).await?.ok_or(unknown)?;
        permit.require_unlimited()?;
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

    /// Demands that the caller may end or mend what another user does: nobody does so to themselves, and nobody to a user who holds
    /// more than their credential.
    async fn require_control_of<A: Action>(
        &self,
        reader: &Reader<'_>,
        permit: &Permit<A>,
        (user, expected): (&User, &Expected),
    ) -> Result<(), Error> {
        permit.require_other(user.id)?;
        self.require_held(reader, permit, (user.id, &user.effective_permissions())).await?;
        expect(expected, &user.stamp)
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
        let query = Query::new(permit).filter("tenant_id", tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let users = self.store.reader().list_users(&scope, at).await?;
        self.listed(permit, &query, users).await
    }
}

/// Makes a user who has nothing yet but what the caller wishes.
fn new_user(id: UserId, (tenant_id, spec): (TenantId, UserSpec), stamp: Stamp) -> User {
    let UserSpec { kind, login_name, display_name, roles, permissions } = spec;
    User {
        id,
        tenant_id,
        kind,
        login_name,
        display_name,
        roles,
        permissions,
        status: UserStatus::Active,
        secrets: SecretList::default(),
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
