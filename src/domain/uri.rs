//! The URIs of an authorization server: the token endpoint, which this service calls, and the authorization endpoint, which a
//! browser calls.
//!
//! Knows which URIs may be written down. Must not know addresses: what a name resolves to is judged when a connection is made, and
//! judged again every time. A URI is taken apart by RFC 3986 on the raw text, and is good only if the `url` crate, which connects,
//! reads the same scheme, host and port; where the two readers differ, attacks hide.

mod host;
mod origin;
mod raw;

use std::collections::BTreeSet;
use std::fmt;

use url::Url;

pub use self::origin::Origin;
use self::raw::Parts;
use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::is_stored_line;

/// The port of https (RFC 9110 §4.2.2).
const HTTPS_PORT: u16 = 443;

/// The port of http (RFC 9110 §4.2.1).
const HTTP_PORT: u16 = 80;

/// What the operator allows in URIs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressRules {
    /// The ports that this service may call.
    pub ports: BTreeSet<u16>,
    /// Whether an authorization endpoint may be http on a loopback host.
    pub allow_http_loopback_authorize: bool,
}

impl Default for EgressRules {
    /// Allows port 443 and nothing else.
    fn default() -> Self {
        Self { ports: BTreeSet::from([HTTPS_PORT]), allow_http_loopback_authorize: false }
    }
}

/// A token endpoint (RFC 6749 §3.2): an https URI on a public DNS name, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUri {
    text: String,
    origin: Origin,
}

impl TokenUri {
    /// Accepts a URI that this service may call, unchanged; otherwise reports every fault.
    pub fn parse(text: &str, rules: &EgressRules) -> Result<Self, Vec<Fault>> {
        Self::read(text, |port| rules.ports.contains(&port))
    }

    /// Reads a stored URI. It is taken apart again, but for the operator's ports of today: its origin decides which secret opens.
    pub fn from_stored(text: &str) -> Result<Self, Vec<Fault>> {
        Self::read(text, |_| true)
    }

    /// Returns the URI as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns where the URI leads: a secret is sent to this origin and to no other.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    fn read(text: &str, is_allowed_port: impl Fn(u16) -> bool) -> Result<Self, Vec<Fault>> {
        let parts = Parts::split(text);
        let mut faults = common_faults(text, &parts);
        if !parts.scheme.is_empty() && !parts.has_scheme("https") {
            faults.push(only_https());
        }
        faults.extend(host::public_name_fault(parts.host));
        if parts.port_or(HTTPS_PORT).is_ok_and(|port| !is_allowed_port(port)) {
            faults.push(Fault::new(FieldReason::ForbiddenPort, "The operator does not allow this port."));
        }
        let origin = agreed_origin(text, &parts, faults)?;
        Ok(Self { text: text.to_owned(), origin })
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An authorization endpoint (RFC 6749 §3.1), as it was sent. This service never calls it, so any host will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeUri(String);

impl AuthorizeUri {
    /// Accepts a URI that may be shown to a browser, unchanged; otherwise reports every fault.
    pub fn parse(text: &str, rules: &EgressRules) -> Result<Self, Vec<Fault>> {
        Self::read(text, rules.allow_http_loopback_authorize)
    }

    /// Reads a stored URI. That it has the shape of one line is checked; the rules for what callers send are not.
    #[must_use]
    pub fn from_stored(text: String) -> Option<Self> {
        is_stored_line(&text).then_some(Self(text))
    }

    /// Returns the URI as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(text: &str, allow_http_loopback: bool) -> Result<Self, Vec<Fault>> {
        let parts = Parts::split(text);
        let mut faults = common_faults(text, &parts);
        let allowed_http = allow_http_loopback && parts.has_scheme("http") && host::is_loopback(parts.host);
        if !parts.scheme.is_empty() && !parts.has_scheme("https") && !allowed_http {
            faults.push(only_https());
        }
        faults.extend(host::any_host_fault(parts.host));
        agreed_origin(text, &parts, faults)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AuthorizeUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the faults that no URI may have, whoever calls it.
fn common_faults(text: &str, parts: &Parts<'_>) -> Vec<Fault> {
    if text.is_empty() {
        return Fault::required().into();
    }
    let mut faults = raw::text_faults(text);
    faults.extend(parts.faults());
    faults.extend(parts.port_or(HTTPS_PORT).err());
    faults
}

fn only_https() -> Fault {
    Fault::new(FieldReason::ForbiddenScheme, "Only https is allowed.")
}

/// Returns the origin of a URI without a fault, provided that the reader of the raw text and the `url` crate agree about it.
fn agreed_origin(text: &str, parts: &Parts<'_>, faults: Vec<Fault>) -> Result<Origin, Vec<Fault>> {
    if !faults.is_empty() {
        return Err(faults);
    }
    let ours = Origin::of_parts(parts);
    let theirs = Url::parse(text).ok().and_then(|url| Origin::of_url(&url));
    ours.filter(|ours| theirs.as_ref() == Some(ours)).ok_or_else(not_canonical)
}

fn not_canonical() -> Vec<Fault> {
    Fault::new(FieldReason::InvalidFormat, "The host is not in its canonical form.").into()
}

#[cfg(test)]
mod tests;
