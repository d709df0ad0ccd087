//! Registering apps: which are good, which names are free, and what is said of those that are not.

use oauth_registry::proto::{self, OauthApp, Permission};
use tonic::Code;

use crate::harness::caller::{details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::SYSTEM;
use crate::rpc::oauth_app::{create, get, reveal, update_with};
use crate::rpc::{NOBODYS, assert_refused, assert_violations, stored};

/// One change that makes an app bad, and what is said of it.
type BadField = (fn(&mut OauthApp), &'static str, &'static str);

const BAD_FIELDS: &[BadField] = &[
    (|app| app.name = None, "oauth_app.name", "REQUIRED"),
    (|app| app.name = Some(String::new()), "oauth_app.name", "REQUIRED"),
    (|app| app.name = Some("n".repeat(129)), "oauth_app.name", "TOO_LONG"),
    (|app| app.name = Some("n".repeat(10_000)), "oauth_app.name", "TOO_LONG"),
    (|app| app.name = Some("App!".to_owned()), "oauth_app.name", "INVALID_CHARACTER"),
    (|app| app.name = Some("a/b".to_owned()), "oauth_app.name", "INVALID_CHARACTER"),
    (|app| app.name = Some(" App".to_owned()), "oauth_app.name", "SURROUNDING_WHITESPACE"),
    (|app| app.name = Some("App ".to_owned()), "oauth_app.name", "SURROUNDING_WHITESPACE"),
    (|app| app.name = Some("A\u{7}pp".to_owned()), "oauth_app.name", "CONTROL_CHARACTER"),
    (|app| app.name = Some("A\u{202e}pp".to_owned()), "oauth_app.name", "CONTROL_CHARACTER"),
    (|app| app.name = Some("日本".to_owned()), "oauth_app.slug", "REQUIRED"),
    (|app| app.slug = Some("Upper".to_owned()), "oauth_app.slug", "INVALID_CHARACTER"),
    (|app| app.slug = Some("a_b".to_owned()), "oauth_app.slug", "INVALID_CHARACTER"),
    (|app| app.slug = Some("s".repeat(64)), "oauth_app.slug", "TOO_LONG"),
    (|app| app.tenant_id = Some("623".to_owned()), "oauth_app.tenant_id", "INVALID_FORMAT"),
    (|app| app.data_store = None, "oauth_app.data_store", "REQUIRED"),
    (|app| app.data_store = Some(0), "oauth_app.data_store", "UNKNOWN_VALUE"),
    (|app| app.data_store = Some(-1), "oauth_app.data_store", "UNKNOWN_VALUE"),
    (|app| app.data_store = Some(55), "oauth_app.data_store", "UNKNOWN_VALUE"),
    (|app| app.description = Some("d".repeat(257)), "oauth_app.description", "TOO_LONG"),
    (|app| app.description = Some("two\nlines".to_owned()), "oauth_app.description", "CONTROL_CHARACTER"),
    (|app| app.client_id = None, "oauth_app.client_id", "REQUIRED"),
    (|app| app.client_id = Some("c".repeat(257)), "oauth_app.client_id", "TOO_LONG"),
    (|app| app.client_id = Some("a b".to_owned()), "oauth_app.client_id", "INVALID_CHARACTER"),
    (|app| app.client_id = Some("é".to_owned()), "oauth_app.client_id", "INVALID_CHARACTER"),
    (|app| app.authorize_uri = None, "oauth_app.authorize_uri", "REQUIRED"),
    (|app| app.authorize_uri = Some("/authorize".to_owned()), "oauth_app.authorize_uri", "INVALID_FORMAT"),
    (|app| app.authorize_uri = Some("http://a.example/".to_owned()), "oauth_app.authorize_uri", "FORBIDDEN_SCHEME"),
    (|app| app.authorize_uri = Some("http://127.0.0.1/".to_owned()), "oauth_app.authorize_uri", "FORBIDDEN_SCHEME"),
    (|app| app.authorize_uri = Some("https://u:p@a.example/".to_owned()), "oauth_app.authorize_uri", "FORBIDDEN_USERINFO"),
    (|app| app.authorize_uri = Some("https://a.example/#x".to_owned()), "oauth_app.authorize_uri", "FORBIDDEN_FRAGMENT"),
    (|app| app.authorize_uri = Some(uri_of(2049)), "oauth_app.authorize_uri", "TOO_LONG"),
    (|app| app.token_uri = None, "oauth_app.token_uri", "REQUIRED"),
    (|app| app.token_uri = Some("token".to_owned()), "oauth_app.token_uri", "INVALID_FORMAT"),
    (|app| app.token_uri = Some("http://a.example/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_SCHEME"),
    (|app| app.token_uri = Some("https://u@a.example/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_USERINFO"),
    (|app| app.token_uri = Some("https://a.example/#".to_owned()), "oauth_app.token_uri", "FORBIDDEN_FRAGMENT"),
    (|app| app.token_uri = Some("https://a.example:8443/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_PORT"),
    (|app| app.token_uri = Some("https://169.254.169.254/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_HOST"),
    (|app| app.token_uri = Some("https://[::1]/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_HOST"),
    (|app| app.token_uri = Some("https://db.internal/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_HOST"),
    (|app| app.token_uri = Some("https://localhost/".to_owned()), "oauth_app.token_uri", "FORBIDDEN_HOST"),
    (|app| app.token_uri = Some(uri_of(2049)), "oauth_app.token_uri", "TOO_LONG"),
    (|app| app.scope = None, "oauth_app.scope", "REQUIRED"),
    (|app| app.scope = Some("a, b".to_owned()), "oauth_app.scope", "INVALID_CHARACTER"),
    (|app| app.scope = Some("a b a".to_owned()), "oauth_app.scope", "DUPLICATE"),
    (|app| app.scope = Some("a  b".to_owned()), "oauth_app.scope", "INVALID_FORMAT"),
    (|app| app.scope = Some("a \"b".to_owned()), "oauth_app.scope", "INVALID_CHARACTER"),
    (|app| app.scope = Some(" a".to_owned()), "oauth_app.scope", "SURROUNDING_WHITESPACE"),
];

fn uri_of(bytes: usize) -> String {
    let beginning = "https://a.example/";
    format!("{beginning}{}", "x".repeat(bytes - beginning.len()))
}

/// The request of Hybrid Data Pipeline's documentation, but for its tenant, which is a UUID here.
fn sample_of_the_documentation(tenant: &str, scope: &str) -> OauthApp {
    OauthApp {
        name: Some("TenantB OAuth app".to_owned()),
        data_store: Some(54),
        tenant_id: Some(tenant.to_owned()),
        description: Some("TenantB OAuth application object".to_owned()),
        client_id: Some("asdfjasdljfasdkjf".to_owned()),
        authorize_uri: Some("https://accounts.google.com/o/oauth2/v2/auth".to_owned()),
        token_uri: Some("https://www.googleapis.com/oauth2/v3/token".to_owned()),
        scope: Some(scope.to_owned()),
        ..Default::default()
    }
}

on_both_backends! {
    async fn the_sample_of_hybrid_data_pipeline_works_but_for_its_comma(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("TenantB").await;
        let sample = sample_of_the_documentation(&tenant, "full_offline_access, test_repo");
        let refused = create(&admin, sample, Some("1912308409123890")).await;
        let sentence = details(refused.as_ref().unwrap_err()).bad_request().unwrap().field_violations[0].description.clone();
        assert_eq!(sentence, "Separate scopes with a single space, not a comma.");
        assert_violations(refused, &[("oauth_app.scope", "INVALID_CHARACTER")]);
        let sample = sample_of_the_documentation(&tenant, "full_offline_access test_repo");
        let app = create(&admin, sample.clone(), Some("1912308409123890")).await.unwrap();
        let expected = OauthApp {
            slug: Some("tenantb-oauth-app".to_owned()),
            is_active: Some(true),
            ..sample.clone()
        };
        let told = OauthApp {
            id: String::new(),
            client_secret_set: false,
            client_secret_version: 0,
            create_time: None,
            update_time: None,
            create_actor: String::new(),
            update_actor: String::new(),
            etag: String::new(),
            ..app.clone()
        };
        assert_eq!(told, expected);
        // The PUT of the documentation: the whole object, secret included.
        let put = OauthApp { id: app.id.clone(), description: Some("Another".to_owned()), ..sample };
        let replaced = update_with(&admin, put, &["*"], "another-secret").await.unwrap();
        assert_eq!((replaced.description(), replaced.client_secret_version), ("Another", 2));
        assert_eq!(get(&admin, &app.id).await.unwrap(), replaced);
        assert_eq!(reveal(&admin, &app.id, "").await.unwrap(), ("another-secret".to_owned(), 2));
    }

    async fn every_required_field_is_named_at_once(server: TestServer) {
        let answer = create(&server.admin(), OauthApp::default(), None).await;
        assert_violations(answer, &[
            ("oauth_app.name", "REQUIRED"),
            ("oauth_app.data_store", "REQUIRED"),
            ("oauth_app.client_id", "REQUIRED"),
            ("oauth_app.authorize_uri", "REQUIRED"),
            ("oauth_app.token_uri", "REQUIRED"),
            ("oauth_app.scope", "REQUIRED"),
            ("client_secret", "REQUIRED"),
        ]);
    }

    async fn every_violation_is_named_at_once(server: TestServer) {
        let app = OauthApp {
            tenant_id: Some("623".to_owned()),
            name: Some(format!("{}!", "n".repeat(128))),
            slug: Some("Slug".to_owned()),
            data_store: Some(2),
            description: Some("d".repeat(257)),
            client_id: Some("a b".to_owned()),
            authorize_uri: Some("http://u@a.example/#x".to_owned()),
            token_uri: Some("https://127.0.0.1:8443/".to_owned()),
            scope: Some("a, a,".to_owned()),
            ..Default::default()
        };
        assert_violations(create(&server.admin(), app, Some("****")).await, &[
            ("oauth_app.tenant_id", "INVALID_FORMAT"),
            ("oauth_app.name", "TOO_LONG"),
            ("oauth_app.name", "INVALID_CHARACTER"),
            ("oauth_app.slug", "INVALID_CHARACTER"),
            ("oauth_app.data_store", "UNKNOWN_VALUE"),
            ("oauth_app.description", "TOO_LONG"),
            ("oauth_app.client_id", "INVALID_CHARACTER"),
            ("oauth_app.authorize_uri", "FORBIDDEN_FRAGMENT"),
            ("oauth_app.authorize_uri", "FORBIDDEN_USERINFO"),
            ("oauth_app.authorize_uri", "FORBIDDEN_SCHEME"),
            ("oauth_app.token_uri", "FORBIDDEN_HOST"),
            ("oauth_app.token_uri", "FORBIDDEN_PORT"),
            ("oauth_app.scope", "INVALID_CHARACTER"),
            ("oauth_app.scope", "DUPLICATE"),
            ("client_secret", "MASKED_SECRET"),
        ]);
    }

    async fn each_bad_field_is_refused_by_its_own_name_and_reason(server: TestServer) {
        let admin = server.admin();
        for (spoil, field, reason) in BAD_FIELDS {
            let mut app = sample_app("App");
            spoil(&mut app);
            assert_violations(create(&admin, app, Some("s3cret")).await, &[(field, reason)]);
        }
        assert_eq!(stored::number(&server, "SELECT count(*) FROM oauth_app").await, 0);
    }

    async fn fields_are_accepted_up_to_their_limits(server: TestServer) {
        let admin = server.admin();
        let app = OauthApp {
            name: Some("n".repeat(128)),
            slug: Some("s".repeat(63)),
            description: Some("é".repeat(256)),
            client_id: Some("~".repeat(256)),
            authorize_uri: Some(uri_of(2048)),
            token_uri: Some(uri_of(2048)),
            scope: Some("z a m B".to_owned()),
            ..sample_app("")
        };
        let made = create(&admin, app.clone(), Some(&"é".repeat(2048))).await.unwrap();
        assert_eq!(made.name, app.name);
        assert_eq!((made.slug, made.description, made.client_id), (app.slug, app.description, app.client_id));
        assert_eq!((made.authorize_uri, made.token_uri), (app.authorize_uri, app.token_uri));
        assert_eq!(made.scope, app.scope, "the order is kept");
        assert_eq!(reveal(&admin, &made.id, "").await.unwrap().0, "é".repeat(2048));
        for name in ["a", "Ünïcödé 1.0_x-y", "x y  z"] {
            assert_eq!(create(&admin, sample_app(name), Some("x")).await.unwrap().name(), name);
        }
    }

    async fn each_bad_secret_is_refused_and_never_repeated(server: TestServer) {
        let admin = server.admin();
        let too_long = "x".repeat(4097);
        let bad = [
            ("", "REQUIRED"),
            (too_long.as_str(), "TOO_LONG"),
            ("****", "MASKED_SECRET"),
            ("••••••••", "MASKED_SECRET"),
            ("hunter\u{0}2", "CONTROL_CHARACTER"),
            (" hunter2", "SURROUNDING_WHITESPACE"),
        ];
        for (secret, reason) in bad {
            let answer = create(&admin, sample_app("App"), Some(secret)).await;
            let said = format!("{:?}", answer.as_ref().unwrap_err());
            assert!(!said.contains("hunter") && !said.contains("xxxx"), "{said}");
            assert_violations(answer, &[("client_secret", reason)]);
        }
    }

    async fn a_name_is_unique_in_its_tenant_without_regard_to_case(server: TestServer) {
        let admin = server.admin();
        let other = admin.new_tenant("Other").await;
        create(&admin, OauthApp { slug: Some("one".to_owned()), ..sample_app("Straße App") }, Some("x")).await.unwrap();
        let again = OauthApp { slug: Some("two".to_owned()), ..sample_app("sTRAßE aPP") };
        let refused = create(&admin, again.clone(), Some("x")).await.unwrap_err();
        assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "oauth_app.name");
        assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        let elsewhere = OauthApp { tenant_id: Some(other), ..again };
        create(&admin, elsewhere, Some("x")).await.unwrap();
    }

    async fn a_slug_is_unique_in_its_tenant(server: TestServer) {
        let admin = server.admin();
        let other = admin.new_tenant("Other").await;
        assert_eq!(create(&admin, sample_app("My  App_1.0"), Some("x")).await.unwrap().slug(), "my-app-1-0");
        let refused = create(&admin, sample_app("My App-1-0"), Some("x")).await.unwrap_err();
        assert_eq!(details(&refused).error_info().unwrap().metadata["field"], "oauth_app.slug");
        assert_refused::<()>(Err(refused), Code::AlreadyExists, "VALUE_TAKEN");
        let chosen = OauthApp { slug: Some("my-own".to_owned()), ..sample_app("My App-1-0") };
        assert_eq!(create(&admin, chosen, Some("x")).await.unwrap().slug(), "my-own");
        create(&admin, OauthApp { tenant_id: Some(other), ..sample_app("My App-1-0") }, Some("x")).await.unwrap();
        let empty = OauthApp { slug: Some(String::new()), ..sample_app("Derived") };
        assert_eq!(create(&admin, empty, Some("x")).await.unwrap().slug(), "derived");
    }

    async fn the_tenant_is_the_callers_unless_another_is_named(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let editor = admin.new_caller(&tenant, "editor", &[Permission::MgmtApi, Permission::Oauth]).await;
        assert_eq!(create(&editor, sample_app("App"), Some("x")).await.unwrap().tenant_id(), tenant);
        assert_eq!(create(&admin, sample_app("App"), Some("x")).await.unwrap().tenant_id(), SYSTEM);
        for unreachable in [SYSTEM, NOBODYS] {
            let app = OauthApp { tenant_id: Some(unreachable.to_owned()), ..sample_app("Elsewhere") };
            let refused = create(&editor, app, Some("x")).await.unwrap_err();
            assert_eq!(details(&refused).resource_info().unwrap().resource_name, unreachable);
            assert_refused::<()>(Err(refused), Code::NotFound, "RESOURCE_NOT_FOUND");
        }
    }

    async fn every_data_store_of_the_catalogue_is_accepted(server: TestServer) {
        let admin = server.admin();
        for number in [1, 54, 62, 63, 1001, 1002] {
            let app = OauthApp { data_store: Some(number), ..sample_app(&format!("App {number}")) };
            assert_eq!(create(&admin, app, Some("x")).await.unwrap().data_store(), number);
        }
    }

    async fn an_app_is_active_unless_it_is_said_otherwise(server: TestServer) {
        let admin = server.admin();
        assert!(create(&admin, sample_app("One"), Some("x")).await.unwrap().is_active());
        let inactive = OauthApp { is_active: Some(false), ..sample_app("Two") };
        assert!(!create(&admin, inactive, Some("x")).await.unwrap().is_active());
    }

    async fn output_only_fields_of_a_new_app_are_ignored(server: TestServer) {
        let admin = server.admin();
        let app = OauthApp {
            id: NOBODYS.to_owned(),
            client_secret_set: false,
            client_secret_version: 99,
            create_actor: "user:me".to_owned(),
            etag: "v77".to_owned(),
            ..sample_app("App")
        };
        let made = create(&admin, app, Some("x")).await.unwrap();
        assert_ne!(made.id, NOBODYS);
        assert_eq!((made.client_secret_version, made.etag.as_str()), (1, "v1"));
        assert_ne!(made.create_actor, "user:me");
    }

    async fn a_rehearsed_creation_stores_nothing_and_finds_taken_names(server: TestServer) {
        let admin = server.admin();
        let events = stored::number(&server, "SELECT count(*) FROM event").await;
        let request = |name: &str, secret: Option<&str>| proto::CreateOauthAppRequest {
            oauth_app: Some(sample_app(name)),
            client_secret: secret.map(str::to_owned),
            validate_only: true,
            ..Default::default()
        };
        let rehearsed = admin.apps().create_oauth_app(request("App", Some("x"))).await.unwrap().into_inner();
        let app = rehearsed.oauth_app.unwrap();
        assert_eq!((app.name(), app.slug(), app.client_secret_set), ("App", "app", true));
        assert_refused(get(&admin, &app.id).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        for table in ["oauth_app", "secret_version WHERE owner_kind = 'oauth_app'"] {
            assert_eq!(stored::number(&server, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
        assert_eq!(stored::number(&server, "SELECT count(*) FROM event").await, events);
        assert_violations(admin.apps().create_oauth_app(request("App", None)).await, &[("client_secret", "REQUIRED")]);
        create(&admin, sample_app("App"), Some("x")).await.unwrap();
        let taken = admin.apps().create_oauth_app(request("APP", Some("x"))).await;
        assert_refused(taken, Code::AlreadyExists, "VALUE_TAKEN");
    }

    async fn nothing_is_registered_in_a_suspended_tenant(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        stored::suspend_tenant(&server, "acme").await;
        let app = OauthApp { tenant_id: Some(tenant.clone()), ..sample_app("App") };
        let refused = create(&admin, app, Some("x")).await.unwrap_err();
        let precondition = details(&refused).precondition_failure().unwrap().violations[0].clone();
        assert_eq!((precondition.r#type.as_str(), precondition.subject), ("TENANT_SUSPENDED", tenant));
        assert_refused::<()>(Err(refused), Code::FailedPrecondition, "TENANT_SUSPENDED");
    }
}
