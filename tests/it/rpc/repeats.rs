//! Requests that carry a `request_id`: a repeat changes nothing and gets the first answer, for as long as the contract says.

use oauth_registry::proto::{self, ApiKey, CreateApiKeyRequest, CreateApiKeyResponse, Permission, RotateApiKeyResponse, Tenant};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::harness::caller::{Caller, details, sample_app};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};
use crate::rpc::{assert_refused, assert_violations, stored};

/// The ids of two requests.
const ONE: &str = "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a01";
const OTHER: &str = "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a02";
/// The life of a secret in an answer, in seconds.
const TEN_MINUTES: i64 = 600;

fn tenant(name: &str, request_id: &str) -> proto::CreateTenantRequest {
    let tenant = Tenant { name: Some(name.to_owned()), ..Default::default() };
    proto::CreateTenantRequest { tenant: Some(tenant), request_id: request_id.to_owned(), ..Default::default() }
}

async fn create_tenant(caller: &Caller, name: &str, request_id: &str) -> Result<Tenant, Status> {
    Ok(caller.tenants().create_tenant(tenant(name, request_id)).await?.into_inner().tenant.unwrap())
}

fn key(user: &str, request_id: &str) -> CreateApiKeyRequest {
    let key = ApiKey { user_id: Some(user.to_owned()), permissions: vec![11], ..Default::default() };
    CreateApiKeyRequest { api_key: Some(key), request_id: request_id.to_owned(), ..Default::default() }
}

async fn create_key(caller: &Caller, user: &str, request_id: &str) -> Result<CreateApiKeyResponse, Status> {
    Ok(caller.api_keys().create_api_key(key(user, request_id)).await?.into_inner())
}

async fn rotate(caller: &Caller, id: &str, request_id: &str) -> Result<RotateApiKeyResponse, Status> {
    let request =
        proto::RotateApiKeyRequest { api_key_id: id.to_owned(), request_id: request_id.to_owned(), ..Default::default() };
    Ok(caller.api_keys().rotate_api_key(request).await?.into_inner())
}

async fn count(server: &TestServer, table: &str) -> i64 {
    stored::number(server, &format!("SELECT count(*) FROM {table}")).await
}

/// A robot of the system tenant, and its id.
async fn robot(server: &TestServer) -> String {
    server.admin().new_user(SYSTEM, "robot", &[Permission::MgmtApi]).await
}

