//! A credential that is not good gets one answer, whatever is wrong with it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oauth_registry::proto;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::set;
use crate::harness::caller::{Caller, PASSWORD, reason};
use crate::harness::on_both_backends;
use crate::harness::server::{SYSTEM, TestServer};

on_both_backends! {
    async fn every_bad_credential_gets_the_same_answer(server: TestServer) {
        let expected = masked(&refused(&server.anonymous()).await);
        let refusals = [dead_keys(&server).await, bad_texts(&server).await, bad_headers(&server).await];
        for (title, refusal) in refusals.into_iter().flatten() {
            assert_eq!((refusal.code(), reason(&refusal).as_str()), (Code::Unauthenticated, "INVALID_CREDENTIAL"), "{title}");
            assert_eq!(masked(&refusal), expected, "{title}");
        }
    }

    async fn spaces_between_scheme_and_credential_are_as_many_as_the_caller_likes(server: TestServer) {
        let admin = server.admin();
        let (id, _) = admin.new_person(SYSTEM, "jo", &set(&[11])).await;
        let (token, pair) = (admin.token().unwrap(), STANDARD.encode(format!("jo:{PASSWORD}")));
        for (value, user) in [
            (format!("Bearer  {token}"), admin.own_user_id().await),
            (format!("bearer     {token}"), admin.own_user_id().await),
            (format!("Basic  {pair}"), id.clone()),
            (format!("Basic     {pair}"), id.clone()),
        ] {
            let mut request = Request::new(proto::GetCallerRequest {});
            request.metadata_mut().insert("authorization", value.parse().unwrap());
            let mut client = proto::caller_service_client::CallerServiceClient::new(server.channel());
            assert_eq!(client.get_caller(request).await.unwrap().into_inner().user.unwrap().id, user);
        }
    }

    async fn a_suspended_users_or_tenants_key_works_again_when_it_is_lifted(server: TestServer) {
        let (tenant, user, caller) = somebody(&server, "one").await;
        for (table, id) in [("user_account", &user), ("tenant", &tenant)] {
            set_status(&server, (table, id), "suspended").await;
            refused(&caller).await;
            set_status(&server, (table, id), "active").await;
            caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
        }
    }
}

/// A tenant, a user of it and a key of the user.
async fn somebody(server: &TestServer, mark: &str) -> (String, String, Caller) {
    let tenant = server.admin().new_tenant(&format!("tenant {mark}")).await;
    let user = server.admin().new_user(&tenant, "user", &set(&[11])).await;
    let caller = server.admin().new_key(&user, &set(&[11])).await;
    (tenant, user, caller)
}

pub(super) async fn set_status(server: &TestServer, (table, id): (&str, &str), status: &str) {
    let sql = format!("UPDATE {table} SET status = '{status}' WHERE id = {}", server.sql_id(id));
    assert_eq!(server.execute(&sql).await, 1);
}

async fn dead_keys(server: &TestServer) -> Vec<(&'static str, Status)> {
    let mut refusals = Vec::new();
    let (_, _, caller) = somebody(server, "revoked").await;
    let id = caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap().into_inner().api_key_id;
    let request = proto::RevokeApiKeyRequest { api_key_id: id, ..Default::default() };
    caller.api_keys().revoke_api_key(request).await.unwrap();
    refusals.push(("a revoked key", refused(&caller).await));
    let (_, user, caller) = somebody(server, "suspended user").await;
    set_status(server, ("user_account", &user), "suspended").await;
    refusals.push(("a suspended user", refused(&caller).await));
    let (tenant, _, caller) = somebody(server, "suspended tenant").await;
    set_status(server, ("tenant", &tenant), "suspended").await;
    refusals.push(("a suspended tenant", refused(&caller).await));
    refusals.push(("an expired key", refused(&expired(server).await).await));
    refusals
}

