//! Calls whose message is held back: the server has the headers, and waits.

use std::pin::Pin;
use std::task::{Context, Poll};

use oauth_registry::proto::{GetCallerRequest, GetCallerResponse};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_stream::Stream;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

/// A call whose message has not been sent yet.
pub(crate) struct HeldCall {
    answer: JoinHandle<Result<Response<GetCallerResponse>, Status>>,
    message: mpsc::Sender<GetCallerRequest>,
}

/// A body that tells when it is first asked for, which is once the headers are on their way.
struct HeldBody {
    began: Option<oneshot::Sender<()>>,
    message: mpsc::Receiver<GetCallerRequest>,
}

impl Stream for HeldBody {
    type Item = GetCallerRequest;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<GetCallerRequest>> {
        if let Some(began) = self.began.take() {
            began.send(()).unwrap();
        }
        self.message.poll_recv(context)
    }
}

/// Begins a call and holds its message back; returns when the headers are on their way.
pub(crate) async fn begin(channel: &Channel, token: &str) -> HeldCall {
    let (message, held) = mpsc::channel(1);
    let (began, has_begun) = oneshot::channel();
    let mut request = Request::new(HeldBody { began: Some(began), message: held });
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let path = "/oauthregistry.v1.CallerService/GetCaller".parse().unwrap();
    let codec = ProstCodec::<GetCallerRequest, GetCallerResponse>::default();
    let answer = tokio::spawn(async move { client.client_streaming(request, path, codec).await });
    has_begun.await.unwrap();
    HeldCall { answer, message }
}

impl HeldCall {
    /// Sends the message and waits for the answer.
    pub(crate) async fn send(self, message: GetCallerRequest) -> Result<GetCallerResponse, Status> {
        self.message.send(message).await.unwrap();
        drop(self.message);
        self.answer.await.unwrap().map(Response::into_inner)
    }

    /// Sends the message when it is time, unless the answer comes before.
    pub(crate) async fn send_after(mut self, time: impl Future<Output = ()>) -> Result<GetCallerResponse, Status> {
        tokio::select! {
            early = &mut self.answer => early.unwrap().map(Response::into_inner),
            () = time => self.send(GetCallerRequest {}).await,
        }
    }

    /// Waits for the answer without ever sending the message.
    pub(crate) async fn answer(self) -> Result<GetCallerResponse, Status> {
        let answer = self.answer.await.unwrap().map(Response::into_inner);
        drop(self.message);
        answer
    }
}
