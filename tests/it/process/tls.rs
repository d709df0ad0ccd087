//! TLS with a certificate of a private authority. The files below `tls/` are made for these tests alone and open nothing:
//! an EC authority for localhost and 127.0.0.1, valid until 2126, whose own key was thrown away.

use std::path::Path;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use super::program::{Server, data, folder, printed, run, who};
use crate::harness::caller::Caller;

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/process/tls");
    folder.join(name).to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_served_and_plaintext_is_not() {
    let folder = folder();
    let (certificate, key_file) = (file("server.pem"), file("server.key"));
    let arguments = ["--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
    let mut server = Server::start(folder.path(), &arguments);
    let key = server.first_key();
    let authority = std::fs::read(file("authority.pem")).unwrap();
    let trust = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
    let endpoint = Endpoint::from_shared(format!("https://{}", server.address)).unwrap();
    let channel = endpoint.clone().tls_config(trust).unwrap().connect().await.unwrap();
    assert_eq!(who(&Caller::new(channel, Some(key.clone()))).await.unwrap(), "administrator");
    // Without trust in the authority there is no connection, and without TLS none that carries calls.
    assert!(endpoint.tls_config(ClientTlsConfig::new()).unwrap().connect().await.is_err());
    let plain = Endpoint::from_shared(format!("http://{}", server.address)).unwrap().connect_lazy();
    assert!(who(&Caller::new(plain, Some(key.clone()))).await.is_err());
    let ended = server.stop();
    assert!(ended.stdout.contains(&format!("  grpcurl -H 'authorization: Bearer {key}'")), "{}", ended.stdout);
}

#[test]
fn a_bad_certificate_does_not_cost_the_first_key() {
    let folder = folder();
    let (certificate, key_file) = (file("server.key"), file("server.pem"));
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
    let refused = run(folder.path(), &arguments);
    assert_eq!((refused.status.code(), printed(&refused).as_str()), (Some(1), ""), "{refused:?}");
    assert!(data(&folder, "registry.sqlite").exists());
    drop(Server::start(folder.path(), &[]).first_key());
}

#[test]
fn a_missing_certificate_is_a_bad_setting() {
    let folder = folder();
    let key_file = file("server.key");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate-file", "nowhere.pem", "--tls-key-file", &key_file];
    let refused = run(folder.path(), &arguments);
    assert_eq!(refused.status.code(), Some(64), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("tls_certificate_file"), "{refused:?}");
}
