//! The deadline: the caller's own wish, or the server's limit when that is sooner.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::domain::invalid::{Fault, FieldReason, Invalid};
use crate::grpc::status;
use crate::proto::ErrorReason;

/// The caller's own deadline.
const HEADER: &str = "grpc-timeout";

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
        let time = match wish(request.headers()) {
            Ok(wish) => wish.map_or(self.limit, |wish| wish.min(self.limit)),
            Err(invalid) => return Box::pin(async move { Ok(status::status(&invalid.into()).into_http()) }),
        };
        // A call whose time is over has not begun: the timer would run it as far as it goes without waiting.
        if time.is_zero() {
            return Box::pin(async { Ok(late().into_http()) });
        }
        let answer = tokio::time::timeout(time, self.inner.call(request));
        Box::pin(async move { answer.await.unwrap_or_else(|_| Ok(late().into_http())) })
    }
}

fn late() -> Status {
    status::bare(ErrorReason::DeadlineExceeded)
}

/// Reads `grpc-timeout`, which is there once or not at all.
fn wish(headers: &HeaderMap) -> Result<Option<Duration>, Invalid> {
    let mut values = headers.get_all(HEADER).iter();
    let wish = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(one), None) => one.to_str().ok().and_then(duration),
        (Some(_), Some(_)) => None,
    };
    let fault =
        || Fault::new(FieldReason::InvalidFormat, "The header is one to eight digits and a unit (H, M, S, m, u, n), once.");
    wish.map(Some).ok_or_else(|| Invalid::one(HEADER, fault()))
}

/// Reads up to eight digits and a unit.
fn duration(text: &str) -> Option<Duration> {
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

    #[test]
    fn every_unit_of_a_timeout_is_read() {
        assert_eq!(duration("2H"), Some(Duration::from_hours(2)));
        assert_eq!(duration("2M"), Some(Duration::from_mins(2)));
        assert_eq!(duration("99999999S"), Some(Duration::from_secs(99_999_999)));
        assert_eq!(duration("0m"), Some(Duration::ZERO));
        assert_eq!(duration("7u"), Some(Duration::from_micros(7)));
        assert_eq!(duration("7n"), Some(Duration::from_nanos(7)));
    }

    #[test]
    fn what_is_no_timeout_is_refused() {
        for text in ["", "S", "1", "1s", "+1S", "-1S", "1.5S", "123456789S", "1 S", " 1S", "1SS"] {
            assert_eq!(duration(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_timeout_stands_once_or_not_at_all() {
        let mut headers = HeaderMap::new();
        assert_eq!(wish(&headers), Ok(None));
        headers.append(HEADER, "1S".parse().unwrap());
        assert_eq!(wish(&headers), Ok(Some(Duration::from_secs(1))));
        headers.append(HEADER, "1S".parse().unwrap());
        assert!(wish(&headers).is_err());
    }
}
