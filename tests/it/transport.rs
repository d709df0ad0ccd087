//! What the layers around the services answer by themselves, and what the transport allows: real frames over a pipe.

mod age;
mod deadline;
mod overload;
mod panics;
mod settings;
mod trailers;

use http::{HeaderMap, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use oauth_registry::grpc::status::{describe, reason_name};
use oauth_registry::proto::ErrorReason;
use tokio::io::DuplexStream;
use tonic::Status;
use tonic::body::Body;

use crate::harness::caller::{details, reason};

const GET_CALLER: &str = "/oauthregistry.v1.CallerService/GetCaller";

/// Demands an error with this reason, its code and sentence, and the server's id of the call.
fn assert_refused(status: &Status, expected: ErrorReason) {
    assert_eq!(reason(status), reason_name(expected), "{status:?}");
    assert_eq!((status.code(), status.message()), describe(expected), "{status:?}");
    assert_eq!(details(status).error_info().unwrap().domain, "oauthregistry.v1");
    assert!(!details(status).request_info().unwrap().request_id.is_empty(), "{status:?}");
}

/// Sends a call by a client that keeps no time of its own and reads nothing into the answer.
async fn send(wire: DuplexStream, path: &str, more: &[(&str, &str)], body: Body) -> Response<Incoming> {
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(wire)).await.unwrap();
    tokio::spawn(connection);
    let mut request =
        Request::post(format!("http://by.hand{path}")).header("content-type", "application/grpc").header("te", "trailers");
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    sender.send_request(request.body(body).unwrap()).await.unwrap()
}

/// Reads an answer to its end and returns its trailers.
async fn trailers(answer: Response<Incoming>) -> HeaderMap {
    let mut body = answer.into_body();
    loop {
        let frame = std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await;
        if let Ok(trailers) = frame.expect("an answer has trailers").unwrap().into_trailers() {
            return trailers;
        }
    }
}

/// A body that never says anything.
struct Silent;

impl http_body::Body for Silent {
    type Data = prost::bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Status>>> {
        std::task::Poll::Pending
    }
}

/// A body of one piece.
struct Once(Option<&'static [u8]>);

impl http_body::Body for Once {
    type Data = prost::bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Status>>> {
        let piece = self.0.take().map(prost::bytes::Bytes::from_static);
        std::task::Poll::Ready(piece.map(|piece| Ok(http_body::Frame::data(piece))))
    }
}
