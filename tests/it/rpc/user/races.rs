//! Changes of one user at once.

use oauth_registry::proto::{self, Permission, User};
use tonic::Code;

use super::{create, delete, get, person, update};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::races::{all_at_once, outcomes};
use crate::rpc::stored;

on_both_backends! {
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
