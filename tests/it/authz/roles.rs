//! Nobody makes a role that gives more than they hold, and nobody changes what they, or somebody stronger, have.

use oauth_registry::proto::{self, Role, UserKind};
use tonic::Status;

use super::{outcome, set};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::{Home, SYSTEM, TestServer};

const EXCEEDS: &str = "EXCEEDS_CALLER";
const SELF: &str = "SELF_CHANGE";

async fn create(caller: &Caller, tenant: &str, numbers: &[i32]) -> String {
    let role = Role {
        tenant_id: Some(tenant.to_owned()),
        name: Some("another one".to_owned()),
        permissions: numbers.to_vec(),
        ..Default::default()
    };
    let request = proto::CreateRoleRequest { role: Some(role), validate_only: true, ..Default::default() };
    outcome(&caller.roles().create_role(request).await)
}

/// Rehearses a change of a role.
async fn update(caller: &Caller, role: Role) -> String {
    let request = proto::UpdateRoleRequest { role: Some(role), update_mask: None, validate_only: true };
    outcome(&caller.roles().update_role(request).await)
}

/// Rehearses a change of what a role gives.
async fn give(caller: &Caller, id: &str, numbers: &[i32]) -> String {
    update(caller, Role { id: id.to_owned(), permissions: numbers.to_vec(), ..Default::default() }).await
}

/// Rehearses a change of a role that leaves alone what it gives.
async fn rename(caller: &Caller, id: &str) -> String {
    update(caller, Role { id: id.to_owned(), name: Some("renamed".to_owned()), ..Default::default() }).await
}

async fn delete(caller: &Caller, id: &str) -> String {
    let request = proto::DeleteRoleRequest { role_id: id.to_owned(), validate_only: true, ..Default::default() };
    outcome(&caller.roles().delete_role(request).await)
}

/// Makes a service account with a role and permissions of its own, and returns its id.
async fn holder(admin: &Caller, tenant: &str, login: &str, (role, numbers): (&str, &[i32])) -> Result<String, Status> {
    let user = proto::User {
        tenant_id: Some(tenant.to_owned()),
        kind: UserKind::ServiceAccount.into(),
        login_name: Some(login.to_owned()),
        role_ids: vec![role.to_owned()],
        permissions: numbers.to_vec(),
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(user), ..Default::default() };
    Ok(admin.users().create_user(request).await?.into_inner().user.unwrap().id)
}

/// A key of {12} that is bound to a tenant.
async fn bound(server: &TestServer, tenant: &str) -> Caller {
    let key = proto::ApiKey { permissions: vec![12], tenant_id: Some(tenant.to_owned()), ..Default::default() };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    server.caller(&server.admin().api_keys().create_api_key(request).await.unwrap().into_inner().secret)
}

/// Copies the holders of a role below the server, so that there are more than one page of them.
async fn multiply_holders(server: &TestServer) {
    let id = match server.home() {
        Home::Sqlite(_) => "randomblob(16)",
        Home::Postgres(_) => "gen_random_uuid()",
    };
    let copy = format!(
        "INSERT INTO user_account (tenant_id, id, kind, login_name, login_key, role_ids, permissions, status, secrets, failed_logins, \
         create_time, update_time, create_actor, update_actor, version) \
         SELECT a.tenant_id, {id}, a.kind, a.login_name || '-' || b.login_name, a.login_key || '-' || b.login_key, a.role_ids, \
         a.permissions, a.status, a.secrets, a.failed_logins, a.create_time, a.update_time, a.create_actor, a.update_actor, a.version \
         FROM user_account a CROSS JOIN user_account b WHERE a.login_key LIKE 'weak-%' AND b.login_key LIKE 'weak-%'"
    );
    assert!(server.execute(&copy).await > 500, "one page has at most 500");
    let role = "(SELECT id FROM role)";
    let give = format!(
        "INSERT INTO user_role (tenant_id, user_id, role_id) \
         SELECT tenant_id, id, {role} FROM user_account WHERE login_key LIKE 'weak-%-weak-%'"
    );
    assert!(server.execute(&give).await > 500);
}

