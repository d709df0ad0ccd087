//! What was answered to requests that carried a `request_id`, sealed, so that a repeat gets the same answer.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, ExprTrait, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{
    bytes, foreign_key, id, index, number, optional_bytes, optional_id, optional_number, optional_text, partial_index, text,
};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Alias::new("request_record"))
            .col(id("tenant_id"))
            .col(text("credential"))
            .col(text("method"))
            .col(id("request_id"))
            .col(bytes("key_id"))
            .col(bytes("body_mac"))
            .col(id("resource_tenant_id"))
            .col(optional_id("resource_user_id"))
            .col(bytes("answer"))
            .col(optional_bytes("secret"))
            .col(optional_text("secret_owner_kind"))
            .col(optional_id("secret_owner_id"))
            .col(optional_number("secret_version"))
            .col(number("create_time"))
            .primary_key(
                Index::create()
                    .col(Alias::new("tenant_id"))
                    .col(Alias::new("credential"))
                    .col(Alias::new("method"))
                    .col(Alias::new("request_id")),
            )
            .foreign_key(&mut foreign_key(("request_record", &["tenant_id"]), ("tenant", &["id"])))
            .take();
        manager.create_table(table).await?;
        manager.create_index(index("request_record", &["create_time"])).await?;
        let with_secret = Expr::col(Alias::new("secret")).is_not_null();
        manager.create_index(partial_index("request_record", &["create_time"], with_secret)).await?;
        manager.create_index(index("request_record", &["resource_tenant_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("request_record")).take()).await
    }
}
