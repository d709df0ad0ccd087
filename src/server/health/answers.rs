//! The service that tells the health, over tonic-health's: that one refuses to watch a service that it does not know, and ends no
//! watch without forgetting the service.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::watch;
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_health::server::HealthService;

/// Answers as the protocol wants it (`grpc/health/v1/health.proto`).
#[derive(Debug)]
pub(super) struct Answers {
    service: HealthService,
    ended: watch::Sender<bool>,
}

impl Answers {
    /// Tells what this service knows; its watches end when `ended` says so.
    pub(super) const fn new(service: HealthService, ended: watch::Sender<bool>) -> Self {
        Self { service, ended }
    }
}

#[tonic::async_trait]
impl Health for Answers {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        self.service.check(request).await
    }

    type WatchStream = Watch;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watch>, Status> {
        let statuses: Statuses = match self.service.watch(request).await {
            Ok(known) => Box::pin(known.into_inner()),
            // The services are all known from the start: there is nothing more to tell.
            Err(unknown) if unknown.code() == Code::NotFound => {
                Box::pin(tokio_stream::once(Ok(HealthCheckResponse { status: ServingStatus::ServiceUnknown.into() })))
            }
            Err(refused) => return Err(refused),
        };
        let mut ended = self.ended.subscribe();
        let end = Box::pin(async move { drop(ended.wait_for(|ended| *ended).await) });
        Ok(Response::new(Watch { statuses, end }))
    }
}

type Statuses = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

/// The statuses of a service, until the watches end.
pub(super) struct Watch {
    statuses: Statuses,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Stream for Watch {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.statuses.as_mut().poll_next(context) {
            Poll::Ready(Some(status)) => Poll::Ready(Some(status)),
            // The last status is told before the end.
            Poll::Ready(None) | Poll::Pending => self.end.as_mut().poll(context).map(|()| None),
        }
    }
}
