//! API keys, without their secrets. `public_id` is the part of the token that names the key; `secrets` names the live versions of its
//! secret.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{
    foreign_key, id, index, optional_id, optional_number, optional_text, partial_index, stamp, text, unique_index,
};
use crate::condition::EVERY_STAMPED_ROW;

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("api_key"))
            .col(id("tenant_id"))
            .col(id("id"))
            .col(id("user_id"))
            .col(text("public_id"))
            .col(optional_text("display_name"))
            .col(text("permissions"))
            .col(optional_id("bound_tenant_id"))
            .col(optional_number("expire_time"))
            .col(optional_number("last_use_time"))
            .col(text("status"))
            .col(text("secrets"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("id")))
            .foreign_key(&mut foreign_key(("api_key", &["tenant_id", "user_id"]), ("user_account", &["tenant_id", "id"])))
            .foreign_key(&mut foreign_key(("api_key", &["bound_tenant_id"]), ("tenant", &["id"])));
        stamp(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique_index("api_key", &["public_id"])).await?;
        manager.create_index(unique_index("api_key", &["id"])).await?;
        manager.create_index(index("api_key", &["tenant_id", "create_time", "id"])).await?;
        manager.create_index(partial_index("api_key", &["create_time", "id"], Expr::cust(EVERY_STAMPED_ROW))).await?;
        manager.create_index(index("api_key", &["tenant_id", "user_id", "create_time", "id"])).await?;
        manager.create_index(index("api_key", &["bound_tenant_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("api_key")).take()).await
    }
}
