//! OAuth apps. `name_key` is the name without regard to case; `secrets` names the live versions of the client secret.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{flag, foreign_key, id, index, key, optional_text, partial_index, small_number, stamp, text, unique_index};
use crate::condition::EVERY_STAMPED_ROW;

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("oauth_app"))
            .col(id("tenant_id"))
            .col(id("id"))
            .col(text("name"))
            .col(key(manager.get_database_backend(), "name_key"))
            .col(key(manager.get_database_backend(), "slug"))
            .col(small_number("data_store"))
            .col(optional_text("description"))
            .col(text("client_id"))
            .col(text("authorize_uri"))
            .col(text("token_uri"))
            .col(text("scope"))
            .col(flag("is_active"))
            .col(text("secrets"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("id")))
            .foreign_key(&mut foreign_key(("oauth_app", &["tenant_id"]), ("tenant", &["id"])));
        stamp(&mut table);
        manager.create_table(table).await?;
        manager.create_index(unique_index("oauth_app", &["tenant_id", "name_key"])).await?;
        manager.create_index(unique_index("oauth_app", &["tenant_id", "slug"])).await?;
        manager.create_index(unique_index("oauth_app", &["id"])).await?;
        manager.create_index(index("oauth_app", &["tenant_id", "create_time", "id"])).await?;
        manager.create_index(partial_index("oauth_app", &["create_time", "id"], Expr::cust(EVERY_STAMPED_ROW))).await?;
        manager.create_index(index("oauth_app", &["tenant_id", "data_store", "create_time", "id"])).await?;
        manager.create_index(index("oauth_app", &["data_store", "create_time", "id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("oauth_app")).take()).await
    }
}
