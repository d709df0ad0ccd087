//! A plain secret has no text.

use oauth_registry::crypto::PlainSecret;

fn print(secret: &PlainSecret) -> String {
    format!("{secret}")
}

fn main() {}
