//! Spans of our own code, sent to an OTLP collector.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::TelemetryError;
use crate::config::Config;

const SERVICE_NAME: &str = "oauth-registry";
const OWN_TARGET: &str = "oauth_registry";
const EXPORT_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes the provider that batches spans and sends them to the configured endpoint; `None` without an endpoint.
///
/// Needs a running tokio runtime, which carries the connection; the connection is made at the first export.
pub fn tracer_provider(config: &Config) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
    if Handle::try_current().is_err() {
        return Err(TelemetryError::NoRuntime);
    }
    let exporter = OtlpExporter::builder().with_tonic().with_endpoint(endpoint.as_str()).with_timeout(EXPORT_TIMEOUT).build()?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(config.trace_sample_ratio)));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(ReportingExporter::new(exporter))
        .with_sampler(sampler)
        .with_resource(Resource::builder().with_service_name(SERVICE_NAME).build());
    Ok(Some(provider.build()))
}

/// Makes the layer that turns spans of this crate into OpenTelemetry spans.
///
/// Spans of h2, hyper, tonic, tower and sqlx are left out: the exporter's own calls would make new spans without end.
pub fn span_layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(SERVICE_NAME))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false);
    layer.with_filter(filter_fn(is_ours))
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    let rest = metadata.target().strip_prefix(OWN_TARGET);
    *metadata.level() <= Level::INFO && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// An exporter that logs the first failure of a row and the recovery, instead of every failure or none.
#[derive(Debug)]
struct ReportingExporter<E> {
    inner: E,
    failing: AtomicBool,
}

impl<E> ReportingExporter<E> {
    fn new(inner: E) -> Self {
        Self { inner, failing: AtomicBool::new(false) }
    }

    fn report(&self, result: &OTelSdkResult) {
        match (result, self.failing.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => tracing::warn!(%error, "spans cannot be exported"),
            (Ok(()), true) => tracing::info!("spans are exported again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
    }
}

impl<E: SpanExporter> SpanExporter for ReportingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let result = self.inner.export(batch).await;
        self.report(&result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry_sdk::error::OTelSdkError;
    use tracing::Event;
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::{Context, SubscriberExt as _};

    use super::{Layer, Level, OTelSdkResult, ReportingExporter, Subscriber};

    #[derive(Clone, Default)]
    struct Levels(Arc<Mutex<Vec<Level>>>);

    impl<S: Subscriber> Layer<S> for Levels {
        fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }

    #[test]
    fn a_row_of_failures_is_reported_once_and_so_is_its_end() {
        let failure: OTelSdkResult = Err(OTelSdkError::InternalFailure("away".to_owned()));
        let exporter = ReportingExporter::new(());
        let levels = Levels::default();
        tracing::subscriber::with_default(Registry::default().with(levels.clone()), || {
            for result in [&Ok(()), &failure, &failure, &failure, &Ok(()), &Ok(()), &failure] {
                exporter.report(result);
            }
        });
        assert_eq!(*levels.0.lock().unwrap(), [Level::WARN, Level::INFO, Level::WARN]);
    }
}
