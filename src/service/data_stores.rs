//! The catalogue of data stores.

use uuid::Uuid;

use crate::authz::{GetDataStore, ListDataStores, Permit};
use crate::domain::data_store::{DataStore, DataStoreId};
use crate::domain::invalid::Violations;
use crate::domain::page::{Page, Position};
use crate::domain::time::Timestamp;
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed, Query};

impl Registry {
    /// Returns one data store.
    pub fn get_data_store(&self, _permit: &Permit<GetDataStore>, id: i32) -> Result<DataStore, Error> {
        let found = self.catalogue.get(DataStoreId::from_i32(id)).cloned();
        found.ok_or(Error::NotFound(Resource::DataStore(id)))
    }

    /// Lists the data stores in the order of their ids.
    pub async fn list_data_stores(
        &self,
        permit: &Permit<ListDataStores>,
        request: &ListRequest,
    ) -> Result<Listed<DataStore>, Error> {
        let query = Query::new(permit);
        let at = self.page_at(permit, &query, request, Violations::new()).await?;
        // The place in this list is the id; it stands where other lists have a time.
        let place = |store: &DataStore| i64::from(store.id.as_i32());
        let after = at.after.map_or(i64::MIN, |position| position.time.as_micros());
        let mut rest = self.catalogue.list().filter(|store| place(store) > after).cloned();
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
