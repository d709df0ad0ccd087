//! Login names and passwords: who is let in, and that whoever is not learns nothing.

mod counting;
mod lockout;
mod reads;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oauth_registry::authn::PresentedPassword;
use oauth_registry::authz::{CallInfo, Caller as Authenticated, CreateTenant, Permit, authorize};
use oauth_registry::crypto::PlainSecret;
use oauth_registry::domain::event::Decision;
use oauth_registry::domain::id::RequestId;
use oauth_registry::domain::invalid::Violations;
use oauth_registry::domain::login::QualifiedLogin;
use oauth_registry::domain::tenant::TenantDraft;
use oauth_registry::domain::time::Clock;
use oauth_registry::proto::{self, CredentialKind, GetCallerRequest};
use oauth_registry::service::{Error, Refusal};
use tonic::{Code, Request, Status};

use super::credentials::{masked, refused, set_status};
use super::{made_up, once, set};
use crate::harness::caller::{Caller, PASSWORD, reason};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

const WRONG: &str = "wrong horse battery staple";

on_both_backends! {
    async fn whatever_is_wrong_with_a_password_the_answer_and_the_work_are_the_same(server: TestServer) {
        let expected = masked(&refused(&server.anonymous()).await);
        for (title, caller) in probes(&server).await {
            let before = server.registry.passwords.computed();
            let refusal = refused(&caller).await;
            assert_eq!(server.registry.passwords.computed() - before, 1, "{title}: hashes");
            assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Unauthenticated, "INVALID_CREDENTIAL"), "{title}");
            assert_eq!(masked(&refusal), expected, "{title}");
        }
    }

    async fn what_names_no_login_is_refused_without_work_and_with_the_same_answer(server: TestServer) {
        let expected = masked(&refused(&server.anonymous()).await);
        let good = STANDARD.encode(format!("administrator:{PASSWORD}"));
        let headers = [
            format!("Basic {}", STANDARD.encode("administrator")),
            format!("Basic {}", STANDARD.encode(format!("{SYSTEM}/:{PASSWORD}"))),
            format!("Basic {}", STANDARD.encode(format!("acme/administrator:{PASSWORD}"))),
            format!("Basic {}", STANDARD.encode([b"administrator:".as_slice(), b"\xff"].concat())),
            format!("Basic {}", STANDARD.encode(format!("admin\0:{PASSWORD}"))),
            format!("Basic {}", &good[..good.len() - 1]),
            format!("Basic\t{good}"),
            format!("Digest {good}"),
        ];
        let before = server.registry.passwords.computed();
        for header in headers {
            assert_eq!(masked(&with_headers(&server, &[&header]).await), expected, "{header}");
        }
        let (basic, bearer) = (format!("Basic {good}"), format!("Bearer {}", server.admin_token()));
        for two in [[&basic, &basic], [&basic, &bearer], [&bearer, &basic]] {
            assert_eq!(masked(&with_headers(&server, &two.map(String::as_str)).await), expected, "two credentials");
        }
        assert_eq!(server.registry.passwords.computed(), before);
    }

    async fn a_person_is_let_in_by_the_password_of_their_own_tenant(server: TestServer) {
        let admin = server.admin();
        let (acme, beta) = (admin.new_tenant("Acme").await, admin.new_tenant("Beta").await);
        let (in_acme, caller) = admin.new_person(&acme, "Jo", &set(&[11])).await;
        let (in_system, _) = admin.new_person(SYSTEM, "jo", &set(&[11, 25])).await;
        let me = caller.callers().get_caller(GetCallerRequest {}).await.unwrap().into_inner();
        assert_eq!((me.credential_kind(), me.api_key_id.as_str()), (CredentialKind::Password, ""));
        assert_eq!((me.default_tenant_id.as_str(), &me.permissions[..]), (acme.as_str(), &[11][..]));
        for (user_id, id) in [(format!("{acme}/jO"), &in_acme), ("jo".to_owned(), &in_system), (format!("{SYSTEM}/JO"), &in_system)] {
            assert_eq!(admin.by_password(&user_id, PASSWORD).own_user_id().await, *id, "{user_id}");
        }
        refused(&admin.by_password(&format!("{beta}/jo"), PASSWORD)).await;
        admin.by_password("jo", PASSWORD).new_tenant("Gamma").await;
    }

    async fn a_suspended_users_or_tenants_password_works_again_when_it_is_lifted(server: TestServer) {
        let admin = server.admin();
        let tenant = admin.new_tenant("Acme").await;
        let (user, caller) = admin.new_person(&tenant, "jo", &set(&[11])).await;
        for (table, id) in [("user_account", &user), ("tenant", &tenant)] {
            set_status(&server, (table, id), "suspended").await;
            refused(&caller).await;
            set_status(&server, (table, id), "active").await;
            assert_eq!(caller.own_user_id().await, user);
        }
    }

    async fn a_password_that_was_replaced_after_the_decision_changes_nothing(server: TestServer) {
        let admin = server.admin();
        let (user, caller) = admin.new_person(SYSTEM, "jo", &set(&[11, 25])).await;
        caller.new_tenant("Before").await;
        let permit = permit(&server, "jo").await;
        let new_password = "another horse battery staple".to_owned();
        let request = proto::SetUserPasswordRequest { user_id: user, new_password, ..Default::default() };
        admin.users().set_user_password(request).await.unwrap();
        let tenant = TenantDraft { name: Some("After".to_owned()), description: None };
        let refused = server.registry.create_tenant(&permit, (tenant, Violations::new()), &once()).await.unwrap_err();
        assert!(matches!(refused, Error::Unauthenticated(_)), "{refused:?}");
    }
}

