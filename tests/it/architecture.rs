//! The house's order, held by reading the source: which room may know which, where a crate may be spelled, what lifts a lint, how large
//! a file may be.
//!
//! Rooms that do not exist yet break nothing; a room that has no place in [`rooms`] does.

mod crates;
mod files;
mod lints;
mod paths;
mod rooms;
mod source;

use self::source::Source;

/// Demands that there is no fault, or lists them all.
fn assert_none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}
