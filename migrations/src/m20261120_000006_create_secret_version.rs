//! Sealed secrets: the one table that holds any, each version of each secret a row. Which versions are alive stands in the owner's row.

use sea_orm_migration::prelude::{Alias, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait};

use crate::column::{bytes, foreign_key, id, index, number, text};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("secret_version"))
            .col(id("tenant_id"))
            .col(text("owner_kind"))
            .col(id("owner_id"))
            .col(text("field"))
            .col(number("secret_version"))
            .col(bytes("key_id"))
            .col(bytes("envelope"))
            .col(text("origin"))
            .col(number("create_time"))
            .primary_key(
                Index::create()
                    .col(Alias::new("tenant_id"))
                    .col(Alias::new("owner_kind"))
                    .col(Alias::new("owner_id"))
                    .col(Alias::new("field"))
                    .col(Alias::new("secret_version")),
            )
            .foreign_key(&mut foreign_key(
                ("secret_version", &["tenant_id", "key_id"]),
                ("tenant_key", &["tenant_id", "key_id"]),
            ));
        manager.create_table(table).await?;
        manager.create_index(index("secret_version", &["tenant_id", "key_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("secret_version")).take()).await
    }
}
