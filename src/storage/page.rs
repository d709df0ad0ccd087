//! Keyset pages: rows after a position, one more than asked for.

use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::domain::page::{Page, PageSize, Position};
use crate::domain::time::Timestamp;
use crate::storage::Connection;
use crate::storage::error::StoreError;

/// Where a page begins and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct PageAt {
    /// The place of the last row of the page before.
    pub after: Option<Position>,
    /// The most rows of the page.
    pub size: PageSize,
}

/// Reads one page in the order of the two columns.
pub(super) async fn read<E, M>(
    connection: &Connection<'_>,
    rows: Select<E>,
    (time, id): (E::Column, E::Column),
    at: PageAt,
) -> Result<Vec<M>, StoreError>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Sized + Send + Sync,
{
    let after = at.after.map(|position| {
        let micros = position.time.as_micros();
        Condition::any().add(time.gt(micros)).add(Condition::all().add(time.eq(micros)).add(id.gt(position.id)))
    });
    let limit = u64::try_from(at.size.rows()).unwrap_or(u64::MAX).saturating_add(1);
    let rows = rows.filter(after.unwrap_or_else(Condition::all)).order_by_asc(time).order_by_asc(id).limit(limit);
    Ok(rows.all(connection).await?)
}

/// Cuts the extra row off and says where the rest begins.
pub(super) fn cut<T>(mut items: Vec<T>, at: PageAt, place: impl Fn(&T) -> (Timestamp, Uuid)) -> Page<T> {
    let more = items.len() > at.size.rows();
    items.truncate(at.size.rows());
    let list = at.after.map_or(0, |position| position.list);
    let next = items.last().filter(|_| more).map(|last| {
        let (time, id) = place(last);
        Position { list, time, id }
    });
    Page { items, next }
}
