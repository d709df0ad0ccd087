//! The tenants of a scope, bound as one value: an array on PostgreSQL, a JSON list on SQLite. A statement has the same text for any
//! number of tenants.

use std::collections::BTreeSet;

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, ArrayType, Expr, ExprTrait, Func, FunctionCall, Query, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, Value};

use crate::domain::id::TenantId;
use crate::storage::scope::Scoped;

/// The name of the bound list in a statement.
pub(super) const LISTED: &str = "listed";

/// The condition that a row belongs to one of the tenants.
pub(super) fn is_among<E: Scoped>(backend: DbBackend, tenants: &BTreeSet<TenantId>) -> SimpleExpr {
    let column = Expr::col(E::TENANT.as_column_ref());
    if let (Some(one), 1) = (tenants.first(), tenants.len()) {
        return column.eq(one.as_uuid());
    }
    if backend == DbBackend::Postgres {
        return column.eq(PgFunc::any(bound(backend, tenants)));
    }
    let mut ids = Query::select();
    ids.expr(listed_tenant(backend)).from_function(list(backend, tenants), Alias::new(LISTED));
    column.in_subquery(ids)
}

/// A function that returns the bound tenants as rows, to be named [`LISTED`].
pub(super) fn list(backend: DbBackend, tenants: &BTreeSet<TenantId>) -> FunctionCall {
    let name = if backend == DbBackend::Postgres { "unnest" } else { "json_each" };
    Func::cust(Alias::new(name)).arg(bound(backend, tenants))
}

/// The id of the tenant in a row of [`list`].
pub(super) fn listed_tenant(backend: DbBackend) -> SimpleExpr {
    // A UUID is a blob on SQLite, which JSON cannot hold.
    Expr::cust(if backend == DbBackend::Postgres { "\"listed\".\"listed\"" } else { "unhex(\"listed\".\"value\")" })
}

fn bound(backend: DbBackend, tenants: &BTreeSet<TenantId>) -> SimpleExpr {
    let value = if backend == DbBackend::Postgres {
        let ids = tenants.iter().map(|tenant| Value::Uuid(Some(tenant.as_uuid()))).collect();
        Value::Array(ArrayType::Uuid, Some(Box::new(ids)))
    } else {
        let ids: Vec<String> = tenants.iter().map(|tenant| format!("\"{}\"", tenant.as_uuid().simple())).collect();
        Value::String(Some(format!("[{}]", ids.join(","))))
    };
    Expr::value(value)
}
