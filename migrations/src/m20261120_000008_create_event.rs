//! Events. Lists are comma-separated. No column can hold a secret's value: all come from an allow-list.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use crate::column::{id, index, number, optional_id, partial_index, text};
use crate::condition::EVERY_EVENT;

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("event"))
            .col(id("tenant_id"))
            .col(id("id"))
            .col(number("time"))
            .col(text("actor"))
            .col(text("actor_login_name"))
            .col(optional_id("on_behalf_of_user_id"))
            .col(text("on_behalf_of_login_name"))
            .col(optional_id("api_key_id"))
            .col(text("method"))
            .col(text("resource_kind"))
            .col(text("resource_id"))
            .col(text("related_id"))
            .col(text("decision"))
            .col(text("permissions"))
            .col(text("changed_fields"))
            .col(text("secret_versions"))
            .col(text("stated_reason"))
            .col(text("error_reason"))
            .col(text("request_id"))
            .col(text("peer"))
            .col(number("suppressed_count"))
            // No foreign key to the tenant: the events of a tenant outlive it.
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("id")));
        manager.create_table(table).await?;
        manager.create_index(index("event", &["tenant_id", "time", "id"])).await?;
        manager.create_index(partial_index("event", &["time", "id"], Expr::cust(EVERY_EVENT))).await?;
        manager.create_index(index("event", &["tenant_id", "actor", "time", "id"])).await?;
        manager.create_index(index("event", &["actor", "time", "id"])).await?;
        manager.create_index(index("event", &["resource_id", "time", "id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("event")).take()).await
    }
}
