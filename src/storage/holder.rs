//! Who holds a permission, asked of the database: no user is read who does not.

use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::authz::TenantScope;
use crate::domain::permission::Permission;
use crate::domain::role::BUILT_IN_ROLES;
use crate::domain::user::{User, UserStatus};
use crate::storage::Reader;
use crate::storage::entity::{role, user_account, user_role};
use crate::storage::error::StoreError;

impl Reader<'_> {
    /// Finds the oldest active user inside the scope who holds a permission, by a grant or by a role.
    pub async fn find_active_holder(&self, scope: &TenantScope, permission: Permission) -> Result<Option<User>, StoreError> {
        let (number, tenants) = (permission.number().to_string(), scope.of_tenants());
        let giving = BUILT_IN_ROLES.iter().filter(|role| role.permissions().contains(permission));
        let by_built_in = giving.map(|role| lists(user_account::Column::RoleIds, &role.id.to_string()));
        let own = self.within(&tenants).find::<role::Entity>().filter(lists(role::Column::Permissions, &number));
        let own = own.select_only().column(role::Column::Id).into_query();
        let by_own = self.within(scope).find::<user_role::Entity>().filter(user_role::Column::RoleId.in_subquery(own));
        let by_own = by_own.select_only().column(user_role::Column::UserId).into_query();
        let holds = by_built_in
            .fold(Condition::any(), Condition::add)
            .add(lists(user_account::Column::Permissions, &number))
            .add(user_account::Column::Id.in_subquery(by_own));
        let found = self
            .within(scope)
            .find::<user_account::Entity>()
            .filter(user_account::Column::Status.eq(UserStatus::Active.as_str()))
            .filter(holds)
            .order_by_asc(user_account::Column::CreateTime)
            .order_by_asc(user_account::Column::Id)
            .limit(1);
        // What the row says is read once more by the rule that every call obeys.
        let user = self.users(scope, found).await?.pop();
        Ok(user.filter(|user| user.effective_permissions().contains(permission)))
    }
}

/// The condition that a comma-separated list holds an item, which has no character that a pattern knows.
fn lists(column: impl ColumnTrait, item: &str) -> Condition {
    Condition::any()
        .add(column.eq(item))
        .add(column.starts_with(format!("{item},")))
        .add(column.ends_with(format!(",{item}")))
        .add(column.contains(format!(",{item},")))
}
