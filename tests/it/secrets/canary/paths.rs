//! The ways that a secret takes through the server: every field that carries one, and every error on the way.

mod passwords;

use oauth_registry::proto::{self, Permission};
use tonic::{Code, Request, Status};

use super::Seen;
use super::process::Process;
use crate::harness::caller::{Caller, sample_app};
use crate::harness::descriptors::{methods, path, refuses_api_keys};
use crate::secrets::reveal;

/// Every field that carries a secret; each has its canary below.
pub(super) const REDACTED_FIELDS: [&str; 8] = [
    "ChangePasswordRequest.new_password",
    "CreateApiKeyResponse.secret",
    "CreateOauthAppRequest.client_secret",
    "CreateUserRequest.initial_password",
    "RevealOauthAppSecretResponse.client_secret",
    "RotateApiKeyResponse.secret",
    "SetUserPasswordRequest.new_password",
    "UpdateOauthAppRequest.client_secret",
];

/// Pushes canaries through everything.
pub(super) async fn push(process: &Process, seen: &mut Seen) {
    let admin = process.admin();
    let tenant = admin.new_tenant("Acme").await;
    seen.canaries.push(process.token().to_owned());
    seen.canaries.push(process.token()[17..60].to_owned());
    let app = good_paths(process, seen, &tenant).await;
    refused_creates(&admin, seen, &tenant).await;
    refused_updates(&admin, seen, &app).await;
    credentials(process, seen).await;
    passwords::push(&admin, seen, &tenant).await;
    malformed(&admin, seen, &tenant).await;
}

fn create(tenant: &str, name: &str, secret: &str) -> proto::CreateOauthAppRequest {
    let app = proto::OauthApp { tenant_id: Some(tenant.to_owned()), ..sample_app(name) };
    proto::CreateOauthAppRequest { oauth_app: Some(app), client_secret: Some(secret.to_owned()), ..Default::default() }
}

fn update(id: &str, change: proto::OauthApp, secret: &str) -> proto::UpdateOauthAppRequest {
    let app = proto::OauthApp { id: id.to_owned(), ..change };
    proto::UpdateOauthAppRequest { oauth_app: Some(app), client_secret: Some(secret.to_owned()), ..Default::default() }
}

/// Stores, replaces and reveals a secret, and issues a key; returns the app.
async fn good_paths(process: &Process, seen: &mut Seen, tenant: &str) -> String {
    let admin = process.admin();
    let (first, second) = (seen.canary("created"), seen.canary("updated"));
    let made = admin.apps().create_oauth_app(create(tenant, "App", &first)).await.unwrap().into_inner();
    let app = made.oauth_app.unwrap().id;
    let rehearsed =
        proto::CreateOauthAppRequest { validate_only: true, ..create(tenant, "Rehearsed", &seen.canary("rehearsed")) };
    admin.apps().create_oauth_app(rehearsed).await.unwrap();
    let revealer = admin.new_caller(tenant, "revealer", &[Permission::RevealSecrets]).await;
    let token = revealer.token().unwrap();
    seen.canaries.extend([token.to_owned(), token[17..60].to_owned()]);
    rotated(&admin, seen, tenant).await;
    assert_eq!(reveal(&revealer, &app).await.unwrap().client_secret, first);
    admin.apps().update_oauth_app(update(&app, proto::OauthApp::default(), &second)).await.unwrap();
    assert_eq!(reveal(&revealer, &app).await.unwrap().client_secret, second);
    let denied = seen.canary("denied");
    let status = revealer.apps().create_oauth_app(create(tenant, "Denied", &denied)).await.unwrap_err();
    refused(seen, "a denied caller", (Code::PermissionDenied, &status));
    app
}

/// Rotates a key by a request that may be repeated, so that its secret is kept for a while.
async fn rotated(admin: &Caller, seen: &mut Seen, tenant: &str) {
    let robot = admin.new_caller(tenant, "rotated", &[Permission::MgmtApi]).await;
    let api_key_id = robot.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
    let request_id = "0b9e4f2c-6f0e-4c7d-9b62-3f6f2b7f1a01".to_owned();
    let request = proto::RotateApiKeyRequest { api_key_id, request_id, ..Default::default() };
    let first = admin.api_keys().rotate_api_key(request.clone()).await.unwrap().into_inner();
    assert_eq!(admin.api_keys().rotate_api_key(request).await.unwrap().into_inner().secret, first.secret);
    seen.canaries.extend([first.secret.clone(), first.secret[17..60].to_owned()]);
}

fn refused(seen: &mut Seen, place: &str, (code, status): (Code, &Status)) {
    assert_eq!(status.code(), code, "{place}: {status:?}");
    seen.answered(place, status);
}

