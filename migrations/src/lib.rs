//! The schema of OAuth Registry: one ordered list of migrations, one purpose a file, each with its way back.
//!
//! Knows tables and columns. Must not know the service: rows are made and read in `storage`.
//!
//! Every primary key and every foreign key inside a tenant begins with `tenant_id`, so a child cannot belong to another tenant than
//! its parent. Times are microseconds since the Unix epoch in `BIGINT`.

mod column;
pub mod condition;
mod m20261120_000001_create_tenant;
mod m20261120_000002_create_user_account;
mod m20261120_000003_create_tenant_administrator;
mod m20261120_000004_create_api_key;
mod m20261120_000005_create_tenant_key;
mod m20261120_000006_create_secret_version;
mod m20261120_000007_create_oauth_app;
mod m20261120_000008_create_event;
mod m20261121_000001_create_role;
mod m20261121_000002_create_user_role;
mod m20261121_000003_create_request_record;
mod m20261127_000001_create_setting;

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::{MigrationTrait, async_trait};

/// The ordered list of migrations.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_create_tenant::Migration),
            Box::new(m20261120_000002_create_user_account::Migration),
            Box::new(m20261120_000003_create_tenant_administrator::Migration),
            Box::new(m20261120_000004_create_api_key::Migration),
            Box::new(m20261120_000005_create_tenant_key::Migration),
            Box::new(m20261120_000006_create_secret_version::Migration),
            Box::new(m20261120_000007_create_oauth_app::Migration),
            Box::new(m20261120_000008_create_event::Migration),
            Box::new(m20261121_000001_create_role::Migration),
            Box::new(m20261121_000002_create_user_role::Migration),
            Box::new(m20261121_000003_create_request_record::Migration),
            Box::new(m20261127_000001_create_setting::Migration),
        ]
    }
}
