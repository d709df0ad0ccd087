//! Tenants: the owners of everything else. `name_key` is the name without regard to case.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{id, key, optional_text, partial_index, stamp, text, unique_index};
use crate::condition::EVERY_STAMPED_ROW;

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("tenant"))
            .col(id("id"))
            .col(text("name"))
            .col(key(manager.get_database_backend(), "name_key"))
            .col(optional_text("description"))
            .col(text("status"))
            .primary_key(Index::create().col(Alias::new("id")));
        stamp(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique_index("tenant", &["name_key"])).await?;
        manager.create_index(partial_index("tenant", &["create_time", "id"], Expr::cust(EVERY_STAMPED_ROW))).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("tenant")).take()).await
    }
}
