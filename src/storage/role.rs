//! The tenants' own roles, and who has them.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId};
use crate::domain::name::RoleName;
use crate::domain::role::{AssignedRoles, OwnRole, RoleSpec};
use crate::domain::text::Description;
use crate::domain::user::User;
use crate::storage::entity::{role, user_role};
use crate::storage::error::StoreError;
use crate::storage::row::{Row, StampColumns};
use crate::storage::{Reader, Tx, scope};

impl Reader<'_> {
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
        let assigned = scope::find::<user_role::Entity>(scope)
            .filter(user_role::Column::UserId.is_in(users.iter().copied()))
            .all(&self.connection)
            .await?;
        let mut found: BTreeMap<Uuid, AssignedRoles> = BTreeMap::new();
        if assigned.is_empty() {
            return Ok(found);
        }
        let rows = scope::find::<role::Entity>(&scope.of_tenants())
            .filter(role::Column::Id.is_in(assigned.iter().map(|row| row.role_id)))
            .all(&self.connection)
            .await?;
        let roles = rows.into_iter().map(OwnRole::try_from).collect::<Result<Vec<_>, _>>()?;
        for row in assigned {
            let at = Row { table: "user_role", id: row.role_id };
            let role = at.need("role_id", roles.iter().find(|role| role.id.as_uuid() == row.role_id))?;
            found.entry(row.user_id).or_default().insert(role.id, role.spec.permissions.clone());
        }
        Ok(found)
    }
}

impl Tx {
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
                name: at.need("name", RoleName::parse(name).ok())?,
                description: at.need("description", description.ok())?,
                permissions: at.permissions("permissions", &permissions)?,
            },
            stamp: at.stamp(&StampColumns { create_time, update_time, create_actor, update_actor, version })?,
        })
    }
}
