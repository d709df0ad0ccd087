//! A client that is HTTP/2 and nothing more: it keeps no time of its own, and sends what it is told. Must not know the product's rules.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::Status;
use tonic::body::Body;

/// A connection of such a client.
pub(crate) struct Plain(SendRequest<Body>);

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Plain {
    /// Opens HTTP/2 over a pipe or a socket.
    pub(crate) async fn over(wire: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(wire)).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    /// Sends a request; returns when its answer has begun.
    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Incoming> {
        self.0.clone().send_request(request).await.unwrap()
    }

    /// Sends a request and reads its answer to the end.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let mut answer = self.send(request).await;
        let (mut body, mut trailers) = (Vec::new(), None);
        while let Some(frame) = next_frame(answer.body_mut()).await {
            match frame.into_data() {
                Ok(data) => body.extend(data),
                Err(frame) => trailers = frame.into_trailers().ok(),
            }
        }
        Answer { http_status: answer.status(), headers: answer.headers().clone(), body, trailers }
    }
}

impl Answer {
    /// The gRPC status, from wherever it stands.
    pub(crate) fn status(&self) -> Status {
        let headers = self.trailers.as_ref().unwrap_or(&self.headers);
        Status::from_header_map(headers).unwrap_or_else(|| panic!("the answer has no status: {self:?}"))
    }
}

/// Waits for the next frame of an answer.
pub(crate) async fn next_frame(body: &mut Incoming) -> Option<Frame<Bytes>> {
    std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await.transpose().unwrap()
}

/// Begins the request of a gRPC call.
pub(crate) fn call(path: &str, headers: &[(&str, &str)]) -> http::request::Builder {
    let request =
        Request::post(format!("http://by.hand{path}")).header("content-type", "application/grpc").header("te", "trailers");
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Writes a message as gRPC frames it.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

/// A body of these pieces.
pub(crate) fn whole(pieces: &[&[u8]]) -> Body {
    let (feed, body) = fed();
    for piece in pieces {
        feed.send(Bytes::copy_from_slice(piece)).unwrap();
    }
    body
}

/// A body that is sent as it is fed, and ends when its feed is dropped.
pub(crate) fn fed() -> (UnboundedSender<Bytes>, Body) {
    let (feed, pieces) = unbounded_channel();
    (feed, Body::new(Fed(pieces)))
}

struct Fed(UnboundedReceiver<Bytes>);

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
