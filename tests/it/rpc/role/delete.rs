//! Deleting roles of a tenant's own.

use oauth_registry::proto;
use tonic::Code;

use crate::harness::caller::details;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::role::{create, delete, get, sample};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

on_both_backends! {
    async fn a_role_that_nobody_has_goes_and_its_name_is_free_again(server: TestServer) {
        let admin = server.admin();
        let role = create(&admin, sample(SYSTEM, "Keeper")).await.unwrap();
        delete(&admin, &role.id, &role.etag).await.unwrap();
        for id in [role.id.as_str(), NOBODYS] {
            assert_refused(get(&admin, id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
            assert_refused(delete(&admin, id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
        assert_violations(delete(&admin, "", "").await, &[("role_id", "REQUIRED")]);
        create(&admin, sample(SYSTEM, "Keeper")).await.unwrap();
    }

    async fn a_role_that_somebody_has_stays_and_its_holders_are_counted(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let role = create(&admin, sample(&tenant, "Keeper")).await.unwrap();
        for count in 1..=3 {
            admin.new_holder(&tenant, &format!("holder-{count}"), &[&role.id]).await;
            let refused = delete(&admin, &role.id, "").await.unwrap_err();
            assert_eq!(details(&refused).error_info().unwrap().metadata["users"], count.to_string());
            assert_eq!(details(&refused).precondition_failure().unwrap().violations.len(), 1);
            assert_refused::<()>(Err(refused), Code::FailedPrecondition, "DEPENDANTS_EXIST");
        }
        stored::suspend_tenant(&server, "acme").await;
        assert_refused(delete(&admin, &role.id, "").await, Code::FailedPrecondition, "DEPENDANTS_EXIST");
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
    }

    async fn a_roles_deletion_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let role = create(&admin, sample(SYSTEM, "Keeper")).await.unwrap();
        admin.new_holder(SYSTEM, "holder", &[&role.id]).await;
        assert_refused(delete(&admin, &role.id, "v9").await, Code::Aborted, "ETAG_MISMATCH");
    }

    async fn a_rehearsed_deletion_of_a_role_deletes_nothing(server: TestServer) {
        let admin = server.admin();
        let role = create(&admin, sample(SYSTEM, "Keeper")).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let request = || proto::DeleteRoleRequest { role_id: role.id.clone(), validate_only: true, ..Default::default() };
        admin.roles().delete_role(request()).await.unwrap();
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        admin.new_holder(SYSTEM, "holder", &[&role.id]).await;
        assert_refused(admin.roles().delete_role(request()).await, Code::FailedPrecondition, "DEPENDANTS_EXIST");
    }
}
