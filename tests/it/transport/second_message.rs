//! More or less than the one message that a unary or server-streaming call has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauth_registry::proto::{CreateTenantRequest, ErrorReason, Tenant};
use prost::Message as _;
use prost::bytes::Bytes;
use tonic::Code;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;

use super::{CHECK, CREATE_TENANT, GET_CALLER, REFLECTION, WATCH, assert_refused};
use crate::harness::caller::PASSWORD;
use crate::harness::descriptors::{methods, path, refuses_api_keys};
use crate::harness::on_both_backends;
use crate::harness::plain::{Plain, call, fed, framed, whole};
use crate::harness::raw::Raw;
use crate::harness::server::{SYSTEM, TestServer};

/// A good message that makes a tenant.
fn creation(name: &str) -> Vec<u8> {
    let tenant = Tenant { name: Some(name.to_owned()), ..Default::default() };
    framed(&CreateTenantRequest { tenant: Some(tenant), ..Default::default() }.encode_to_vec())
}

on_both_backends! {
    async fn a_call_with_a_second_message_is_malformed_for_every_method(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        server.admin().new_person(SYSTEM, "by-password", &[]).await;
        let by_password = format!("Basic {}", STANDARD.encode(format!("by-password:{PASSWORD}")));
        let by_key = format!("Bearer {}", server.admin_token());
        let before = raw.census().await;
        let two = [framed(&[]), framed(&[])].concat();
        for method in methods() {
            assert!(!method.is_client_streaming(), "{}: its calls have many messages", method.full_name());
            let credential = if refuses_api_keys(&method) { &by_password } else { &by_key };
            let headers = [("authorization", credential.as_str())];
            let answer = plain.ask(call(&path(&method), &headers).body(whole(&[&two])).unwrap()).await;
            assert_refused(&answer.status(), ErrorReason::MalformedMessage);
        }
        for path in [CHECK, WATCH] {
            let answer = plain.ask(call(path, &[]).body(whole(&[&two])).unwrap()).await;
            assert_refused(&answer.status(), ErrorReason::MalformedMessage);
        }
        assert_eq!(raw.census().await, before);
    }

    async fn whatever_follows_the_message_nothing_is_done(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let bearer = format!("Bearer {}", server.admin_token());
        let headers = [("authorization", bearer.as_str())];
        let before = raw.census().await;
        let (first, second) = (creation("First"), creation("Second"));
        let bytes: Vec<&[u8]> = first.chunks(1).collect();
        let bodies: [&[&[u8]]; 6] = [
            &[&first, &second],
            &[&first, &[0]],
            &[&first, &framed(&[])],
            &[&first, &[], &[0xff]],
            &[&[first.as_slice(), &[0, 0]].concat()],
            &[bytes.as_slice(), &[&[0]]].concat(),
        ];
        for body in bodies {
            let answer = plain.ask(call(CREATE_TENANT, &headers).body(whole(body)).unwrap()).await;
            assert_refused(&answer.status(), ErrorReason::MalformedMessage);
        }
        assert_eq!(raw.census().await, before);
        // In as many pieces as it likes, one message is one message.
        let answer = plain.ask(call(CREATE_TENANT, &headers).body(whole(&[bytes.as_slice(), &[&[], &[]]].concat())).unwrap()).await;
        assert_eq!(answer.status().code(), Code::Ok, "{answer:?}");
    }

    async fn a_message_that_comes_late_is_a_second_message_too(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let bearer = format!("Bearer {}", server.admin_token());
        let headers = [("authorization", bearer.as_str())];
        let before = raw.census().await;
        let (feed, body) = fed();
        feed.send(Bytes::from(creation("First"))).unwrap();
        let first = plain.ask(call(CREATE_TENANT, &headers).body(body).unwrap());
        let late = async {
            // When this is answered, the server has read what was sent before.
            plain.ask(call(GET_CALLER, &headers).body(whole(&[&framed(&[])])).unwrap()).await;
            feed.send(Bytes::from(creation("Second"))).unwrap();
            drop(feed);
        };
        let (answer, ()) = tokio::join!(first, late);
        assert_refused(&answer.status(), ErrorReason::MalformedMessage);
        assert_eq!(raw.census().await, before);
    }

    async fn a_call_that_does_not_end_is_held_to_its_deadline_and_does_nothing(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let bearer = format!("Bearer {}", server.admin_token());
        let before = raw.census().await;
        let (feed, body) = fed();
        feed.send(Bytes::from(creation("First"))).unwrap();
        let headers = [("authorization", bearer.as_str()), ("grpc-timeout", "200m")];
        let answer = plain.ask(call(CREATE_TENANT, &headers).body(body).unwrap()).await;
        assert_refused(&answer.status(), ErrorReason::DeadlineExceeded);
        assert_eq!(raw.census().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_a_message_is_malformed_for_health_too() {
    let plain = Plain::over(TestServer::sqlite().await.socket().await).await;
    for path in [CHECK, WATCH] {
        let answer = plain.ask(call(path, &[]).body(whole(&[])).unwrap()).await;
        assert_refused(&answer.status(), ErrorReason::MalformedMessage);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_questions_has_as_many_messages_as_it_likes() {
    let plain = Plain::over(TestServer::sqlite().await.socket().await).await;
    let list = MessageRequest::ListServices(String::new());
    let question = framed(&ServerReflectionRequest { host: String::new(), message_request: Some(list) }.encode_to_vec());
    let ask = async |count| plain.ask(call(REFLECTION, &[]).body(whole(&vec![question.as_slice(); count])).unwrap()).await;
    let (one, three) = (ask(1).await, ask(3).await);
    assert_eq!(three.status().code(), Code::Ok);
    assert_eq!(three.body, one.body.repeat(3));
}
