//! The catalogue of data stores.

use oauth_registry::proto::{GetDataStoreRequest, ListDataStoresRequest, Permission};
use tonic::Code;

use crate::harness::caller::details;
use crate::harness::on_both_backends;
use crate::rpc::{assert_refused, assert_violations};

on_both_backends! {
    async fn everybody_sees_the_data_stores_in_the_order_of_their_numbers(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let anybody = admin.new_caller(&tenant, "anybody", &[Permission::ReadAudit]).await;
        let expected = [
            (1, "Salesforce"),
            (54, "Google Analytics"),
            (62, "Google BigQuery"),
            (63, "Autonomous REST Connector"),
            (1001, "Microsoft Dynamics 365"),
            (1002, "Snowflake"),
        ];
        for page_size in [0, 1, 2, 5, 6] {
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = ListDataStoresRequest { page_size, page_token };
                let answer = anybody.data_stores().list_data_stores(request).await.unwrap().into_inner();
                found.extend(answer.data_stores.into_iter().map(|store| (store.id, store.name)));
                page_token = answer.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(found, expected.map(|(id, name)| (id, name.to_owned())), "page size {page_size}");
        }
        for (data_store_id, name) in expected {
            let answer = anybody.data_stores().get_data_store(GetDataStoreRequest { data_store_id }).await.unwrap();
            assert_eq!(answer.into_inner().data_store.unwrap().name, name);
        }
        for data_store_id in [-1, 55, i32::MAX] {
            let refused = anybody.data_stores().get_data_store(GetDataStoreRequest { data_store_id }).await.unwrap_err();
            assert_eq!(details(&refused).resource_info().unwrap().resource_name, data_store_id.to_string());
            assert_refused::<()>(Err(refused), Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        let unnamed = anybody.data_stores().get_data_store(GetDataStoreRequest::default()).await;
        assert_violations(unnamed, &[("data_store_id", "REQUIRED")]);
        let negative = ListDataStoresRequest { page_size: -1, ..Default::default() };
        assert_violations(anybody.data_stores().list_data_stores(negative).await, &[("page_size", "OUT_OF_RANGE")]);
    }
}
