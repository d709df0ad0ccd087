//! The outermost layer of our own: a call's id and span on the way in, complete errors on the way out.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};
use tracing::Instrument;

use crate::authz::{CallInfo, rule_for_path};
use crate::domain::id::RequestId;
use crate::grpc::layer::Connection;
use crate::grpc::layer::trailers::Completed;
use crate::grpc::status;
use crate::proto::ErrorReason;
use crate::service::Registry;
use crate::telemetry;

/// Puts [`Call`] around a service.
#[derive(Debug, Clone)]
pub struct CallLayer {
    registry: Arc<Registry>,
}

/// Gives every call its id and span, and every error its details.
#[derive(Debug, Clone)]
pub struct Call<S> {
    inner: S,
    registry: Arc<Registry>,
}

impl CallLayer {
    /// Takes time and chance from the use-cases' own.
    #[must_use]
    pub fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }
}

impl<S> Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        Call { inner, registry: self.registry.clone() }
    }
}

impl<S> Service<Request<Body>> for Call<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let id = RequestId::generate(self.registry.clock.now(), self.registry.random.as_ref());
        let Ok(request_id) = id else {
            return Box::pin(async { Ok(status::bare(ErrorReason::Internal).into_http()) });
        };
        // Only a path of our own is written down: any other is the caller's text.
        let method = rule_for_path(request.uri().path()).map_or("other", |rule| rule.name);
        let span =
            tracing::info_span!("grpc", otel.name = method, otel.kind = "server", %request_id, user_id = tracing::field::Empty);
        telemetry::adopt_parent(&span, request.headers());
        let call = CallInfo { request_id, peer: request.extensions().get().map(Connection::peer).unwrap_or_default() };
        request.extensions_mut().insert(call);
        let answer = self.inner.call(request);
        let complete = async move { answer.await.map(|response| completed(response, request_id)) };
        Box::pin(complete.instrument(span))
    }
}

/// Completes an answer that is an error: the status stands in the headers, or at the end of an answer that had begun.
fn completed(response: Response<Body>, request_id: RequestId) -> Response<Body> {
    match Status::from_header_map(response.headers()) {
        Some(refused) if refused.code() != tonic::Code::Ok => status::complete(refused, request_id).into_http(),
        Some(_) => response,
        None => response.map(|inner| Body::new(Completed { inner, request_id })),
    }
}
