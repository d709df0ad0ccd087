//! A collector of traces: a real OTLP receiver on a loopback port.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A span with the name of the service that sent it.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedSpan {
    pub(crate) service_name: String,
    pub(crate) scope_name: String,
    pub(crate) span: Span,
}

/// The running receiver; it ends when dropped.
pub(crate) struct Receiver {
    /// The URL for `--otlp-endpoint`.
    pub(crate) endpoint: String,
    spans: watch::Receiver<Vec<ReceivedSpan>>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, spans) = watch::channel(Vec::new());
        let service = TraceServiceServer::new(Collector { spans: sender });
        let serve = Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener));
        let server = tokio::spawn(async move { serve.await.unwrap() });
        Self { endpoint, spans, server }
    }

    /// Returns every span that has arrived.
    pub(crate) fn received_spans(&self) -> Vec<ReceivedSpan> {
        self.spans.borrow().clone()
    }

    /// Waits until the spans satisfy `enough`, and returns them.
    pub(crate) async fn wait_for(&self, enough: impl Fn(&[ReceivedSpan]) -> bool) -> Vec<ReceivedSpan> {
        let mut spans = self.spans.clone();
        let waited =
            tokio::time::timeout(TIMEOUT, spans.wait_for(|spans| enough(spans))).await.map(|spans| spans.unwrap().clone());
        waited.unwrap_or_else(|_| panic!("the awaited spans did not arrive: {:#?}", self.received_spans()))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Collector {
    spans: watch::Sender<Vec<ReceivedSpan>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut arrived = Vec::new();
        for of_resource in request.into_inner().resource_spans {
            let service_name = service_name(of_resource.resource.as_ref());
            for of_scope in of_resource.scope_spans {
                let scope_name = of_scope.scope.map(|scope| scope.name).unwrap_or_default();
                let received = |span| ReceivedSpan { service_name: service_name.clone(), scope_name: scope_name.clone(), span };
                arrived.extend(of_scope.spans.into_iter().map(received));
            }
        }
        self.spans.send_modify(|spans| spans.append(&mut arrived));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn service_name(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| resource.attributes.as_slice()).unwrap_or_default();
    let value = attributes.iter().find(|attribute| attribute.key == "service.name").and_then(|found| found.value.clone());
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(name)) => name,
        other => panic!("no service.name: {other:?}"),
    }
}
