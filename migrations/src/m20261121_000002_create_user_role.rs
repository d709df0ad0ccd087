//! Who has which of a tenant's own roles. A role that somebody has cannot go.

use sea_orm_migration::prelude::{Alias, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait};

use crate::column::{foreign_key, id, index};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Alias::new("user_role"))
            .col(id("tenant_id"))
            .col(id("user_id"))
            .col(id("role_id"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("user_id")).col(Alias::new("role_id")))
            .foreign_key(&mut foreign_key(("user_role", &["tenant_id", "user_id"]), ("user_account", &["tenant_id", "id"])))
            .foreign_key(&mut foreign_key(("user_role", &["tenant_id", "role_id"]), ("role", &["tenant_id", "id"])))
            .take();
        manager.create_table(table).await?;
        manager.create_index(index("user_role", &["tenant_id", "role_id", "user_id"])).await?;
        manager.create_index(index("user_role", &["user_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("user_role")).take()).await
    }
}
