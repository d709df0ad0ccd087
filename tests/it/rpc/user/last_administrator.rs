//! No call leaves the system tenant without an active user who holds 12.
//!
//! Whoever takes 12 away holds it, so that in the ordinary course the caller is always left. A row that no call writes, of a user whose
//! 12 is spelled as the query for administrators does not know it, stands here for what the rule is there for.

use oauth_registry::proto::{self, Permission, User};
use tonic::{Code, Status};

use super::{SYSTEM_ADMINISTRATOR, create, delete, get, own_role, person, reactivate, suspend, unstamped, update};
use crate::harness::caller::Caller;
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};
use crate::races::{all_at_once, outcomes};
use crate::rpc::{assert_refused, stored};

/// The active administrators of the system tenant who hold 12 by a grant.
const LEFT: &str = "SELECT count(*) FROM user_account WHERE status = 'active' AND permissions LIKE '12%' \
                    AND id NOT IN (SELECT user_id FROM api_key WHERE display_name = 'outsider')";

/// A caller with 12, 1006 and 1007 who does not count as an administrator.
async fn outsider(server: &TestServer) -> Caller {
    let admin = server.admin();
    let id = admin.new_user(SYSTEM, "outsider", &[]).await;
    let grant = format!("UPDATE user_account SET permissions = '+12,1006,1007' WHERE id = {}", server.sql_id(&id));
    assert_eq!(server.execute(&grant).await, 1);
    let key = proto::ApiKey {
        user_id: Some(id),
        permissions: vec![12, 1006, 1007],
        display_name: Some("outsider".to_owned()),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    server.caller(&admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret)
}

/// Takes 12 or the status from a user in one of three ways.
async fn remove(caller: &Caller, id: &str, way: usize) -> Result<(), Status> {
    match way % 3 {
        0 => suspend(caller, id, "").await.map(drop),
        1 => delete(caller, id, "").await,
        _ => {
            let less = User { id: id.to_owned(), permissions: vec![11], ..Default::default() };
            update(caller, less, &[]).await.map(drop)
        }
    }
}

on_both_backends! {
    async fn the_last_administrator_keeps_12_and_the_status(server: TestServer) {
        let outsider = outsider(&server).await;
        let id = server.admin().own_user_id().await;
        let before = get(&outsider, &id).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        for way in 0..3 {
            assert_refused(remove(&outsider, &id, way).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        }
        let rehearsal = proto::DeleteUserRequest { user_id: id.clone(), validate_only: true, ..Default::default() };
        assert_refused(outsider.users().delete_user(rehearsal).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        let less = User { id: id.clone(), permissions: vec![11], ..Default::default() };
        let rehearsal = proto::UpdateUserRequest { user: Some(less), validate_only: true, ..Default::default() };
        assert_refused(outsider.users().update_user(rehearsal).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        assert_eq!(get(&outsider, &id).await.unwrap(), before);
        assert_eq!(server.admin().own_user_id().await, id, "keys and all");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        let otherwise = User { role_ids: vec![SYSTEM_ADMINISTRATOR.to_owned()], permissions: vec![1006, 1007], ..before.clone() };
        let otherwise = update(&outsider, otherwise, &[]).await.unwrap();
        assert_eq!(otherwise.permissions, [1006, 1007], "12 by a role is 12");
        let nothing = update(&outsider, User { id, ..Default::default() }, &["role_ids"]).await;
        assert_refused(nothing, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
    }

    async fn whoever_works_and_holds_12_in_any_way_is_an_administrator(server: TestServer) {
        let outsider = outsider(&server).await;
        let first = server.admin().own_user_id().await;
        let own = [own_role(&server, SYSTEM, (1, "11,12")).await, own_role(&server, SYSTEM, (2, "12,28")).await];
        let role = |id: &str| User { role_ids: vec![id.to_owned()], ..person(SYSTEM, "second") };
        let grant = |permissions: &[i32]| User { permissions: permissions.to_vec(), ..person(SYSTEM, "second") };
        let seconds = [grant(&[12]), grant(&[11, 12, 1006]), role(SYSTEM_ADMINISTRATOR), role(&own[0]), role(&own[1])];
        for second in seconds {
            let second = create(&outsider, second, false).await.unwrap();
            suspend(&outsider, &first, "").await.unwrap();
            assert_refused(suspend(&outsider, &second.id, "").await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
            reactivate(&outsider, &first, "").await.unwrap();
            delete(&outsider, &second.id, "").await.unwrap();
        }
    }

    async fn nobody_else_is_an_administrator(server: TestServer) {
        let outsider = outsider(&server).await;
        let first = server.admin().own_user_id().await;
        let nearly = [
            User { permissions: vec![11, 25, 27, 28, 1006, 1010], ..person(SYSTEM, "grants") },
            User { role_ids: vec![own_role(&server, SYSTEM, (1, "11,25,1006")).await], ..person(SYSTEM, "role") },
            User { permissions: vec![12], ..person(SYSTEM, "suspended") },
        ];
        for user in nearly {
            create(&outsider, user, false).await.unwrap();
        }
        own_role(&server, SYSTEM, (2, "12")).await;
        let suspended = "UPDATE user_account SET status = 'suspended' WHERE login_name = 'suspended'";
        assert_eq!(server.execute(suspended).await, 1);
        for way in 0..3 {
            assert_refused(remove(&outsider, &first, way).await, Code::FailedPrecondition, "LAST_ADMINISTRATOR");
        }
    }

    async fn who_is_no_administrator_goes_whoever_is_left(server: TestServer) {
        let outsider = outsider(&server).await;
        let twelve = create(&outsider, User { permissions: vec![12], ..person(SYSTEM, "twelve") }, false).await.unwrap();
        let plain = create(&outsider, person(SYSTEM, "plain"), false).await.unwrap();
        assert_eq!(server.execute("UPDATE user_account SET status = 'suspended' WHERE permissions LIKE '12%' AND login_name <> 'outsider'").await, 2);
        let less = User { id: twelve.id.clone(), permissions: vec![11], ..Default::default() };
        let less = update(&outsider, less, &[]).await.unwrap();
        assert_eq!(unstamped(less.clone()).permissions, [11], "a suspended one was none");
        delete(&outsider, &twelve.id, &less.etag).await.unwrap();
        suspend(&outsider, &plain.id, "").await.unwrap();
        delete(&outsider, &plain.id, "").await.unwrap();
    }

    async fn of_many_who_are_removed_at_once_one_administrator_stays(server: TestServer) {
        let outsider = outsider(&server).await;
        let mut ids = vec![server.admin().own_user_id().await];
        for number in 1..32 {
            ids.push(outsider.new_user(SYSTEM, &format!("administrator-{number}"), &[Permission::Administrator]).await);
        }
        let counted = all_at_once(32, |number| {
            let (outsider, id) = (outsider.clone(), ids[number].clone());
            async move { remove(&outsider, &id, number).await }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 31), ("FailedPrecondition LAST_ADMINISTRATOR", 1)]));
        assert_eq!(stored::number(&server, LEFT).await, 1);
    }

    async fn of_two_administrators_who_fight_each_other_one_stays(server: TestServer) {
        let admin = server.admin();
        let all = [Permission::Administrator, Permission::RevealSecrets, Permission::UseCredentials];
        let second = admin.new_user(SYSTEM, "second", &all).await;
        let fighters = [(admin.clone(), second.clone()), (admin.new_key(&second, &all).await, admin.own_user_id().await)];
        let counted = all_at_once(32, |number| {
            let (caller, target) = fighters[number % 2].clone();
            async move { remove(&caller, &target, number / 2).await }
        })
        .await;
        let expected = [
            "OK",
            "FailedPrecondition LAST_ADMINISTRATOR",
            "Unauthenticated INVALID_CREDENTIAL",
            "Aborted CONCURRENT_CHANGE",
            // The loser holds no 12 any more, or is not there any more.
            "PermissionDenied MISSING_PERMISSION",
            "NotFound RESOURCE_NOT_FOUND",
        ];
        assert!(counted.keys().all(|outcome| expected.contains(&outcome.as_str())), "{counted:?}");
        assert!(counted["OK"] >= 1, "{counted:?}");
        assert_eq!(stored::number(&server, LEFT).await, 1);
    }
}
