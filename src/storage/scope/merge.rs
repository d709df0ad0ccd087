//! The next rows of a list in the order of time and id, without a scan of other tenants' rows and without a sort that grows.
//!
//! One tenant, or every tenant: a range of one index. Several tenants: a range of one index for each, merged. More tenants than
//! [`MERGED`]: the next rows of all tenants, of which those inside the scope are kept.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, DbBackend, Iterable, JoinType, QueryFilter, QueryOrder, QueryTrait, Select};

use crate::domain::id::TenantId;
use crate::domain::page::Position;
use crate::domain::time::Timestamp;
use crate::storage::scope::list::{LISTED, list, listed_id};
use crate::storage::scope::{Scoped, Within, find_all};

/// The most tenants whose rows are read tenant by tenant.
const MERGED: usize = 50;
/// The most rows that are visited for the sake of a filter that no index serves.
pub(in crate::storage) const VISITED: u64 = 1_000;

/// A table that is listed in the order of a time and an id.
pub(in crate::storage) trait Listed: Scoped {
    /// The time.
    const TIME: Self::Column;
    /// The id.
    const ID: Self::Column;
    /// The condition, which every row satisfies, of the index of time and id, where there is one: only lists of all tenants use it.
    const EVERY_ROW: Option<&'static str>;
}

/// Which rows of a table are listed, and after which place.
#[derive(Debug, Clone)]
pub(in crate::storage) struct Listing {
    /// The conditions that an index serves together with the order.
    pub(in crate::storage) indexed: Condition,
    /// Whether the index that serves them does not begin with the tenant: then the scope is a filter too.
    pub(in crate::storage) across_tenants: bool,
    /// The first time.
    pub(in crate::storage) start: Option<Timestamp>,
    /// The first time that is too late.
    pub(in crate::storage) end: Option<Timestamp>,
    /// The conditions that no index serves.
    pub(in crate::storage) filters: Option<Condition>,
    /// The place after which the list goes on.
    pub(in crate::storage) after: Option<Position>,
    /// The last place that is visited, where it is known.
    pub(in crate::storage) until: Option<Position>,
}

impl Listing {
    /// Adds conditions that no index serves; none of them is none.
    pub(in crate::storage) fn and_then_by(self, filters: Condition) -> Self {
        let filters = (!filters.is_empty()).then_some(filters);
        Self { filters, ..self }
    }
}

impl Within<'_> {
    /// Selects the next rows of a listing, at most `limit`. With filters, or with very many tenants, the rows are looked for among the
    /// next [`Within::window`] alone.
    pub(in crate::storage) fn next_rows<E: Listed>(self, listing: &Listing, limit: u64) -> SelectStatement {
        let Some(window) = self.window(listing) else { return self.visit::<E>(listing, limit) };
        let mut rows = if self.is_filter(listing) {
            self.keep_from::<E>(|all| in_order(of_everybody(all, listing), listing, window))
        } else {
            outer::<E>(self.visit::<E>(listing, window))
        };
        if let Some(filters) = &listing.filters {
            rows.cond_where(filters.clone());
        }
        order::<E>(&mut rows);
        rows.limit(limit).take()
    }

    /// Selects time and id of the last row that [`Within::next_rows`] visits, when as many as it may visit are left.
    pub(in crate::storage) fn last_visited<E: Listed>(self, listing: &Listing, window: u64) -> SelectStatement {
        let place = |mut rows: SelectStatement| {
            rows.clear_selects().columns([E::TIME.as_column_ref(), E::ID.as_column_ref()]);
            rows.limit(1).offset(window.saturating_sub(1)).take()
        };
        // Across tenants no row of another one is read, only the place of one.
        place(if self.is_filter(listing) {
            in_order(of_everybody(find_all::<E>(), listing), listing, window)
        } else {
            self.visit::<E>(listing, window)
        })
    }

    /// Returns how many rows may be visited, when that is bounded by their number and not by the index alone.
    pub(in crate::storage) fn window(self, listing: &Listing) -> Option<u64> {
        if self.is_filter(listing) {
            return Some(VISITED);
        }
        let tenants = u64::try_from(self.several().map_or(1, BTreeSet::len)).unwrap_or(VISITED);
        listing.filters.as_ref().map(|_| Ord::max(VISITED.checked_div(tenants).unwrap_or(VISITED), 1))
    }

    /// Selects the next rows of a listing without its filters.
    fn visit<E: Listed>(self, listing: &Listing, limit: u64) -> SelectStatement {
        if self.scope.tenants().is_none() {
            return in_order(of_everybody(self.find::<E>(), listing), listing, limit);
        }
        let Some(tenants) = self.several() else { return in_order(self.find::<E>(), listing, limit) };
        let mut of_one = find_all::<E>().filter(Expr::col(E::TENANT.as_column_ref()).eq(listed_id(self.backend)));
        if let Some(owned) = self.owned::<E>() {
            of_one = of_one.filter(owned);
        }
        let mut rows = merged::<E>(self.backend, tenants, in_order(of_one, listing, limit));
        order::<E>(&mut rows);
        bound(&mut rows, listing, limit)
    }

    /// Returns the tenants of a scope of several, if they are few enough to be read one by one.
    fn several(&self) -> Option<&BTreeSet<TenantId>> {
        self.scope.tenants().filter(|tenants| (2..=MERGED).contains(&tenants.len()))
    }

    /// Says whether the scope is a filter over the rows of all tenants.
    fn is_filter(self, listing: &Listing) -> bool {
        self.scope.tenants().is_some_and(|tenants| listing.across_tenants || tenants.len() > MERGED)
    }
}

