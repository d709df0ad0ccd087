//! Requests that are no gRPC call: another method of HTTP, another content type.

use http::{HeaderMap, Method, Request, StatusCode, header};
use oauth_registry::proto::{GetTenantRequest, SuspendTenantRequest, TenantStatus};
use prost::Message as _;
use tonic::Code;

use super::{CHECK, GET_CALLER, REFLECTION};
use crate::harness::on_both_backends;
use crate::harness::plain::{Answer, Plain, call, framed, whole};
use crate::harness::raw::Raw;
use crate::harness::server::TestServer;

const SUSPEND_TENANT: &str = "/oauthregistry.v1.TenantService/SuspendTenant";

const NO_CONTENT_TYPE: [&[&str]; 12] = [
    &[],
    &[""],
    &["text/html"],
    &["application/json"],
    &["application/grpc+json"],
    &["application/grpc-web"],
    &["application/grpc-web+proto"],
    &["application/grpc+proto+x"],
    &["application/grpcs"],
    &["application/grpc, application/grpc"],
    &["application/grpc", "application/grpc"],
    &["application/grpc", "text/html"],
];

/// Makes requests to a path, from a caller with this credential or with none.
struct Requests<'a> {
    plain: &'a Plain,
    path: &'a str,
    credential: Option<&'a str>,
    message: &'a [u8],
}

impl Requests<'_> {
    async fn ask(&self, method: &str, content_types: &[&str]) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://by.hand{}", self.path)).header("te", "trailers");
        if let Some(credential) = self.credential {
            request = request.header(header::AUTHORIZATION, credential);
        }
        for content_type in content_types {
            request = request.header(header::CONTENT_TYPE, *content_type);
        }
        self.plain.ask(request.body(whole(&[&framed(self.message)])).unwrap()).await
    }

    async fn are_refused(&self) {
        for method in ["GET", "HEAD", "DELETE", "PUT", "PATCH", "OPTIONS", "post"] {
            for content_types in [&["application/grpc"][..], &["text/html"], &[]] {
                let refused = self.ask(method, content_types).await;
                assert_no_grpc(&refused, StatusCode::METHOD_NOT_ALLOWED);
                assert_eq!(refused.headers[header::ALLOW], "POST");
            }
        }
        for content_types in NO_CONTENT_TYPE {
            let refused = self.ask("POST", content_types).await;
            assert_no_grpc(&refused, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert!(!refused.headers.contains_key(header::ALLOW), "{refused:?}");
        }
    }
}

/// Demands an answer of HTTP in which there is nothing of gRPC.
fn assert_no_grpc(answer: &Answer, http_status: StatusCode) {
    assert_eq!((answer.http_status, answer.body.as_slice()), (http_status, &[][..]), "{answer:?}");
    let of_grpc = |headers: &HeaderMap| headers.keys().any(|name| name.as_str().starts_with("grpc-"));
    assert!(!of_grpc(&answer.headers) && !answer.trailers.as_ref().is_some_and(of_grpc), "{answer:?}");
}

on_both_backends! {
    async fn what_is_no_post_of_grpc_is_refused_by_http_and_nothing_is_done(server: TestServer) {
        let (plain, raw) = (Plain::over(server.socket().await).await, Raw::of(&server).await);
        let tenant_id = server.admin().new_tenant("Acme").await;
        let bearer = format!("Bearer {}", server.admin_token());
        let suspend = SuspendTenantRequest { tenant_id: tenant_id.clone(), ..Default::default() }.encode_to_vec();
        let events = raw.count("event", "true").await;
        for (path, message) in [(SUSPEND_TENANT, suspend.as_slice()), (CHECK, &[]), (REFLECTION, &[]), ("/no.such/Method", &[]), ("/", &[])] {
            for credential in [Some(bearer.as_str()), Some("Bearer nobody"), None] {
                Requests { plain: &plain, path, credential, message }.are_refused().await;
            }
        }
        assert_eq!(raw.count("event", "true").await, events);
        let tenant = server.admin().tenants().get_tenant(GetTenantRequest { tenant_id }).await.unwrap().into_inner().tenant.unwrap();
        assert_eq!(tenant.status(), TenantStatus::Active);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_for_a_tunnel_is_refused_like_any_other_method() {
    let plain = Plain::over(TestServer::sqlite().await.socket().await).await;
    let request = Request::builder().method(Method::CONNECT).uri("by.hand:443").body(whole(&[])).unwrap();
    assert_no_grpc(&plain.ask(request).await, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_content_type_of_grpc_is_known_in_every_spelling() {
    let server = TestServer::sqlite().await;
    let plain = Plain::over(server.socket().await).await;
    let bearer = format!("Bearer {}", server.admin_token());
    for content_type in [
        "application/grpc",
        "application/grpc+proto",
        "APPLICATION/GRPC",
        "Application/gRPC+Proto",
        "application/grpc;charset=utf-8",
        "application/grpc+proto ; x=\"y\"; z=1",
        "application/grpc;",
    ] {
        let requests = Requests { plain: &plain, path: GET_CALLER, credential: Some(&bearer), message: &[] };
        assert_eq!(requests.ask("POST", &[content_type]).await.status().code(), Code::Ok, "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_nobody_reads_takes_no_room_of_its_connection() {
    let server = TestServer::sqlite().await;
    let plain = Plain::over(server.socket().await).await;
    let bearer = format!("Bearer {}", server.admin_token());
    // More than a connection has room for, all of them together.
    let (long, headers) = (vec![0; 200_000], [("authorization", bearer.as_str())]);
    for _ in 0..20 {
        let page = Request::get(format!("http://by.hand{GET_CALLER}")).body(whole(&[&long])).unwrap();
        assert_eq!(plain.send(page).await.status(), StatusCode::METHOD_NOT_ALLOWED);
        plain.ask(call(GET_CALLER, &headers).body(whole(&[&framed(&[]), &long])).unwrap()).await;
    }
    let last = plain.ask(call(GET_CALLER, &headers).body(whole(&[&framed(&[])])).unwrap()).await;
    assert_eq!(last.status().code(), Code::Ok);
}
