//! What the service notes about the database itself: a name and a value.

use sea_orm_migration::prelude::{Alias, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait};

use crate::column::text;

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Alias::new("setting"))
            .col(text("name"))
            .col(text("value"))
            .primary_key(Index::create().col(Alias::new("name")))
            .take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("setting")).take()).await
    }
}
