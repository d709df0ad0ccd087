//! The only door to find, update and delete: every query begins with the tenants of a permit's scope.
#![expect(clippy::disallowed_methods, reason = "this is the one place where a query is opened, and it is opened with a scope")]

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ActiveModelTrait, ColumnTrait, DeleteMany, EntityTrait, IntoActiveModel, QueryFilter, Select, UpdateMany, Value};

use crate::authz::TenantScope;
use crate::domain::id::TenantId;
use crate::storage::Connection;
use crate::storage::entity::{
    api_key, event, key_encryption_key, oauth_app, request_record, role, secret_version, setting, tenant, tenant_administrator,
    tenant_key, user_account, user_role,
};
use crate::storage::error::StoreError;

/// A table whose rows belong to tenants.
pub(super) trait Scoped: EntityTrait {
    /// The column that says to which tenant.
    const TENANT: Self::Column;
    /// The column that says to which user, where there is one.
    const OWNER: Option<Self::Column>;
}

macro_rules! scoped {
    ($($entity:ident: $tenant:ident, $owner:expr;)*) => {$(
        impl Scoped for $entity::Entity {
            const TENANT: Self::Column = $entity::Column::$tenant;
            const OWNER: Option<Self::Column> = $owner;
        }
    )*};
}

scoped! {
    tenant: Id, None;
    user_account: TenantId, Some(user_account::Column::Id);
    user_role: TenantId, Some(user_role::Column::UserId);
    role: TenantId, None;
    tenant_administrator: TenantId, None;
    api_key: TenantId, Some(api_key::Column::UserId);
    oauth_app: TenantId, None;
    secret_version: TenantId, None;
    tenant_key: TenantId, None;
    event: TenantId, None;
    request_record: TenantId, None;
}

/// Begins a query for rows inside the scope.
pub(super) fn find<E: Scoped>(scope: &TenantScope) -> Select<E> {
    E::find().filter(owned_by::<E>(scope))
}

/// Begins an update of rows inside the scope.
pub(super) fn update<E: Scoped>(scope: &TenantScope) -> UpdateMany<E> {
    E::update_many().filter(owned_by::<E>(scope))
}

/// Begins a deletion of rows inside the scope.
pub(super) fn delete<E: Scoped>(scope: &TenantScope) -> DeleteMany<E> {
    E::delete_many().filter(owned_by::<E>(scope))
}

/// Writes a new row, whose tenant must be inside the scope.
pub(super) async fn insert<E, A>(connection: &Connection<'_>, scope: &TenantScope, row: A) -> Result<(), StoreError>
where
    E: Scoped,
    A: ActiveModelTrait<Entity = E>,
    E::Model: IntoActiveModel<A>,
{
    let tenant = match row.get(E::TENANT).into_value() {
        Some(Value::Uuid(tenant)) => tenant.map(TenantId::from_uuid),
        _ => None,
    };
    let inside = tenant.is_some_and(|tenant| scope.contains(tenant));
    if !inside {
        return Err(StoreError::OutOfScope);
    }
    E::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// Begins a query for key-encryption keys, which belong to no tenant.
pub(super) fn find_key_encryption_keys() -> Select<key_encryption_key::Entity> {
    key_encryption_key::Entity::find()
}

/// Begins a query for what is noted about the database itself, which belongs to no tenant.
pub(super) fn find_settings() -> Select<setting::Entity> {
    setting::Entity::find()
}

/// The condition that every query begins with.
fn owned_by<E: Scoped>(scope: &TenantScope) -> SimpleExpr {
    let tenants = match scope.tenants() {
        None => Expr::value(true),
        Some(tenants) => E::TENANT.is_in(tenants.iter().map(|tenant| tenant.as_uuid())),
    };
    match (scope.owner(), E::OWNER) {
        (None, _) => tenants,
        (Some(owner), Some(column)) => tenants.and(column.eq(owner.as_uuid())),
        // A scope of one user's rows reaches nothing in a table whose rows belong to no user.
        (Some(_), None) => Expr::value(false),
    }
}
