//! The way to a PostgreSQL server, as the driver reads it from a URL and from its own environment variables.

use std::net::IpAddr;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Says whether a connection leads over a network without verifying the server: whoever sits in between could answer for it, and would
/// be given the password and every row. Nothing is said of what the driver does not understand.
#[must_use]
pub fn is_exposed(url: &str) -> Option<bool> {
    let options: PgConnectOptions = url.parse().ok()?;
    Some(!is_local(&options) && !verifies_server(options.get_ssl_mode()))
}

/// Says whether the other end is on this machine: a socket in the file system, or a loopback address.
fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    if options.get_socket().is_some() || host.starts_with('/') {
        return true;
    }
    // The driver is given an address of version 6 as it stands in the URL.
    match host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

const fn verifies_server(mode: PgSslMode) -> bool {
    match mode {
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => true,
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer | PgSslMode::Require => false,
    }
}
