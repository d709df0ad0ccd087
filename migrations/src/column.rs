//! The few kinds of column that the schema is made of.

use sea_orm_migration::prelude::{
    Alias, ColumnDef, ConditionalStatement as _, ForeignKey, ForeignKeyCreateStatement, Index, IndexCreateStatement, IntoIden,
    SimpleExpr, TableCreateStatement,
};
use sea_orm_migration::sea_orm::DbBackend;

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name).into_iden())
}

/// A UUID that is always there.
pub(crate) fn id(name: &str) -> ColumnDef {
    column(name).uuid().not_null().take()
}

/// A UUID that may be absent.
pub(crate) fn optional_id(name: &str) -> ColumnDef {
    column(name).uuid().null().take()
}

/// A text by which rows are unique and found by its beginning. It is compared byte by byte on both databases: PostgreSQL's own
/// collation would order it by the rules of a language, and serve no range of it by an index.
pub(crate) fn key(backend: DbBackend, name: &str) -> ColumnDef {
    let mut key = text(name);
    if backend == DbBackend::Postgres {
        key.extra("COLLATE \"C\"");
    }
    key
}

/// Text that is always there.
pub(crate) fn text(name: &str) -> ColumnDef {
    column(name).text().not_null().take()
}

/// Text that may be absent.
pub(crate) fn optional_text(name: &str) -> ColumnDef {
    column(name).text().null().take()
}

/// A 64-bit number that is always there: a time in microseconds, a version, a count.
pub(crate) fn number(name: &str) -> ColumnDef {
    column(name).big_integer().not_null().take()
}

/// A 64-bit number that may be absent.
pub(crate) fn optional_number(name: &str) -> ColumnDef {
    column(name).big_integer().null().take()
}

/// A 32-bit number that is always there.
pub(crate) fn small_number(name: &str) -> ColumnDef {
    column(name).integer().not_null().take()
}

/// Yes or no.
pub(crate) fn flag(name: &str) -> ColumnDef {
    column(name).boolean().not_null().take()
}

/// Bytes that are always there.
pub(crate) fn bytes(name: &str) -> ColumnDef {
    column(name).blob().not_null().take()
}

/// Bytes that may be absent.
pub(crate) fn optional_bytes(name: &str) -> ColumnDef {
    column(name).blob().null().take()
}

/// Adds the columns that say who made and changed a row, when, and how often.
pub(crate) fn stamp(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(number("create_time"))
        .col(number("update_time"))
        .col(text("create_actor"))
        .col(text("update_actor"))
        .col(number("version"))
}

/// A foreign key from columns of the table to the columns of another.
pub(crate) fn foreign_key(from: (&str, &[&str]), to: (&str, &[&str])) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(format!("{}_{}_fkey", from.0, from.1.join("_")));
    key.from_tbl(Alias::new(from.0)).to_tbl(Alias::new(to.0));
    from.1.iter().for_each(|column| {
        key.from_col(Alias::new(*column));
    });
    to.1.iter().for_each(|column| {
        key.to_col(Alias::new(*column));
    });
    key
}

/// An index that lets the values of the columns stand once.
pub(crate) fn unique_index(table: &str, columns: &[&str]) -> IndexCreateStatement {
    named_index((table, columns), "key").unique().take()
}

/// An index for queries.
pub(crate) fn index(table: &str, columns: &[&str]) -> IndexCreateStatement {
    named_index((table, columns), "index")
}

/// An index for queries of the rows that satisfy a condition. Only a query with the very same condition is served.
pub(crate) fn partial_index(table: &str, columns: &[&str], condition: SimpleExpr) -> IndexCreateStatement {
    named_index((table, columns), "partial_index").and_where(condition).take()
}

fn named_index((table, columns): (&str, &[&str]), kind: &str) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{table}_{}_{kind}", columns.join("_"))).table(Alias::new(table));
    for column in columns {
        index.col(Alias::new(*column));
    }
    index
}
