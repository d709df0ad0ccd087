//! The tenants' own roles, and who has them.

mod holders;

use sea_orm::{ActiveValue, ColumnTrait, QueryFilter, Set};

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId};
use crate::domain::name::RoleName;
use crate::domain::page::Page;
use crate::domain::role::{OwnRole, RoleSpec};
use crate::domain::stamp::Version;
use crate::domain::text::Description;
use crate::domain::user::User;
use crate::storage::entity::{role, user_role};
use crate::storage::error::StoreError;
use crate::storage::page::PageAt;
use crate::storage::row::{Row, StampColumns, permission_numbers};
use crate::storage::{Reader, Tx};

impl Reader<'_> {
    /// Finds one of the tenants' own roles.
    pub async fn find_role(&self, scope: &TenantScope, id: RoleId) -> Result<Option<OwnRole>, StoreError> {
        let row = self.within(scope).find::<role::Entity>().filter(role::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(OwnRole::try_from).transpose()
    }

    /// Lists the tenants' own roles.
    pub async fn list_roles(&self, scope: &TenantScope, at: PageAt) -> Result<Page<OwnRole>, StoreError> {
        self.page::<role::Entity, role::Model>(scope, &at.all(), at).await?.try_map(OwnRole::try_from)
    }

    /// Finds several of a tenant's own roles, in no order.
    pub async fn find_roles(&self, scope: &TenantScope, tenant: TenantId, ids: &[RoleId]) -> Result<Vec<OwnRole>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let tenants = scope.of_tenants();
        let within = self.within(&tenants);
        let rows = within
            .find::<role::Entity>()
            .filter(role::Column::TenantId.eq(tenant.as_uuid()))
            .filter(within.is_listed(role::Column::Id, ids.iter().map(|id| id.as_uuid())));
        rows.all(&self.connection).await?.into_iter().map(OwnRole::try_from).collect()
    }
}

impl Tx {
    /// Writes a new role.
    pub async fn insert_role(&self, scope: &TenantScope, role: &OwnRole) -> Result<(), StoreError> {
        let row = role::ActiveModel {
            tenant_id: Set(role.tenant_id.as_uuid()),
            id: Set(role.id.as_uuid()),
            create_time: Set(role.stamp.create_time.as_micros()),
            create_actor: Set(role.stamp.create_actor.to_string()),
            ..writable(role)
        };
        self.within(scope).insert::<role::Entity, _>(&self.connection(), row).await
    }

    /// Writes a changed role, if the stored one is still the one that was read.
    pub async fn save_role(&self, scope: &TenantScope, role: &OwnRole, read: Version) -> Result<(), StoreError> {
        let saved = self
            .within(scope)
            .update::<role::Entity>()
            .set(writable(role))
            .filter(role::Column::Id.eq(role.id.as_uuid()))
            .filter(role::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes a role that nobody has, if the stored one is still the one that was read.
    pub async fn delete_role(&self, scope: &TenantScope, role: &OwnRole) -> Result<(), StoreError> {
        let deleted = self
            .within(scope)
            .delete::<role::Entity>()
            .filter(role::Column::Id.eq(role.id.as_uuid()))
            .filter(role::Column::Version.eq(role.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes which of the tenant's own roles a user has, in the place of those that the user had.
    pub async fn replace_roles(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        self.unassign_roles(scope, user).await?;
        self.assign_roles(scope, user).await
    }

    /// Writes which of the tenant's own roles a user has who had none.
    pub(super) async fn assign_roles(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        let mut roles = user.roles.own_ids().map(RoleId::as_uuid).peekable();
        if roles.peek().is_none() {
            return Ok(());
        }
        let row = user_role::ActiveModel {
            tenant_id: Set(user.tenant_id.as_uuid()),
            user_id: Set(user.id.as_uuid()),
            role_id: ActiveValue::NotSet,
        };
        let role_ids = (user_role::Column::RoleId, roles);
        self.within(scope).insert_for_each::<user_role::Entity, _>(&self.connection(), row, role_ids).await
    }

    /// Takes from a user all of the tenant's own roles.
    pub(super) async fn unassign_roles(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        self.within(scope)
            .delete::<user_role::Entity>()
            .filter(user_role::Column::TenantId.eq(user.tenant_id.as_uuid()))
            .filter(user_role::Column::UserId.eq(user.id.as_uuid()))
            .exec(&self.connection())
            .await?;
        Ok(())
    }
}

/// The columns that a change may write.
fn writable(role: &OwnRole) -> role::ActiveModel {
    let OwnRole { id: _, tenant_id: _, spec, stamp } = role;
    role::ActiveModel {
        tenant_id: ActiveValue::NotSet,
        id: ActiveValue::NotSet,
        name: Set(spec.name.as_str().to_owned()),
        name_key: Set(spec.name.key()),
        description: Set(spec.description.as_ref().map(|text| text.as_str().to_owned())),
        permissions: Set(permission_numbers(&spec.permissions)),
        create_time: ActiveValue::NotSet,
        update_time: Set(stamp.update_time.as_micros()),
        create_actor: ActiveValue::NotSet,
        update_actor: Set(stamp.update_actor.to_string()),
        version: Set(stamp.version.as_i64()),
    }
}

impl TryFrom<role::Model> for OwnRole {
    type Error = StoreError;

    fn try_from(row: role::Model) -> Result<Self, StoreError> {
        let role::Model {
            tenant_id,
            id,
            name,
            name_key: _,
            description,
            permissions,
            create_time,
            update_time,
            create_actor,
            update_actor,
            version,
        } = row;
        let at = Row { table: "role", id };
        Ok(Self {
            id: RoleId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            spec: RoleSpec {
                name: at.need("name", RoleName::from_stored(name))?,
                description: at.optional("description", description, Description::from_stored)?,
                permissions: at.permissions("permissions", &permissions)?,
            },
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
