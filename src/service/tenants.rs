//! Tenants, and administrative access to them.

mod deletion;
mod status;
mod update;

pub use self::deletion::TenantDeletion;
pub use self::update::TenantUpdate;
use crate::authz::{
    AddTenantAdministrator, CreateTenant, GetTenant, ListTenantAdministrators, ListTenants, Permit, RemoveTenantAdministrator,
};
use crate::domain::event::{Change, ResourceKind};
use crate::domain::id::{TenantId, UserId};
use crate::domain::invalid::Violations;
use crate::domain::name::TenantName;
use crate::domain::tenant::{Tenant, TenantDraft, TenantSpec, TenantStatus};
use crate::domain::user::User;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};
use crate::service::requests::{Made, Making};
use crate::service::writing::{administered, working_tenant};
use crate::service::{Mode, Registry};
use crate::storage::{Administrator, Tx};

impl Registry {
    /// Makes a child tenant with keys of its own, and gives its creator administrative access.
    pub async fn create_tenant(
        &self,
        permit: &Permit<CreateTenant>,
        (draft, mut violations): (TenantDraft, Violations),
        making: &Making<Tenant>,
    ) -> Result<Tenant, Error> {
        let spec = violations.absorb(draft.validate());
        let spec = violations.finish_with("tenant", spec)?;
        self.retrying(|| self.create_tenant_once(permit, &spec, making)).await
    }

    async fn create_tenant_once(
        &self,
        permit: &Permit<CreateTenant>,
        spec: &TenantSpec,
        making: &Making<Tenant>,
    ) -> Result<Tenant, Error> {
        let stamp = self.created(permit);
        let now = stamp.create_time;
        let id = TenantId::generate(now, self.random.as_ref())?;
        let tenant = Tenant { id, spec: spec.clone(), status: TenantStatus::Active, stamp };
        let keys = self.keys.generate(id, now, self.random.as_ref())?;
        let creator = permit.principal().user_id();
        let scope = permit.new_tenant_scope(id);
        let made = Made { thing: &tenant, tenant: id, user: None, secret: None };
        let answer = self.answer_to(permit, making, made).await?;
        let tx = self.begin_once(permit, answer.as_ref()).await?;
        tx.insert_tenant(&scope, &tenant).await?;
        for key in &keys {
            tx.insert_tenant_key(&scope, key).await?;
        }
        let access = Administrator { tenant_id: id, user_id: creator, create_time: now, create_actor: permit.actor() };
        tx.insert_administrator(&scope, &access).await?;
        let change = Change::of(id, ResourceKind::Tenant, id).fields(vec!["name", "description"]).related_to(creator);
        self.finish(tx, permit, (change, now), making.mode).await?;
        Ok(tenant)
    }

    /// Returns one tenant.
    pub async fn get_tenant(&self, permit: &Permit<GetTenant>, id: TenantId) -> Result<Tenant, Error> {
        let found = self.store.reader().find_tenant(permit.scope(), id).await?;
        found.ok_or(Error::NotFound(Resource::Tenant(id)))
    }

    /// Lists tenants.
    pub async fn list_tenants(
        &self,
        permit: &Permit<ListTenants>,
        prefix: Option<&str>,
        (request, violations): (&ListRequest, Violations),
    ) -> Result<Listed<Tenant>, Error> {
        let query = Query::new(permit).filter("name_prefix", prefix);
        let at = self.page_at(permit, &query, request, violations).await?;
        let prefix = prefix.map(TenantName::key_of);
        let tenants = self.store.reader().list_tenants(permit.scope(), prefix.as_deref(), at).await?;
        self.listed(permit, &query, tenants).await
    }

    /// Gives a user of the system tenant administrative access to a tenant.
    pub async fn add_tenant_administrator(
        &self,
        permit: &Permit<AddTenantAdministrator>,
        (tenant, user): (TenantId, UserId),
    ) -> Result<(Administrator, User), Error> {
        permit.require_other(user)?;
        self.retrying(|| self.add_administrator_once(permit, (tenant, user))).await
    }

