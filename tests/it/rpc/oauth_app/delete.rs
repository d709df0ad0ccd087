//! Deleting apps.

use oauth_registry::proto::{self, Permission};
use tonic::Code;

use crate::harness::caller::sample_app;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, delete, get, reveal, update};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

on_both_backends! {
    async fn a_deleted_app_is_gone_with_its_secret(server: TestServer) {
        let admin = server.admin();
        let (app, other) = (admin.new_app(SYSTEM, "App").await, admin.new_app(SYSTEM, "Other").await);
        delete(&admin, &app.id, "").await.unwrap();
        assert_refused(get(&admin, &app.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(update(&admin, app.clone(), &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(delete(&admin, &app.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(reveal(&admin, &app.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let rows = "SELECT count(*) FROM secret_version WHERE owner_kind = 'oauth_app'";
        assert_eq!(stored::number(&server, rows).await, 1, "the other app's alone");
        assert_eq!(get(&admin, &other.id).await.unwrap(), other);
        reveal(&admin, &other.id, "").await.unwrap();
        let again = create(&admin, sample_app("App"), Some("x")).await.unwrap();
        assert_ne!(again.id, app.id, "name and slug are free again, the id is not");
    }

    async fn a_deletion_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let described = proto::OauthApp { description: Some("New".to_owned()), ..app.clone() };
        let current = update(&admin, described, &[]).await.unwrap();
        assert_refused(delete(&admin, &app.id, &app.etag).await, Code::Aborted, "ETAG_MISMATCH");
        assert_eq!(get(&admin, &app.id).await.unwrap(), current);
        delete(&admin, &app.id, &current.etag).await.unwrap();
    }

    async fn a_rehearsed_deletion_deletes_nothing(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("kept")).await.unwrap();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let request = |id: &str, etag: &str| proto::DeleteOauthAppRequest {
            oauth_app_id: id.to_owned(),
            etag: etag.to_owned(),
            validate_only: true,
        };
        admin.apps().delete_oauth_app(request(&app.id, &app.etag)).await.unwrap();
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap().0, "kept");
        assert_refused(admin.apps().delete_oauth_app(request(&app.id, "v9")).await, Code::Aborted, "ETAG_MISMATCH");
        assert_refused(admin.apps().delete_oauth_app(request(NOBODYS, "")).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn an_app_outside_the_scope_is_not_deleted(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(SYSTEM, "App").await;
        let stranger = admin.new_caller(&tenant, "editor", &[Permission::MgmtApi, Permission::Oauth]).await;
        assert_refused(delete(&stranger, &app.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_refused(update(&stranger, app.clone(), &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
    }

    async fn the_id_of_an_app_is_a_uuid(server: TestServer) {
        let admin = server.admin();
        for (id, reason) in [("", "REQUIRED"), ("93", "INVALID_FORMAT"), (&NOBODYS.replace('-', ""), "INVALID_FORMAT")] {
            assert_violations(get(&admin, id).await, &[("oauth_app_id", reason)]);
            assert_violations(delete(&admin, id, "").await, &[("oauth_app_id", reason)]);
            assert_violations(reveal(&admin, id, "").await, &[("oauth_app_id", reason)]);
        }
    }
}
