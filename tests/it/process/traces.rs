//! The spans of real calls, as a collector gets them.

use oauth_registry::proto::{GetOauthAppRequest, RevealOauthAppSecretRequest};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tonic::Request;

use super::program::{Server, command, folder};
use crate::harness::caller::{Caller, details};
use crate::harness::otlp::{ReceivedSpan, Receiver};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn attribute(span: &ReceivedSpan, key: &str) -> Option<String> {
    let found = span.span.attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        other => Some(format!("{other:?}")),
    }
}

fn find<'spans>(spans: &'spans [ReceivedSpan], method: &str) -> Option<&'spans ReceivedSpan> {
    spans.iter().find(|received| received.span.name == format!("oauthregistry.v1.{method}"))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks for an app that does not exist, as part of the caller's own trace, and returns the server's id of the call.
async fn ask_for_nothing(caller: &Caller) -> String {
    let mut request = Request::new(GetOauthAppRequest { oauth_app_id: "01a1f972-e9c9-7b7b-82ed-f17844350044".to_owned() });
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    let refused = caller.apps().get_oauth_app(request).await.unwrap_err();
    details(&refused).request_info().unwrap().request_id.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_a_span_in_the_callers_trace_without_secrets() {
    let receiver = Receiver::start().await;
    let folder = folder();
    let mut server = Server::start(folder.path(), &["--otlp-endpoint", &receiver.endpoint]);
    let key = server.first_key();
    let caller = server.caller(&key).await;
    let request_id = ask_for_nothing(&caller).await;
    let tenant = caller.new_tenant("Alpha").await;
    let app = caller.new_app(&tenant, "Analytics").await;
    let reveal = RevealOauthAppSecretRequest { oauth_app_id: app.id, reason: "see the spans".to_owned(), ..Default::default() };
    assert_eq!(caller.apps().reveal_oauth_app_secret(reveal).await.unwrap().into_inner().client_secret, "s3cret");
    // The end of the process sends what has not been sent.
    let ended = tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    let spans = receiver.wait_for(|spans| find(spans, "OauthAppService/RevealOauthAppSecret").is_some()).await;
    let span = find(&spans, "OauthAppService/GetOauthApp").unwrap();
    assert_eq!(span.service_name, "oauth-registry");
    assert_eq!(attribute(span, "request_id"), Some(request_id));
    assert_eq!((hexadecimal(&span.span.trace_id), hexadecimal(&span.span.parent_span_id)), (TRACE.to_owned(), PARENT.to_owned()));
    let own = find(&spans, "TenantService/CreateTenant").unwrap();
    assert!(own.span.parent_span_id.is_empty());
    let everything = format!("{spans:?}");
    let secret_part = &key[key.len() - 49..];
    assert!(!everything.contains(secret_part) && !everything.contains("s3cret"), "a span shows a secret");
    assert!(!ended.stderr.contains(secret_part) && !ended.stderr.contains("s3cret"), "the log shows a secret");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_exported_without_an_endpoint() {
    let receiver = Receiver::start().await;
    let folder = folder();
    let mut command = command(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    // OpenTelemetry's own variable is no setting of ours.
    let mut server = Server::spawn(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint));
    let key = server.first_key();
    ask_for_nothing(&server.caller(&key).await).await;
    let ended = tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(receiver.received_spans().is_empty());
}
