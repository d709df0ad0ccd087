//! Tenants, and who administers them.

use std::collections::BTreeSet;

use sea_orm::sea_query::LikeExpr;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue, ColumnTrait, Condition, QueryFilter, QuerySelect, Set};

use crate::authz::TenantScope;
use crate::domain::id::{TenantId, UserId};
use crate::domain::name::TenantName;
use crate::domain::page::Page;
use crate::domain::stamp::{Actor, Version};
use crate::domain::tenant::{Tenant, TenantSpec, TenantStatus};
use crate::domain::text::Description;
use crate::domain::time::Timestamp;
use crate::storage::entity::{tenant, tenant_administrator};
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::row::{Row, StampColumns};
use crate::storage::{Reader, Tx, scope};

/// One user's administrative access to one tenant.
#[derive(Debug, Clone)]
pub struct Administrator {
    /// The administered tenant.
    pub tenant_id: TenantId,
    /// The user, who lives in the system tenant.
    pub user_id: UserId,
    /// When access was given.
    pub create_time: Timestamp,
    /// Who gave it.
    pub create_actor: Actor,
}

impl Reader<'_> {
    /// Finds a tenant.
    pub async fn find_tenant(&self, scope: &TenantScope, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        let row = scope::find::<tenant::Entity>(scope).filter(tenant::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Finds a tenant by its name, without regard to case.
    pub async fn find_tenant_by_name(&self, scope: &TenantScope, key: &str) -> Result<Option<Tenant>, StoreError> {
        let row = scope::find::<tenant::Entity>(scope).filter(tenant::Column::NameKey.eq(key));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Lists tenants whose name begins with a prefix, without regard to case.
    pub async fn list_tenants(&self, scope: &TenantScope, prefix: Option<&str>, at: PageAt) -> Result<Page<Tenant>, StoreError> {
        let prefix = prefix.map(|prefix| tenant::Column::NameKey.like(begins_with(prefix)));
        let rows = scope::find::<tenant::Entity>(scope).filter(Condition::all().add_option(prefix));
        let columns = (tenant::Column::CreateTime, tenant::Column::Id);
        let rows: Vec<tenant::Model> = page::read(&self.connection, rows, columns, at).await?;
        let tenants = rows.into_iter().map(Tenant::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(tenants, at, |tenant| (tenant.stamp.create_time, tenant.id.as_uuid())))
    }

    /// Lists the tenants to which a user has administrative access.
    pub async fn list_administered(&self, scope: &TenantScope, user: UserId) -> Result<BTreeSet<TenantId>, StoreError> {
        let rows = scope::find::<tenant_administrator::Entity>(scope)
            .filter(tenant_administrator::Column::UserId.eq(user.as_uuid()))
            .all(&self.connection)
            .await?;
        Ok(rows.into_iter().map(|row| TenantId::from_uuid(row.tenant_id)).collect())
    }

    /// Finds one user's access to one tenant.
    pub async fn find_administrator(
        &self,
        scope: &TenantScope,
        tenant: TenantId,
        user: UserId,
    ) -> Result<Option<Administrator>, StoreError> {
        let row = scope::find::<tenant_administrator::Entity>(scope)
            .filter(tenant_administrator::Column::TenantId.eq(tenant.as_uuid()))
            .filter(tenant_administrator::Column::UserId.eq(user.as_uuid()));
        row.one(&self.connection).await?.map(TryInto::try_into).transpose()
    }

    /// Lists the users who have access to the tenants of the scope.
    pub async fn list_administrators(&self, scope: &TenantScope, at: PageAt) -> Result<Page<Administrator>, StoreError> {
        let rows = scope::find::<tenant_administrator::Entity>(scope);
        let columns = (tenant_administrator::Column::CreateTime, tenant_administrator::Column::UserId);
        let rows: Vec<tenant_administrator::Model> = page::read(&self.connection, rows, columns, at).await?;
        let administrators = rows.into_iter().map(Administrator::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(administrators, at, |one| (one.create_time, one.user_id.as_uuid())))
    }
}

impl Tx {
    /// Finds a tenant and keeps it from being suspended or deleted until the transaction ends.
    pub async fn lock_tenant(&self, scope: &TenantScope, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.share(&[id.as_uuid()]).await?;
        self.reader().find_tenant(scope, id).await
    }

    /// Finds a tenant and keeps others from changing it until the transaction ends. Work inside the tenant goes on: rows that refer to
    /// the tenant are still written.
    pub async fn claim_tenant(&self, scope: &TenantScope, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        self.share(&[id.as_uuid()]).await?;
        let row = scope::find::<tenant::Entity>(scope).filter(tenant::Column::Id.eq(id.as_uuid())).lock(LockType::NoKeyUpdate);
        row.one(&self.connection()).await?.map(TryInto::try_into).transpose()
    }

    /// Writes a new tenant. A tenant is outside of every scope but the widest before it exists, so the job's permit opens the door.
    pub async fn insert_tenant(&self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError> {
        let row = tenant::ActiveModel {
            id: Set(tenant.id.as_uuid()),
            create_time: Set(tenant.stamp.create_time.as_micros()),
            create_actor: Set(tenant.stamp.create_actor.to_string()),
            ..writable(tenant)
        };
        scope::insert::<tenant::Entity, _>(&self.connection(), scope, row).await
    }

    /// Writes a changed tenant, if the stored one is still the one that was read.
    pub async fn save_tenant(&self, scope: &TenantScope, tenant: &Tenant, read: Version) -> Result<(), StoreError> {
        let saved = scope::update::<tenant::Entity>(scope)
            .set(writable(tenant))
            .filter(tenant::Column::Id.eq(tenant.id.as_uuid()))
            .filter(tenant::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes a tenant that owns nothing any more, if the stored one is still the one that was read.
    pub async fn delete_tenant(&self, scope: &TenantScope, tenant: &Tenant) -> Result<(), StoreError> {
        let deleted = scope::delete::<tenant::Entity>(scope)
            .filter(tenant::Column::Id.eq(tenant.id.as_uuid()))
            .filter(tenant::Column::Version.eq(tenant.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes administrative access.
    pub async fn insert_administrator(&self, scope: &TenantScope, access: &Administrator) -> Result<(), StoreError> {
        let Administrator { tenant_id, user_id, create_time, create_actor } = access;
        let row = tenant_administrator::ActiveModel {
            tenant_id: Set(tenant_id.as_uuid()),
            user_tenant_id: Set(TenantId::SYSTEM.as_uuid()),
            user_id: Set(user_id.as_uuid()),
            create_time: Set(create_time.as_micros()),
            create_actor: Set(create_actor.to_string()),
        };
        scope::insert::<tenant_administrator::Entity, _>(&self.connection(), scope, row).await
    }

    /// Takes administrative access away; says whether there was any.
    pub async fn delete_administrator(&self, scope: &TenantScope, tenant: TenantId, user: UserId) -> Result<bool, StoreError> {
        let deleted = scope::delete::<tenant_administrator::Entity>(scope)
            .filter(tenant_administrator::Column::TenantId.eq(tenant.as_uuid()))
            .filter(tenant_administrator::Column::UserId.eq(user.as_uuid()))
            .exec(&self.connection())
            .await?;
        Ok(deleted.rows_affected == 1)
    }

    /// Takes all administrative access from a user.
    pub async fn delete_administrator_everywhere(&self, scope: &TenantScope, user: UserId) -> Result<(), StoreError> {
        scope::delete::<tenant_administrator::Entity>(scope)
            .filter(tenant_administrator::Column::UserId.eq(user.as_uuid()))
            .exec(&self.connection())
            .await?;
        Ok(())
    }
}

/// The columns that a change may write.
fn writable(tenant: &Tenant) -> tenant::ActiveModel {
    let Tenant { id: _, spec: TenantSpec { name, description }, status, stamp } = tenant;
    tenant::ActiveModel {
        id: ActiveValue::NotSet,
        name: Set(name.as_str().to_owned()),
        name_key: Set(name.key()),
        description: Set(description.as_ref().map(|text| text.as_str().to_owned())),
        status: Set(status.as_str().to_owned()),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

/// The pattern of texts that begin with a prefix.
pub(super) fn begins_with(prefix: &str) -> LikeExpr {
    let escaped = prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("{escaped}%")).escape('\\')
}

impl TryFrom<tenant::Model> for Tenant {
    type Error = StoreError;

    fn try_from(row: tenant::Model) -> Result<Self, StoreError> {
        let tenant::Model {
            id,
            name,
            name_key: _,
            description,
            status,
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "tenant", id };
        let description = description.map(Description::parse).transpose();
        Ok(Self {
            id: TenantId::from_uuid(id),
            spec: TenantSpec { name: TenantName::from_stored(name), description: at.need("description", description.ok())? },
            status: at.need("status", TenantStatus::parse(&status))?,
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}

impl TryFrom<tenant_administrator::Model> for Administrator {
    type Error = StoreError;

    fn try_from(row: tenant_administrator::Model) -> Result<Self, StoreError> {
        let tenant_administrator::Model { tenant_id, user_tenant_id: _, user_id, create_time, create_actor } = row;
        let at = Row { table: "tenant_administrator", id: user_id };
        Ok(Self {
            tenant_id: TenantId::from_uuid(tenant_id),
            user_id: UserId::from_uuid(user_id),
            create_time: Timestamp::from_micros(create_time),
            create_actor: at.need("create_actor", create_actor.parse().ok())?,
        })
    }
}
