//! Changing apps: secrets, destinations, etags, rehearsals.

use oauth_registry::proto::{self, OauthApp};
use tonic::Code;

use crate::harness::caller::{details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, get, mask, reveal, update, update_with};
use crate::rpc::{assert_refused, assert_violations, stored};

/// The app with another token endpoint, and nothing else to write.
fn moved(app: &OauthApp, token_uri: &str) -> OauthApp {
    OauthApp { id: app.id.clone(), token_uri: Some(token_uri.to_owned()), ..Default::default() }
}

on_both_backends! {
    async fn every_bad_field_of_an_update_is_named_at_once(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let bad = OauthApp {
            id: app.id.clone(),
            slug: Some("other".to_owned()),
            name: Some("!".to_owned()),
            data_store: Some(2),
            description: Some("d".repeat(257)),
            client_id: Some(String::new()),
            authorize_uri: Some("nowhere".to_owned()),
            token_uri: Some("http://a.example/".to_owned()),
            scope: Some("a,b".to_owned()),
            ..Default::default()
        };
        assert_violations(update_with(&admin, bad, &[], "****").await, &[
            ("client_secret", "MASKED_SECRET"),
            ("oauth_app.slug", "IMMUTABLE_FIELD"),
            ("oauth_app.name", "INVALID_CHARACTER"),
            ("oauth_app.data_store", "UNKNOWN_VALUE"),
            ("oauth_app.description", "TOO_LONG"),
            ("oauth_app.client_id", "REQUIRED"),
            ("oauth_app.authorize_uri", "INVALID_FORMAT"),
            ("oauth_app.token_uri", "FORBIDDEN_SCHEME"),
            ("oauth_app.scope", "INVALID_CHARACTER"),
        ]);
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
    }

    async fn an_update_without_a_secret_keeps_it(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("kept")).await.unwrap();
        let renamed = OauthApp { name: Some("Renamed".to_owned()), ..app.clone() };
        let updated = update(&admin, renamed, &[]).await.unwrap();
        assert_eq!((updated.client_secret_set, updated.client_secret_version), (true, 1));
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("kept".to_owned(), 1));
    }

    async fn a_new_secret_replaces_the_old_one_and_changes_the_etag(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("first")).await.unwrap();
        let nothing = OauthApp { id: app.id.clone(), ..Default::default() };
        let updated = update_with(&admin, nothing.clone(), &[], "second").await.unwrap();
        assert_eq!(updated.client_secret_version, 2);
        assert_ne!(updated.etag, app.etag);
        assert_ne!(updated.update_time, app.update_time);
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("second".to_owned(), 2));
        let rows = "SELECT count(*) FROM secret_version WHERE owner_kind = 'oauth_app'";
        assert_eq!(stored::number(&server, rows).await, 1, "the first version is destroyed");
        for (secret, reason) in [("", "REQUIRED"), ("****", "MASKED_SECRET")] {
            assert_violations(update_with(&admin, nothing.clone(), &[], secret).await, &[("client_secret", reason)]);
        }
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("second".to_owned(), 2));
    }

    async fn a_new_destination_demands_the_secret_in_the_same_call(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("first")).await.unwrap();
        for (token_uri, paths) in [
            ("https://thief.example/oauth2/v3/token", &[][..]),
            ("https://googleapis.com/oauth2/v3/token", &["token_uri"]),
            ("https://www.googleapis.com.thief.example/token", &["token_uri"]),
        ] {
            let refused = update(&admin, moved(&app, token_uri), paths).await.unwrap_err();
            let precondition = details(&refused).precondition_failure().unwrap().violations[0].clone();
            assert_eq!(precondition.subject, "client_secret");
            assert_refused::<()>(Err(refused), Code::FailedPrecondition, "SECRET_REQUIRED_FOR_NEW_DESTINATION");
        }
        let whole = OauthApp { token_uri: Some("https://thief.example/".to_owned()), ..app.clone() };
        assert_refused(update(&admin, whole, &["*"]).await, Code::FailedPrecondition, "SECRET_REQUIRED_FOR_NEW_DESTINATION");
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
        let updated = update_with(&admin, moved(&app, "https://new.example/token"), &[], "second").await.unwrap();
        assert_eq!((updated.token_uri(), updated.client_secret_version), ("https://new.example/token", 2));
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("second".to_owned(), 2));
        let rows = "SELECT count(*) FROM secret_version WHERE owner_kind = 'oauth_app'";
        assert_eq!(stored::number(&server, rows).await, 1, "no version outlives its destination");
    }

    async fn the_same_destination_in_other_words_demands_nothing(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("kept")).await.unwrap();
        for token_uri in [
            "https://www.googleapis.com/another/path?query=1",
            "https://www.googleapis.com:443/oauth2/v3/token",
            "HTTPS://WWW.GoogleAPIs.com/oauth2/v3/token",
        ] {
            let updated = update(&admin, moved(&app, token_uri), &["token_uri"]).await.unwrap();
            assert_eq!(updated.token_uri(), token_uri, "stored exactly as sent");
            assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("kept".to_owned(), 1));
        }
    }

    async fn an_update_with_an_old_etag_is_refused(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let described = |text: &str, etag: &str| OauthApp {
            id: app.id.clone(),
            description: Some(text.to_owned()),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let second = update(&admin, described("two", &app.etag), &[]).await.unwrap();
        assert_ne!(second.etag, app.etag);
        for etag in [app.etag.as_str(), "nonsense"] {
            assert_refused(update(&admin, described("three", etag), &[]).await, Code::Aborted, "ETAG_MISMATCH");
            assert_refused(update(&admin, described("two", etag), &[]).await, Code::Aborted, "ETAG_MISMATCH");
        }
        assert_eq!(get(&admin, &app.id).await.unwrap(), second);
        update(&admin, described("three", &second.etag), &[]).await.unwrap();
        update(&admin, described("four", ""), &[]).await.unwrap();
    }

    async fn a_rename_obeys_the_rules_of_names(server: TestServer) {
        let admin = server.admin();
        let (one, _) = (admin.new_app(SYSTEM, "One").await, admin.new_app(SYSTEM, "Two").await);
        let renamed = |name: &str| OauthApp { id: one.id.clone(), name: Some(name.to_owned()), ..Default::default() };
        assert_refused(update(&admin, renamed("tWO"), &[]).await, Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(update(&admin, renamed("ONE"), &[]).await.unwrap().name(), "ONE", "one's own name is not taken");
    }

    async fn a_rehearsed_update_stores_nothing_and_finds_taken_names(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, sample_app("App"), Some("kept")).await.unwrap();
        admin.new_app(SYSTEM, "Taken").await;
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let request = |name: &str, client_secret: Option<&str>| proto::UpdateOauthAppRequest {
            oauth_app: Some(OauthApp { name: Some(name.to_owned()), ..app.clone() }),
            update_mask: mask(&["name"]),
            client_secret: client_secret.map(str::to_owned),
            validate_only: true,
        };
        let answer = admin.apps().update_oauth_app(request("Renamed", Some("new"))).await.unwrap().into_inner();
        let told = answer.oauth_app.unwrap();
        assert_eq!((told.name(), told.client_secret_version), ("Renamed", 2), "what would be stored");
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_eq!(reveal(&admin, &app.id, &app.etag).await.unwrap(), ("kept".to_owned(), 1));
        let taken = admin.apps().update_oauth_app(request("TAKEN", None)).await;
        assert_refused(taken, Code::AlreadyExists, "VALUE_TAKEN");
        assert_violations(admin.apps().update_oauth_app(request("!", None)).await, &[("oauth_app.name", "INVALID_CHARACTER")]);
    }

    async fn apps_of_a_suspended_tenant_are_read_and_deleted_but_not_changed(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let app = admin.new_app(&tenant, "App").await;
        stored::suspend_tenant(&server, "acme").await;
        let changed = OauthApp { description: Some("New".to_owned()), ..app.clone() };
        assert_refused(update(&admin, changed.clone(), &[]).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        let request =
            proto::UpdateOauthAppRequest { oauth_app: Some(changed), validate_only: true, ..Default::default() };
        assert_refused(admin.apps().update_oauth_app(request).await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_refused(update_with(&admin, app.clone(), &[], "new").await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_refused(reveal(&admin, &app.id, "").await, Code::FailedPrecondition, "TENANT_SUSPENDED");
        assert_eq!(get(&admin, &app.id).await.unwrap(), app);
        let request = proto::ListOauthAppsRequest { tenant_id: Some(tenant), ..Default::default() };
        assert_eq!(admin.apps().list_oauth_apps(request).await.unwrap().into_inner().oauth_apps, [app.clone()]);
        crate::rpc::oauth_app::delete(&admin, &app.id, "").await.unwrap();
    }
}
