//! The catalogue of data stores.

use crate::authz::{GetDataStore, ListDataStores, Permit};
use crate::domain::data_store::{DataStore, DataStoreId};
use crate::service::Registry;
use crate::service::error::{Error, Resource};
use crate::service::listing::{ListRequest, Listed};

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
        self.page_of_numbered(permit, request, self.catalogue.list().cloned()).await
    }
}
