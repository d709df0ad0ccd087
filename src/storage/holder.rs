//! Who administers, asked of the database: no user is read who does not.

use migrations::condition::{ROLE_GIVES_12, USER_IS_ADMINISTRATOR};
use sea_orm::sea_query::{Expr, ExprTrait, UnionType};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::authz::TenantScope;
use crate::domain::permission::Permission;
use crate::domain::user::{User, UserStatus};
use crate::storage::Reader;
use crate::storage::entity::{role, user_account, user_role};
use crate::storage::error::StoreError;

impl Reader<'_> {
    /// Finds the oldest active user inside the scope who holds 12, by a grant or by a role.
    pub async fn find_active_administrator(&self, scope: &TenantScope) -> Result<Option<User>, StoreError> {
        let (within, tenants) = (self.within(scope), scope.of_tenants());
        let is_active = user_account::Column::Status.eq(UserStatus::Active.as_str());
        let granted = within.find::<user_account::Entity>().filter(is_active.clone());
        let granted = granted.filter(Expr::cust(USER_IS_ADMINISTRATOR)).select_only().column(user_account::Column::Id);
        let giving = self.within(&tenants).find::<role::Entity>().filter(Expr::cust(ROLE_GIVES_12));
        let giving = giving.select_only().column(role::Column::Id).into_query();
        let by_role = within.find::<user_role::Entity>().filter(user_role::Column::RoleId.in_subquery(giving));
        let by_role = by_role.select_only().column(user_role::Column::UserId).into_query();
        let holders = granted.into_query().union(UnionType::All, by_role).take();
        // No index has this order: SQLite would read every user in the order of one instead of the holders.
        let age = Expr::col(user_account::Column::CreateTime).add(0);
        let found = within
            .find::<user_account::Entity>()
            .filter(is_active)
            .filter(user_account::Column::Id.in_subquery(holders))
            .order_by_asc(age)
            .order_by_asc(user_account::Column::Id)
            .limit(1);
        // What the row says is read once more by the rule that every call obeys.
        let user = self.users(scope, found).await?.pop();
        Ok(user.filter(|user| user.effective_permissions().contains(Permission::Administrator)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::BUILT_IN_ROLES;

    #[test]
    fn the_conditions_of_the_indexes_name_12_and_the_built_in_roles_that_give_it() {
        assert_eq!(Permission::Administrator.number(), 12);
        for role in BUILT_IN_ROLES {
            let gives = role.permissions().contains(Permission::Administrator);
            assert_eq!(USER_IS_ADMINISTRATOR.contains(&format!("%,{},%", role.id)), gives, "{}", role.name);
        }
    }
}
