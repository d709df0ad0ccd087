//! The deadline: the caller's own wish, or the server's limit when that is sooner.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tower::{Layer, Service};

use crate::grpc::status;
use crate::proto::ErrorReason;

/// Puts a [`Deadline`] around a service.
#[derive(Debug, Clone, Copy)]
pub struct DeadlineLayer {
    limit: Duration,
}

/// Ends a call whose answer has not begun in time, the reading of its message included. A stream that is open goes on.
#[derive(Debug, Clone)]
pub struct Deadline<S> {
    inner: S,
    limit: Duration,
}

impl DeadlineLayer {
    /// Gives no call more time than this.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        Deadline { inner, limit: self.limit }
    }
}

impl<S> Service<Request<Body>> for Deadline<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let wish = wish(request.headers());
        let answer = tokio::time::timeout(wish.map_or(self.limit, |wish| wish.min(self.limit)), self.inner.call(request));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Ok(status::bare(ErrorReason::DeadlineExceeded).into_http())) })
    }
}

/// Reads `grpc-timeout`: up to eight digits and a unit. What is not of that form is no wish, as in other servers.
fn wish(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(number)),
        "M" => Some(Duration::from_mins(number)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", text.parse().unwrap());
        wish(&headers)
    }

    #[test]
    fn every_unit_of_a_timeout_is_read() {
        assert_eq!(read("2H"), Some(Duration::from_hours(2)));
        assert_eq!(read("2M"), Some(Duration::from_mins(2)));
        assert_eq!(read("99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(read("0m"), Some(Duration::ZERO));
        assert_eq!(read("7u"), Some(Duration::from_micros(7)));
        assert_eq!(read("7n"), Some(Duration::from_nanos(7)));
    }

    #[test]
    fn what_is_no_timeout_is_no_wish() {
        for text in ["", "S", "1", "1s", "+1S", "-1S", "1.5S", "123456789S", "1 S", " 1S", "1SS"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(wish(&HeaderMap::new()), None);
    }
}