/// Everything that can be wrong with a password, one of a kind, each with what is right about it.
async fn probes(server: &TestServer) -> Vec<(&'static str, Caller)> {
    let admin = server.admin();
    let tenant = admin.new_tenant("Acme").await;
    let at = |login: &str, password: &str| admin.by_password(&format!("{tenant}/{login}"), password);
    for login in ["jo", "suspended", "suspended-too", "locked"] {
        admin.new_person(&tenant, login, &set(&[11])).await;
    }
    admin.new_user(&tenant, "robot", &set(&[11])).await;
    let nobody = proto::User {
        tenant_id: Some(tenant.clone()),
        kind: proto::UserKind::Person.into(),
        login_name: Some("without".to_owned()),
        ..Default::default()
    };
    let request = proto::CreateUserRequest { user: Some(nobody), ..Default::default() };
    admin.users().create_user(request).await.unwrap();
    let closed = admin.new_tenant("Closed").await;
    let (_, shut_out) = admin.new_person(&closed, "jo", &set(&[11])).await;
    set_status(server, ("tenant", &closed), "suspended").await;
    let suspend = "UPDATE user_account SET status = 'suspended' WHERE login_key LIKE 'suspended%'";
    assert_eq!(server.execute(suspend).await, 2);
    for _ in 0..3 {
        refused(&at("locked", WRONG)).await;
    }
    server.registry.passwords.counted().await;
    vec![
        ("a wrong password", at("jo", WRONG)),
        ("an empty password", at("jo", "")),
        ("an unknown login", at("joe", PASSWORD)),
        ("an unknown tenant", admin.by_password(&format!("{}/jo", made_up(&tenant)), PASSWORD)),
        ("a login of another tenant", admin.by_password("jo", PASSWORD)),
        ("a person without a password", at("without", PASSWORD)),
        ("a service account", at("robot", PASSWORD)),
        ("a suspended user", at("suspended", PASSWORD)),
        ("a suspended user's wrong password", at("suspended-too", WRONG)),
        ("a suspended tenant", shut_out),
        ("a suspended tenant's wrong password", admin.by_password(&format!("{closed}/jo"), WRONG)),
        ("a locked login", at("locked", PASSWORD)),
        ("a locked login's wrong password", at("locked", WRONG)),
    ]
}

async fn with_headers(server: &TestServer, values: &[&str]) -> Status {
    let mut request = Request::new(GetCallerRequest {});
    for value in values {
        request.metadata_mut().append("authorization", value.parse().unwrap());
    }
    let mut client = proto::caller_service_client::CallerServiceClient::new(server.channel());
    client.get_caller(request).await.unwrap_err()
}

/// The event of a refusal, as the gate prepares it.
fn if_refused(server: &TestServer) -> Refusal {
    let request_id = RequestId::generate(server.clock.now(), server.registry.random.as_ref()).unwrap();
    Refusal {
        claimant: None,
        method: "oauthregistry.v1.CallerService/GetCaller".to_owned(),
        decision: Decision::Unauthenticated,
        reason: "INVALID_CREDENTIAL",
        call: CallInfo { request_id, peer: String::new() },
    }
}

/// What somebody says who logs in to the system tenant.
fn presented(login: &str, password: &str) -> PresentedPassword {
    PresentedPassword { login: QualifiedLogin::parse(login).unwrap(), password: PlainSecret::from(password.to_owned()) }
}

async fn permit(server: &TestServer, login: &str) -> Permit<CreateTenant> {
    let principal = server.registry.authenticate_password(presented(login, PASSWORD), if_refused(server)).await.unwrap();
    let request_id = RequestId::generate(server.clock.now(), server.registry.random.as_ref()).unwrap();
    authorize(Authenticated { principal: Arc::new(principal), call: CallInfo { request_id, peer: String::new() } }).unwrap()
}