/// Selects every column of the rows of a query, under the table's own name.
pub(super) fn outer<E: Scoped>(rows: SelectStatement) -> SelectStatement {
    select_all::<E>().from_subquery(rows, Alias::new(E::default().table_name())).take()
}

/// Lets a query of no single tenant use the index of time and id, unless another one serves its conditions.
fn of_everybody<E: Listed>(rows: Select<E>, listing: &Listing) -> Select<E> {
    let every_row = E::EVERY_ROW.filter(|_| listing.indexed.is_empty());
    rows.filter(Condition::all().add_option(every_row.map(Expr::cust)))
}

/// Adds to a query what a listing says, its order and a limit.
fn in_order<E: Listed>(rows: Select<E>, listing: &Listing, limit: u64) -> SelectStatement {
    let Listing { indexed, across_tenants: _, start, end, filters: _, after, until } = listing;
    // One lower bound: SQLite begins at the time, not at the place, when it has both.
    let first = match (after, start) {
        (Some(after), _) if start.is_none_or(|start| start <= after.time) => Some(is_after::<E>(*after)),
        (_, Some(start)) => Some(E::TIME.gte(start.as_micros())),
        _ => None,
    };
    let last = match (until, end) {
        (Some(until), _) => Some(place_of::<E>().lte(value_of(*until))),
        (None, end) => end.map(|end| E::TIME.lt(end.as_micros())),
    };
    let rows = rows.filter(indexed.clone()).filter(Condition::all().add_option(first).add_option(last));
    bound(&mut rows.order_by_asc(E::TIME).order_by_asc(E::ID).into_query(), listing, limit)
}

/// Ends a query after so many rows. Where its last place is known, rows that were written before it since then have room too; without a
/// limit neither database would read the rows in the order of the index.
fn bound(rows: &mut SelectStatement, listing: &Listing, limit: u64) -> SelectStatement {
    rows.limit(if listing.until.is_some() { limit.saturating_add(VISITED) } else { limit }).take()
}

/// Selects, for each tenant, the rows of a query that names it.
fn merged<E: Listed>(backend: DbBackend, tenants: &BTreeSet<TenantId>, mut of_one: SelectStatement) -> SelectStatement {
    let (table, mut rows) = (E::default().table_name(), select_all::<E>());
    rows.from_function(list(backend, tenants.iter().map(|tenant| tenant.as_uuid())), Alias::new(LISTED));
    if backend == DbBackend::Postgres {
        rows.join_lateral(JoinType::InnerJoin, of_one, Alias::new(table), Expr::value(true));
    } else {
        // SQLite has no lateral join.
        let row_id = Expr::col((Alias::new(table), Alias::new("rowid")));
        let of_one = of_one.clear_selects().expr(row_id.clone()).take();
        rows.join(JoinType::InnerJoin, E::default(), row_id.in_subquery(of_one));
    }
    rows
}

fn select_all<E: Scoped>() -> SelectStatement {
    let mut rows = Query::select();
    rows.columns(E::Column::iter().map(|column| column.as_column_ref()));
    rows
}

fn order<E: Listed>(rows: &mut SelectStatement) {
    for column in [E::TIME, E::ID] {
        rows.order_by(column.as_column_ref(), sea_orm::Order::Asc);
    }
}

/// Compares time and id as one row value, which is one range of an index; `time > x OR (time = x AND id > y)` is none on PostgreSQL.
fn is_after<E: Listed>(place: Position) -> SimpleExpr {
    place_of::<E>().gt(value_of(place))
}

fn place_of<E: Listed>() -> SimpleExpr {
    Expr::tuple([E::TIME, E::ID].map(|column| Expr::col(column.as_column_ref())))
}

fn value_of(place: Position) -> SimpleExpr {
    Expr::tuple([Expr::value(place.time.as_micros()), Expr::value(place.id)])
}
