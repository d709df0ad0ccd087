//! The tenants' own roles. Permissions are a comma-separated list, in order.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{foreign_key, id, index, key, optional_text, partial_index, stamp, text, unique_index};
use crate::condition::{EVERY_STAMPED_ROW, ROLE_GIVES_12};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("role"))
            .col(id("tenant_id"))
            .col(id("id"))
            .col(text("name"))
            .col(key(manager.get_database_backend(), "name_key"))
            .col(optional_text("description"))
            .col(text("permissions"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("id")))
            .foreign_key(&mut foreign_key(("role", &["tenant_id"]), ("tenant", &["id"])));
        stamp(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique_index("role", &["tenant_id", "name_key"])).await?;
        manager.create_index(unique_index("role", &["id"])).await?;
        manager.create_index(index("role", &["tenant_id", "create_time", "id"])).await?;
        manager.create_index(partial_index("role", &["create_time", "id"], Expr::cust(EVERY_STAMPED_ROW))).await?;
        manager.create_index(partial_index("role", &["tenant_id", "id"], Expr::cust(ROLE_GIVES_12))).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("role")).take()).await
    }
}
