//! The tenants' own roles, and who has them.

mod holders;

use std::collections::BTreeMap;

use sea_orm::{ActiveValue, ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId};
use crate::domain::name::RoleName;
use crate::domain::page::Page;
use crate::domain::role::{AssignedRoles, OwnRole, RoleSpec};
use crate::domain::stamp::Version;
use crate::domain::text::Description;
use crate::domain::user::User;
use crate::storage::entity::{role, user_role};
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::row::{Row, StampColumns, permission_numbers};
use crate::storage::{Reader, Tx, scope};

impl Reader<'_> {
    /// Finds one of the tenants' own roles.
    pub async fn find_role(&self, scope: &TenantScope, id: RoleId) -> Result<Option<OwnRole>, StoreError> {
        let row = scope::find::<role::Entity>(scope).filter(role::Column::Id.eq(id.as_uuid()));
        row.one(&self.connection).await?.map(OwnRole::try_from).transpose()
    }

    /// Lists the tenants' own roles.
    pub async fn list_roles(&self, scope: &TenantScope, at: PageAt) -> Result<Page<OwnRole>, StoreError> {
        let columns = (role::Column::CreateTime, role::Column::Id);
        let rows: Vec<role::Model> = page::read(&self.connection, scope::find::<role::Entity>(scope), columns, at).await?;
        let roles = rows.into_iter().map(OwnRole::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(page::cut(roles, at, |role| (role.stamp.create_time, role.id.as_uuid())))
    }

    /// Finds several of a tenant's own roles, in no order.
    pub async fn find_roles(&self, scope: &TenantScope, tenant: TenantId, ids: &[RoleId]) -> Result<Vec<OwnRole>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows = scope::find::<role::Entity>(&scope.of_tenants())
            .filter(role::Column::TenantId.eq(tenant.as_uuid()))
            .filter(role::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())));
        rows.all(&self.connection).await?.into_iter().map(OwnRole::try_from).collect()
    }

    /// Finds the tenants' own roles that users have, by user.
    pub(super) async fn find_own_roles(
        &self,
        scope: &TenantScope,
        users: &[Uuid],
    ) -> Result<BTreeMap<Uuid, AssignedRoles>, StoreError> {
        let assigned = self.find_assigned(scope, users).await?;
        if assigned.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<_> = assigned.iter().map(|row| row.role_id).collect();
        self.find_given(scope, assigned, &ids).await
    }

    /// Finds which of the tenants' own roles users have.
    pub(super) async fn find_assigned(&self, scope: &TenantScope, users: &[Uuid]) -> Result<Vec<user_role::Model>, StoreError> {
        let rows = scope::find::<user_role::Entity>(scope).filter(user_role::Column::UserId.is_in(users.iter().copied()));
        Ok(rows.all(&self.connection).await?)
    }

    /// Finds the roles of some ids, and gives each user what their assigned ones among them give.
    pub(super) async fn find_given(
        &self,
        scope: &TenantScope,
        assigned: Vec<user_role::Model>,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, AssignedRoles>, StoreError> {
        let rows = scope::find::<role::Entity>(&scope.of_tenants()).filter(role::Column::Id.is_in(ids.iter().copied()));
        let rows = rows.all(&self.connection).await?;
        let roles = rows.into_iter().map(OwnRole::try_from).collect::<Result<Vec<_>, _>>()?;
        let mut found: BTreeMap<Uuid, AssignedRoles> = BTreeMap::new();
        for row in assigned {
            // A role that went with its tenant between the two reads gives nothing any more.
            if let Some(role) = roles.iter().find(|role| role.id.as_uuid() == row.role_id) {
                found.entry(row.user_id).or_default().insert(role.id, role.spec.permissions.clone());
            }
        }
        Ok(found)
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
        scope::insert::<role::Entity, _>(&self.connection(), scope, row).await
    }

    /// Writes a changed role, if the stored one is still the one that was read.
    pub async fn save_role(&self, scope: &TenantScope, role: &OwnRole, read: Version) -> Result<(), StoreError> {
        let saved = scope::update::<role::Entity>(scope)
            .set(writable(role))
            .filter(role::Column::Id.eq(role.id.as_uuid()))
            .filter(role::Column::Version.eq(read.as_i64()))
            .exec(&self.connection())
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Deletes a role that nobody has, if the stored one is still the one that was read.
    pub async fn delete_role(&self, scope: &TenantScope, role: &OwnRole) -> Result<(), StoreError> {
        let deleted = scope::delete::<role::Entity>(scope)
            .filter(role::Column::Id.eq(role.id.as_uuid()))
            .filter(role::Column::Version.eq(role.stamp.version.as_i64()))
            .exec(&self.connection())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Writes which of the tenant's own roles a user has, in the place of those that the user had.
    pub(super) async fn assign_roles(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        self.unassign_roles(scope, user).await?;
        for role in user.roles.own_ids() {
            let row = user_role::ActiveModel {
                tenant_id: Set(user.tenant_id.as_uuid()),
                user_id: Set(user.id.as_uuid()),
                role_id: Set(role.as_uuid()),
            };
            scope::insert::<user_role::Entity, _>(&self.connection(), scope, row).await?;
        }
        Ok(())
    }

    /// Takes from a user all of the tenant's own roles.
    pub(super) async fn unassign_roles(&self, scope: &TenantScope, user: &User) -> Result<(), StoreError> {
        scope::delete::<user_role::Entity>(scope)
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
        let description = description.map(Description::parse).transpose();
        Ok(Self {
            id: RoleId::from_uuid(id),
            tenant_id: TenantId::from_uuid(tenant_id),
            spec: RoleSpec {
                name: RoleName::from_stored(name),
                description: at.need("description", description.ok())?,
                permissions: at.permissions("permissions", &permissions)?,
            },
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
