//! Peers that connect and do not speak HTTP/2.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::program::{Server, assert_cut_off, certificate_and_key, folder, tls_file};
use crate::harness::http2::{PING, PREFACE, SETTINGS, frame, greeting, read_until, write};

const PATIENCE: [&str; 2] = ["--handshake-timeout-seconds", "4"];

/// Opens TLS to the server and says nothing within.
async fn tls(server: &Server) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(tls_file("authority.pem")).unwrap()).unwrap();
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, server.peer().await).await.unwrap()
}

/// Says something and waits for the cut.
async fn cut_off_after(server: &Server, said: &[u8]) {
    let mut wire = server.peer().await;
    write(&mut wire, said).await;
    assert_cut_off(wire).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_begin_http2_is_cut_off() {
    let folder = folder();
    let server = Server::start(folder.path(), &PATIENCE);
    let mut quiet = server.peer().await;
    write(&mut quiet, &greeting()).await;
    read_until(&mut quiet, SETTINGS).await;
    let almost = greeting();
    tokio::join!(
        cut_off_after(&server, b""),
        cut_off_after(&server, b"P"),
        cut_off_after(&server, PREFACE),
        cut_off_after(&server, &almost[..almost.len() - 1]),
        cut_off_after(&server, b"GET / HTTP/1.1\r\n\r\n"),
    );
    // Whoever has begun may be silent for longer.
    write(&mut quiet, &frame(PING, 0, 0, b"still on")).await;
    assert_eq!(read_until(&mut quiet, PING).await.payload, b"still on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_begin_tls_or_http2_within_it_is_cut_off() {
    let folder = folder();
    let [certificate, key_file] = certificate_and_key(folder.path());
    let arguments = ["--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
    let server = Server::start(folder.path(), &[&arguments[..], &PATIENCE].concat());
    let mut quiet = tls(&server).await;
    write(&mut quiet, &greeting()).await;
    read_until(&mut quiet, SETTINGS).await;
    let within = tls(&server).await;
    tokio::join!(
        cut_off_after(&server, b""),
        // The header of a record with a ClientHello of 512 bytes, and not one of them.
        cut_off_after(&server, &[22, 3, 1, 2, 0]),
        assert_cut_off(within),
    );
    write(&mut quiet, &frame(PING, 0, 0, b"still on")).await;
    assert_eq!(read_until(&mut quiet, PING).await.payload, b"still on");
}
