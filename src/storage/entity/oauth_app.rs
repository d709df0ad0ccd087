//! An OAuth app's row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "oauth_app")]
pub(in crate::storage) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub name_key: String,
    #[sea_orm(column_type = "Text")]
    pub slug: String,
    pub data_store: i32,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub client_id: String,
    #[sea_orm(column_type = "Text")]
    pub authorize_uri: String,
    #[sea_orm(column_type = "Text")]
    pub token_uri: String,
    #[sea_orm(column_type = "Text")]
    pub scope: String,
    pub is_active: bool,
    #[sea_orm(column_type = "Text")]
    pub secrets: String,
    pub create_time: i64,
    pub update_time: i64,
    #[sea_orm(column_type = "Text")]
    pub create_actor: String,
    #[sea_orm(column_type = "Text")]
    pub update_actor: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::storage) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
