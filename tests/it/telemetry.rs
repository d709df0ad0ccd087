//! Spans that reach a real collector, and the log of a process of its own.

use std::process::{Command, Output};

use oauth_registry::config::{self, Config, Flags};
use oauth_registry::telemetry;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::info_span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::harness::otlp::Receiver;

const CANARY: &str = "canary-93b1";
const CHILD: &str = "OAUTH_REGISTRY_TEST_CHILD";

fn config(flags: &[(&'static str, &str)]) -> Config {
    let flags: Flags = flags.iter().map(|(name, value)| (*name, vec![(*value).to_owned()])).collect();
    config::load(&flags, &|_: &str| None, &|_| None).unwrap().config
}

/// Runs `work` under a subscriber that exports, then flushes.
async fn exported(receiver: &Receiver, ratio: &str, work: impl FnOnce() + Send + 'static) {
    let config = config(&[("otlp_endpoint", &receiver.endpoint), ("trace_sample_ratio", ratio)]);
    let provider: SdkTracerProvider = telemetry::tracer_provider(&config).unwrap().unwrap();
    let flush = move || {
        let subscriber = Registry::default().with(telemetry::span_layer(&provider));
        tracing::subscriber::with_default(subscriber, work);
        provider.shutdown().unwrap();
    };
    tokio::task::spawn_blocking(flush).await.unwrap();
}

#[tokio::test]
async fn spans_arrive_with_name_service_and_parent() {
    let receiver = Receiver::start().await;
    exported(&receiver, "1.0", || {
        let outer = info_span!(target: "oauth_registry::it", "outer");
        let _inner = info_span!(target: "oauth_registry::it", parent: &outer, "inner", tenant = "t1").entered();
    })
    .await;
    let spans = receiver.wait_for(|spans| spans.len() == 2).await;
    let find = |name: &str| spans.iter().find(|received| received.span.name == name).unwrap();
    let (outer, inner) = (find("outer"), find("inner"));
    assert_eq!((outer.service_name.as_str(), outer.scope_name.as_str()), ("oauth-registry", "oauth-registry"));
    assert!(outer.span.parent_span_id.is_empty());
    assert_eq!(inner.span.parent_span_id, outer.span.span_id);
    assert_eq!(inner.span.trace_id, outer.span.trace_id);
    let keys: Vec<_> = inner.span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert!(keys.contains(&"tenant"), "{keys:?}");
    let unwanted = ["code.", "thread.", "busy_ns", "idle_ns"];
    assert!(!keys.iter().any(|key| unwanted.iter().any(|unwanted| key.starts_with(unwanted))), "{keys:?}");
}

#[tokio::test]
async fn only_our_own_spans_are_exported() {
    let receiver = Receiver::start().await;
    exported(&receiver, "1.0", || {
        drop(info_span!(target: "h2::client", "foreign"));
        drop(info_span!(target: "oauth_registry_lookalike", "foreign"));
        drop(tracing::debug_span!(target: "oauth_registry", "too detailed"));
        drop(info_span!(target: "oauth_registry", "ours"));
    })
    .await;
    let names: Vec<_> = receiver.received_spans().into_iter().map(|received| received.span.name).collect();
    assert_eq!(names, ["ours"]);
}

#[tokio::test]
async fn the_ratio_decides_on_traces_begun_here_and_the_caller_on_others() {
    let receiver = Receiver::start().await;
    exported(&receiver, "0", || {
        drop(info_span!(target: "oauth_registry", "begun here"));
        let remote = SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, TraceState::default());
        let span = info_span!(target: "oauth_registry", "begun by the caller");
        span.set_parent(opentelemetry::Context::new().with_remote_span_context(remote)).unwrap();
    })
    .await;
    let spans = receiver.received_spans();
    let names: Vec<_> = spans.iter().map(|received| received.span.name.as_str()).collect();
    assert_eq!(names, ["begun by the caller"]);
    assert_eq!(spans[0].span.trace_id, TraceId::from(7).to_bytes());
    assert_eq!(spans[0].span.parent_span_id, SpanId::from(9).to_bytes());
}

#[test]
fn without_an_endpoint_there_is_no_export_and_without_a_runtime_no_panic() {
    assert!(telemetry::tracer_provider(&config(&[])).unwrap().is_none());
    let error = telemetry::tracer_provider(&config(&[("otlp_endpoint", "http://127.0.0.1:4317")])).unwrap_err();
    assert!(matches!(error, telemetry::TelemetryError::NoRuntime), "{error:?}");
}

/// The body of a process of its own: the log and the panic hook belong to the whole process.
#[test]
#[ignore = "runs as the child of the tests below"]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let environment = |name: &str| std::env::var_os(name);
    let _guard = telemetry::init(&config::load(&Flags::new(), &environment, &|_| None).unwrap().config).unwrap();
    let _span = info_span!(target: "oauth_registry", "of the child", tenant = "t1").entered();
    tracing::info!(target: "oauth_registry", "a line of the log");
    tracing::debug!(target: "oauth_registry", "a detail");
    tracing::warn!(target: "sqlx_postgres::options", value = CANARY, "of the driver");
    tracing::error!(target: "sqlx_postgres::options::pgpass", line = CANARY, "of the driver");
    std::panic::catch_unwind(|| panic!("{CANARY}")).unwrap_err();
}

