//! TLS from a certificate and its key in files.
//!
//! Knows rustls and what can be wrong with the files. Must not know the accept loop.

mod database;
mod pem;
mod validity;

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};

pub(super) use self::database::check as check_database;
use self::pem::BadFile;
pub(super) use self::validity::{Validity, watch};
use crate::config;
use crate::server::ServeError;

/// What TLS is served with.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) validity: Validity,
}

/// Reads and checks the files; without any, the server speaks plaintext.
pub(super) fn load(files: Option<&config::Tls>) -> Result<Option<Tls>, ServeError> {
    let Some(config::Tls { certificate_file, key_file }) = files else { return Ok(None) };
    let provider = aws_lc_rs::default_provider();
    let certified = read_pair(certificate_file, key_file, &provider).map_err(|(side, bad)| match side {
        Side::Certificate => bad.of("tls_certificate_file", certificate_file),
        Side::Key => bad.of("tls_key_file", key_file),
    })?;
    let validity = Validity::of(&certified.cert);
    let versions = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| ServeError::Tls(error.to_string()))?;
    let mut config = versions.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    // The one protocol that is spoken here.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Some(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), validity }))
}

/// Which of two files is not good.
enum Side {
    Certificate,
    Key,
}

/// Reads a certificate chain and its key, and demands that they belong together.
fn read_pair(certificate_file: &Path, key_file: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, (Side, BadFile)> {
    let chain = pem::read_chain(certificate_file).map_err(|bad| (Side::Certificate, bad))?;
    let key = pem::read_key(key_file).map_err(|bad| (Side::Key, bad))?;
    let key = provider.key_provider.load_private_key(key).map_err(|_| (Side::Key, BadFile::Damaged("private key")))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A key that does not tell its public half is tried out by the first handshake.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(Error::InconsistentKeys(_)) => Err((Side::Key, BadFile::Mismatch(certificate_file.display().to_string()))),
        Err(_) => Err((Side::Certificate, BadFile::Damaged("certificate"))),
    }
}
