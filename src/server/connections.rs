//! HTTP/2 over one connection at a time, each under the same limits.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tonic::body::Body;
use tower::ServiceExt as _;

use crate::grpc::layer::Connection;
use crate::server::limits::{CALLS_PER_CONNECTION, Limits, http2};
use crate::server::routes::Routes;

/// How long the calls that run may take once the peer was told to send no further ones; more than any deadline.
const LAST_CALLS: Duration = Duration::from_mins(1);

/// The bytes of a connection, in both directions.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Serves connections until it is told to stop.
#[derive(Debug, Clone)]
pub struct Connections {
    routes: Routes,
    limits: Limits,
    stopped: watch::Sender<bool>,
}

impl Connections {
    /// Serves these routes under these limits.
    #[must_use]
    pub fn new(routes: Routes, limits: Limits) -> Self {
        Self { routes, limits, stopped: watch::Sender::new(false) }
    }

    /// Serves one connection to its end. When it is old, or the server stops, the peer is told to send no further call over it, and
    /// the end comes after the calls that run.
    pub async fn serve(self, io: Box<dyn Io>, peer: Option<SocketAddr>) {
        let connection = Connection::new(peer, CALLS_PER_CONNECTION);
        let service = self.routes.map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(connection.clone());
            request
        });
        let mut serving = pin!(http2().serve_connection(TokioIo::new(io), TowerToHyperService::new(service)));
        let mut stopped = self.stopped.subscribe();
        let last_call = async {
            tokio::select! {
                () = tokio::time::sleep(self.limits.connection_age) => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        };
        let ended = tokio::select! {
            ended = serving.as_mut() => ended,
            () = last_call => {
                serving.as_mut().graceful_shutdown();
                match tokio::time::timeout(LAST_CALLS, serving).await {
                    Ok(ended) => ended,
                    // Whoever holds a stream open, or does not read, holds no place for ever.
                    Err(_) => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }

    /// Tells the peer of every connection, now and later, to send no further call.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }
}