    async fn add_administrator_once(
        &self,
        permit: &Permit<AddTenantAdministrator>,
        (tenant_id, user_id): (TenantId, UserId),
    ) -> Result<(Administrator, User), Error> {
        let now = self.write_clock.now();
        // Nobody takes a turn at what the scope does not hold.
        self.store.reader().find_user(permit.scope(), user_id).await?.ok_or(Error::NotFound(Resource::User(user_id)))?;
        let tx = self.begin_against(permit, &[user_id.as_uuid()]).await?;
        working_tenant(&tx, permit.scope(), tenant_id).await?;
        let found = tx.lock_user(permit.scope(), user_id).await?;
        let user = found.ok_or(Error::NotFound(Resource::User(user_id)))?;
        let held = administered(&tx.reader(), user_id).await?;
        permit.require_holds(&user.effective_permissions(), held.into_iter().chain([tenant_id]))?;
        if user.tenant_id != TenantId::SYSTEM {
            return Err(Error::NotInSystemTenant(user_id));
        }
        if let Some(access) = tx.reader().find_administrator(permit.scope(), tenant_id, user_id).await? {
            return Ok((access, user));
        }
        let access = Administrator { tenant_id, user_id, create_time: now, create_actor: permit.actor() };
        tx.insert_administrator(permit.scope(), &access).await?;
        let change = Change::of(tenant_id, ResourceKind::Tenant, tenant_id).fields(vec!["administrators"]).related_to(user_id);
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok((access, user))
    }

    /// Takes administrative access to a tenant from a user.
    pub async fn remove_tenant_administrator(
        &self,
        permit: &Permit<RemoveTenantAdministrator>,
        (tenant, user): (TenantId, UserId),
    ) -> Result<(), Error> {
        permit.require_other(user)?;
        self.retrying(|| self.remove_administrator_once(permit, (tenant, user))).await
    }

    async fn remove_administrator_once(
        &self,
        permit: &Permit<RemoveTenantAdministrator>,
        (tenant, user_id): (TenantId, UserId),
    ) -> Result<(), Error> {
        let now = self.write_clock.now();
        // Nobody takes a turn at what the scope does not hold.
        self.store.reader().find_user(permit.scope(), user_id).await?.ok_or(Error::NotFound(Resource::User(user_id)))?;
        let tx = self.begin_against(permit, &[user_id.as_uuid()]).await?;
        let missing = || Error::NotFound(Resource::TenantAdministrator(tenant, user_id));
        let user = self.administrator_of(&tx, permit, (tenant, user_id)).await?.ok_or_else(missing)?;
        self.require_held(&tx.reader(), permit, (user_id, &user.effective_permissions())).await?;
        if !tx.delete_administrator(permit.scope(), tenant, user_id).await? {
            return Err(missing());
        }
        let change = Change::of(tenant, ResourceKind::Tenant, tenant).fields(vec!["administrators"]).related_to(user_id);
        self.finish(tx, permit, (change, now), Mode::Store).await?;
        Ok(())
    }

    async fn administrator_of(
        &self,
        tx: &Tx,
        permit: &Permit<RemoveTenantAdministrator>,
        (tenant, user): (TenantId, UserId),
    ) -> Result<Option<User>, Error> {
        let access = tx.reader().find_administrator(permit.scope(), tenant, user).await?;
        Ok(match access {
            Some(_) => tx.lock_user(permit.scope(), user).await?,
            None => None,
        })
    }

    /// Lists the users who have administrative access to a tenant.
    pub async fn list_tenant_administrators(
        &self,
        permit: &Permit<ListTenantAdministrators>,
        tenant: Option<TenantId>,
        (request, mut violations): (&ListRequest, Violations),
    ) -> Result<Listed<(Administrator, User)>, Error> {
        violations.require("tenant_id", tenant.as_ref());
        let query = Query::new(permit).filter("tenant_id", tenant);
        let at = self.page_at(permit, &query, request, violations).await?;
        let scope = self.narrowed(permit.scope(), tenant).await?;
        let reader = self.store.reader();
        let page = reader.list_administrators(&scope, at).await?;
        let Listed { items, next_page_token } = self.listed(permit, &query, page).await?;
        let users = self.names_of(permit, &items).await?;
        let name =
            |access: Administrator| users.iter().find(|user| user.id == access.user_id).cloned().map(|user| (access, user));
        Ok(Listed { items: items.into_iter().filter_map(name).collect(), next_page_token })
    }

    async fn names_of(&self, permit: &Permit<ListTenantAdministrators>, list: &[Administrator]) -> Result<Vec<User>, Error> {
        let ids: Vec<UserId> = list.iter().map(|access| access.user_id).collect();
        // The users live in the system tenant, which a key that is bound to the listed tenant does not reach.
        Ok(self.store.reader().find_users(&permit.administrators_scope(), &ids).await?)
    }
}
