//! Where a URI leads: scheme, host and port.

use std::fmt;

use url::Url;

use super::raw::Parts;
use super::{HTTP_PORT, HTTPS_PORT};

/// Where a URI leads (RFC 6454 §4): scheme, lower-case host and port; two spellings of one place are equal.
///
/// The text form always names the port, as in `https://example.com:443`. It decides whether a destination changed and is bound into
/// the envelope of the secret, so it must never change for a stored URI.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn read(text: &str) -> Option<Self> {
        [Self::Http, Self::Https].into_iter().find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Http => HTTP_PORT,
            Self::Https => HTTPS_PORT,
        }
    }
}

impl Origin {
    /// Returns the host in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Reads the origin off the raw parts.
    pub(super) fn of_parts(parts: &Parts<'_>) -> Option<Self> {
        let scheme = Scheme::read(parts.scheme)?;
        let port = parts.port_or(scheme.default_port()).ok()?;
        Some(Self { scheme, host: parts.host.to_ascii_lowercase(), port })
    }

    /// Reads the origin as the `url` crate sees it; a URI in which it finds user information or a fragment has none.
    pub(super) fn of_url(url: &Url) -> Option<Self> {
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return None;
        }
        let scheme = Scheme::read(url.scheme())?;
        Some(Self { scheme, host: url.host_str()?.to_owned(), port: url.port().unwrap_or(scheme.default_port()) })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }
}
