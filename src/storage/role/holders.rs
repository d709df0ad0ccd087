//! Who has a tenant's own role.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use crate::authz::TenantScope;
use crate::domain::id::{RoleId, TenantId};
use crate::domain::page::Page;
use crate::domain::user::User;
use crate::storage::entity::{tenant_administrator, user_account, user_role};
use crate::storage::error::StoreError;
use crate::storage::page::{self, PageAt};
use crate::storage::{Reader, scope};

impl Reader<'_> {
    /// Counts the users who have a role.
    pub async fn count_role_holders(&self, scope: &TenantScope, role: RoleId) -> Result<u64, StoreError> {
        Ok(assignments(scope, role).count(&self.connection).await?)
    }

    /// Lists the users who have a role, with all that they hold.
    pub async fn list_role_holders(&self, scope: &TenantScope, role: RoleId, at: PageAt) -> Result<Page<User>, StoreError> {
        let rows = scope::find::<user_account::Entity>(scope).filter(user_account::Column::Id.in_subquery(users(scope, role)));
        let columns = (user_account::Column::CreateTime, user_account::Column::Id);
        let rows: Vec<user_account::Model> = page::read(&self.connection, rows, columns, at).await?;
        let holders = self.with_roles(scope, rows).await?;
        Ok(page::cut(holders, at, |user| (user.stamp.create_time, user.id.as_uuid())))
    }

    /// Lists the tenants inside the scope to which anybody who has a role has administrative access.
    pub async fn list_administered_by_holders(
        &self,
        scope: &TenantScope,
        role: RoleId,
    ) -> Result<BTreeSet<TenantId>, StoreError> {
        let rows = scope::find::<tenant_administrator::Entity>(scope)
            .filter(tenant_administrator::Column::UserId.in_subquery(users(scope, role)))
            .all(&self.connection)
            .await?;
        Ok(rows.into_iter().map(|row| TenantId::from_uuid(row.tenant_id)).collect())
    }
}

fn assignments(scope: &TenantScope, role: RoleId) -> Select<user_role::Entity> {
    scope::find::<user_role::Entity>(scope).filter(user_role::Column::RoleId.eq(role.as_uuid()))
}

/// Selects the ids of the users who have a role.
fn users(scope: &TenantScope, role: RoleId) -> sea_orm::sea_query::SelectStatement {
    assignments(scope, role).select_only().column(user_role::Column::UserId).into_query()
}
