//! A list of ids, bound as one value: an array on PostgreSQL, a JSON list on SQLite. A statement has the same text and the same number
//! of variables for any number of ids.

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Alias, ArrayType, Expr, ExprTrait, Func, FunctionCall, Query, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, Value};
use uuid::Uuid;

/// The name of the bound list in a statement.
pub(super) const LISTED: &str = "listed";

/// The condition that a column holds one of the ids.
pub(super) fn is_listed(backend: DbBackend, column: impl ColumnTrait, ids: impl Iterator<Item = Uuid>) -> SimpleExpr {
    let column = Expr::col(column.as_column_ref());
    if backend == DbBackend::Postgres {
        return column.eq(PgFunc::any(bound(backend, ids)));
    }
    let mut listed = Query::select();
    listed.expr(listed_id(backend)).from_function(list(backend, ids), Alias::new(LISTED));
    column.in_subquery(listed)
}

/// A function that returns the bound ids as rows, to be named [`LISTED`].
pub(super) fn list(backend: DbBackend, ids: impl Iterator<Item = Uuid>) -> FunctionCall {
    let name = if backend == DbBackend::Postgres { "unnest" } else { "json_each" };
    Func::cust(Alias::new(name)).arg(bound(backend, ids))
}

/// The id in a row of [`list`].
pub(super) fn listed_id(backend: DbBackend) -> SimpleExpr {
    // A UUID is a blob on SQLite, which JSON cannot hold.
    Expr::cust(if backend == DbBackend::Postgres { "\"listed\".\"listed\"" } else { "unhex(\"listed\".\"value\")" })
}

fn bound(backend: DbBackend, ids: impl Iterator<Item = Uuid>) -> SimpleExpr {
    let value = if backend == DbBackend::Postgres {
        Value::Array(ArrayType::Uuid, Some(Box::new(ids.map(|id| Value::Uuid(Some(id))).collect())))
    } else {
        let ids: Vec<String> = ids.map(|id| format!("\"{}\"", id.simple())).collect();
        Value::String(Some(format!("[{}]", ids.join(","))))
    };
    Expr::value(value)
}
