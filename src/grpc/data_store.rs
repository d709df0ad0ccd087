//! The service of data stores.

use tonic::{Request, Response, Status};

use crate::domain::data_store::DataStore;
use crate::domain::invalid::{Fault, Invalid};
use crate::grpc::convert::page;
use crate::grpc::edge::{Api, Work};
use crate::proto::data_store_service_server::DataStoreService;
use crate::{authz, proto};

#[tonic::async_trait]
impl DataStoreService for Api {
    async fn get_data_store(
        &self,
        request: Request<proto::GetDataStoreRequest>,
    ) -> Result<Response<proto::GetDataStoreResponse>, Status> {
        self.serve(request, |work: Work<authz::GetDataStore>, message| async move {
            let proto::GetDataStoreRequest { data_store_id } = message;
            if data_store_id == 0 {
                return Err(Invalid::one("data_store_id", Fault::required()).into());
            }
            let found = work.registry.get_data_store(&work.permit, data_store_id)?;
            Ok(proto::GetDataStoreResponse { data_store: Some(store(found)) })
        })
        .await
    }

    async fn list_data_stores(
        &self,
        request: Request<proto::ListDataStoresRequest>,
    ) -> Result<Response<proto::ListDataStoresResponse>, Status> {
        self.serve(request, |work: Work<authz::ListDataStores>, message| async move {
            let proto::ListDataStoresRequest { page_size, page_token } = message;
            let listed = work.registry.list_data_stores(&work.permit, &page(page_size, page_token)).await?;
            Ok(proto::ListDataStoresResponse {
                data_stores: listed.items.into_iter().map(store).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }
}

fn store(store: DataStore) -> proto::DataStore {
    let DataStore { id, name } = store;
    proto::DataStore { id: id.as_i32(), name: name.to_string() }
}
