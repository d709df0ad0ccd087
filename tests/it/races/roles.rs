//! Roles that are given, changed and deleted at once.

use oauth_registry::proto::{self, Permission, Role, UserKind};
use tonic::{Code, Status};

use super::all_at_once;
use crate::harness::caller::{Caller, details};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;

async fn assign(caller: Caller, role: String, login: String) -> Result<(), Status> {
    let user = proto::User {
        kind: UserKind::ServiceAccount.into(),
        login_name: Some(login),
        role_ids: vec![role],
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
    caller.users().create_user(request).await.map(drop)
}

async fn delete(caller: Caller, role_id: String) -> Result<(), Status> {
    caller.roles().delete_role(proto::DeleteRoleRequest { role_id, ..Default::default() }).await.map(drop)
}

async fn give(caller: Caller, id: String, permissions: Vec<i32>) -> Result<(), Status> {
    let role = Role { id, permissions, ..Default::default() };
    let request = proto::UpdateRoleRequest { role: Some(role), ..Default::default() };
    caller.roles().update_role(request).await.map(drop)
}

/// The roles of every user, and the own roles that exist.
async fn stored(caller: &Caller) -> (Vec<String>, Vec<String>) {
    let request = proto::ListUsersRequest { page_size: 500, ..Default::default() };
    let users = caller.users().list_users(request).await.unwrap().into_inner().users;
    let request = proto::ListRolesRequest { page_size: 500, ..Default::default() };
    let roles = caller.roles().list_roles(request).await.unwrap().into_inner().roles;
    let own = roles.into_iter().filter(|role| !role.built_in).map(|role| role.id).collect();
    (users.into_iter().flat_map(|user| user.role_ids).collect(), own)
}

on_both_backends! {
    async fn a_role_that_is_deleted_while_it_is_given_is_had_by_nobody_or_stays(server: TestServer) {
        let admin = server.admin();
        for round in 0..16 {
            let role = admin.new_role(SYSTEM, &format!("Role {round}"), &[Permission::MgmtApi]).await;
            let counted = all_at_once(6, |number| {
                let (admin, role) = (admin.clone(), role.clone());
                async move {
                    if number % 3 == 1 {
                        let deleted = delete(admin, role).await;
                        let info = deleted.as_ref().err().and_then(|refused| details(refused).error_info().cloned());
                        let in_use = info.filter(|info| info.reason == "DEPENDANTS_EXIST");
                        assert!(in_use.is_none_or(|info| info.metadata.contains_key("users")), "the holders are counted");
                        return deleted;
                    }
                    let assigned = assign(admin, role, format!("holder-{round}-{number}")).await;
                    assert_ne!(assigned.as_ref().err().map(Status::code), Some(Code::FailedPrecondition), "nothing depends on it");
                    assigned
                }
            })
            .await;
            let (assigned, existing) = stored(&admin).await;
            let (holders, exists) = (assigned.iter().filter(|id| **id == role).count(), existing.contains(&role));
            assert!(exists || holders == 0, "{holders} users have a role that is gone: {counted:?}");
            let succeeded = counted.get("OK").copied().unwrap_or_default();
            assert_eq!(succeeded, if exists { holders } else { 1 }, "what was answered is what is stored: {counted:?}");
            let told = [
                "OK",
                "FailedPrecondition DEPENDANTS_EXIST",
                "NotFound RESOURCE_NOT_FOUND",
                "InvalidArgument INVALID_FIELDS",
                "Aborted CONCURRENT_CHANGE",
            ];
            assert!(counted.keys().all(|outcome| told.contains(&outcome.as_str())), "{counted:?}");
        }
    }

    async fn no_change_of_a_role_is_lost(server: TestServer) {
        let admin = server.admin();
        let role = admin.new_role(SYSTEM, "Role", &[Permission::MgmtApi]).await;
        let counted = all_at_once(32, |number| {
            let (admin, role) = (admin.clone(), role.clone());
            async move { give(admin, role, vec![11, 1001 + i32::try_from(number % 5).unwrap()]).await }
        })
        .await;
        assert_eq!(counted.keys().collect::<Vec<_>>(), ["OK"], "{counted:?}");
        let request = proto::GetRoleRequest { role_id: role.clone() };
        let etag = admin.roles().get_role(request).await.unwrap().into_inner().role.unwrap().etag;
        let changes = u32::from_str_radix(etag.trim_start_matches('v'), 16).unwrap();
        assert_eq!(super::events_of(&admin, &role).await, usize::try_from(changes).unwrap(), "each version has its event");
    }

    async fn two_administrators_who_take_12_from_each_other_leave_one_who_holds_it(server: TestServer) {
        let admin = server.admin();
        let mut callers = Vec::new();
        for name in ["one", "two"] {
            let role = admin.new_role(SYSTEM, name, &[Permission::Administrator]).await;
            let user = admin.new_holder(SYSTEM, name, &[&role]).await;
            callers.push((admin.new_key(&user, &[Permission::Administrator]).await, role));
        }
        let me = server.sql_id(&admin.own_user_id().await);
        server.execute(&format!("UPDATE user_account SET status = 'suspended' WHERE id = {me}")).await;
        let counted = all_at_once(2, |number| {
            let (caller, role) = (callers[number].0.clone(), callers[1 - number].1.clone());
            async move { give(caller, role, vec![11]).await }
        })
        .await;
        assert_eq!(counted.get("OK"), Some(&1), "{counted:?}");
        let mut left = 0;
        for (caller, _) in &callers {
            let told = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
            left += usize::from(told.permissions.contains(&12));
        }
        assert_eq!(left, 1, "{counted:?}");
    }
}
