//! Administrative access: which user of the system tenant administers which tenant.

use sea_orm_migration::prelude::{
    Alias, DbErr, DeriveMigrationName, Expr, Index, MigrationTrait, SchemaManager, Table, async_trait,
};

use sea_orm_migration::sea_orm::DbBackend;

use crate::column::{foreign_key, id, index, number, text};

/// Makes the table, and takes it away again.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The system tenant's id as the database writes it; a foreign key binds `user_tenant_id` to the user's own tenant.
fn administrators_live_in_the_system_tenant(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "user_tenant_id = '00000000-0000-0000-0000-000000000001'::uuid"
    } else {
        "user_tenant_id = x'00000000000000000000000000000001'"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table
            .table(Alias::new("tenant_administrator"))
            .col(id("tenant_id"))
            .col(id("user_tenant_id"))
            .col(id("user_id"))
            .col(number("create_time"))
            .col(text("create_actor"))
            .primary_key(Index::create().col(Alias::new("tenant_id")).col(Alias::new("user_id")))
            .check(Expr::cust(administrators_live_in_the_system_tenant(manager.get_database_backend())))
            .foreign_key(&mut foreign_key(("tenant_administrator", &["tenant_id"]), ("tenant", &["id"])))
            .foreign_key(&mut foreign_key(
                ("tenant_administrator", &["user_tenant_id", "user_id"]),
                ("user_account", &["tenant_id", "id"]),
            ));
        manager.create_table(table).await?;
        manager.create_index(index("tenant_administrator", &["user_id"])).await?;
        manager.create_index(index("tenant_administrator", &["tenant_id", "create_time", "user_id"])).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("tenant_administrator")).take()).await
    }
}
