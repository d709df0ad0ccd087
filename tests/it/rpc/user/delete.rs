//! Deleting users.

use oauth_registry::proto::{self, Permission, User};
use tonic::Code;

use super::{create, delete, get, own_role, person, suspend, update};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// What a user owns, in every table.
const OWNED: [&str; 5] = ["user_account", "api_key", "user_role", "tenant_administrator", "secret_version"];

on_both_backends! {
    async fn a_deleted_user_is_gone_with_all_that_belongs_to_it(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let role = own_role(&server, SYSTEM, (1, "28")).await;
        let counts = async || {
            let mut counts = Vec::new();
            for table in OWNED {
                counts.push(stored::number(&server, &format!("SELECT count(*) FROM {table}")).await);
            }
            counts
        };
        let neighbour = admin.new_user(SYSTEM, "neighbour", &[Permission::MgmtApi]).await;
        update(&admin, User { id: neighbour.clone(), role_ids: vec![role.clone()], ..Default::default() }, &[]).await.unwrap();
        admin.add_administrator(&tenant, &neighbour).await;
        let neighbour = admin.new_key(&neighbour, &[Permission::MgmtApi]).await;
        let before = counts().await;
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi]).await;
        update(&admin, User { id: id.clone(), role_ids: vec![role], ..Default::default() }, &[]).await.unwrap();
        admin.add_administrator(&tenant, &id).await;
        let keys = [admin.new_key(&id, &[Permission::MgmtApi]).await, admin.new_key(&id, &[Permission::MgmtApi]).await];
        // What a password leaves: the deletion asks for no field.
        let copy = format!(
            "INSERT INTO secret_version SELECT tenant_id, 'user', {}, 'password', 1, key_id, envelope, origin, create_time \
             FROM secret_version WHERE owner_kind = 'api_key' LIMIT 1",
            server.sql_id(&id)
        );
        assert_eq!(server.execute(&copy).await, 1);
        delete(&admin, &id, "").await.unwrap();
        assert_eq!(counts().await, before, "nothing of the user is left, and nothing of anybody else is gone");
        for key in &keys {
            let answer = key.callers().get_caller(proto::GetCallerRequest {}).await;
            assert_refused(answer, Code::Unauthenticated, "INVALID_CREDENTIAL");
        }
        assert_refused(get(&admin, &id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(delete(&admin, &id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        neighbour.own_user_id().await;
        create(&admin, person(SYSTEM, "jo"), false).await.unwrap();
    }

    async fn the_events_of_a_deleted_user_keep_the_name(server: TestServer) {
        let admin = server.admin();
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi, Permission::Oauth]).await;
        let jo = admin.new_key(&id, &[Permission::MgmtApi, Permission::Oauth]).await;
        let app = jo.new_app(SYSTEM, "App").await;
        delete(&admin, &id, "").await.unwrap();
        let request = proto::ListEventsRequest { actor_user_id: Some(id.clone()), ..Default::default() };
        let events = admin.events().list_events(request).await.unwrap().into_inner().events;
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].actor_login_name.as_str(), &events[0].actor), ("jo", &format!("user:{id}")));
        assert_eq!(crate::rpc::oauth_app::get(&admin, &app.id).await.unwrap().create_actor, format!("user:{id}"));
        let request = proto::ListEventsRequest { resource_id: Some(id), ..Default::default() };
        let events = admin.events().list_events(request).await.unwrap().into_inner().events;
        let methods: Vec<_> = events.iter().map(|event| event.method.rsplit('/').next().unwrap()).collect();
        assert_eq!(methods, ["CreateUser", "DeleteUser"], "one event, however much was deleted");
    }

    async fn a_deletion_of_a_user_with_an_old_etag_or_for_rehearsal_deletes_nothing(server: TestServer) {
        let admin = server.admin();
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi]).await;
        let jo = admin.new_key(&id, &[Permission::MgmtApi]).await;
        let old = get(&admin, &id).await.unwrap();
        let current = update(&admin, User { display_name: Some("Jo".to_owned()), ..old.clone() }, &[]).await.unwrap();
        assert_refused(delete(&admin, &id, &old.etag).await, Code::Aborted, "ETAG_MISMATCH");
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let request = |user_id: &str, etag: &str| proto::DeleteUserRequest {
            user_id: user_id.to_owned(),
            etag: etag.to_owned(),
            validate_only: true,
        };
        admin.users().delete_user(request(&id, &current.etag)).await.unwrap();
        assert_refused(admin.users().delete_user(request(&id, &old.etag)).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(admin.users().delete_user(request(NOBODYS, "")).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(get(&admin, &id).await.unwrap(), current);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_eq!(jo.own_user_id().await, id);
        delete(&admin, &id, &current.etag).await.unwrap();
        for (id, reason) in [("", "REQUIRED"), ("93", "INVALID_FORMAT")] {
            assert_violations(delete(&admin, id, "").await, &[("user_id", reason)]);
        }
    }

    async fn a_suspended_user_and_one_of_a_suspended_tenant_are_deleted(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let users = [person(&tenant, "one"), person(&tenant, "two")];
        let [one, two] = users.map(|user| create(&admin, user, false));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        suspend(&admin, &one.id, "").await.unwrap();
        delete(&admin, &one.id, "").await.unwrap();
        stored::suspend_tenant(&server, "acme").await;
        delete(&admin, &two.id, "").await.unwrap();
        assert_refused(get(&admin, &two.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn the_noted_use_of_a_deleted_users_key_stops_no_other(server: TestServer) {
        let admin = server.admin();
        let id = admin.new_user(SYSTEM, "jo", &[Permission::MgmtApi]).await;
        let jo = admin.new_key(&id, &[Permission::MgmtApi]).await;
        let other = admin.new_caller(SYSTEM, "other", &[Permission::MgmtApi]).await;
        jo.own_user_id().await;
        let other = other.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
        delete(&admin, &id, "").await.unwrap();
        server.registry.key_uses.flush(&server.registry.store).await.unwrap();
        let request = proto::GetApiKeyRequest { api_key_id: other };
        let other = admin.api_keys().get_api_key(request).await.unwrap().into_inner().api_key.unwrap();
        assert!(other.last_use_time.is_some());
    }
}
