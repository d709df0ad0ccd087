//! Keys: the check value of each key-encryption key, and the tenants' keys that it wraps.

use sea_orm_migration::prelude::{Alias, DbErr, DeriveMigrationName, Index, MigrationTrait, SchemaManager, Table, async_trait};

use crate::column::{bytes, foreign_key, id, number, text};

/// Makes the tables, and takes them away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut kek = Table::create();
        kek.table(Alias::new("key_encryption_key"))
            .col(text("kek_id"))
            .col(bytes("check_value"))
            .col(number("create_time"))
            .primary_key(Index::create().col(Alias::new("kek_id")));
        manager.create_table(kek).await?;
        let mut table = Table::create();
        table
            .table(Alias::new("tenant_key"))
            .col(id("tenant_id"))
            .col(bytes("key_id"))
            .col(text("purpose"))
            .col(number("key_version"))
            .col(text("state"))
            .col(text("kek_id"))
            .col(bytes("wrapped"))
            .col(number("create_time"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("key_id")))
            .foreign_key(&mut foreign_key(("tenant_key", &["tenant_id"]), ("tenant", &["id"])))
            .foreign_key(&mut foreign_key(("tenant_key", &["kek_id"]), ("key_encryption_key", &["kek_id"])));
        manager.create_table(table).await?;
        let unique = Index::create()
            .unique()
            .name("tenant_key_tenant_id_purpose_key_version_key")
            .table(Alias::new("tenant_key"))
            .col(Alias::new("tenant_id"))
            .col(Alias::new("purpose"))
            .col(Alias::new("key_version"))
            .take();
        manager.create_index(unique).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("tenant_key")).take()).await?;
        manager.drop_table(Table::drop().table(Alias::new("key_encryption_key")).take()).await
    }
}
