//! Messages to domain values and back. Every message is taken apart in full: a new field does not compile until somebody decides.

pub(super) mod api_key;
pub(super) mod event;
pub(super) mod mask;
pub(super) mod oauth_app;
pub(super) mod role;
pub(super) mod tenant;
pub(super) mod user;

use std::str::FromStr;

use crate::domain::id::normalized;
use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::permission::{Permission, PermissionSet};
use crate::domain::text::check_filter;
use crate::domain::time::Timestamp;
use crate::service::ListRequest;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;
/// The seconds that a protobuf timestamp can hold: years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Reads a required id.
pub(super) fn id<T: FromStr>(field: &str, text: &str, violations: &mut Violations) -> Option<T> {
    if text.is_empty() {
        violations.push(field, Fault::required());
        return None;
    }
    let malformed = || Fault::new(FieldReason::InvalidFormat, "The id must be a UUID with hyphens.");
    violations.check(field, text.parse().map_err(|_| malformed()))
}

/// Reads an id that may be absent; an empty one is absent.
pub(super) fn optional_id<T: FromStr>(field: &str, text: Option<&str>, violations: &mut Violations) -> Option<T> {
    text.filter(|text| !text.is_empty()).and_then(|text| id(field, text, violations))
}

/// Reads a point in time that may be absent. What is less than a microsecond is left out, so that nothing lasts longer than was said.
pub(super) fn time(field: &str, time: Option<prost_types::Timestamp>, violations: &mut Violations) -> Option<Timestamp> {
    violations.check(field, micros(time?, |nanos| nanos / 1_000))
}

/// Reads a point in time that divides rows into those before and those at or after it; it may be absent. Times of rows are whole
/// microseconds, so a bound between two of them means the later one.
pub(super) fn bound(field: &str, time: Option<prost_types::Timestamp>, violations: &mut Violations) -> Option<Timestamp> {
    violations.check(field, micros(time?, |nanos| nanos.div_ceil(1_000)))
}

fn micros(time: prost_types::Timestamp, of_nanos: fn(u32) -> u32) -> Result<Timestamp, Fault> {
    let in_range = || -> Option<i64> {
        let nanos = u32::try_from(time.nanos).ok().filter(|nanos| *nanos < 1_000_000_000)?;
        let seconds = Some(time.seconds).filter(|seconds| SECONDS.contains(seconds))?;
        seconds.checked_mul(SECOND)?.checked_add(i64::from(of_nanos(nanos)))
    };
    let fault = || Fault::new(FieldReason::OutOfRange, "The time is out of range.");
    in_range().map(Timestamp::from_micros).ok_or_else(fault)
}

/// Reads a text that rows are searched by; an empty one is absent. What no row can hold would be an error of the database.
pub(super) fn filter(field: &str, text: Option<String>, violations: &mut Violations) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    violations.check(field, check_filter(&text)).map(|()| text)
}

/// Reads the id of anything that rows are searched by: a UUID in its one spelling, and any other text as it is.
pub(super) fn filter_id(field: &str, text: Option<String>, violations: &mut Violations) -> Option<String> {
    filter(field, text, violations).map(|text| normalized(&text).unwrap_or(text))
}

/// Writes a point in time.
pub(super) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.as_micros();
    let nanos = i32::try_from(micros.rem_euclid(SECOND)).unwrap_or(0).saturating_mul(1_000);
    prost_types::Timestamp { seconds: micros.div_euclid(SECOND), nanos }
}

/// Writes the numbers of permissions.
pub(super) fn permissions(permissions: &PermissionSet) -> Vec<i32> {
    permissions.iter().map(Permission::number).collect()
}

/// Reads what a request says about pages.
pub(super) fn page(page_size: i32, page_token: String) -> ListRequest {
    ListRequest { page_size, page_token }
}
