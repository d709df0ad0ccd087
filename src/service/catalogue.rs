//! Pages of lists that are no rows: what the program itself knows, in the order of its numbers.

use uuid::Uuid;

use crate::authz::{Action, ListPermissions, Permit};
use crate::domain::data_store::DataStore;
use crate::domain::invalid::Violations;
use crate::domain::page::{Page, Position};
use crate::domain::permission::Permission;
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::Error;
use crate::service::listing::{ListRequest, Listed, Query};

/// Something that has a number of its own in its list.
pub(super) trait Numbered {
    /// Returns the number.
    fn number(&self) -> i32;
}

impl Numbered for DataStore {
    fn number(&self) -> i32 {
        self.id.as_i32()
    }
}

impl Numbered for Permission {
    fn number(&self) -> i32 {
        Permission::number(*self)
    }
}

impl Registry {
    /// Lists the permissions in the order of their numbers.
    pub async fn list_permissions(
        &self,
        permit: &Permit<ListPermissions>,
        request: &ListRequest,
    ) -> Result<Listed<Permission>, Error> {
        self.page_of_numbered(permit, request, Permission::ALL.iter().copied()).await
    }

    /// Returns a page of things that are given in the order of their numbers.
    pub(super) async fn page_of_numbered<A: Action, T: Numbered>(
        &self,
        permit: &Permit<A>,
        request: &ListRequest,
        all: impl Iterator<Item = T>,
    ) -> Result<Listed<T>, Error> {
        let query = Query::new(permit);
        let at = self.page_at(permit, &query, request, Violations::new()).await?;
        // The place in such a list is the number; it stands where other lists have a time.
        let place = |item: &T| i64::from(item.number());
        let after = at.after.map_or(i64::MIN, |position| position.time.as_micros());
        let mut rest = all.filter(|item| place(item) > after);
        let items: Vec<_> = rest.by_ref().take(at.size.rows()).collect();
        let more = rest.next().is_some();
        let next = items.last().filter(|_| more).map(|last| Position {
            list: 0,
            time: Timestamp::from_micros(place(last)),
            id: Uuid::nil(),
        });
        self.listed(permit, &query, Page { items, next }).await
    }
}