on_both_backends! {
    async fn a_repeat_of_any_creation_makes_nothing_and_gets_the_first_answer(server: TestServer) {
        let admin = server.admin();
        let first = create_tenant(&admin, "Acme", ONE).await.unwrap();
        let app = proto::OauthApp { tenant_id: Some(first.id.clone()), ..sample_app("App") };
        let app = proto::CreateOauthAppRequest {
            oauth_app: Some(app),
            client_secret: Some("s3cret".to_owned()),
            request_id: ONE.to_owned(),
            ..Default::default()
        };
        let user = proto::User { login_name: Some("ada".to_owned()), kind: 1, ..Default::default() };
        let user = proto::CreateUserRequest { user: Some(user), request_id: ONE.to_owned(), ..Default::default() };
        let role = proto::Role { name: Some("Reader".to_owned()), permissions: vec![1011], ..Default::default() };
        let role = proto::CreateRoleRequest { role: Some(role), request_id: ONE.to_owned(), ..Default::default() };
        let made = (
            admin.apps().create_oauth_app(app.clone()).await.unwrap().into_inner(),
            admin.users().create_user(user.clone()).await.unwrap().into_inner(),
            admin.roles().create_role(role.clone()).await.unwrap().into_inner(),
        );
        let events = count(&server, "event").await;
        server.clock.advance_seconds(3_600);
        assert_eq!(create_tenant(&admin, "Acme", ONE).await.unwrap(), first);
        let repeated = (
            admin.apps().create_oauth_app(app).await.unwrap().into_inner(),
            admin.users().create_user(user).await.unwrap().into_inner(),
            admin.roles().create_role(role).await.unwrap().into_inner(),
        );
        assert_eq!(repeated, made);
        assert_eq!(count(&server, "event").await, events);
        assert_eq!(count(&server, "tenant").await, 2);
    }

    async fn the_first_answer_is_given_although_the_resource_has_changed(server: TestServer) {
        let admin = server.admin();
        let first = create_tenant(&admin, "Acme", ONE).await.unwrap();
        stored::execute(&server, "UPDATE tenant SET name = 'Zenith', name_key = 'zenith', version = 2 WHERE name = 'Acme'").await;
        assert_eq!(create_tenant(&admin, "Acme", ONE).await.unwrap(), first);
    }

    async fn an_id_that_was_used_with_another_request_is_refused(server: TestServer) {
        let admin = server.admin();
        create_tenant(&admin, "Acme", ONE).await.unwrap();
        assert_refused(create_tenant(&admin, "Zenith", ONE).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
        let rehearsed = proto::CreateTenantRequest { validate_only: true, ..tenant("Acme", ONE) };
        assert_refused(admin.tenants().create_tenant(rehearsed).await, Code::InvalidArgument, "REQUEST_ID_REUSED");
        assert_refused(create_tenant(&admin, "Acme", OTHER).await, Code::AlreadyExists, "VALUE_TAKEN");
        assert_eq!(count(&server, "tenant").await, 2);
    }

    async fn an_issued_secret_is_answered_again_for_ten_minutes_and_then_no_more(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let first = create_key(&admin, &user, ONE).await.unwrap();
        assert!(!first.already_shown && first.secret.starts_with("ork_"));
        server.clock.advance_seconds(TEN_MINUTES - 1);
        assert_eq!(create_key(&admin, &user, ONE).await.unwrap(), first);
        server.clock.advance_seconds(1);
        let late = create_key(&admin, &user, ONE).await.unwrap();
        assert_eq!((late.already_shown, late.secret.as_str(), late.api_key), (true, "", first.api_key));
        assert_eq!(count(&server, "api_key").await, 2);
    }

    async fn the_secrets_of_old_answers_are_forgotten_and_very_old_answers_too(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        create_key(&admin, &user, ONE).await.unwrap();
        let kept = "SELECT count(*) FROM request_record WHERE secret IS NOT NULL";
        server.clock.advance_seconds(TEN_MINUTES - 1);
        server.registry.forget_requests().await.unwrap();
        assert_eq!(stored::number(&server, kept).await, 1);
        server.clock.advance_seconds(1);
        server.registry.forget_requests().await.unwrap();
        assert_eq!(stored::number(&server, kept).await, 0);
        assert_eq!(count(&server, "request_record").await, 1);
        server.clock.advance_seconds(86_400 - TEN_MINUTES);
        server.registry.forget_requests().await.unwrap();
        assert_eq!(count(&server, "request_record").await, 0);
    }

    async fn a_dead_secret_is_not_answered_again(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let id = |made: &CreateApiKeyResponse| made.api_key.as_ref().unwrap().id.clone();
        let first = create_key(&admin, &user, ONE).await.unwrap();
        let rotated = rotate(&admin, &id(&first), OTHER).await.unwrap();
        assert_ne!(rotated.secret, first.secret);
        let repeat = create_key(&admin, &user, ONE).await.unwrap();
        assert!(repeat.already_shown && repeat.secret.is_empty(), "the secret of the answer was replaced");
        assert_eq!(rotate(&admin, &id(&first), OTHER).await.unwrap(), rotated);
        let revocation = proto::RevokeApiKeyRequest { api_key_id: id(&first), ..Default::default() };
        admin.api_keys().revoke_api_key(revocation).await.unwrap();
        let repeat = rotate(&admin, &id(&first), OTHER).await.unwrap();
        assert!(repeat.already_shown && repeat.secret.is_empty(), "the key is revoked");
    }

    async fn after_a_day_an_id_may_be_used_again(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let first = create_key(&admin, &user, ONE).await.unwrap();
        server.clock.advance_seconds(86_399);
        assert!(create_key(&admin, &user, ONE).await.unwrap().already_shown);
        server.clock.advance_seconds(1);
        let second = create_key(&admin, &user, ONE).await.unwrap();
        assert!(!second.already_shown);
        assert_ne!(second.api_key.unwrap().id, first.api_key.unwrap().id);
        assert_eq!(count(&server, "request_record").await, 1);
    }

    async fn another_credential_or_method_has_ids_of_its_own(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let first = create_key(&admin, &user, ONE).await.unwrap();
        let second_key = admin.new_key(&admin.own_user_id().await, &[Permission::Administrator]).await;
        let second = create_key(&second_key, &user, ONE).await.unwrap();
        assert_ne!(second.secret, first.secret);
        assert_ne!(rotate(&admin, &first.api_key.unwrap().id, ONE).await.unwrap().secret, first.secret);
        create_tenant(&admin, "Acme", ONE).await.unwrap();
    }

    async fn a_request_for_another_user_is_another_request(server: TestServer) {
        let admin = server.admin();
        let user = admin.new_user(SYSTEM, "robot", &[Permission::MgmtApi, Permission::Oauth]).await;
        let app = proto::CreateOauthAppRequest {
            oauth_app: Some(sample_app("App")),
            client_secret: Some("s3cret".to_owned()),
            request_id: ONE.to_owned(),
            ..Default::default()
        };
        admin.apps().create_oauth_app(app.clone()).await.unwrap();
        let answer = admin.on_behalf_of(&user).apps().create_oauth_app(app).await;
        assert_refused(answer, Code::InvalidArgument, "REQUEST_ID_REUSED");
    }

    async fn a_repeat_is_judged_anew(server: TestServer) {
        let admin = server.admin();
        let acme = admin.new_tenant("Acme").await;
        let numbers = [Permission::MgmtApi, Permission::Oauth];
        let user = admin.new_user(SYSTEM, "delegate", &numbers).await;
        admin.add_administrator(&acme, &user).await;
        let delegate = admin.new_key(&user, &numbers).await;
        let app = proto::OauthApp { tenant_id: Some(acme.clone()), ..sample_app("App") };
        let request = proto::CreateOauthAppRequest {
            oauth_app: Some(app),
            client_secret: Some("s3cret".to_owned()),
            request_id: ONE.to_owned(),
            ..Default::default()
        };
        delegate.apps().create_oauth_app(request.clone()).await.unwrap();
        let removal = proto::RemoveTenantAdministratorRequest { tenant_id: acme, user_id: user.clone() };
        admin.tenants().remove_tenant_administrator(removal).await.unwrap();
        assert_refused(delegate.apps().create_oauth_app(request.clone()).await, Code::NotFound, "RESOURCE_NOT_FOUND");
        stored::execute(&server, "UPDATE user_account SET permissions = '11' WHERE login_key = 'delegate'").await;
        assert_refused(delegate.apps().create_oauth_app(request).await, Code::PermissionDenied, "MISSING_PERMISSION");
    }

    async fn a_caller_who_is_left_with_their_own_rows_is_not_told_of_others_keys(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let numbers = [Permission::MgmtApi, Permission::ModifyUsers];
        let manager = admin.new_caller(SYSTEM, "manager", &numbers).await;
        create_key(&manager, &user, ONE).await.unwrap();
        stored::execute(&server, "UPDATE user_account SET permissions = '11' WHERE login_key = 'manager'").await;
        assert_refused(create_key(&manager, &user, ONE).await, Code::NotFound, "RESOURCE_NOT_FOUND");
    }

    async fn a_malformed_id_is_named_with_every_other_bad_field(server: TestServer) {
        for id in ["x", "0b9e4f2c6f0e4c7d9b623f6f2b7f1a01", "{0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a01}", " "] {
            let answer = create_tenant(&server.admin(), "", id).await;
            assert_violations(answer, &[("request_id", "INVALID_FORMAT"), ("tenant.name", "REQUIRED")]);
        }
    }

    async fn a_call_that_failed_or_was_a_rehearsal_leaves_its_id_free(server: TestServer) {
        let admin = server.admin();
        create_tenant(&admin, "Acme", "").await.unwrap();
        assert_refused(create_tenant(&admin, "Acme", ONE).await, Code::AlreadyExists, "VALUE_TAKEN");
        let rehearsed = proto::CreateTenantRequest { validate_only: true, ..tenant("Zenith", ONE) };
        admin.tenants().create_tenant(rehearsed).await.unwrap();
        assert_eq!(count(&server, "request_record").await, 0);
        create_tenant(&admin, "Zenith", ONE).await.unwrap();
    }

    async fn the_callers_id_stands_in_no_event_and_no_error(server: TestServer) {
        let admin = server.admin();
        create_tenant(&admin, "Acme", ONE).await.unwrap();
        let events = admin.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner().events;
        assert!(events.len() > 2 && !format!("{events:?}").contains(ONE));
        let refused = create_tenant(&admin, "Zenith", ONE).await.unwrap_err();
        assert!(!details(&refused).request_info().unwrap().request_id.contains(ONE));
    }

    async fn a_creation_repeated_sixty_four_times_at_once_makes_one_thing_and_has_one_answer(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let second = Caller::new(server.second_channel().await, admin.token().map(str::to_owned));
        let before = (count(&server, "api_key").await, count(&server, "event").await);
        let mut calls = JoinSet::new();
        for number in 0..64 {
            let caller = if number % 2 == 0 { admin.clone() } else { second.clone() };
            let user = user.clone();
            calls.spawn(async move { create_key(&caller, &user, ONE).await.unwrap() });
        }
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.secret.is_empty()), "{answers:?}");
        assert_eq!((count(&server, "api_key").await, count(&server, "event").await), (before.0 + 1, before.1 + 1));
    }

    async fn a_tenant_made_by_repeats_at_once_is_one_answer_for_whom_it_gives_access(server: TestServer) {
        let maker = server.admin().new_caller(SYSTEM, "maker", &[Permission::MgmtApi, Permission::TenantApi]).await;
        let mut calls = JoinSet::new();
        for _ in 0..32 {
            let maker = maker.clone();
            calls.spawn(async move { create_tenant(&maker, "Acme", ONE).await.unwrap() });
        }
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(count(&server, "tenant").await, 2);
    }

    async fn a_secret_that_lets_nobody_in_is_not_answered_again(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        create_key(&admin, &user, ONE).await.unwrap();
        admin.users().suspend_user(proto::SuspendUserRequest { user_id: user.clone(), ..Default::default() }).await.unwrap();
        assert!(create_key(&admin, &user, ONE).await.unwrap().already_shown);
    }

    async fn a_rotation_repeated_at_once_rotates_once(server: TestServer) {
        let (admin, user) = (server.admin(), robot(&server).await);
        let key = create_key(&admin, &user, "").await.unwrap().api_key.unwrap();
        let mut calls = JoinSet::new();
        for _ in 0..16 {
            let (admin, id, etag) = (admin.clone(), key.id.clone(), key.etag.clone());
            let request = proto::RotateApiKeyRequest { api_key_id: id, etag, request_id: ONE.to_owned() };
            calls.spawn(async move { admin.api_keys().rotate_api_key(request).await.unwrap().into_inner() });
        }
        let answers = calls.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.secret.is_empty()), "{answers:?}");
        assert_eq!(stored::number(&server, "SELECT max(secret_version) FROM secret_version WHERE owner_kind = 'api_key'").await, 2);
        let rows = stored::number(&server, "SELECT count(*) FROM secret_version WHERE owner_kind = 'api_key'").await;
        assert_eq!(rows, 2, "the first administrator's and the new one: the old one is destroyed");
    }
}
