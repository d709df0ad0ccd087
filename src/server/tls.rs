//! TLS from a certificate and its key in files.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::config::Tls;
use crate::crypto::private_file;
use crate::server::ServeError;

/// Reads the files; without any, the server speaks plaintext.
pub(super) fn acceptor(files: Option<&Tls>) -> Result<Option<TlsAcceptor>, ServeError> {
    let Some(Tls { certificate_file, key_file }) = files else { return Ok(None) };
    let certificate = std::fs::read(certificate_file).map_err(unreadable("tls_certificate_file", certificate_file))?;
    let mut key = Zeroizing::new(Vec::new());
    let mut opened = private_file::open(key_file).map_err(unreadable("tls_key_file", key_file))?;
    opened.read_to_end(&mut key).map_err(unreadable("tls_key_file", key_file))?;
    let config = config(&certificate, &key).map_err(|why| ServeError::Tls(why.to_string()))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

fn unreadable<E: fmt::Display>(setting: &'static str, path: &Path) -> impl FnOnce(E) -> ServeError {
    move |cause| ServeError::Setting { setting, why: format!("cannot read {}: {cause}", path.display()) }
}

fn config(certificate: &[u8], key: &[u8]) -> Result<ServerConfig, Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(key)?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = versions.with_no_client_auth().with_single_cert(chain, key)?;
    // The one protocol that is spoken here.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}