on_both_backends! {
    async fn a_role_gives_nothing_that_its_maker_lacks(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let maker = admin.new_caller(&tenant, "maker", &set(&[11, 17, 28])).await;
        assert_eq!(create(&maker, &tenant, &[11, 28]).await, "OK");
        for beyond in [13, 18, 21, 1001, 1006, 1009, 1011] {
            assert_eq!(create(&maker, &tenant, &[11, beyond]).await, EXCEEDS, "{beyond}");
        }
        let twelve = admin.new_user(SYSTEM, "twelve", &set(&[12])).await;
        assert_eq!(create(&admin.new_key(&twelve, &set(&[12])).await, SYSTEM, &[12, 1007, 1010]).await, "OK");
        assert_eq!(create(&admin.new_key(&twelve, &set(&[12])).await, &tenant, &[1006]).await, EXCEEDS);
        assert_eq!(create(&admin.new_key(&twelve, &set(&[11, 17])).await, SYSTEM, &[28]).await, EXCEEDS, "the key counts");
        assert_eq!(create(&admin, &tenant, &[1006]).await, "OK", "a holder of 1006 gives it");
    }

    async fn a_role_is_changed_and_deleted_by_those_who_hold_what_it_gives(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let role = admin.new_role(&tenant, "Role", &set(&[28, 1009])).await;
        let less = admin.new_caller(&tenant, "less", &set(&[11, 19, 20, 28])).await;
        let equal = admin.new_caller(&tenant, "equal", &set(&[11, 19, 20, 28, 1009])).await;
        for (numbers, what) in [(&[28][..], "before"), (&[28, 1009], "nothing"), (&[28, 1001], "both")] {
            assert_eq!(give(&less, &role, numbers).await, EXCEEDS, "{what}");
        }
        assert_eq!(rename(&less, &role).await, EXCEEDS);
        assert_eq!(delete(&less, &role).await, EXCEEDS);
        assert_eq!(give(&equal, &role, &[11, 28]).await, "OK");
        assert_eq!(give(&equal, &role, &[28, 1009, 1001]).await, EXCEEDS, "after");
        assert_eq!(rename(&equal, &role).await, "OK");
        assert_eq!(delete(&equal, &role).await, "OK");
        let secret = admin.new_role(&tenant, "Secret", &set(&[1006])).await;
        let twelve = admin.new_caller(SYSTEM, "twelve", &set(&[12])).await;
        assert_eq!([rename(&twelve, &secret).await, delete(&twelve, &secret).await], [EXCEEDS; 2], "12 is not 1006");
    }

    async fn nobody_changes_a_role_that_they_have(server: TestServer) {
        let admin = server.admin();
        let [gives_12, gives_11] = [("Strong", 12), ("Weak", 11)].map(|(name, number)| {
            let admin = admin.clone();
            async move { admin.new_role(SYSTEM, name, &set(&[number])).await }
        });
        let (gives_12, gives_11) = (gives_12.await, gives_11.await);
        for (login, role, own) in [("by-role", &gives_12, &[][..]), ("beside", &gives_11, &[12, 1006])] {
            let user = holder(&admin, SYSTEM, login, (role, own)).await.unwrap();
            let caller = admin.new_key(&user, &set(&[12])).await;
            assert_eq!(give(&caller, role, &[11, 12]).await, SELF, "{login}");
            assert_eq!(give(&caller, role, &[28]).await, SELF, "{login}");
            assert_eq!(rename(&caller, role).await, SELF, "{login}");
            let nothing = Role { id: role.clone(), ..Default::default() };
            assert_eq!(update(&caller, nothing).await, SELF, "{login}: not even to nothing new");
            let other = if role == &gives_12 { &gives_11 } else { &gives_12 };
            assert_ne!(rename(&caller, other).await, SELF, "{login}");
        }
        assert_eq!(rename(&admin, &gives_11).await, "OK");
    }

    async fn a_role_that_somebody_stronger_has_is_not_changed(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let role = admin.new_role(&tenant, "Role", &set(&[11])).await;
        let editor = admin.new_caller(&tenant, "editor", &set(&[11, 19, 28])).await;
        holder(&admin, &tenant, "weak", (&role, &[28])).await.unwrap();
        assert_eq!(give(&editor, &role, &[11, 28]).await, "OK");
        holder(&admin, &tenant, "strong", (&role, &[1009])).await.unwrap();
        assert_eq!(give(&editor, &role, &[11, 28]).await, EXCEEDS, "raised");
        assert_eq!(give(&editor, &role, &[28]).await, EXCEEDS, "replaced");
        assert_eq!(rename(&editor, &role).await, EXCEEDS, "renamed");
        assert_eq!(give(&admin, &role, &[11, 28]).await, "OK");
        let other = admin.new_role(&tenant, "Other", &set(&[1009])).await;
        let by_role = admin.new_role(&tenant, "By role", &set(&[11])).await;
        admin.new_holder(&tenant, "strong-by-role", &[&other, &by_role]).await;
        assert_eq!(rename(&editor, &by_role).await, EXCEEDS, "another role counts as what it gives");
    }

    async fn every_holder_of_a_role_counts_however_many_there_are(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let role = admin.new_role(&tenant, "Role", &set(&[11])).await;
        let editor = admin.new_caller(&tenant, "editor", &set(&[11, 19])).await;
        for number in 0..23 {
            holder(&admin, &tenant, &format!("weak-{number}"), (&role, &[])).await.unwrap();
        }
        multiply_holders(&server).await;
        assert_eq!(rename(&editor, &role).await, "OK");
        server.clock.advance_seconds(60);
        let last = holder(&admin, &tenant, "last", (&role, &[19])).await.unwrap();
        let last = admin.new_key(&last, &set(&[11, 19])).await;
        assert_eq!(rename(&editor, &role).await, "OK");
        assert_eq!(rename(&last, &role).await, SELF);
        server.clock.advance_seconds(60);
        holder(&admin, &tenant, "strong", (&role, &[1009])).await.unwrap();
        assert_eq!(rename(&editor, &role).await, EXCEEDS);
    }

    async fn administrative_access_of_a_roles_holders_counts(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Alpha").await;
        let role = admin.new_role(SYSTEM, "Role", &set(&[11])).await;
        let holder = admin.new_holder(SYSTEM, "holder", &[&role]).await;
        let user = admin.new_user(SYSTEM, "editor", &set(&[11, 19])).await;
        let editor = admin.new_key(&user, &set(&[11, 19])).await;
        let bound = bound(&server, SYSTEM).await;
        assert_eq!([rename(&editor, &role).await, rename(&bound, &role).await], ["OK"; 2]);
        admin.add_administrator(&tenant, &holder).await;
        assert_eq!([rename(&editor, &role).await, rename(&bound, &role).await], [EXCEEDS; 2]);
        admin.add_administrator(&tenant, &user).await;
        assert_eq!(rename(&editor, &role).await, "OK");
        assert_eq!(rename(&admin, &role).await, "OK");
    }
}
