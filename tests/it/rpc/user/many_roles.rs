//! Users with many of their tenant's own roles.

use oauth_registry::proto::{self, ListUsersRequest, Permission};
use prost_types::FieldMask;

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;

/// How many users have all of the roles.
const USERS: usize = 130;
/// How many roles there are: together more assignments than SQLite binds variables (32,766), and a role for each of them more than
/// PostgreSQL selects columns at a time would not be: `statements/variables.rs` looks at the variables on both databases.
const ROLES: usize = 260;

async fn update_user(caller: &Caller, user: proto::User) -> proto::User {
    let update_mask = Some(FieldMask { paths: vec!["role_ids".to_owned()] });
    let request = proto::UpdateUserRequest { user: Some(user), update_mask, ..Default::default() };
    caller.users().update_user(request).await.unwrap().into_inner().user.unwrap()
}

on_both_backends! {
    async fn many_users_with_the_same_many_roles_are_listed_and_their_roles_changed(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let mut roles = Vec::new();
        for number in 0..ROLES {
            roles.push(admin.new_role(&tenant, &format!("Role {number}"), &[Permission::MgmtApi]).await);
        }
        let ids: Vec<&str> = roles.iter().map(String::as_str).collect();
        for number in 0..USERS {
            admin.new_holder(&tenant, &format!("holder-{number}"), &ids).await;
        }
        roles.sort_unstable();
        let request = ListUsersRequest { tenant_id: Some(tenant.clone()), page_size: 500, ..Default::default() };
        let users = admin.users().list_users(request).await.unwrap().into_inner().users;
        assert_eq!(users.len(), USERS);
        assert!(users.iter().all(|user| user.role_ids == roles));

        let role = proto::Role { id: roles[0].clone(), description: Some("changed".to_owned()), ..Default::default() };
        let update_mask = Some(FieldMask { paths: vec!["description".to_owned()] });
        let request = proto::UpdateRoleRequest { role: Some(role), update_mask, ..Default::default() };
        let changed = admin.roles().update_role(request).await.unwrap().into_inner().role.unwrap();
        assert_eq!(changed.description.as_deref(), Some("changed"));

        let half = proto::User { id: users[0].id.clone(), role_ids: roles[..ROLES / 2].to_vec(), ..Default::default() };
        assert_eq!(update_user(&admin, half).await.role_ids, roles[..ROLES / 2]);
    }
}
