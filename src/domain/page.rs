//! Pages of a list: how many, from where, and what comes next.

use uuid::Uuid;

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::time::Timestamp;

/// The page size when a request names none.
const DEFAULT_SIZE: u16 = 50;
/// The largest page; larger wishes are cut to it.
const MAX_SIZE: u16 = 500;

/// A place in a list that is ordered by time and id: everything after it is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which of the lists that the pages go through, from 0.
    pub list: u8,
    /// The time of the last row seen.
    pub time: Timestamp,
    /// The id of the last row seen.
    pub id: Uuid,
}

/// How many rows one answer holds: 1 to 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(u16);

impl PageSize {
    /// One row.
    pub const ONE: Self = Self(1);
    /// As many rows as a page can have.
    pub const LARGEST: Self = Self(MAX_SIZE);

    /// Reads a request's wish: zero means 50, more than 500 means 500, less than zero is refused.
    pub fn parse(wish: i32) -> Result<Self, Fault> {
        match u16::try_from(wish) {
            Ok(0) => Ok(Self(DEFAULT_SIZE)),
            Ok(size) => Ok(Self(size.min(MAX_SIZE))),
            Err(_) if wish > 0 => Ok(Self(MAX_SIZE)),
            Err(_) => Err(Fault::new(FieldReason::OutOfRange, "The page size must not be negative.")),
        }
    }

    /// Returns what is left of a page after some rows; nothing when it is full.
    #[must_use]
    pub fn rest(self, taken: usize) -> Option<Self> {
        let rest = self.rows().checked_sub(taken).and_then(|rest| u16::try_from(rest).ok())?;
        (rest > 0).then_some(Self(rest))
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(self) -> usize {
        usize::from(self.0)
    }
}

/// Rows of a list, and where the rest begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The place after which the rest begins, when there may be one.
    pub next: Option<Position>,
}

impl<T> Page<T> {
    /// Turns each row into something else.
    pub fn try_map<U, E>(self, turn: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(turn).collect::<Result<_, E>>()?;
        Ok(Page { items, next: self.next })
    }
}
