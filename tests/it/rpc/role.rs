//! Roles and the catalogue of permissions.

mod assign;
mod create;
mod delete;
mod list;
mod update;

use oauth_registry::proto::{self, ListRolesRequest, Permission, Role};
use prost_types::FieldMask;
use tonic::{Code, Status};

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations};

/// The built-in role `developer`.
const DEVELOPER: &str = "00000000-0000-0000-0001-000000000005";
/// The built-in role `system_administrator`.
const SYSTEM_ADMINISTRATOR: &str = "00000000-0000-0000-0001-000000000001";

const NAMES: [&str; 7] =
    ["system_administrator", "tenant_administrator", "org_owner", "org_admin", "developer", "auth_server", "viewer"];

/// A role that gives {11}.
fn sample(tenant: &str, name: &str) -> Role {
    Role { tenant_id: Some(tenant.to_owned()), name: Some(name.to_owned()), permissions: vec![11], ..Default::default() }
}

pub(super) async fn create(caller: &Caller, role: Role) -> Result<Role, Status> {
    let request = proto::CreateRoleRequest { role: Some(role), ..Default::default() };
    Ok(caller.roles().create_role(request).await?.into_inner().role.unwrap())
}

/// Updates the fields of the mask; no path at all means no mask.
pub(super) async fn update(caller: &Caller, role: Role, paths: &[&str]) -> Result<Role, Status> {
    let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = (!paths.is_empty()).then_some(FieldMask { paths });
    let request = proto::UpdateRoleRequest { role: Some(role), update_mask, validate_only: false };
    Ok(caller.roles().update_role(request).await?.into_inner().role.unwrap())
}

pub(super) async fn delete(caller: &Caller, id: &str, etag: &str) -> Result<(), Status> {
    let request = proto::DeleteRoleRequest { role_id: id.to_owned(), etag: etag.to_owned(), validate_only: false };
    caller.roles().delete_role(request).await.map(drop)
}

pub(super) async fn get(caller: &Caller, id: &str) -> Result<Role, Status> {
    let request = proto::GetRoleRequest { role_id: id.to_owned() };
    Ok(caller.roles().get_role(request).await?.into_inner().role.unwrap())
}

async fn list(caller: &Caller, tenant_id: Option<&str>, page_size: i32) -> Result<Vec<Role>, Status> {
    let (mut roles, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListRolesRequest { page_size, page_token, tenant_id: tenant_id.map(str::to_owned) };
        let answer = caller.roles().list_roles(request).await?.into_inner();
        roles.extend(answer.roles);
        if answer.next_page_token.is_empty() {
            return Ok(roles);
        }
        page_token = answer.next_page_token;
    }
}

fn names(roles: &[Role]) -> Vec<&str> {
    roles.iter().map(|role| role.name.as_deref().unwrap()).collect()
}

on_both_backends! {
    async fn the_built_in_roles_are_in_every_tenant_but_one_of_them(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        for page_size in [0, 1, 3, 7] {
            let roles = list(&admin, None, page_size).await.unwrap();
            assert_eq!(names(&roles), NAMES, "page size {page_size}");
        }
        let roles = list(&admin, None, 0).await.unwrap();
        assert!(roles.iter().all(|role| role.built_in && role.description.is_some()));
        assert_eq!(roles[0].permissions, [12]);
        assert_eq!(roles[6].permissions, [1002, 1003, 1009, 1011]);
        assert_eq!(roles.iter().filter(|role| role.system_tenant_only).count(), 1);
        for role in &roles {
            assert_eq!(&get(&admin, &role.id).await.unwrap(), role);
        }
        assert_eq!(names(&list(&admin, Some(&tenant), 0).await.unwrap()), NAMES[1..]);
        let viewer = admin.new_caller(&tenant, "viewer", &[Permission::MgmtApi, Permission::ViewRole]).await;
        assert_eq!(names(&list(&viewer, None, 0).await.unwrap()), NAMES[1..]);
        assert_refused(get(&viewer, &roles[0].id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(list(&viewer, Some(SYSTEM), 0).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(get(&admin, NOBODYS).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_violations(get(&admin, "").await, &[("role_id", "REQUIRED")]);
        assert_violations(list(&admin, Some("x"), -1).await, &[("tenant_id", "INVALID_FORMAT"), ("page_size", "OUT_OF_RANGE")]);
    }

    async fn everybody_sees_every_permission_with_its_number_and_name(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let anybody = admin.new_caller(&tenant, "anybody", &[Permission::ReadAudit]).await;
        let answer = anybody.roles().list_permissions(proto::ListPermissionsRequest::default()).await.unwrap().into_inner();
        let found: Vec<_> = answer.permissions.iter().map(|one| (one.permission, one.name.as_str())).collect();
        assert_eq!(found, [
            (11, "MGMT_API"),
            (12, "ADMINISTRATOR"),
            (13, "CREATE_USERS"),
            (14, "VIEW_USERS"),
            (15, "MODIFY_USERS"),
            (16, "DELETE_USERS"),
            (17, "CREATE_ROLE"),
            (18, "VIEW_ROLE"),
            (19, "MODIFY_ROLE"),
            (20, "DELETE_ROLE"),
            (21, "ON_BEHALF_OF"),
            (25, "TENANT_API"),
            (27, "LIMITS"),
            (28, "OAUTH"),
            (1001, "MANAGE_INTEGRATIONS"),
            (1002, "READ_INTEGRATIONS"),
            (1003, "READ_OAUTH_CLIENTS"),
            (1004, "WRITE_OAUTH_CLIENTS"),
            (1005, "ROTATE_SECRETS"),
            (1006, "REVEAL_SECRETS"),
            (1007, "USE_CREDENTIALS"),
            (1008, "AUTHENTICATE_CLIENTS"),
            (1009, "READ_AUDIT"),
            (1010, "MANAGE_KEYS"),
            (1011, "READ_OAUTH_APPS"),
        ]);
        assert!(answer.permissions.iter().all(|one| !one.description.is_empty()));
        let reserved: Vec<_> = answer.permissions.iter().filter(|one| one.system_tenant_only).map(|one| one.permission).collect();
        assert_eq!(reserved, [12, 25, 27, 1010]);
        for page_size in [1, 7, 24, 25] {
            let (mut walked, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = proto::ListPermissionsRequest { page_size, page_token };
                let page = anybody.roles().list_permissions(request).await.unwrap().into_inner();
                assert!(page.permissions.len() <= usize::try_from(page_size).unwrap());
                walked.extend(page.permissions);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(walked, answer.permissions, "page size {page_size}");
        }
        let negative = proto::ListPermissionsRequest { page_size: -1, ..Default::default() };
        assert_violations(anybody.roles().list_permissions(negative).await, &[("page_size", "OUT_OF_RANGE")]);
    }
}
