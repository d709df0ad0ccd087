//! Load shed: a connection has so many calls at once, and the next one is refused rather than kept waiting.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::grpc::layer::Connection;
use crate::grpc::status;
use crate::proto::ErrorReason;

/// Puts a [`Capacity`] before a service.
#[derive(Debug, Clone, Copy)]
pub struct CapacityLayer;

/// Takes one of the connection's slots for a call until its answer begins; a stream that is open holds none.
#[derive(Debug, Clone)]
pub struct Capacity<S> {
    inner: S,
}

impl<S> Layer<S> for CapacityLayer {
    type Service = Capacity<S>;

    fn layer(&self, inner: S) -> Capacity<S> {
        Capacity { inner }
    }
}

impl<S> Service<Request<Body>> for Capacity<S>
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

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Some(connection) = request.extensions().get::<Connection>() else {
            return Box::pin(async { Ok(status::bare(ErrorReason::Internal).into_http()) });
        };
        let Some(slot) = connection.slot() else {
            return Box::pin(async { Ok(status::overloaded().into_http()) });
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            drop(slot);
            answer
        })
    }
}
