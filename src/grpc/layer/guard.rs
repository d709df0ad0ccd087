//! The panic guard: a panic ends its own call, and neither the connection nor the neighbours.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::grpc::status;
use crate::proto::ErrorReason;

/// Puts a [`Guard`] around a service.
#[derive(Debug, Clone, Copy)]
pub struct GuardLayer;

/// Answers a call that panics with `INTERNAL`. The panic hook has logged the place, within the call's span.
#[derive(Debug, Clone)]
pub struct Guard<S> {
    inner: S,
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guard<S>;

    fn layer(&self, inner: S) -> Guard<S> {
        Guard { inner }
    }
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + 'static,
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
        let fresh = self.inner.clone();
        // The clone that was polled ready is the one to call.
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        // Inside the future, since a service may panic before it returns one.
        Box::pin(Guarded(Box::pin(async move { inner.call(request).await })))
    }
}

/// A future whose panic is an answer.
struct Guarded<F>(Pin<Box<F>>);

impl<F, E> Future for Guarded<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // Nothing sees what a panic left half done: the future is not polled again, and what it shares with others locks or commits.
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Ok(status::bare(ErrorReason::Internal).into_http())))
    }
}
