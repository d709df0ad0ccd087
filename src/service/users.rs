//! Users.

mod delete;
mod status;
mod update;

use std::iter;

use uuid::Uuid;

pub use self::update::UserUpdate;
use crate::authz::{Action, CreateUser, GetUser, ListUsers, Permit, TenantScope};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{RoleId, TenantId, UserId};
use crate::domain::invalid::Violations;
use crate::domain::lockout::FailedLogins;
use crate::domain::permission::PermissionSet;
use crate::domain::role::AssignedRoles;
use crate::domain::user::{User, UserDraft, UserSpec, UserStatus};
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::requests::{Made, Making};
use crate::service::writing::working_tenant;
use crate::storage::{Reader, Tx};

/// A user to be made.
#[derive(Debug)]
pub struct NewUser {
    /// The home tenant; absent means the caller's default tenant.
    pub tenant_id: Option<TenantId>,
    /// The fields.
    pub draft: UserDraft,
    /// What the conversion found wrong.
    pub violations: Violations,
}

impl Registry {
    /// Makes a user, who may hold no more than the caller's credential.
    pub async fn create_user(&self, permit: &Permit<CreateUser>, new: NewUser, making: &Making<User>) -> Result<User, Error> {
        let NewUser { tenant_id, draft, mut violations } = new;
        let home = tenant_id.unwrap_or_else(|| permit.principal().default_tenant());
        let own = self.own_roles(&self.store.reader(), permit.scope(), (home, draft.own_role_ids())).await?;
        let spec = violations.absorb(draft.validate(home, &own));
        let spec = violations.finish_with("user", spec)?;
        self.retrying(|| self.create_user_once(permit, (home, &spec), making)).await
    }

    async fn create_user_once(
        &self,
        permit: &Permit<CreateUser>,
        (home, spec): (TenantId, &UserSpec),
        making: &Making<User>,
    ) -> Result<User, Error> {
        let stamp = self.created(permit);
        let now = stamp.create_time;
        let UserSpec { kind, login_name, display_name, roles, permissions } = spec.clone();
        let user = User {
            id: UserId::generate(now, self.random.as_ref())?,
            tenant_id: home,
            kind,
            login_name,
            display_name,
            roles,
            permissions,
            status: UserStatus::Active,
            password_version: None,
            failed_logins: FailedLogins::default(),
            stamp,
        };
        let made = Made { thing: &user, tenant: home, user: None, secret: None };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        working_tenant(&tx, permit.scope(), home).await?;
        self.require_roles(&tx, permit.scope(), &user).await?;
        permit.require_holds(&user.effective_permissions(), iter::empty())?;
        tx.insert_user(permit.scope(), &user).await?;
        let fields = vec!["kind", "login_name", "display_name", "role_ids", "permissions"];
        let change = Change::of(home, ResourceKind::User, user.id).fields(fields);
        self.finish(tx, permit, (change, now), making.mode).await?;
        Ok(user)
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

    /// Demands that the caller's credential holds permissions of another user, and every administrative access that the user has.
    async fn require_held<A: Action>(
        &self,
        tx: &Tx,
        permit: &Permit<A>,
        (user, permissions): (UserId, &PermissionSet),
    ) -> Result<(), Error> {
        let tenants = self.administered(&tx.reader(), user).await?;
        Ok(permit.require_holds(permissions, tenants.into_iter())?)
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
        let query = Query::new(permit, &tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let users = self.store.reader().list_users(&scope, at).await?;
        self.listed(permit, &query, users).await
    }
}