async fn refused_creates(admin: &Caller, seen: &mut Seen, tenant: &str) {
    let (long, masked, control) = (seen.canary("long"), seen.canary("masked"), seen.canary("control"));
    let bad = [
        ("a long secret", create(tenant, "Long", &format!("{long}{}", "x".repeat(5_000)))),
        ("a mask", proto::CreateOauthAppRequest { client_secret: Some("****".to_owned()), ..create(tenant, &masked, "") }),
        ("a control character", create(tenant, "Control", &format!("{control}\u{7}"))),
        ("white space", create(tenant, "Space", &format!(" {control}"))),
    ];
    for (place, request) in bad {
        let answer = admin.apps().create_oauth_app(request).await;
        // A name may be stored and shown: only where the mask is refused does it stand for a secret.
        let status = answer.unwrap_err();
        refused(seen, place, (Code::InvalidArgument, &status));
    }
    let taken = admin.apps().create_oauth_app(create(tenant, "App", &seen.canary("taken"))).await.unwrap_err();
    refused(seen, "a taken name", (Code::AlreadyExists, &taken));
    let unknown = "01900000-0000-7000-8000-000000000000";
    let missing = admin.apps().create_oauth_app(create(unknown, "App", &seen.canary("missing"))).await.unwrap_err();
    refused(seen, "an unknown tenant", (Code::NotFound, &missing));
    let both = proto::OauthApp { token_uri: Some(format!("ftp://user:{}@host/", seen.canary("uri"))), ..sample_app("Uri") };
    let request = proto::CreateOauthAppRequest { oauth_app: Some(both), ..create(tenant, "Uri", &seen.canary("beside")) };
    let status = admin.apps().create_oauth_app(request).await.unwrap_err();
    refused(seen, "a URI with a password", (Code::InvalidArgument, &status));
}

async fn refused_updates(admin: &Caller, seen: &mut Seen, app: &str) {
    let masked = proto::UpdateOauthAppRequest {
        update_mask: Some(prost_types::FieldMask { paths: vec![seen.canary("path"), "client_secret".to_owned()] }),
        ..update(app, proto::OauthApp::default(), &seen.canary("mask"))
    };
    let status = admin.apps().update_oauth_app(masked).await.unwrap_err();
    refused(seen, "an unknown mask path", (Code::InvalidArgument, &status));
    let unknown = "01900000-0000-7000-8000-000000000000";
    let request = update(unknown, proto::OauthApp::default(), &seen.canary("nowhere"));
    let status = admin.apps().update_oauth_app(request).await.unwrap_err();
    refused(seen, "an unknown app", (Code::NotFound, &status));
    let stale = proto::OauthApp { etag: "\"99\"".to_owned(), ..Default::default() };
    let status = admin.apps().update_oauth_app(update(app, stale, &seen.canary("stale"))).await.unwrap_err();
    refused(seen, "another etag", (Code::Aborted, &status));
    let moved = proto::OauthApp { token_uri: Some("https://elsewhere.example.com/token".to_owned()), ..Default::default() };
    let request = proto::UpdateOauthAppRequest { client_secret: None, ..update(app, moved, "") };
    let status = admin.apps().update_oauth_app(request).await.unwrap_err();
    refused(seen, "a new destination", (Code::FailedPrecondition, &status));
}

/// Tokens that give no caller are secrets all the same: they may be somebody's with a slip of the pen.
async fn credentials(process: &Process, seen: &mut Seen) {
    let token = process.token().to_owned();
    let slipped = format!("{}{}", &token[..65], if token.ends_with('0') { '1' } else { '0' });
    let headers = [
        ("a bad checksum", format!("Bearer {slipped}")),
        ("another scheme", format!("Basic {}", seen.canary("basic"))),
        ("no token of ours", format!("Bearer {}", seen.canary("bearer"))),
        ("something behind the token", format!("Bearer {token} {token}")),
    ];
    seen.canaries.push(slipped);
    for (place, header) in headers {
        let status = with_header(process, &[&header]).await.unwrap_err();
        refused(seen, place, (Code::Unauthenticated, &status));
    }
    let status =
        with_header(process, &[&format!("Bearer {token}"), &format!("Bearer {}", seen.canary("second"))]).await.unwrap_err();
    refused(seen, "two credentials", (Code::Unauthenticated, &status));
}

async fn with_header(process: &Process, values: &[&str]) -> Result<(), Status> {
    let mut request = Request::new(proto::GetCallerRequest {});
    for value in values {
        request.metadata_mut().append("authorization", value.parse().unwrap());
    }
    let mut client = proto::caller_service_client::CallerServiceClient::new(process.channel());
    client.get_caller(request).await.map(|_| ())
}

/// Bytes that are no message but hold a secret, for every method.
async fn malformed(admin: &Caller, seen: &mut Seen, tenant: &str) {
    let canary = seen.canary("garbage");
    let (_, person) = admin.new_person(tenant, "by-password", &[]).await;
    for method in methods().iter().filter(|method| method.input().fields().len() > 0) {
        let wrong_type = [&[0x0a, 0xff, 0x01], canary.as_bytes()].concat();
        let bad_text = [&[0x12, 0x30], canary.as_bytes(), &[0xff, 0xfe]].concat();
        for bytes in [wrong_type, bad_text, canary.clone().into_bytes()] {
            let caller = if refuses_api_keys(method) { &person } else { admin };
            let status = caller.raw(&path(method), bytes).await.unwrap_err();
            refused(seen, &path(method), (Code::InvalidArgument, &status));
        }
    }
}
