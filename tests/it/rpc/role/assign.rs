//! What a role of a tenant's own gives to those who have it.

use oauth_registry::proto::{self, Permission, Role, User, UserKind};
use tonic::{Code, Status};

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::role::{DEVELOPER, create, sample, update};
use crate::rpc::{NOBODYS, assert_refused, assert_violations};

/// Makes a service account with these roles.
async fn holder(caller: &Caller, tenant: &str, roles: &[&str]) -> Result<User, Status> {
    let user = User {
        tenant_id: Some(tenant.to_owned()),
        kind: UserKind::ServiceAccount.into(),
        login_name: Some("holder".to_owned()),
        role_ids: roles.iter().map(|id| (*id).to_owned()).collect(),
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
    Ok(caller.users().create_user(request).await?.into_inner().user.unwrap())
}

async fn permissions(caller: &Caller) -> Vec<i32> {
    let answer = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner();
    answer.permissions
}

on_both_backends! {
    async fn users_have_own_roles_of_their_tenant_alone(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let [mine, theirs, systems] = [&*acme, &other, SYSTEM].map(|tenant| {
            let admin = admin.clone();
            let role = sample(tenant, "Keeper");
            async move { create(&admin, role).await.unwrap().id }
        });
        let (mine, theirs, systems) = (mine.await, theirs.await, systems.await);
        for foreign in [&*theirs, &systems, NOBODYS] {
            let answer = holder(&admin, &acme, &[DEVELOPER, foreign]).await;
            assert_violations(answer, &[("user.role_ids[1]", "UNKNOWN_VALUE")]);
        }
        let user = holder(&admin, &acme, &[&mine, DEVELOPER]).await.unwrap();
        let mut expected = [mine.as_str(), DEVELOPER];
        expected.sort_unstable();
        assert_eq!(user.role_ids, expected);
        let request = proto::GetUserRequest { user_id: user.id.clone() };
        assert_eq!(admin.users().get_user(request).await.unwrap().into_inner().user.unwrap(), user);
        assert_violations(holder(&admin, &acme, &[&mine, &mine]).await, &[("user.role_ids[1]", "DUPLICATE")]);
    }

    async fn an_own_role_counts_as_what_it_gives_when_it_is_assigned(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let strong = Role { permissions: vec![11, 28], ..sample(&tenant, "Strong") };
        let (strong, weak) = (create(&admin, strong).await.unwrap(), create(&admin, sample(&tenant, "Weak")).await.unwrap());
        let maker = admin.new_caller(&tenant, "maker", &[Permission::MgmtApi, Permission::CreateUsers]).await;
        assert_refused(holder(&maker, &tenant, &[&weak.id, &strong.id]).await, Code::PermissionDenied, "EXCEEDS_CALLER");
        holder(&maker, &tenant, &[&weak.id]).await.unwrap();
    }

    async fn a_changed_role_changes_the_next_call_of_its_holders(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let role = Role { permissions: vec![11, 28, 1009], ..sample(&tenant, "Keeper") };
        let role = create(&admin, role).await.unwrap();
        let user = holder(&admin, &tenant, &[&role.id]).await.unwrap();
        let caller = admin.new_key(&user.id, &[Permission::MgmtApi, Permission::Oauth, Permission::ReadAudit]).await;
        assert_eq!(permissions(&caller).await, [11, 28, 1009]);
        caller.new_app(&tenant, "One").await;
        let lowered = Role { permissions: vec![11, 14, 1009], ..role.clone() };
        let lowered = update(&admin, lowered, &["permissions"]).await.unwrap();
        assert_eq!(permissions(&caller).await, [11, 1009], "a key gives nothing that it does not list");
        let refused = caller.apps().list_oauth_apps(proto::ListOauthAppsRequest::default()).await;
        assert_refused(refused, Code::PermissionDenied, "MISSING_PERMISSION");
        update(&admin, Role { permissions: vec![11, 28], ..lowered }, &["permissions"]).await.unwrap();
        assert_eq!(permissions(&caller).await, [11, 28]);
        caller.new_app(&tenant, "Two").await;
    }
}
