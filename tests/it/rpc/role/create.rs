//! Making roles of a tenant's own.

use oauth_registry::proto::{self, Permission, Role};
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details, violations};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::role::{NAMES, create, get, sample};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

async fn rehearse(caller: &Caller, role: Role) -> Result<Role, Status> {
    let request = proto::CreateRoleRequest { role: Some(role), validate_only: true, ..Default::default() };
    Ok(caller.roles().create_role(request).await?.into_inner().role.unwrap())
}

on_both_backends! {
    async fn a_role_is_made_and_read_back(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let wanted = Role {
            description: Some("Looks after apps.".to_owned()),
            permissions: vec![1009, 28, 11],
            ..sample(&tenant, "App keeper")
        };
        let role = create(&admin, wanted).await.unwrap();
        assert_eq!((role.tenant_id(), role.name(), role.description()), (&*tenant, "App keeper", "Looks after apps."));
        assert_eq!((&role.permissions[..], role.built_in, role.system_tenant_only), (&[11, 28, 1009][..], false, false));
        assert_eq!(get(&admin, &role.id).await.unwrap(), role);
        let silent = Role { description: Some(String::new()), ..sample(&tenant, "Silent") };
        assert_eq!(create(&admin, silent).await.unwrap().description, None, "an empty description says nothing");
        let of_system = create(&admin, sample(SYSTEM, "App keeper")).await.unwrap();
        assert!(of_system.system_tenant_only);
    }

    async fn the_tenant_of_a_role_is_the_callers_unless_another_is_named(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let here = Role { tenant_id: None, ..sample("", "Here") };
        assert_eq!(create(&admin, here.clone()).await.unwrap().tenant_id(), SYSTEM);
        let resident = admin.new_caller(&acme, "maker", &[Permission::MgmtApi, Permission::CreateRole]).await;
        assert_eq!(create(&resident, here.clone()).await.unwrap().tenant_id(), acme);
        let key = proto::ApiKey { permissions: vec![12], tenant_id: Some(other.clone()), ..Default::default() };
        let key = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        let bound = server.caller(&admin.api_keys().create_api_key(key).await.unwrap().into_inner().secret);
        assert_eq!(create(&bound, here).await.unwrap().tenant_id(), other);
        for tenant in [other.as_str(), SYSTEM, NOBODYS] {
            assert_refused(create(&resident, sample(tenant, "There")).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        }
    }

    async fn every_violation_of_a_role_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let required = [("role.name", "REQUIRED"), ("role.permissions", "REQUIRED")];
        assert_violations(create(&admin, Role::default()).await, &required);
        let bad = Role {
            description: Some("d".repeat(257)),
            permissions: vec![11, 0, 11, 12, 25, 27, 1010, 4711, 1006],
            ..sample(&tenant, "a/b")
        };
        assert_violations(create(&admin, bad.clone()).await, &[
            ("role.name", "INVALID_CHARACTER"),
            ("role.description", "TOO_LONG"),
            ("role.permissions[1]", "UNKNOWN_VALUE"),
            ("role.permissions[2]", "DUPLICATE"),
            ("role.permissions[7]", "UNKNOWN_VALUE"),
            ("role.permissions[3]", "SYSTEM_TENANT_ONLY"),
            ("role.permissions[4]", "SYSTEM_TENANT_ONLY"),
            ("role.permissions[5]", "SYSTEM_TENANT_ONLY"),
            ("role.permissions[6]", "SYSTEM_TENANT_ONLY"),
        ]);
        let nowhere = create(&admin, Role { tenant_id: Some("623".to_owned()), ..bad }).await.unwrap_err();
        assert_eq!(violations(&nowhere)[0], ("role.tenant_id".to_owned(), "INVALID_FORMAT".to_owned()));
        for name in [" a", "a\n", "", &"n".repeat(129)] {
            assert_eq!(create(&admin, sample(&tenant, name)).await.unwrap_err().code(), Code::InvalidArgument, "{name:?}");
        }
        let longest = Role { description: Some("ü".repeat(256)), ..sample(&tenant, &"ü".repeat(128)) };
        create(&admin, longest).await.unwrap();
    }

    async fn what_only_the_system_tenant_holds_is_given_by_its_roles_alone(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for number in [12, 25, 27, 1010] {
            let role = |tenant: &str| Role { permissions: vec![number], ..sample(tenant, &format!("Gives {number}")) };
            assert_violations(create(&admin, role(&tenant)).await, &[("role.permissions[0]", "SYSTEM_TENANT_ONLY")]);
            create(&admin, role(SYSTEM)).await.unwrap();
        }
    }

    async fn a_roles_name_is_unique_in_its_tenant_without_regard_to_case_and_no_built_in_ones(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        create(&admin, sample(&acme, "Büro")).await.unwrap();
        create(&admin, sample(&other, "Büro")).await.unwrap();
        let built_in = NAMES.into_iter().map(str::to_uppercase);
        for name in ["bÜRO".to_owned()].into_iter().chain(built_in) {
            for refused in [create(&admin, sample(&acme, &name)).await, rehearse(&admin, sample(&acme, &name)).await] {
                assert_eq!(details(refused.as_ref().unwrap_err()).error_info().unwrap().metadata["field"], "role.name");
                assert_refused(refused, Code::AlreadyExists, "VALUE_TAKEN");
            }
        }
    }

    async fn a_rehearsed_role_is_not_stored(server: TestServer) {
        let admin = server.admin();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let told = rehearse(&admin, sample(SYSTEM, "Keeper")).await.unwrap();
        assert_eq!((told.name(), told.etag.as_str()), ("Keeper", "v1"), "what would be stored");
        assert_refused(get(&admin, &told.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM role").await, 0);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
    }

    async fn no_role_is_made_in_a_suspended_tenant(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        stored::suspend_tenant(&server, "acme").await;
        for refused in [create(&admin, sample(&tenant, "Keeper")).await, rehearse(&admin, sample(&tenant, "Keeper")).await] {
            assert_refused(refused, Code::FailedPrecondition, "TENANT_SUSPENDED");
        }
    }
}
