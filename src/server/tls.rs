//! TLS from a certificate and its key in files.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;
use crate::server::ServeError;

/// Reads the files; without any, the server speaks plaintext.
pub(super) async fn acceptor(files: Option<&Tls>) -> Result<Option<TlsAcceptor>, ServeError> {
    let Some(Tls { certificate_file, key_file }) = files else { return Ok(None) };
    let certificate = read("tls_certificate_file", certificate_file).await?;
    let key = read("tls_key_file", key_file).await?;
    let config = config(&certificate, &key).map_err(|why| ServeError::Tls(why.to_string()))?;
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

async fn read(setting: &'static str, path: &Path) -> Result<Vec<u8>, ServeError> {
    let unreadable =
        |cause: std::io::Error| ServeError::Setting { setting, why: format!("cannot read {}: {cause}", path.display()) };
    tokio::fs::read(path).await.map_err(unreadable)
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
