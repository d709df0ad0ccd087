//! Revealing secrets: who sees them, and what is written down about it.

use oauth_registry::proto::{self, OauthApp, Permission};
use tonic::Code;

use crate::harness::caller::sample_app;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, get, reveal, update_with};
use crate::rpc::{assert_refused, assert_violations};

on_both_backends! {
    async fn a_revealed_secret_is_the_supplied_one_and_an_event_says_so(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("first")).await.unwrap();
        update_with(&admin, app.clone(), &[], "second é").await.unwrap();
        let request = proto::RevealOauthAppSecretRequest {
            oauth_app_id: app.id.clone(),
            reason: "Ticket 4711: moving to another pipeline".to_owned(),
            ..Default::default()
        };
        let revealed = admin.apps().reveal_oauth_app_secret(request).await.unwrap().into_inner();
        assert_eq!((revealed.client_secret.as_str(), revealed.client_secret_version), ("second é", 2));
        let request = proto::ListEventsRequest { resource_id: Some(app.id.clone()), ..Default::default() };
        let events = admin.events().list_events(request).await.unwrap().into_inner().events;
        let event = events.last().unwrap();
        assert_eq!(event.method, "oauthregistry.v1.OauthAppService/RevealOauthAppSecret");
        assert_eq!(event.stated_reason, "Ticket 4711: moving to another pipeline");
        assert_eq!(event.secret_versions, [2]);
        assert_eq!(event.permissions, [1006]);
        assert_eq!(event.changed_fields, [""; 0]);
        assert!(!format!("{events:?}").contains("second é"));
        assert_eq!(get(&admin, &app.id).await.unwrap().etag, "v2", "to be seen is no change");
    }

    async fn a_reason_must_be_given(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let request = |reason: &str| proto::RevealOauthAppSecretRequest {
            oauth_app_id: app.id.clone(),
            reason: reason.to_owned(),
            ..Default::default()
        };
        let too_long = "r".repeat(257);
        for (text, reason) in [("", "REQUIRED"), (too_long.as_str(), "TOO_LONG"), ("a\nb", "CONTROL_CHARACTER")] {
            assert_violations(admin.apps().reveal_oauth_app_secret(request(text)).await, &[("reason", reason)]);
        }
        let nothing = proto::RevealOauthAppSecretRequest::default();
        let answer = admin.apps().reveal_oauth_app_secret(nothing).await;
        assert_violations(answer, &[("oauth_app_id", "REQUIRED"), ("reason", "REQUIRED")]);
        admin.apps().reveal_oauth_app_secret(request(&"r".repeat(256))).await.unwrap();
    }

    async fn an_old_etag_reveals_nothing(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let current = update_with(&admin, app.clone(), &[], "second").await.unwrap();
        assert_refused(reveal(&admin, &app.id, &app.etag).await, Code::Aborted, "ETAG_MISMATCH");
        assert_eq!(reveal(&admin, &app.id, &current.etag).await.unwrap().1, 2);
    }

    async fn secrets_are_revealed_at_home_alone(server: TestServer) {
        let admin = server.admin();
        let (acme, other) = (admin.new_tenant("Acme").await, admin.new_tenant("Other").await);
        let own = create(&admin, sample_app("Of the system"), Some("system")).await.unwrap();
        let child = OauthApp { tenant_id: Some(acme.clone()), ..sample_app("Of Acme") };
        let child = create(&admin, child, Some("acme")).await.unwrap();
        // A delegate of the system tenant manages the child's apps, and sees none of their secrets.
        let held = [Permission::MgmtApi, Permission::Oauth, Permission::RevealSecrets];
        let delegate = admin.new_user(SYSTEM, "delegate", &held).await;
        admin.add_administrator(&acme, &delegate).await;
        let delegate = admin.new_key(&delegate, &held).await;
        assert_eq!(get(&delegate, &child.id).await.unwrap(), child);
        assert_refused(reveal(&delegate, &child.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_eq!(reveal(&delegate, &own.id, "").await.unwrap().0, "system");
        let resident = admin.new_caller(&acme, "resident", &[Permission::RevealSecrets]).await;
        assert_eq!(reveal(&resident, &child.id, "").await.unwrap().0, "acme");
        assert_refused(reveal(&resident, &own.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let stranger = admin.new_caller(&other, "stranger", &[Permission::RevealSecrets]).await;
        assert_refused(reveal(&stranger, &child.id, "").await, Code::NotFound, "RESOURCE_NOT_FOUND");
        let everywhere = admin.new_caller(SYSTEM, "everywhere", &[Permission::Administrator, Permission::RevealSecrets]).await;
        assert_eq!(reveal(&everywhere, &child.id, "").await.unwrap().0, "acme");
        let administrator = admin.new_caller(SYSTEM, "unrevealing", &[Permission::Administrator]).await;
        assert_refused(reveal(&administrator, &own.id, "").await, Code::PermissionDenied, "MISSING_PERMISSION");
    }
}
