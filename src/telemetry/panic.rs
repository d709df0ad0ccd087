//! The panic hook: the place of a panic may be logged, its payload may hold a secret.

use std::io::{self, Write as _};
use std::panic::{self, Location};

/// Replaces the panic hook by one that tells file and line alone, never the payload.
///
/// Before the log exists it writes to stderr.
pub fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), describe);
        if tracing::dispatcher::has_been_set() {
            tracing::error!(%place, "panic");
        } else {
            // A closed stderr leaves nobody to tell.
            let _ = writeln!(io::stderr().lock(), "oauth-registry: panic at {place}");
        }
    }));
}

fn describe(location: &Location<'_>) -> String {
    format!("{}:{}", location.file(), location.line())
}
