//! `grpc-timeout` that is no time, and the time that has passed.

use oauth_registry::proto::{CreateTenantRequest, ErrorReason, Tenant};
use prost::Message as _;

use super::{CHECK, CREATE_TENANT, REFLECTION, assert_refused};
use crate::harness::caller::violations;
use crate::harness::on_both_backends;
use crate::harness::plain::{Plain, call, framed, whole};
use crate::harness::raw::Raw;

/// Calls that would be answered well if they had time: of the API, of health and of reflection.
fn good_calls() -> [(&'static str, Vec<u8>); 3] {
    let tenant = Tenant { name: Some("Acme".to_owned()), ..Default::default() };
    let creation = CreateTenantRequest { tenant: Some(tenant), ..Default::default() };
    [(CREATE_TENANT, framed(&creation.encode_to_vec())), (CHECK, framed(&[])), (REFLECTION, Vec::new())]
}

on_both_backends! {
    async fn a_time_that_is_no_time_is_refused_before_the_credential_and_without_an_event(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let good = format!("Bearer {}", server.admin_token());
        let (before, events) = (raw.census().await, raw.count("event", "true").await);
        let times: [&[&str]; 11] = [
            &["abc"], &["-1S"], &["+1S"], &["123456789S"], &["000000001S"], &["1.5S"], &["1"], &["S"], &[""], &["1s"], &["1S", "1S"],
        ];
        for times in times {
            for credential in [good.as_str(), "Bearer nobody"] {
                let times = times.iter().map(|time| ("grpc-timeout", *time));
                let headers: Vec<_> = times.chain([("authorization", credential)]).collect();
                for (path, message) in good_calls() {
                    let refused = plain.ask(call(path, &headers).body(whole(&[&message])).unwrap()).await.status();
                    assert_refused(&refused, ErrorReason::InvalidFields);
                    assert_eq!(violations(&refused), [("grpc-timeout".to_owned(), "INVALID_FORMAT".to_owned())], "{headers:?}");
                }
            }
        }
        assert_eq!((raw.census().await, raw.count("event", "true").await), (before, events));
    }

    async fn no_time_is_a_deadline_that_has_passed(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let good = format!("Bearer {}", server.admin_token());
        let (before, events) = (raw.census().await, raw.count("event", "true").await);
        for time in ["0H", "0M", "0S", "0m", "0u", "0n", "00000000S"] {
            for credential in [good.as_str(), "Bearer nobody"] {
                for (path, message) in good_calls() {
                    let headers = [("grpc-timeout", time), ("authorization", credential)];
                    let late = plain.ask(call(path, &headers).body(whole(&[&message])).unwrap()).await;
                    assert_refused(&late.status(), ErrorReason::DeadlineExceeded);
                }
            }
        }
        assert_eq!((raw.census().await, raw.count("event", "true").await), (before, events));
    }
}
