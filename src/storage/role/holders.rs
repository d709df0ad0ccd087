//! Who has a tenant's own role.

use std::collections::BTreeSet;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::id::{TenantId, UserId};
use crate::domain::role::OwnRole;
use crate::domain::user::User;
use crate::storage::Reader;
use crate::storage::entity::{tenant_administrator, user_account, user_role};
use crate::storage::error::StoreError;

/// The most holders that one statement reads.
const HOLDERS: u64 = 500;

impl Reader<'_> {
    /// Counts the users who have a role.
    pub async fn count_role_holders(&self, scope: &TenantScope, role: &OwnRole) -> Result<u64, StoreError> {
        Ok(self.assignments(scope, role).count(&self.connection).await?)
    }

    /// Lists the next users who have a role, with all that they hold, in the order of their ids; none when there are no more.
    pub async fn list_role_holders(
        &self,
        scope: &TenantScope,
        role: &OwnRole,
        after: Option<UserId>,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.map(|user| user_role::Column::UserId.gt(user.as_uuid()));
        let next = self.assignments(scope, role).filter(Condition::all().add_option(after));
        let next = ids(next.order_by_asc(user_role::Column::UserId).limit(HOLDERS));
        let rows = self
            .within(scope)
            .find::<user_account::Entity>()
            .filter(user_account::Column::TenantId.eq(role.tenant_id.as_uuid()))
            .filter(user_account::Column::Id.in_subquery(next));
        let mut users = self.users(scope, rows).await?;
        users.sort_unstable_by_key(|user| user.id);
        Ok(users)
    }

    /// Lists the tenants inside the scope to which anybody who has a role has administrative access. Only users of the system tenant
    /// have any.
    pub async fn list_administered_by_holders(
        &self,
        scope: &TenantScope,
        role: &OwnRole,
    ) -> Result<BTreeSet<TenantId>, StoreError> {
        if role.tenant_id != TenantId::SYSTEM {
            return Ok(BTreeSet::new());
        }
        let holders = ids(self.assignments(scope, role));
        let rows = self
            .within(scope)
            .find::<tenant_administrator::Entity>()
            .filter(tenant_administrator::Column::UserId.in_subquery(holders))
            .select_only()
            .column(tenant_administrator::Column::TenantId)
            .distinct();
        let tenants: Vec<Uuid> = rows.into_tuple().all(&self.connection).await?;
        Ok(tenants.into_iter().map(TenantId::from_uuid).collect())
    }

    fn assignments(&self, scope: &TenantScope, role: &OwnRole) -> Select<user_role::Entity> {
        self.within(scope)
            .find::<user_role::Entity>()
            .filter(user_role::Column::TenantId.eq(role.tenant_id.as_uuid()))
            .filter(user_role::Column::RoleId.eq(role.id.as_uuid()))
    }
}

/// Selects the ids of the users of assignments.
fn ids(assignments: Select<user_role::Entity>) -> SelectStatement {
    assignments.select_only().column(user_role::Column::UserId).into_query()
}
