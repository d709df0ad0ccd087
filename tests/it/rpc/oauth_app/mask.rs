//! Which fields an update writes.

use oauth_registry::proto::{self, OauthApp};
use tonic::Code;

use crate::harness::caller::sample_app;
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, get, reveal, update, update_with};
use crate::rpc::{NOBODYS, assert_refused, assert_violations};

/// The stamps of an app, which differ after each change.
fn unstamped(app: OauthApp) -> OauthApp {
    OauthApp { update_time: None, update_actor: String::new(), etag: String::new(), ..app }
}

on_both_backends! {
    async fn without_a_mask_every_populated_field_is_written_and_no_other(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let sent = OauthApp { id: app.id.clone(), description: Some("New".to_owned()), scope: Some("b a".to_owned()), ..Default::default() };
        let updated = update(&admin, sent.clone(), &[]).await.unwrap();
        let expected = OauthApp { description: sent.description, scope: sent.scope, ..app };
        assert_eq!(unstamped(updated.clone()), unstamped(expected));
        assert_eq!(get(&admin, &updated.id).await.unwrap(), updated);
    }

    async fn a_masked_field_that_is_unset_is_cleared(server: TestServer) {
        let admin = server.admin();
        let inactive = OauthApp { is_active: Some(false), ..sample_app("App") };
        let app = create(&admin, inactive, Some("x")).await.unwrap();
        let empty = OauthApp { id: app.id.clone(), ..Default::default() };
        let updated = update(&admin, empty.clone(), &["description", "is_active"]).await.unwrap();
        let expected = OauthApp { description: None, is_active: Some(true), ..app };
        assert_eq!(unstamped(updated), unstamped(expected));
        for field in ["name", "data_store", "client_id", "authorize_uri", "token_uri", "scope"] {
            let expected = format!("oauth_app.{field}");
            assert_violations(update(&admin, empty.clone(), &[field]).await, &[(&expected, "REQUIRED")]);
        }
    }

    async fn an_unmasked_field_is_untouched(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let sent = OauthApp {
            id: app.id.clone(),
            name: Some("Renamed".to_owned()),
            data_store: Some(1),
            description: Some("New".to_owned()),
            client_id: Some("new".to_owned()),
            authorize_uri: Some("https://new.example/".to_owned()),
            token_uri: Some("https://new.example/".to_owned()),
            scope: Some("new".to_owned()),
            is_active: Some(false),
            ..Default::default()
        };
        let mut expected = unstamped(app);
        let merges: [(&str, fn(&mut OauthApp, &OauthApp)); 7] = [
            ("name", |app, sent| app.name.clone_from(&sent.name)),
            ("data_store", |app, sent| app.data_store = sent.data_store),
            ("description", |app, sent| app.description.clone_from(&sent.description)),
            ("client_id", |app, sent| app.client_id.clone_from(&sent.client_id)),
            ("authorize_uri", |app, sent| app.authorize_uri.clone_from(&sent.authorize_uri)),
            ("scope", |app, sent| app.scope.clone_from(&sent.scope)),
            ("is_active", |app, sent| app.is_active = sent.is_active),
        ];
        for (field, merge) in merges {
            merge(&mut expected, &sent);
            let updated = update(&admin, sent.clone(), &[field]).await.unwrap();
            assert_eq!(unstamped(updated), expected, "{field}");
        }
    }

    async fn a_star_replaces_everything_but_the_secret(server: TestServer) {
        let admin = server.admin();
        let app = create(&admin, OauthApp { is_active: Some(false), ..sample_app("App") }, Some("kept")).await.unwrap();
        let whole = OauthApp { id: app.id.clone(), description: None, ..sample_app("Whole") };
        let updated = update(&admin, whole, &["*"]).await.unwrap();
        let expected = OauthApp { name: Some("Whole".to_owned()), description: None, is_active: Some(true), ..app.clone() };
        assert_eq!(unstamped(updated), unstamped(expected));
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("kept".to_owned(), 1));
        let incomplete = OauthApp { id: app.id, scope: None, client_id: None, ..sample_app("Whole") };
        let answer = update(&admin, incomplete, &["*"]).await;
        assert_violations(answer, &[("oauth_app.client_id", "REQUIRED"), ("oauth_app.scope", "REQUIRED")]);
    }

    async fn paths_that_an_update_cannot_write_are_refused_by_name(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let paths = [
            ("client_secret", "UNKNOWN_FIELD"),
            ("nonsense", "UNKNOWN_FIELD"),
            ("oauth_app.name", "UNKNOWN_FIELD"),
            ("tenant_id", "IMMUTABLE_FIELD"),
            ("slug", "IMMUTABLE_FIELD"),
            ("id", "OUTPUT_ONLY_FIELD"),
            ("client_secret_set", "OUTPUT_ONLY_FIELD"),
            ("client_secret_version", "OUTPUT_ONLY_FIELD"),
            ("create_time", "OUTPUT_ONLY_FIELD"),
            ("update_time", "OUTPUT_ONLY_FIELD"),
            ("create_actor", "OUTPUT_ONLY_FIELD"),
            ("update_actor", "OUTPUT_ONLY_FIELD"),
            ("etag", "OUTPUT_ONLY_FIELD"),
        ];
        for (path, reason) in paths {
            assert_violations(update(&admin, app.clone(), &["name", path]).await, &[("update_mask.paths[1]", reason)]);
        }
        let all: Vec<_> = paths.iter().map(|(path, _)| *path).collect();
        let expected: Vec<_> =
            paths.iter().enumerate().map(|(index, (_, reason))| (format!("update_mask.paths[{index}]"), *reason)).collect();
        let expected: Vec<_> = expected.iter().map(|(field, reason)| (field.as_str(), *reason)).collect();
        assert_violations(update(&admin, app, &all).await, &expected);
    }

    async fn what_is_read_can_be_edited_and_sent_back(server: TestServer) {
        let admin = server.admin();
        let mut app = admin.new_app(SYSTEM, "App").await;
        for (paths, text) in [(&[][..], "one"), (&["*"], "two"), (&["description"], "three")] {
            let read = get(&admin, &app.id).await.unwrap();
            let edited = OauthApp { description: Some(text.to_owned()), ..read };
            app = update(&admin, edited, paths).await.unwrap();
            assert_eq!(app.description(), text);
        }
    }

    async fn output_only_fields_that_stand_in_the_resource_are_ignored(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        let sent = OauthApp {
            client_secret_set: false,
            client_secret_version: 99,
            create_time: None,
            update_time: None,
            create_actor: "user:me".to_owned(),
            update_actor: "user:me".to_owned(),
            etag: String::new(),
            ..app.clone()
        };
        assert_eq!(update(&admin, sent, &["*"]).await.unwrap(), app, "nothing that a caller writes has changed");
    }

    async fn immutable_fields_are_accepted_when_equal_and_refused_when_not(server: TestServer) {
        let admin = server.admin();
        let other = admin.new_tenant("Other").await;
        let app = admin.new_app(SYSTEM, "App").await;
        for paths in [&[][..], &["*"], &["description"]] {
            let equal = OauthApp { description: Some(format!("{paths:?}").replace('"', "")), ..app.clone() };
            update(&admin, OauthApp { etag: String::new(), ..equal }, paths).await.unwrap();
            let moved = OauthApp { tenant_id: Some(other.clone()), etag: String::new(), ..app.clone() };
            assert_violations(update(&admin, moved, paths).await, &[("oauth_app.tenant_id", "IMMUTABLE_FIELD")]);
            let renamed = OauthApp { slug: Some("other".to_owned()), etag: String::new(), ..app.clone() };
            assert_violations(update(&admin, renamed, paths).await, &[("oauth_app.slug", "IMMUTABLE_FIELD")]);
        }
        let renamed = OauthApp { id: app.id.clone(), name: Some("Renamed".to_owned()), ..Default::default() };
        assert_eq!(update(&admin, renamed, &[]).await.unwrap().slug(), "app", "a new name leaves the slug alone");
    }

    async fn an_update_that_changes_nothing_leaves_no_trace(server: TestServer) {
        let admin = server.admin();
        let app = admin.new_app(SYSTEM, "App").await;
        server.clock.advance_seconds(60);
        for paths in [&[][..], &["*"], &["name", "scope"]] {
            assert_eq!(update(&admin, app.clone(), paths).await.unwrap(), app);
        }
        let nothing = OauthApp { id: app.id.clone(), ..Default::default() };
        assert_eq!(update(&admin, nothing, &[]).await.unwrap(), app);
        let request = proto::ListEventsRequest { resource_id: Some(app.id.clone()), ..Default::default() };
        assert_eq!(admin.events().list_events(request).await.unwrap().into_inner().events.len(), 1);
        let changed = update_with(&admin, app.clone(), &["*"], "s3cret").await.unwrap();
        assert_ne!(changed.etag, app.etag, "a secret is replaced even by an equal one: nobody can tell");
    }

    async fn an_update_names_its_app(server: TestServer) {
        let admin = server.admin();
        assert_violations(update(&admin, sample_app("App"), &[]).await, &[("oauth_app.id", "REQUIRED")]);
        let malformed = OauthApp { id: "93".to_owned(), ..Default::default() };
        let answer = update(&admin, malformed, &["nonsense"]).await;
        assert_violations(answer, &[("update_mask.paths[0]", "UNKNOWN_FIELD"), ("oauth_app.id", "INVALID_FORMAT")]);
        let missing = OauthApp { id: NOBODYS.to_owned(), ..Default::default() };
        assert_refused(update(&admin, missing, &[]).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        assert_violations(admin.apps().update_oauth_app(proto::UpdateOauthAppRequest::default()).await, &[("oauth_app.id", "REQUIRED")]);
    }
}
