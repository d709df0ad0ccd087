//! Requests that are no gRPC call, by their method or content type: refused as HTTP refuses them, before anything else is looked at.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tonic::body::Body;
use tower::{Layer, Service};

/// The content types that are served, in any case and with any parameters.
const SERVED: [&[u8]; 2] = [b"application/grpc", b"application/grpc+proto"];

/// Puts a [`Protocol`] before a service.
#[derive(Debug, Clone, Copy)]
pub struct ProtocolLayer;

/// Lets only gRPC calls through.
#[derive(Debug, Clone)]
pub struct Protocol<S> {
    inner: S,
}

impl<S> Layer<S> for ProtocolLayer {
    type Service = Protocol<S>;

    fn layer(&self, inner: S) -> Protocol<S> {
        Protocol { inner }
    }
}

impl<S> Service<Request<Body>> for Protocol<S>
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
        match refusal(&request) {
            Some(refused) => Box::pin(async { Ok(refused) }),
            None => Box::pin(self.inner.call(request)),
        }
    }
}

fn refusal(request: &Request<Body>) -> Option<Response<Body>> {
    let mut refused = Response::new(Body::empty());
    if request.method() != Method::POST {
        *refused.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        refused.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    } else if !is_served(request.headers()) {
        *refused.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    } else {
        return None;
    }
    Some(refused)
}

/// Says whether there is one content type, and it is one of those that are served.
fn is_served(headers: &HeaderMap) -> bool {
    let mut content_types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (content_types.next(), content_types.next()) else { return false };
    let media_type = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    SERVED.iter().any(|served| media_type.trim_ascii().eq_ignore_ascii_case(served))
}
