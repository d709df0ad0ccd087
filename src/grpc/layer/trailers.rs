//! The end of an answer that had begun well: an error that comes then stands in the trailers, and is completed there.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::{Frame, SizeHint};
use prost::bytes::Bytes;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::domain::id::RequestId;
use crate::grpc::status;

/// A body whose trailers carry complete errors.
#[derive(Debug)]
pub(super) struct Completed {
    pub(super) inner: Body,
    pub(super) request_id: RequestId,
}

impl http_body::Body for Completed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        let request_id = self.request_id;
        Poll::Ready(frame.map(|frame| frame.map(|frame| completed(frame, request_id))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn completed(frame: Frame<Bytes>, request_id: RequestId) -> Frame<Bytes> {
    match frame.into_trailers() {
        Ok(trailers) => Frame::trailers(complete(trailers, request_id)),
        Err(data) => data,
    }
}

fn complete(trailers: HeaderMap, request_id: RequestId) -> HeaderMap {
    let Some(refused) = Status::from_header_map(&trailers).filter(|status| status.code() != Code::Ok) else { return trailers };
    let mut completed = HeaderMap::new();
    match status::complete(refused, request_id).add_header(&mut completed) {
        Ok(()) => completed,
        // Only a message that fits into no header ends so.
        Err(_) => trailers,
    }
}
