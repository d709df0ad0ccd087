//! Tenants, and administrative access to them.

mod delete;
mod status;
mod update;

use oauth_registry::proto::{self, ListTenantsRequest, Permission, Tenant, TenantStatus};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

async fn create(caller: &Caller, name: &str, description: Option<&str>, validate_only: bool) -> Result<Tenant, Status> {
    let (name, description) = (Some(name.to_owned()), description.map(str::to_owned));
    let tenant = Some(Tenant { name, description, ..Default::default() });
    let request = proto::CreateTenantRequest { tenant, validate_only, ..Default::default() };
    Ok(caller.tenants().create_tenant(request).await?.into_inner().tenant.unwrap())
}

async fn get(caller: &Caller, id: &str) -> Result<Tenant, Status> {
    let request = proto::GetTenantRequest { tenant_id: id.to_owned() };
    Ok(caller.tenants().get_tenant(request).await?.into_inner().tenant.unwrap())
}

async fn names(caller: &Caller, request: ListTenantsRequest) -> Vec<String> {
    let tenants = caller.tenants().list_tenants(request).await.unwrap().into_inner().tenants;
    tenants.into_iter().map(|tenant| tenant.name.unwrap()).collect()
}

async fn update(caller: &Caller, tenant: Tenant, paths: &[&str]) -> Result<Tenant, Status> {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = (!paths.is_empty()).then_some(FieldMask { paths });
    let request = proto::UpdateTenantRequest { tenant: Some(tenant), update_mask, ..Default::default() };
    Ok(caller.tenants().update_tenant(request).await?.into_inner().tenant.unwrap())
}

async fn suspend(caller: &Caller, id: &str, etag: &str) -> Result<Tenant, Status> {
    let request = proto::SuspendTenantRequest { tenant_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.tenants().suspend_tenant(request).await?.into_inner().tenant.unwrap())
}

async fn reactivate(caller: &Caller, id: &str, etag: &str) -> Result<Tenant, Status> {
    let request = proto::ReactivateTenantRequest { tenant_id: id.to_owned(), etag: etag.to_owned() };
    Ok(caller.tenants().reactivate_tenant(request).await?.into_inner().tenant.unwrap())
}

async fn delete(caller: &Caller, id: &str, force: bool) -> Result<(), Status> {
    let request = proto::DeleteTenantRequest { tenant_id: id.to_owned(), force, ..Default::default() };
    caller.tenants().delete_tenant(request).await.map(drop)
}

/// Changes, suspends, reactivates and deletes a tenant that owns nothing.
pub(super) async fn through_its_life(caller: &Caller, id: &str) {
    let changed = Tenant { id: id.to_owned(), description: Some("At its end".to_owned()), ..Default::default() };
    update(caller, changed, &[]).await.unwrap();
    suspend(caller, id, "").await.unwrap();
    reactivate(caller, id, "").await.unwrap();
    suspend(caller, id, "").await.unwrap();
    delete(caller, id, false).await.unwrap();
}

/// A user of the system tenant who holds {11, 25} and administers the tenant.
async fn delegate(admin: &Caller, tenant: &str) -> Caller {
    let user = admin.new_user(SYSTEM, "tenant-delegate", &[Permission::MgmtApi, Permission::TenantApi]).await;
    admin.add_administrator(tenant, &user).await;
    admin.new_key(&user, &[Permission::MgmtApi, Permission::TenantApi]).await
}

/// A key of a user of the system tenant that is bound to a tenant.
async fn bound_key(admin: &Caller, (user, tenant): (&str, &str), permissions: &[Permission]) -> Caller {
    let api_key = Some(proto::ApiKey {
        user_id: Some(user.to_owned()),
        tenant_id: Some(tenant.to_owned()),
        permissions: permissions.iter().map(|permission| (*permission).into()).collect(),
        ..Default::default()
    });
    let request = proto::CreateApiKeyRequest { api_key, ..Default::default() };
    admin.with_token(&admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret)
}

async fn add(caller: &Caller, tenant: &str, user: &str) -> Result<proto::TenantAdministrator, Status> {
    let request = proto::AddTenantAdministratorRequest { tenant_id: tenant.to_owned(), user_id: user.to_owned() };
    Ok(caller.tenants().add_tenant_administrator(request).await?.into_inner().tenant_administrator.unwrap())
}

async fn remove(caller: &Caller, tenant: &str, user: &str) -> Result<(), Status> {
    let request = proto::RemoveTenantAdministratorRequest { tenant_id: tenant.to_owned(), user_id: user.to_owned() };
    caller.tenants().remove_tenant_administrator(request).await.map(drop)
}

