//! The TLS files of a connection to PostgreSQL, read ahead of the driver: it reads them when it connects, and names neither file nor
//! parameter.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::aws_lc_rs;

use super::pem::{self, BadFile};
use super::{Side, read_pair};
use crate::config::{DatabaseUrl, PostgresUrl};
use crate::server::ServeError;

/// The parameters of the URL that name a file, each with the driver's variable for the case that the URL has none.
const ROOT: (&str, &str) = ("sslrootcert", "PGSSLROOTCERT");
const CERTIFICATE: (&str, &str) = ("sslcert", "PGSSLCERT");
const KEY: (&str, &str) = ("sslkey", "PGSSLKEY");

/// Reads and checks every file that the URL, or the driver's own environment, names for TLS.
pub(in crate::server) fn check(url: &DatabaseUrl) -> Result<(), ServeError> {
    let DatabaseUrl::Postgres(url) = url else { return Ok(()) };
    let [root, certificate, key] = [ROOT, CERTIFICATE, KEY].map(|names| Named::find(url, names));
    if let Some(root) = root {
        check_roots(&root.path).map_err(|bad| root.refuse(&bad))?;
    }
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let pair = read_pair(&certificate.path, &key.path, &aws_lc_rs::default_provider());
            pair.map(drop).map_err(|(side, bad)| match side {
                Side::Certificate => certificate.refuse(&bad),
                Side::Key => key.refuse(&bad),
            })
        }
        (Some(_), None) if is_given_inline(KEY) => Ok(()),
        (None, Some(_)) if is_given_inline(CERTIFICATE) => Ok(()),
        (Some(alone), None) => Err(alone.refuse(&"sslkey must be given with it")),
        (None, Some(alone)) => Err(alone.refuse(&"sslcert must be given with it")),
        (None, None) => Ok(()),
    }
}

/// A file, and what names it.
struct Named {
    name: &'static str,
    path: PathBuf,
}

impl Named {
    fn find(url: &PostgresUrl, (parameter, variable): (&'static str, &'static str)) -> Option<Self> {
        if let Some(path) = url.parameter(parameter) {
            return Some(Self { name: parameter, path: path.into() });
        }
        let path = std::env::var(variable).ok().filter(|text| !text.is_empty() && !is_inline(text))?;
        Some(Self { name: variable, path: path.into() })
    }

    fn refuse(&self, why: &dyn fmt::Display) -> ServeError {
        ServeError::Setting { setting: "database_url", why: format!("{} {}: {why}", self.name, self.path.display()) }
    }
}

/// The driver takes what begins like PEM for the certificate or key itself.
fn is_inline(text: &str) -> bool {
    text.trim().starts_with("-----BEGIN")
}

/// Says whether a variable holds the certificate or key itself.
fn is_given_inline((_, variable): (&'static str, &'static str)) -> bool {
    std::env::var(variable).is_ok_and(|text| is_inline(&text))
}

/// Demands that every certificate of a file can be trusted.
fn check_roots(path: &Path) -> Result<(), BadFile> {
    let mut roots = RootCertStore::empty();
    for certificate in pem::read_chain(path)? {
        roots.add(certificate).map_err(|_| BadFile::Damaged("certificate"))?;
    }
    Ok(())
}
