//! The only door to find, insert, update and delete: every statement begins with the tenants of a permit's scope.
#![expect(clippy::disallowed_methods, reason = "this is the one place where a query is opened, and it is opened with a scope")]

mod merge;
mod tenants;

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, SelectStatement, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DeleteMany, EntityTrait, IntoActiveModel, JoinType, QueryFilter,
    QuerySelect, Select, UpdateMany, Value,
};

pub(super) use self::merge::{Listed, Listing};
use self::tenants::is_among;
use crate::authz::TenantScope;
use crate::domain::id::TenantId;
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

/// A database as one scope sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<'a> {
    backend: DbBackend,
    scope: &'a TenantScope,
}

impl<'a> Within<'a> {
    /// Looks at a database through a scope.
    pub(super) fn new(connection: &impl ConnectionTrait, scope: &'a TenantScope) -> Self {
        Self { backend: connection.get_database_backend(), scope }
    }

    /// Returns which database it is.
    pub(super) const fn backend(self) -> DbBackend {
        self.backend
    }

    /// Begins a query for rows inside the scope.
    pub(super) fn find<E: Scoped>(self) -> Select<E> {
        E::find().filter(self.owns::<E>())
    }

    /// Begins an update of rows inside the scope.
    pub(super) fn update<E: Scoped>(self) -> UpdateMany<E> {
        E::update_many().filter(self.owns::<E>())
    }

    /// Begins a deletion of rows inside the scope.
    pub(super) fn delete<E: Scoped>(self) -> DeleteMany<E> {
        E::delete_many().filter(self.owns::<E>())
    }

    /// Joins a table to a query; only rows inside the scope are joined.
    pub(super) fn join<L: Scoped, R: Scoped>(self, mut rows: Select<L>, how: JoinType, on: SimpleExpr) -> Select<L> {
        QuerySelect::query(&mut rows).join(how, R::default(), on.and(self.owns::<R>()));
        rows
    }

    /// Writes a new row, whose tenant must be inside the scope.
    pub(super) async fn insert<E, A>(self, connection: &impl ConnectionTrait, row: A) -> Result<(), StoreError>
    where
        E: Scoped,
        A: ActiveModelTrait<Entity = E>,
        E::Model: IntoActiveModel<A>,
    {
        self.require_inside::<E, A>(&row)?;
        E::insert(row).exec_without_returning(connection).await?;
        Ok(())
    }

    /// Writes new rows in one statement; their tenants must be inside the scope.
    pub(super) async fn insert_many<E, A>(self, connection: &impl ConnectionTrait, rows: Vec<A>) -> Result<(), StoreError>
    where
        E: Scoped,
        A: ActiveModelTrait<Entity = E>,
        E::Model: IntoActiveModel<A>,
    {
        if rows.is_empty() {
            return Ok(());
        }
        rows.iter().try_for_each(|row| self.require_inside::<E, A>(row))?;
        E::insert_many(rows).exec_without_returning(connection).await?;
        Ok(())
    }

    fn require_inside<E, A>(self, row: &A) -> Result<(), StoreError>
    where
        E: Scoped,
        A: ActiveModelTrait<Entity = E>,
    {
        let tenant = match row.get(E::TENANT).into_value() {
            Some(Value::Uuid(tenant)) => tenant.map(TenantId::from_uuid),
            _ => None,
        };
        let inside = tenant.is_some_and(|tenant| self.scope.contains(tenant));
        if inside { Ok(()) } else { Err(StoreError::OutOfScope) }
    }

    /// Begins a query for the rows that a narrower query visits, whosever they are, and keeps those inside the scope. The narrower query
    /// must be limited: it bounds what is read.
    fn keep_from<E: Scoped>(self, visited: impl FnOnce(Select<E>) -> SelectStatement) -> SelectStatement {
        merge::outer::<E>(visited(find_all::<E>())).and_where(self.owns::<E>()).take()
    }

    /// The condition that every statement has.
    fn owns<E: Scoped>(self) -> SimpleExpr {
        let tenants = match self.scope.tenants() {
            None => Expr::value(true),
            Some(tenants) => is_among::<E>(self.backend, tenants),
        };
        match self.owned::<E>() {
            None => tenants,
            Some(owned) => tenants.and(owned),
        }
    }

    /// The condition that narrows a scope to the rows of one user, where it is narrowed.
    fn owned<E: Scoped>(self) -> Option<SimpleExpr> {
        let owner = self.scope.owner()?;
        // A scope of one user's rows reaches nothing in a table whose rows belong to no user.
        Some(E::OWNER.map_or_else(|| Expr::value(false), |column| column.eq(owner.as_uuid())))
    }
}

/// Begins a query for rows of every tenant. What it finds must be narrowed to a scope in the same statement.
fn find_all<E: Scoped>() -> Select<E> {
    E::find()
}

/// Begins a query for key-encryption keys, which belong to no tenant.
pub(super) fn find_key_encryption_keys() -> Select<key_encryption_key::Entity> {
    key_encryption_key::Entity::find()
}

/// Writes a key-encryption key's row, unless one of its name is there.
pub(super) async fn insert_key_encryption_key(
    connection: &impl ConnectionTrait,
    row: key_encryption_key::ActiveModel,
) -> Result<(), StoreError> {
    let once = OnConflict::column(key_encryption_key::Column::KekId).do_nothing().to_owned();
    key_encryption_key::Entity::insert(row).on_conflict(once).exec_without_returning(connection).await?;
    Ok(())
}

/// Begins a query for what is noted about the database itself, which belongs to no tenant.
pub(super) fn find_settings() -> Select<setting::Entity> {
    setting::Entity::find()
}

/// Notes something about the database itself, in the place of what was noted before.
pub(super) async fn replace_setting(connection: &impl ConnectionTrait, row: setting::ActiveModel) -> Result<(), StoreError> {
    let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
    setting::Entity::insert(row).on_conflict(replace).exec_without_returning(connection).await?;
    Ok(())
}
