//! TLS from a certificate and its key in files.
//!
//! Knows rustls and what can be wrong with the files. Must not know the accept loop.

mod pem;
mod validity;

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{Error, InconsistentKeys, ServerConfig};

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
    let of_certificate = |bad: BadFile| bad.of("tls_certificate_file", certificate_file);
    let of_key = |bad: BadFile| bad.of("tls_key_file", key_file);
    let chain = pem::read_chain(certificate_file).map_err(of_certificate)?;
    let key = pem::read_key(key_file).map_err(of_key)?;
    let provider = aws_lc_rs::default_provider();
    let validity = Validity::of(&chain);
    let certified = certify(chain, key, &provider).map_err(|mistake| match mistake {
        Mistake::Certificate => of_certificate(BadFile::Damaged("certificate")),
        Mistake::Key => of_key(BadFile::Damaged("private key")),
        Mistake::Mismatch => of_key(BadFile::Mismatch(certificate_file.display().to_string())),
    })?;
    let versions = ServerConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let versions = versions.map_err(|error| ServeError::Tls(error.to_string()))?;
    let mut config = versions.with_no_client_auth().with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    // The one protocol that is spoken here.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Some(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), validity }))
}

/// What of a certificate and its key is not good.
enum Mistake {
    Certificate,
    Key,
    Mismatch,
}

fn certify(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, Mistake> {
    let key = provider.key_provider.load_private_key(key).map_err(|_| Mistake::Key)?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        // A key that does not tell its public half is tried out by the first handshake.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
        Err(Error::InconsistentKeys(_)) => Err(Mistake::Mismatch),
        Err(_) => Err(Mistake::Certificate),
    }
}
