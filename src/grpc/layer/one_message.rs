//! The one message of a unary or server-streaming call: whatever follows it makes the call malformed.
//!
//! tonic reads what follows and throws it away. Here the call ends at its first byte, before a handler runs.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Request;
use http_body::{Frame, SizeHint};
use prost::bytes::Bytes;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::grpc::status;

/// Bytes before a message: a flag and the message's length.
const PREFIX: usize = 5;

/// Puts [`OneMessage`] around a service without client-streaming methods.
#[derive(Debug, Clone, Copy)]
pub struct OneMessageLayer;

/// Gives every call a body that fails where a second message begins.
#[derive(Debug, Clone)]
pub struct OneMessage<S> {
    inner: S,
}

impl<S> Layer<S> for OneMessageLayer {
    type Service = OneMessage<S>;

    fn layer(&self, inner: S) -> OneMessage<S> {
        OneMessage { inner }
    }
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for OneMessage<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        self.inner.call(request.map(|inner| Body::new(OneMessageBody { inner, left: Left { prefix: PREFIX, message: 0 } })))
    }
}

/// A body that ends with its first message, or fails.
struct OneMessageBody {
    inner: Body,
    left: Left,
}

impl http_body::Body for OneMessageBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context)).transpose()?;
        if frame.as_ref().and_then(Frame::data_ref).is_none_or(|bytes| self.left.take(bytes)) {
            Poll::Ready(frame.map(Ok))
        } else {
            Poll::Ready(Some(Err(status::malformed())))
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The bytes of a message that are still to come.
struct Left {
    prefix: usize,
    /// As many as the part of the prefix says that has come.
    message: u32,
}

impl Left {
    /// Takes the next bytes, and says whether all of them belong to the message.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let (prefix, message) = bytes.split_at(bytes.len().min(self.prefix));
        self.prefix -= prefix.len();
        // The flag is shifted out by the length behind it.
        self.message = prefix.iter().fold(self.message, |length, byte| length << 8 | u32::from(*byte));
        let left = u32::try_from(message.len()).ok().and_then(|count| self.message.checked_sub(count));
        self.message = left.unwrap_or(0);
        left.is_some()
    }
}