fn run_child(variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "telemetry::child", "--ignored", "--nocapture"]).env(CHILD, "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_log_is_json_when_stderr_is_no_terminal() {
    let log = stderr(&run_child(&[]));
    let line = log.lines().find(|line| line.contains("a line of the log")).unwrap();
    assert!(line.starts_with('{') && line.contains("\"level\":\"INFO\"") && line.contains("\"tenant\":\"t1\""), "{line}");
    assert!(!log.contains("a detail"), "{log}");
}

#[test]
fn the_log_follows_format_and_directives() {
    let log = stderr(&run_child(&[("OAUTH_REGISTRY_LOG_FORMAT", "human"), ("OAUTH_REGISTRY_LOG", "debug")]));
    assert!(log.contains("DEBUG") && log.contains("a detail"), "{log}");
    let line = log.lines().find(|line| line.contains("a line of the log")).unwrap();
    assert!(!line.starts_with('{') && line.contains("INFO"), "{line}");
}

#[test]
fn no_directive_lets_the_driver_log_its_url_and_its_file_of_passwords() {
    for directives in ["trace", "sqlx_postgres::options=trace", "off,sqlx_postgres::options::pgpass=trace"] {
        let output = run_child(&[("OAUTH_REGISTRY_LOG", directives)]);
        assert!(!stderr(&output).contains(CANARY), "{directives}: {output:?}");
    }
}

#[test]
fn a_panic_tells_its_place_and_never_its_payload() {
    let output = run_child(&[]);
    let log = stderr(&output);
    assert!(log.contains("tests/it/telemetry.rs:"), "{log}");
    assert!(!log.contains(CANARY) && !String::from_utf8_lossy(&output.stdout).contains(CANARY), "{output:?}");
}

#[tokio::test]
async fn the_end_of_the_process_flushes_its_spans() {
    let receiver = Receiver::start().await;
    let endpoint = receiver.endpoint.clone();
    tokio::task::spawn_blocking(move || run_child(&[("OAUTH_REGISTRY_OTLP_ENDPOINT", &endpoint)])).await.unwrap();
    let names: Vec<_> = receiver.received_spans().into_iter().map(|received| received.span.name).collect();
    assert_eq!(names, ["of the child"]);
}

#[tokio::test]
async fn a_collector_that_is_away_is_reported_once_and_stops_nobody() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let output = tokio::task::spawn_blocking(move || run_child(&[("OAUTH_REGISTRY_OTLP_ENDPOINT", &endpoint)])).await.unwrap();
    let log = stderr(&output);
    assert_eq!(log.matches("spans cannot be exported").count(), 1, "{log}");
}