/// A key that works until its last microsecond, and not in the one after.
async fn expired(server: &TestServer) -> Caller {
    let admin = server.admin();
    let user = admin.new_user(SYSTEM, "expiring", &set(&[11])).await;
    let now = oauth_registry::domain::time::Clock::now(server.clock.as_ref()).as_micros() / 1_000_000;
    let key = proto::ApiKey {
        user_id: Some(user),
        permissions: vec![11],
        expire_time: Some(prost_types::Timestamp { seconds: now + 60, nanos: 0 }),
        ..Default::default()
    };
    let request = proto::CreateApiKeyRequest { api_key: Some(key), ..Default::default() };
    let caller = server.caller(&admin.api_keys().create_api_key(request).await.unwrap().into_inner().secret);
    server.clock.advance_seconds(58);
    caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap();
    server.clock.advance_seconds(2);
    caller
}

async fn bad_texts(server: &TestServer) -> Vec<(&'static str, Status)> {
    let admin = server.admin();
    let good = admin.token().unwrap().to_owned();
    let other = admin.new_caller(SYSTEM, "other", &set(&[11])).await.token().unwrap().to_owned();
    let swapped = |text: &str, at: usize| {
        let letter = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
        format!("{}{letter}{}", &text[..at], &text[at + 1..])
    };
    let last = good.len() - 1;
    let texts = [
        ("no token", String::new()),
        ("a word", "token".to_owned()),
        ("a broken checksum", swapped(&good, last)),
        ("a mistyped secret", swapped(&good, 30)),
        ("an unknown key id", with_checksum(&swapped(&good[..good.len() - 6], 5))),
        ("another secret", with_checksum(&swapped(&good[..good.len() - 6], last - 7))),
        ("another key's secret", with_checksum(&format!("{}{}", &good[..17], &other[17..other.len() - 6]))),
        ("a shorter token", good[..last].to_owned()),
        ("a longer token", format!("{good}0")),
    ];
    let mut refusals = Vec::new();
    for (title, text) in texts {
        refusals.push((title, refused(&server.caller(&text)).await));
    }
    refusals
}

/// A token's body with the checksum that makes it well formed: CRC-32 in six base62 digits.
fn with_checksum(body: &str) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.insert(0, char::from(DIGITS[usize::try_from(rest % 62).unwrap()]));
        rest /= 62;
    }
    let text = format!("{body}{}", digits.into_iter().collect::<String>());
    assert!(oauth_registry::crypto::ParsedToken::parse(&text).is_ok(), "the token is well formed");
    text
}

async fn bad_headers(server: &TestServer) -> Vec<(&'static str, Status)> {
    let good = server.admin().token().unwrap().to_owned();
    let cases: [(&str, &[String]); 5] = [
        ("two good credentials", &[format!("Bearer {good}"), format!("Bearer {good}")]),
        ("a good and a bad credential", &[format!("Bearer {good}"), "Bearer x".to_owned()]),
        ("another scheme", &[format!("Basic {good}")]),
        ("no scheme", std::slice::from_ref(&good)),
        ("a tab", &[format!("Bearer\t{good}")]),
    ];
    let mut refusals = Vec::new();
    for (title, values) in cases {
        let mut request = Request::new(proto::GetCallerRequest {});
        for value in values {
            request.metadata_mut().append("authorization", value.parse().unwrap());
        }
        let mut client = proto::caller_service_client::CallerServiceClient::new(server.channel());
        refusals.push((title, client.get_caller(request).await.unwrap_err()));
    }
    refusals
}

pub(super) async fn refused(caller: &Caller) -> Status {
    caller.callers().get_caller(proto::GetCallerRequest {}).await.unwrap_err()
}

/// The answer but for the request's own id and the date.
pub(super) fn masked(status: &Status) -> (Code, String, Vec<u8>, Vec<String>) {
    let id = status.get_details_request_info().unwrap().request_id;
    let details = status.details();
    let at = details.windows(id.len()).position(|window| window == id.as_bytes()).unwrap();
    let details = [&details[..at], &details[at + id.len()..]].concat();
    let headers = status.metadata().clone().into_headers();
    let headers = headers.iter().filter(|(name, _)| name.as_str() != "date");
    (status.code(), status.message().to_owned(), details, headers.map(|pair| format!("{pair:?}")).collect())
}
