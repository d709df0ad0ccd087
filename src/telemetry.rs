//! Logs on stderr and traces to a collector.
//!
//! Knows the subscriber, its filters, the span exporter and the panic hook. Must not know what is logged: a span's fields are the
//! business of the room that opens it, and no secret may be among them.

mod export;
mod panic;
mod parent;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use opentelemetry::global;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer, Registry};

pub use export::{span_layer, tracer_provider};
pub use panic::install_panic_hook;
pub use parent::adopt_parent;

use crate::config::{Config, LogFormat};

const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// The target under which the driver of PostgreSQL logs whole lines of the file of passwords, and values of the URL.
const SECRET_TARGET: &str = "sqlx_postgres::options";

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The exporter refuses its endpoint.
    #[error("the exporter of traces cannot be made")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The exporter's connection lives on a runtime, and none is running.
    #[error("traces are exported from within a tokio runtime only")]
    NoRuntime,
    /// A subscriber is installed already.
    #[error("telemetry was started twice")]
    Twice(#[from] TryInitError),
}

/// Keeps telemetry running; ends it, spans flushed, when dropped.
#[derive(Debug)]
#[must_use = "dropping the guard ends the export of traces"]
pub struct TelemetryGuard {
    provider: Option<SdkTracerProvider>,
}

impl TelemetryGuard {
    /// Sends the spans that wait, for at most 5 s, and ends the export.
    ///
    /// Blocks the thread: call it from `main` or from a thread for blocking work, while the runtime still runs.
    pub fn shutdown(&mut self) {
        if let Some(provider) = self.provider.take()
            && let Err(error) = provider.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
        {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// Installs the panic hook, the log, the W3C trace context and, when an endpoint is configured, the export of spans.
///
/// With an endpoint it must run inside a multi-threaded tokio runtime, which carries the exporter's connection.
pub fn init(config: &Config) -> Result<TelemetryGuard, TelemetryError> {
    install_panic_hook();
    global::set_text_map_propagator(TraceContextPropagator::new());
    let provider = tracer_provider(config)?;
    Registry::default().with(log_layer(config)).with(provider.as_ref().map(span_layer)).try_init()?;
    Ok(TelemetryGuard { provider })
}

fn log_layer<S>(config: &Config) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let terminal = io::stderr().is_terminal();
    let human = match config.log_format {
        LogFormat::Auto => terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let filter = config.log.to_filter().and(filter_fn(is_without_secrets));
    if human { layer.with_ansi(terminal).with_filter(filter).boxed() } else { layer.json().with_filter(filter).boxed() }
}

/// Says whether a target may be logged at all, whatever the configured directives say.
fn is_without_secrets(metadata: &Metadata<'_>) -> bool {
    let rest = metadata.target().strip_prefix(SECRET_TARGET);
    rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with("::"))
}
