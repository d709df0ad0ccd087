//! `bootstrap --recover`: whose key it is, what it lists, and what stays as it was.

use oauth_registry::proto::{self, Permission, UserKind};
use oauth_registry::service;

use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

/// The built-in role `system_administrator`.
const SYSTEM_ADMINISTRATOR: &str = "00000000-0000-0000-0001-000000000001";

/// Recovers, and returns the login name that is told and somebody who calls with the key.
async fn recover(server: &TestServer) -> (String, Caller) {
    let made = service::recover(&server.registry).await.unwrap();
    (made.login_name, server.caller(std::str::from_utf8(made.token.expose()).unwrap()))
}

/// The user behind a key, and the key.
async fn behind(caller: &Caller) -> (proto::User, proto::ApiKey) {
    let user = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().user.unwrap();
    let request = proto::ListApiKeysRequest { user_id: Some(user.id.clone()), ..Default::default() };
    let keys = caller.api_keys().list_api_keys(request).await.unwrap().into_inner().api_keys;
    (user, keys.into_iter().max_by(|one, other| one.id.cmp(&other.id)).unwrap())
}

/// Changes the status of a user behind the server's back, which would keep the last administrator.
async fn suspend(server: &TestServer, login: &str) {
    assert_eq!(server.execute(&format!("UPDATE user_account SET status = 'suspended' WHERE login_key = '{login}'")).await, 1);
}

on_both_backends! {
    async fn recovery_is_for_the_oldest_active_administrator_by_whatever_way(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        admin.new_user(SYSTEM, "nobody", &[Permission::MgmtApi, Permission::RevealSecrets]).await;
        let child = admin.new_user(&tenant, "child", &[]).await;
        let grant = format!("UPDATE user_account SET permissions = '12' WHERE id = {}", server.sql_id(&child));
        assert_eq!(server.execute(&grant).await, 1, "a row that no call could write");
        let own = admin.new_role(SYSTEM, "Keeper", &[Permission::Administrator, Permission::MgmtApi]).await;
        admin.new_holder(SYSTEM, "by-own-role", &[&own]).await;
        admin.new_holder(SYSTEM, "by-built-in-role", &[SYSTEM_ADMINISTRATOR]).await;
        admin.new_user(SYSTEM, "by-grant", &[Permission::Administrator]).await;
        let older = "UPDATE user_account SET create_time = 1 WHERE login_key = 'by-grant'";
        assert_eq!(server.execute(older).await, 1);
        // Without the index, no database has the oldest first by chance.
        server.execute("DROP INDEX user_account_tenant_id_create_time_id_index; DROP INDEX user_account_create_time_id_partial_index").await;
        for expected in ["by-grant", "administrator", "by-own-role", "by-built-in-role"] {
            let (login, caller) = recover(&server).await;
            assert_eq!((login.as_str(), behind(&caller).await.0.login_name()), (expected, expected));
            suspend(&server, expected).await;
        }
        let (login, caller) = recover(&server).await;
        let (user, key) = behind(&caller).await;
        let digits = login.strip_prefix("recovery-").unwrap();
        assert!(digits.len() == 8 && digits.chars().all(|digit| matches!(digit, '0'..='9' | 'a'..='f')), "{login}");
        assert_eq!((user.login_name(), user.kind(), user.tenant_id()), (login.as_str(), UserKind::ServiceAccount, SYSTEM));
        assert_eq!((&user.permissions[..], user.role_ids.len()), (&[12, 1006, 1007][..], 0));
        assert_eq!(key.permissions, [12, 1006, 1007]);
        assert_eq!(recover(&server).await.0, login, "from now on somebody administers");
    }

    async fn the_recovered_key_lists_what_its_user_holds_and_nothing_else_changes(server: TestServer) {
        let admin = server.admin();
        let own = admin.new_role(SYSTEM, "Keeper", &[Permission::Administrator, Permission::UseCredentials]).await;
        let id = admin.new_holder(SYSTEM, "keeper", &[&own]).await;
        let more = format!("UPDATE user_account SET permissions = '11,28' WHERE id = {}", server.sql_id(&id));
        assert_eq!(server.execute(&more).await, 1);
        suspend(&server, "administrator").await;
        // As if the user, who has no password, had one and were locked.
        let locked = "UPDATE user_account SET failed_logins = 3, lock_expire_time = 4102444800000000 WHERE status = 'active'";
        assert_eq!(server.execute(locked).await, 1);
        let copy = "CREATE TABLE earlier AS SELECT * FROM user_account; CREATE TABLE changed AS SELECT * FROM user_account WHERE 1 = 0";
        server.execute(copy).await;
        let (login, caller) = recover(&server).await;
        assert_eq!(login, "keeper");
        let changes = "INSERT INTO changed SELECT * FROM user_account EXCEPT SELECT * FROM earlier";
        assert_eq!(server.execute(changes).await, 0, "neither status nor lock nor password nor anything else");
        let (_, key) = behind(&caller).await;
        assert_eq!(key.permissions, [11, 12, 28, 1007], "1006 is not among what the user holds");
        let request = proto::ListEventsRequest { resource_id: Some(key.id.clone()), ..Default::default() };
        let events = caller.events().list_events(request).await.unwrap().into_inner().events;
        let told: Vec<_> = events.iter().map(|event| (&*event.actor, &*event.method, &*event.related_id)).collect();
        assert_eq!(told, [("system:bootstrap", "bootstrap", id.as_str())]);
    }
}
