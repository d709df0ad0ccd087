//! A statement has as many variables for many related ids as for few.

use std::collections::BTreeSet;

use oauth_registry::proto::{self, Permission};
use prost_types::FieldMask;

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::harness::statements::Recorder;

/// A text, and how many values ran with it.
type Shape = (String, usize);

/// Takes the shapes of the statements that were recorded, each once.
fn shapes(recorder: &Recorder) -> BTreeSet<Shape> {
    recorder.take().into_iter().map(|one| (one.sql, one.values.len())).collect()
}

async fn set_roles(admin: &Caller, user: &str, roles: &[String]) {
    let user = proto::User { id: user.to_owned(), role_ids: roles.to_vec(), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["role_ids".to_owned()] });
    let request = proto::UpdateUserRequest { user: Some(user), update_mask, ..Default::default() };
    admin.users().update_user(request).await.unwrap();
}

/// Makes the calls that are about a tenant's roles and who has them: creating, changing, acting by them, listing.
async fn use_roles(admin: &Caller, tenant: &str, roles: &[String]) {
    let ids: Vec<&str> = roles.iter().map(String::as_str).collect();
    let users = [admin.new_holder(tenant, "one", &ids).await, admin.new_holder(tenant, "other", &ids).await];
    admin.new_key(&users[0], &[Permission::MgmtApi]).await.new_key(&users[0], &[Permission::MgmtApi]).await;
    let request = proto::ListUsersRequest { tenant_id: Some(tenant.to_owned()), ..Default::default() };
    admin.users().list_users(request).await.unwrap();
    let role =
        proto::Role { id: roles[0].clone(), permissions: vec![11], description: Some("x".to_owned()), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["description".to_owned(), "permissions".to_owned()] });
    let request = proto::UpdateRoleRequest { role: Some(role), update_mask, ..Default::default() };
    admin.roles().update_role(request).await.unwrap();
    set_roles(admin, &users[0], &roles[..1]).await;
    set_roles(admin, &users[0], roles).await;
    let suspension = proto::SuspendUserRequest { user_id: users[0].clone(), ..Default::default() };
    admin.users().suspend_user(suspension).await.unwrap();
    admin.users().delete_user(proto::DeleteUserRequest { user_id: users[0].clone(), ..Default::default() }).await.unwrap();
}

/// Makes the calls that are about a tenant's administrators, each of whom has a key that is bound to it, and deletes the tenant.
async fn use_administrators(admin: &Caller, tenant: &str, users: &[String]) {
    for user in users {
        admin.add_administrator(tenant, user).await;
        let key = proto::ApiKey {
            user_id: Some(user.clone()),
            permissions: vec![Permission::MgmtApi.into()],
            tenant_id: Some(tenant.to_owned()),
            ..Default::default()
        };
        let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
        admin.api_keys().create_api_key(request).await.unwrap();
    }
    let request = proto::ListTenantAdministratorsRequest { tenant_id: tenant.to_owned(), page_size: 500, ..Default::default() };
    let listed = admin.tenants().list_tenant_administrators(request).await.unwrap().into_inner();
    // The tenant's creator has access too.
    assert_eq!(listed.tenant_administrators.len(), users.len() + 1);
    let suspension = proto::SuspendTenantRequest { tenant_id: tenant.to_owned(), ..Default::default() };
    admin.tenants().suspend_tenant(suspension).await.unwrap();
    let deletion = proto::DeleteTenantRequest { tenant_id: tenant.to_owned(), force: true, ..Default::default() };
    admin.tenants().delete_tenant(deletion).await.unwrap();
}

/// Makes every call that is about several ids, about so many.
async fn use_ids(admin: &Caller, name: &str, count: usize) {
    let tenant = admin.new_tenant(name).await;
    let (mut roles, mut administrators) = (Vec::new(), Vec::new());
    for number in 0..count {
        roles.push(admin.new_role(&tenant, &format!("Role {number}"), &[Permission::MgmtApi]).await);
        administrators.push(admin.new_user(SYSTEM, &format!("{name}-{number}"), &[Permission::MgmtApi]).await);
    }
    use_roles(admin, &tenant, &roles).await;
    use_administrators(admin, &tenant, &administrators).await;
}

on_both_backends! {
    async fn no_statement_has_more_variables_for_more_ids(server: TestServer) {
        let recorder = Recorder::default();
        let channel = server.with_store(server.registry.store.clone().observed(recorder.observer())).await;
        let admin = server.admin().over(channel);
        // The keys of the system tenant are in memory from here on.
        use_ids(&admin, "first", 1).await;
        recorder.take();
        use_ids(&admin, "few", 2).await;
        let few = shapes(&recorder);
        use_ids(&admin, "many", 40).await;
        let many = shapes(&recorder);
        assert!(few.iter().any(|(sql, _)| sql.starts_with("INSERT INTO \"user_role\"")), "{few:#?}");
        assert_eq!(many.difference(&few).collect::<Vec<_>>(), Vec::<&Shape>::new());
    }
}
