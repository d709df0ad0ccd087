//! The row of what was answered to a request that carried a `request_id`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_record")]
pub(in crate::storage) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    #[sea_orm(column_type = "Text")]
    pub credential: String,
    #[sea_orm(primary_key, auto_increment = false)]
    #[sea_orm(column_type = "Text")]
    pub method: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub request_id: Uuid,
    #[sea_orm(column_type = "Blob")]
    pub key_id: Vec<u8>,
    #[sea_orm(column_type = "Blob")]
    pub body_mac: Vec<u8>,
    pub resource_tenant_id: Uuid,
    pub resource_user_id: Option<Uuid>,
    #[sea_orm(column_type = "Blob")]
    pub answer: Vec<u8>,
    #[sea_orm(column_type = "Blob", nullable)]
    pub secret: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text", nullable)]
    pub secret_owner_kind: Option<String>,
    pub secret_owner_id: Option<Uuid>,
    pub secret_version: Option<i64>,
    pub create_time: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::storage) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
