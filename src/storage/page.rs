//! Keyset pages: rows after a place in the order of time and id, one more than asked for.

use migrations::condition::{EVERY_EVENT, EVERY_STAMPED_ROW};
use sea_orm::sea_query::Condition;
use sea_orm::{ConnectionTrait, FromQueryResult, IdenStatic, QueryResult};
use uuid::Uuid;

use crate::authz::TenantScope;
use crate::domain::page::{Page, PageSize, Position};
use crate::domain::time::Timestamp;
use crate::storage::Reader;
use crate::storage::entity::{api_key, event, oauth_app, role, tenant, tenant_administrator, user_account};
use crate::storage::error::StoreError;
use crate::storage::scope::{Listed, Listing};

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct PageAt {
    /// The place of the last row of the page before.
    pub after: Option<Position>,
    /// The most rows of the page.
    pub size: PageSize,
}

macro_rules! listed {
    ($($entity:ident: $time:ident, $id:ident, $every_row:expr;)*) => {$(
        impl Listed for $entity::Entity {
            const TIME: Self::Column = $entity::Column::$time;
            const ID: Self::Column = $entity::Column::$id;
            const EVERY_ROW: Option<&'static str> = $every_row;
        }
    )*};
}

listed! {
    api_key: CreateTime, Id, Some(EVERY_STAMPED_ROW);
    event: Time, Id, Some(EVERY_EVENT);
    oauth_app: CreateTime, Id, Some(EVERY_STAMPED_ROW);
    role: CreateTime, Id, Some(EVERY_STAMPED_ROW);
    tenant: CreateTime, Id, Some(EVERY_STAMPED_ROW);
    tenant_administrator: CreateTime, UserId, None;
    user_account: CreateTime, Id, Some(EVERY_STAMPED_ROW);
}

impl PageAt {
    /// Lists every row of a table.
    pub(super) fn all(self) -> Listing {
        self.filtered(Condition::all())
    }

    /// Lists the rows that satisfy conditions which an index serves together with the order.
    pub(super) fn filtered(self, indexed: Condition) -> Listing {
        Listing { indexed, across_tenants: false, start: None, end: None, filters: None, after: self.after, until: None }
    }
}

impl Reader<'_> {
    /// Reads one page. With conditions that no index serves it may be short, or empty, though rows follow: its end is then the last row
    /// that was visited.
    pub(super) async fn page<E: Listed, R: FromQueryResult>(
        &self,
        scope: &TenantScope,
        listing: &Listing,
        at: PageAt,
    ) -> Result<Page<R>, StoreError> {
        self.page_with::<E, R>(scope, listing, at, |_| {}).await
    }

    /// Reads one page of rows that have further columns.
    pub(super) async fn page_with<E: Listed, R: FromQueryResult>(
        &self,
        scope: &TenantScope,
        listing: &Listing,
        at: PageAt,
        extend: impl FnOnce(&mut sea_orm::sea_query::SelectStatement),
    ) -> Result<Page<R>, StoreError> {
        let within = self.within(scope);
        let (size, list) = (at.size.rows(), at.after.map_or(0, |position| position.list));
        // First the end of what is visited: rows that come and go between the two statements then move no row across it.
        let visited = match within.window(listing) {
            Some(window) => self.connection.query_one(&within.last_visited::<E>(listing, window)).await?,
            None => None,
        };
        let until = visited.map(|row| place::<E>(&row, list)).transpose()?;
        let bounded = Listing { until, ..listing.clone() };
        let mut rows = within.next_rows::<E>(&bounded, u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1));
        extend(&mut rows);
        let mut rows = self.connection.query_all(&rows).await?;
        let is_full = rows.len() > size;
        rows.truncate(size);
        let next = if is_full { rows.last().map(|row| place::<E>(row, list)).transpose()? } else { until };
        let items = rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }
}

fn place<E: Listed>(row: &QueryResult, list: u8) -> Result<Position, StoreError> {
    let time: i64 = row.try_get("", E::TIME.as_str())?;
    let id: Uuid = row.try_get("", E::ID.as_str())?;
    Ok(Position { list, time: Timestamp::from_micros(time), id })
}
