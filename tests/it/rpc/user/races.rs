//! Changes of one user at once.

use oauth_registry::proto::{self, Permission, User};
use tokio::task::JoinSet;
use tonic::Code;

use super::{create, delete, get, person, suspend, update};
use crate::harness::caller::{Caller, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::races::{all_at_once, outcomes};
use crate::rpc::stored;

/// Registers apps until it is refused; says how.
async fn register(caller: Caller, mark: String) -> Code {
    for number in 0..400 {
        let oauth_app = Some(sample_app(&format!("{mark} {number}")));
        let client_secret = Some("s3cret".to_owned());
        let request = proto::CreateOauthAppRequest { oauth_app, client_secret, ..Default::default() };
        match caller.apps().create_oauth_app(request).await {
            Ok(_) => {}
            // What was taken away while the call ran: the next call is judged anew.
            Err(refused) if refused.code() == Code::Aborted => {}
            Err(refused) => return refused.code(),
        }
    }
    Code::Ok
}

on_both_backends! {
    async fn no_call_that_had_begun_ends_after_what_it_needs_was_taken_away(server: TestServer) {
        let admin = server.admin();
        let ways = [("suspended", Code::Unauthenticated), ("deleted", Code::Unauthenticated), ("less", Code::PermissionDenied)];
        for (way, code) in ways {
            let id = admin.new_user(SYSTEM, way, &[Permission::MgmtApi, Permission::Oauth]).await;
            let key = admin.new_key(&id, &[Permission::MgmtApi, Permission::Oauth]).await;
            let mut calls = JoinSet::new();
            for number in 0..6 {
                calls.spawn(register(key.clone(), format!("{way} {number}")));
            }
            match way {
                "suspended" => drop(suspend(&admin, &id, "").await.unwrap()),
                "deleted" => delete(&admin, &id, "").await.unwrap(),
                _ => drop(update(&admin, User { id, permissions: vec![11], ..Default::default() }, &[]).await.unwrap()),
            }
            let apps = stored::number(&server, "SELECT count(*) FROM oauth_app").await;
            assert_eq!(calls.join_all().await, [code; 6], "{way}: a loop ran out of calls");
            assert_eq!(stored::number(&server, "SELECT count(*) FROM oauth_app").await, apps, "{way}");
        }
    }

    async fn of_many_updates_of_a_user_with_one_etag_one_succeeds(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let counted = all_at_once(64, |number| {
            let (admin, changed) = (admin.clone(), User { display_name: Some(format!("by {number}")), ..user.clone() });
            async move { update(&admin, changed, &[]).await.map(drop) }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 1), ("Aborted ETAG_MISMATCH", 63)]));
        assert_eq!(get(&admin, &user.id).await.unwrap().etag, "v2");
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events + 1);
    }

    async fn no_update_of_another_field_of_a_user_is_lost(server: TestServer) {
        let admin = server.admin();
        let user = create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
        let wanted = User {
            login_name: Some("joe".to_owned()),
            display_name: Some("Jo".to_owned()),
            role_ids: vec![super::DEVELOPER.to_owned()],
            permissions: vec![11, 28],
            etag: String::new(),
            ..user
        };
        let fields = ["login_name", "display_name", "role_ids", "permissions"];
        let counted = all_at_once(48, |number| {
            let (admin, wanted) = (admin.clone(), wanted.clone());
            async move { update(&admin, wanted, &[fields[number % fields.len()]]).await.map(drop) }
        })
        .await;
        assert_eq!(counted, outcomes(&[("OK", 48)]));
        let stored = get(&admin, &wanted.id).await.unwrap();
        assert_eq!(stored.etag, "v5", "each field changed once; what changes nothing is no version");
        assert_eq!(super::unstamped(stored), super::unstamped(wanted));
    }

    async fn a_user_who_is_deleted_while_keys_are_made_leaves_none(server: TestServer) {
        let admin = server.admin();
        let keys = stored::number(&server, "SELECT count(*) FROM api_key").await;
        for round in 0..4 {
            let id = admin.new_user(SYSTEM, &format!("jo-{round}"), &[Permission::MgmtApi]).await;
            let counted = all_at_once(16, |number| {
                let (admin, id) = (admin.clone(), id.clone());
                async move {
                    if number == 8 {
                        return delete(&admin, &id, "").await;
                    }
                    if number % 2 == 0 {
                        let named = User { id, display_name: Some(format!("by {number}")), ..Default::default() };
                        return update(&admin, named, &[]).await.map(drop);
                    }
                    let key = proto::ApiKey { user_id: Some(id), permissions: vec![11], ..Default::default() };
                    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
                    admin.api_keys().create_api_key(request).await.map(drop)
                }
            })
            .await;
            assert!(counted.keys().all(|outcome| outcome == "OK" || outcome == "NotFound RESOURCE_NOT_FOUND"), "{counted:?}");
            assert_eq!(get(&admin, &id).await.unwrap_err().code(), Code::NotFound);
        }
        assert_eq!(stored::number(&server, "SELECT count(*) FROM api_key").await, keys);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM secret_version").await, keys);
    }
}
