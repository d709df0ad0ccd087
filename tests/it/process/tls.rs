//! TLS with a certificate of a private authority. The files below `tls/` are made for these tests alone and open nothing:
//! an EC authority for localhost and 127.0.0.1, valid until 2126, whose own key was thrown away.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use super::program::{Server, certificate_and_key, folder, run, tls_file, who};
use crate::harness::caller::Caller;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_served_and_plaintext_is_not() {
    let folder = folder();
    let [certificate, key_file] = certificate_and_key(folder.path());
    let arguments = ["--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
    let mut server = Server::start(folder.path(), &arguments);
    let key = server.first_key();
    let authority = std::fs::read(tls_file("authority.pem")).unwrap();
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
fn a_missing_certificate_is_a_bad_setting() {
    let folder = folder();
    let [_, key_file] = certificate_and_key(folder.path());
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate-file", "nowhere.pem", "--tls-key-file", &key_file];
    let refused = run(folder.path(), &arguments);
    assert_eq!(refused.status.code(), Some(64), "{refused:?}");
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(complaint.contains("tls_certificate_file") && complaint.contains("nowhere.pem"), "{complaint}");
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_tls_key_that_others_can_read_or_the_group_can_write_is_a_bad_setting() {
    let folder = folder();
    let [certificate, key_file] = certificate_and_key(folder.path());
    let arguments = ["--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
    for mode in [0o644, 0o660] {
        fs::set_permissions(&key_file, Permissions::from_mode(mode)).unwrap();
        let refused = run(folder.path(), &[&["serve", "--listen", "127.0.0.1:0"], &arguments[..]].concat());
        assert_eq!(refused.status.code(), Some(64), "{refused:?}");
        let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(complaint.contains("tls_key_file") && complaint.contains(&format!("mode {mode:o}")), "{complaint}");
    }
    fs::set_permissions(&key_file, Permissions::from_mode(0o640)).unwrap();
    Server::start(folder.path(), &arguments);
}

#[test]
fn a_certificate_that_is_not_valid_now_is_warned_of_at_the_start() {
    let folder = folder();
    let [_, key_file] = certificate_and_key(folder.path());
    for (name, dates, warning) in [
        ("server.pem", "valid from 2026-11-20T15:01:19Z to 2126-10-27T15:01:19Z", None),
        ("expired.pem", "valid from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z", Some("no longer valid")),
        ("future.pem", "valid from 2120-01-01T00:00:00Z to 2130-01-01T00:00:00Z", Some("not valid yet")),
    ] {
        let certificate = tls_file(name).to_str().unwrap().to_owned();
        let arguments = ["--log-format", "human", "--tls-certificate-file", &certificate, "--tls-key-file", &key_file];
        let mut server = Server::start(folder.path(), &arguments);
        let line = server.log_line("settings in force");
        assert!(line.contains(dates), "{line}");
        if let Some(warning) = warning {
            let line = server.log_line(warning);
            assert!(line.contains("WARN") && line.contains(dates), "{line}");
        }
        let log = server.stop().stderr;
        assert_eq!(log.contains("the TLS certificate is"), warning.is_some(), "{log}");
    }
}
