//! The service of events.

use tonic::{Request, Response, Status};

use crate::grpc::convert::event;
use crate::grpc::edge::{Api, Work};
use crate::proto::event_service_server::EventService;
use crate::{authz, proto};

#[tonic::async_trait]
impl EventService for Api {
    async fn list_events(
        &self,
        request: Request<proto::ListEventsRequest>,
    ) -> Result<Response<proto::ListEventsResponse>, Status> {
        self.serve(request, |work: Work<authz::ListEvents>, message| async move {
            let listed = work.registry.list_events(&work.permit, event::list(message)).await?;
            Ok(proto::ListEventsResponse {
                events: listed.items.into_iter().map(event::message).collect(),
                next_page_token: listed.next_page_token,
            })
        })
        .await
    }
}
