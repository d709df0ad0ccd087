//! The transport limits that must be on. What is set nowhere may be no limit at all, so each is set here.

use std::fmt;
use std::time::Duration;

use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::domain::random::Random;

/// Streams that one connection may have open at once.
const MAX_CONCURRENT_STREAMS: u32 = 128;
/// Streams that the server may reset for a peer's errors before it ends the connection.
const MAX_LOCAL_ERROR_RESETS: usize = 1_024;
/// Streams that the peer may reset before they were accepted, before the server ends the connection.
const MAX_PENDING_ACCEPT_RESETS: usize = 20;
/// Bytes of a call's headers.
const MAX_HEADER_LIST_SIZE: u32 = 16 * 1_024;
/// How often a silent connection is asked for a sign of life.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
/// How long the sign of life may take.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// How old a connection becomes, before jitter.
const MAX_CONNECTION_AGE: Duration = Duration::from_mins(30);
/// How long a call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Calls of one connection that run at once.
pub(super) const CALLS_PER_CONNECTION: usize = 64;
/// Bytes of a request message.
pub(super) const MAX_DECODING_SIZE: usize = 256 * 1_024;
/// Bytes of a question to health or reflection, which nobody has to be known for.
pub(super) const MAX_QUESTION_SIZE: usize = 4 * 1_024;
/// Bytes of a response message.
pub(super) const MAX_ENCODING_SIZE: usize = 4 * 1_024 * 1_024;

/// The limits of this process: the same for all but the age of connections, which has jitter.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How old a connection becomes before its peer is asked to make another. The calls that run then finish.
    pub connection_age: Duration,
    /// How long a call may take until its answer begins.
    pub call_timeout: Duration,
}

impl Limits {
    /// Draws the jitter: connections become 27 to 30 minutes old, so that replicas do not lose theirs together.
    #[must_use]
    pub fn new(random: &dyn Random) -> Self {
        let mut jitter = [0];
        // Without jitter the limit is as good.
        let _ = random.fill(&mut jitter);
        let share = 1.0 - f64::from(u8::from_ne_bytes(jitter)) / 2_550.0;
        Self { connection_age: MAX_CONNECTION_AGE.mul_f64(share), call_timeout: CALL_TIMEOUT }
    }
}

/// Returns HTTP/2 with every limit set.
pub(super) fn http2() -> Builder<TokioExecutor> {
    let mut http2 = Builder::new(TokioExecutor::new());
    http2
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_local_error_reset_streams(MAX_LOCAL_ERROR_RESETS)
        .max_pending_accept_reset_streams(MAX_PENDING_ACCEPT_RESETS)
        .max_header_list_size(MAX_HEADER_LIST_SIZE)
        .keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT);
    http2
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "max_concurrent_streams={MAX_CONCURRENT_STREAMS} max_local_error_reset_streams={MAX_LOCAL_ERROR_RESETS} \
             max_pending_accept_reset_streams={MAX_PENDING_ACCEPT_RESETS} max_header_list_size={MAX_HEADER_LIST_SIZE} \
             keepalive={}s/{}s max_connection_age={}s call_timeout={}s calls_per_connection={CALLS_PER_CONNECTION} \
             max_request={MAX_DECODING_SIZE} max_response={MAX_ENCODING_SIZE}",
            KEEPALIVE_INTERVAL.as_secs(),
            KEEPALIVE_TIMEOUT.as_secs(),
            self.connection_age.as_secs(),
            self.call_timeout.as_secs(),
        )
    }
}
