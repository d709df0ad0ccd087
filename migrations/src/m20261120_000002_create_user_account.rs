//! Users. Built-in roles and permissions are comma-separated lists, in order; the tenant's own roles have a table. `secrets` names the
//! live versions of the password.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{
    foreign_key, id, index, key, number, optional_number, optional_text, partial_index, stamp, text, unique_index,
};
use crate::condition::{EVERY_STAMPED_ROW, USER_IS_ADMINISTRATOR};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("user_account"))
            .col(id("tenant_id"))
            .col(id("id"))
            .col(text("kind"))
            .col(text("login_name"))
            .col(key(manager.get_database_backend(), "login_key"))
            .col(optional_text("display_name"))
            .col(text("role_ids"))
            .col(text("permissions"))
            .col(text("status"))
            .col(text("secrets"))
            .col(number("failed_logins"))
            .col(optional_number("failed_logins_since"))
            .col(optional_number("lock_expire_time"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("id")))
            .foreign_key(&mut foreign_key(("user_account", &["tenant_id"]), ("tenant", &["id"])));
        stamp(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique_index("user_account", &["tenant_id", "login_key"])).await?;
        manager.create_index(unique_index("user_account", &["id"])).await?;
        manager.create_index(index("user_account", &["tenant_id", "create_time", "id"])).await?;
        manager.create_index(partial_index("user_account", &["create_time", "id"], Expr::cust(EVERY_STAMPED_ROW))).await?;
        let administrators = Expr::cust(USER_IS_ADMINISTRATOR);
        manager.create_index(partial_index("user_account", &["tenant_id", "status", "id"], administrators)).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("user_account")).take()).await
    }
}