async fn administrators(caller: &Caller, tenant: &str, page_size: i32) -> Vec<proto::TenantAdministrator> {
    let mut request = proto::ListTenantAdministratorsRequest { tenant_id: tenant.to_owned(), page_size, ..Default::default() };
    let mut all = Vec::new();
    loop {
        let answer = caller.tenants().list_tenant_administrators(request.clone()).await.unwrap().into_inner();
        all.extend(answer.tenant_administrators);
        if answer.next_page_token.is_empty() {
            return all;
        }
        request.page_token = answer.next_page_token;
    }
}

on_both_backends! {
    async fn a_tenant_is_made_and_read_back_and_its_maker_administers_it(server: TestServer) {
        let delegate =
            server.admin().new_caller(SYSTEM, "delegate", &[Permission::MgmtApi, Permission::TenantApi]).await;
        let tenant = create(&delegate, "Acme", Some("A company"), false).await.unwrap();
        assert_eq!((tenant.name(), tenant.description(), tenant.status()), ("Acme", "A company", TenantStatus::Active));
        assert_eq!(get(&delegate, &tenant.id).await.unwrap(), tenant);
        assert_eq!(create(&delegate, "Plain", None, false).await.unwrap().description, None);
        let me = delegate.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
        assert!(me.administered_tenant_ids.contains(&tenant.id));
        let administrators = administrators(&delegate, &tenant.id, 0).await;
        assert_eq!(administrators.len(), 1);
        assert_eq!(administrators[0].login_name, "delegate");
    }

    async fn each_bad_tenant_is_refused_for_every_fault_at_once(server: TestServer) {
        let admin = server.admin();
        let too_long = "n".repeat(129);
        for (name, reason) in [
            ("", "REQUIRED"),
            (too_long.as_str(), "TOO_LONG"),
            ("a/b", "INVALID_CHARACTER"),
            (" a", "SURROUNDING_WHITESPACE"),
            ("a\u{0}b", "CONTROL_CHARACTER"),
            ("e\u{301}", "NOT_NORMALIZED"),
        ] {
            let answer = create(&admin, name, Some(&"d".repeat(257)), false).await;
            let found = details(answer.as_ref().unwrap_err()).bad_request().unwrap().field_violations.clone();
            let found: Vec<_> = found.iter().map(|one| (one.field.as_str(), one.reason.as_str())).collect();
            assert!(found.contains(&("tenant.name", reason)), "{found:?}");
            assert_eq!(found.last().unwrap(), &("tenant.description", "TOO_LONG"));
        }
        let nothing = admin.tenants().create_tenant(proto::CreateTenantRequest::default()).await;
        assert_violations(nothing, &[("tenant.name", "REQUIRED")]);
        create(&admin, &"n".repeat(128), Some(&"é".repeat(256)), false).await.unwrap();
    }

    async fn the_name_of_a_tenant_is_unique_without_regard_to_case(server: TestServer) {
        let admin = server.admin();
        create(&admin, "Süd", None, false).await.unwrap();
        let refused = create(&admin, "sÜD", None, false).await.unwrap_err();
        assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "tenant.name");
        assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        assert_refused(create(&admin, "SÜD", None, true).await, Code::AlreadyExists, "VALUE_TAKEN");
    }

    async fn a_rehearsed_tenant_is_not_stored(server: TestServer) {
        let admin = server.admin();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let keys = stored::number(&server, "SELECT count(*) FROM tenant_key").await;
        let tenant = create(&admin, "Acme", None, true).await.unwrap();
        assert_refused(get(&admin, &tenant.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM tenant").await, 1);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM tenant_key").await, keys);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        create(&admin, "Acme", None, false).await.unwrap();
    }

    async fn tenants_are_listed_as_far_as_the_scope_goes(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        for name in ["Beta", "acme_2", "acmex2"] {
            admin.new_tenant(name).await;
        }
        let all = names(&admin, ListTenantsRequest::default()).await;
        assert_eq!(all[1..], ["Acme", "Beta", "acme_2", "acmex2"], "the system tenant comes first");
        let (mut walked, mut request) = (Vec::new(), ListTenantsRequest { page_size: 2, ..Default::default() });
        loop {
            let answer = admin.tenants().list_tenants(request.clone()).await.unwrap().into_inner();
            walked.extend(answer.tenants.into_iter().map(|tenant| tenant.name.unwrap()));
            request.page_token = answer.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(walked, all);
        for (prefix, found) in [("ACME", &["Acme", "acme_2", "acmex2"][..]), ("acme_", &["acme_2"]), ("%", &[])] {
            let request = ListTenantsRequest { name_prefix: Some(prefix.to_owned()), ..Default::default() };
            assert_eq!(names(&admin, request).await, found, "{prefix}");
        }
        let resident = admin.new_caller(&acme, "resident", &[Permission::MgmtApi]).await;
        assert_eq!(names(&resident, ListTenantsRequest::default()).await, ["Acme"]);
        assert_refused(get(&resident, SYSTEM).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let negative = ListTenantsRequest { page_size: -1, ..Default::default() };
        assert_violations(admin.tenants().list_tenants(negative).await, &[("page_size", "OUT_OF_RANGE")]);
        assert_violations(get(&admin, "623").await, &[("tenant_id", "INVALID_FORMAT")]);
    }

    async fn administrative_access_is_given_once_and_taken_once(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let user = admin.new_user(SYSTEM, "delegate", &[]).await;
        let access = add(&admin, &acme, &user).await.unwrap();
        assert_eq!((access.tenant_id.as_str(), access.user_id.as_str(), access.login_name.as_str()), (&*acme, &*user, "delegate"));
        assert!(access.create_time.is_some());
        assert_eq!(access.create_actor, format!("user:{}", admin.own_user_id().await));
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        assert_eq!(add(&admin, &acme, &user).await.unwrap(), access, "giving it again changes nothing");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        remove(&admin, &acme, &user).await.unwrap();
        let refused = remove(&admin, &acme, &user).await.unwrap_err();
        assert_eq!(details(&refused).resource_info().unwrap().resource_name, format!("{acme}/{user}"));
        assert_refused::<()>(Err(refused), Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn administrative_access_is_for_users_of_the_system_tenant_and_never_for_oneself(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let resident = admin.new_user(&acme, "resident", &[]).await;
        assert_refused(add(&admin, &acme, &resident).await, Code::FailedPrecondition, "NOT_IN_SYSTEM_TENANT");
        let me = admin.own_user_id().await;
        assert_refused(add(&admin, &acme, &me).await, Code::PermissionDenied, "SELF_CHANGE");
        assert_refused(remove(&admin, &acme, &me).await, Code::PermissionDenied, "SELF_CHANGE");
        assert_refused(add(&admin, &acme, NOBODYS).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(add(&admin, NOBODYS, &resident).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(remove(&admin, NOBODYS, &resident).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_violations(add(&admin, "", "x").await, &[("tenant_id", "REQUIRED"), ("user_id", "INVALID_FORMAT")]);
        assert_violations(remove(&admin, "x", "").await, &[("tenant_id", "INVALID_FORMAT"), ("user_id", "REQUIRED")]);
    }

    async fn administrators_are_listed_in_the_order_of_their_access(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let mut expected = vec![admin.own_user_id().await];
        for number in 0..4 {
            let user = admin.new_user(SYSTEM, &format!("delegate-{number}"), &[]).await;
            admin.add_administrator(&acme, &user).await;
            expected.push(user);
        }
        for page_size in [0, 1, 2, 5] {
            let users: Vec<_> = administrators(&admin, &acme, page_size).await.into_iter().map(|one| one.user_id).collect();
            assert_eq!(users, expected, "page size {page_size}");
        }
        assert_eq!(administrators(&admin, &other, 0).await.len(), 1);
        let nothing = proto::ListTenantAdministratorsRequest { page_size: -1, ..Default::default() };
        let answer = admin.tenants().list_tenant_administrators(nothing).await;
        assert_violations(answer, &[("tenant_id", "REQUIRED"), ("page_size", "OUT_OF_RANGE")]);
        let unknown = proto::ListTenantAdministratorsRequest { tenant_id: NOBODYS.to_owned(), ..Default::default() };
        let answer = admin.tenants().list_tenant_administrators(unknown).await;
        assert_refused(answer, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn the_keys_of_a_suspended_tenant_stop_authenticating_at_once(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let resident = admin.new_caller(&acme, "resident", &[Permission::MgmtApi]).await;
        get(&resident, &acme).await.unwrap();
        stored::suspend_tenant(&server, "acme").await;
        assert_refused(get(&resident, &acme).await, Code::Unauthenticated, "INVALID_CREDENTIAL");
        assert_eq!(get(&admin, &acme).await.unwrap().status(), TenantStatus::Suspended);
        let user = proto::User {
            tenant_id: Some(acme.clone()),
            kind: proto::UserKind::Person.into(),
            login_name: Some("new".to_owned()),
            ..Default::default()
        };
        let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
        assert_refused(admin.users().create_user(request).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        let delegate = admin.new_user(SYSTEM, "delegate", &[]).await;
        assert_refused(add(&admin, &acme, &delegate).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
    }
}
