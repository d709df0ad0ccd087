//! The accept loop: who gets in, and what gives way when there is no room.
//!
//! Knows sockets, places and patience. Must not know HTTP/2 beyond its first bytes, nor what is served.

mod greeting;
mod newcomers;
mod places;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

pub(super) use self::greeting::Greeting;
use self::newcomers::Newcomers;
pub(super) use self::places::Places;
use crate::server::connections::Connections;

/// How long no connection is accepted after the process could not take one.
const BACK_OFF: Duration = Duration::from_millis(100);
/// How often the log says again that connections are turned away.
const REMINDER: Duration = Duration::from_secs(10);

/// Takes connections and hands them on once they have greeted.
#[derive(Debug)]
pub(super) struct Acceptor {
    listener: TcpListener,
    greeting: Greeting,
    connections: Connections,
    places: Places,
    newcomers: Newcomers,
    /// When the log last said that connections are turned away.
    told: Option<Instant>,
}

impl Acceptor {
    /// Accepts from this listener.
    pub(super) fn new(listener: TcpListener, greeting: Greeting, connections: Connections, places: Places) -> Self {
        Self { listener, greeting, connections, places, newcomers: Newcomers::default(), told: None }
    }

    /// Accepts for ever. Whoever drops the future closes the port, and cuts those off who have not greeted.
    pub(super) async fn run(mut self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => self.admit(stream, peer).await,
                Err(error) if is_the_peers(&error) => {}
                Err(error) => self.make_room(&error).await,
            }
        }
    }

    /// Gives a connection a place and hears its greeting; without a place it is closed at once, and its peer may try another replica.
    async fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.place().await else {
            self.tell(&"every place is taken by a connection that is in use");
            return;
        };
        // Without it answers are as right, and later.
        let _ = stream.set_nodelay(true);
        let (greeting, connections) = (self.greeting.clone(), self.connections.clone());
        self.newcomers.push(tokio::spawn(async move {
            if let Some(io) = greeting.hear(stream).await {
                tokio::spawn(async move {
                    connections.serve(io, Some(peer)).await;
                    drop(place);
                });
            }
        }));
    }

    /// Finds a place. Where none is free, the connection that has been silent for longest gives way to the new one, so that silence
    /// keeps nobody out.
    async fn place(&mut self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Some(place) = self.places.take() {
                return Some(place);
            }
            if !self.newcomers.cut_oldest().await {
                return None;
            }
        }
    }

    /// Waits for file descriptors or memory to come free. Trying again at once would turn a whole core into heat.
    async fn make_room(&mut self, error: &io::Error) {
        if !self.newcomers.cut_oldest().await {
            self.tell(error);
            tokio::time::sleep(BACK_OFF).await;
        }
    }

    /// Tells the operator why connections are turned away, now and then.
    fn tell(&mut self, why: &dyn fmt::Display) {
        if self.told.is_none_or(|told| told.elapsed() > REMINDER) {
            self.told = Some(Instant::now());
            tracing::warn!(%why, max_connections = self.places.total, "no new connection is taken");
        }
    }
}

impl fmt::Display for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "max_connections={} handshake_timeout={}s", self.places.total, self.greeting.patience.as_secs())
    }
}

/// Says whether an error is of the one connection that would have been accepted; any other is of the process.
fn is_the_peers(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused)
}
