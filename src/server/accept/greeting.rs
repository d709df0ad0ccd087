//! The first bytes of a connection: TLS where it is on, then what every HTTP/2 client says first (RFC 9113 §3.4).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::server::connections::Io;

/// What a client says first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The preface, and the header of the SETTINGS frame that follows it always.
const GREETING: usize = PREFACE.len() + 9;

/// How a connection must begin, and how long that may take.
#[derive(Clone)]
pub(in crate::server) struct Greeting {
    /// TLS, when it is on.
    pub(in crate::server) tls: Option<TlsAcceptor>,
    /// The time for all of it.
    pub(in crate::server) patience: Duration,
}

impl std::fmt::Debug for Greeting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Greeting").field("tls", &self.tls.is_some()).field("patience", &self.patience).finish()
    }
}

impl Greeting {
    /// Returns the connection once its peer has greeted, and nothing when it did not do so in time.
    pub(super) async fn hear(&self, stream: TcpStream) -> Option<Box<dyn Io>> {
        let heard = tokio::time::timeout(self.patience, async {
            Ok::<Box<dyn Io>, io::Error>(match &self.tls {
                Some(tls) => Box::new(Greeted::hear(tls.accept(stream).await?).await?),
                None => Box::new(Greeted::hear(stream).await?),
            })
        });
        match heard.await {
            Ok(Ok(io)) => Some(io),
            Ok(Err(error)) => {
                tracing::debug!(%error, "a connection did not greet");
                None
            }
            Err(_) => {
                tracing::debug!("a connection did not greet in time");
                None
            }
        }
    }
}

/// A connection whose first bytes have been read, and are read once more.
struct Greeted<T> {
    io: T,
    greeting: [u8; GREETING],
    /// How many bytes of the greeting the reader has had.
    repeated: usize,
}

impl<T: AsyncRead + Unpin> Greeted<T> {
    /// Reads the greeting; a peer that speaks another protocol is refused at its first wrong byte.
    async fn hear(mut io: T) -> io::Result<Self> {
        let mut greeting = [0; GREETING];
        let mut rest = greeting.as_mut_slice();
        let mut preface = PREFACE;
        while !rest.is_empty() {
            let count = io.read(rest).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let (heard, later) = std::mem::take(&mut rest).split_at_mut(count);
            let (expected, left) = preface.split_at(preface.len().min(count));
            if !heard.starts_with(expected) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the peer does not speak HTTP/2"));
            }
            (rest, preface) = (later, left);
        }
        Ok(Self { io, greeting, repeated: 0 })
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Greeted<T> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        match this.greeting.get(this.repeated..) {
            Some(left) if !left.is_empty() => {
                let (now, _) = left.split_at(left.len().min(into.remaining()));
                into.put_slice(now);
                this.repeated += now.len();
                Poll::Ready(Ok(()))
            }
            Some(_) | None => Pin::new(&mut this.io).poll_read(context, into),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Greeted<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
