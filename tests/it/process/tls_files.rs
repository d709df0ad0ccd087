//! Certificates and keys that cannot be served: each is named with its setting and what is wrong, before anything is made.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::program::{certificate_and_key, data, folder, printed, run, tls_file};

/// What a file holds instead, the setting that is named, and a part of what is said.
type Case = (Vec<u8>, &'static str, &'static str);

fn text(name: &str) -> String {
    fs::read_to_string(tls_file(name)).unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).unwrap()
}

fn pem(label: &str, der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der)).into_bytes()
}

/// What is wrong with either file alike, of what it should hold.
fn of_either(good: &str, setting: &'static str) -> Vec<Case> {
    let utf_16: Vec<u8> = "\u{feff}".encode_utf16().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let cut_off = good[..good.len() / 2].to_owned();
    let scribbled = good.replacen("MI", "M*", 1);
    vec![
        (Vec::new(), setting, "it is empty"),
        (b"\n \n".to_vec(), setting, "it is empty"),
        (der(good), setting, "must be PEM"),
        (format!("\u{feff}{good}").into_bytes(), setting, "byte order mark"),
        (utf_16, setting, "byte order mark"),
        (cut_off.into_bytes(), setting, "cut off"),
        (scribbled.into_bytes(), setting, "not base64"),
        (b"# nothing but a comment\n".to_vec(), setting, "holds nothing that is known"),
        (vec![b'#'; (1 << 20) + 1], setting, "larger than"),
    ]
}

fn of_the_certificate() -> Vec<Case> {
    let setting = "tls_certificate_file";
    let (good, key) = (text("server.pem"), text("server.key"));
    let mut damaged = der(&good);
    damaged.truncate(100);
    let chain = [good.as_bytes(), &good.as_bytes()[..good.len() / 2]].concat();
    let mut cases = of_either(&good, setting);
    cases.extend([
        (key.into_bytes(), setting, "holds a private key and no certificate"),
        (pem("CERTIFICATE", &damaged), setting, "certificate is damaged"),
        (chain, setting, "cut off"),
        (text("authority.pem").into_bytes(), "tls_key_file", "is not that of the first certificate in"),
    ]);
    cases
}

fn of_the_key() -> Vec<Case> {
    let setting = "tls_key_file";
    let good = text("server.key");
    let encrypted = pem("ENCRYPTED PRIVATE KEY", &der(&good));
    let old =
        good.replace("PRIVATE KEY-----\nMI", "RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMI");
    let mut damaged = der(&good);
    damaged.truncate(60);
    let mut cases = of_either(&good, setting);
    cases.extend([
        (text("server.pem").into_bytes(), setting, "holds a certificate and no private key"),
        (encrypted, setting, "encrypted"),
        (old.into_bytes(), setting, "encrypted"),
        (pem("PRIVATE KEY", &damaged), setting, "private key is damaged"),
    ]);
    cases
}

/// Serves with what a file holds in the place of the good one, and demands the refusal.
fn assert_refused(folder: &Path, files: &[String; 2], bad: (usize, Case)) {
    let (place, (content, setting, words)) = bad;
    let good = fs::read(&files[place]).unwrap();
    fs::write(&files[place], content).unwrap();
    let [certificate, key] = files;
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--tls-certificate-file", certificate, "--tls-key-file", key];
    let refused = run(folder, &arguments);
    fs::write(&files[place], good).unwrap();
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), printed(&refused).as_str()), (Some(64), ""), "{words}: {complaint}");
    let file = if setting == "tls_key_file" { key } else { certificate };
    for part in [setting, file.as_str(), words] {
        assert!(complaint.contains(part), "{part}: {complaint}");
    }
    assert!(complaint.lines().count() == 1 && !complaint.contains('['), "a sentence, and no list of bytes: {complaint}");
}

#[test]
fn a_certificate_or_key_that_cannot_be_served_is_told_in_words_before_anything_is_made() {
    let folder = folder();
    let files = certificate_and_key(folder.path());
    for (place, cases) in [of_the_certificate(), of_the_key()].into_iter().enumerate() {
        for case in cases {
            assert_refused(folder.path(), &files, (place, case));
        }
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn a_keyring_with_a_byte_order_mark_is_read_as_the_file_of_settings_is() {
    let folder = folder();
    assert!(run(folder.path(), &["bootstrap"]).status.success());
    let marked = format!("\u{feff}{}", fs::read_to_string(data(&folder, "keyring")).unwrap());
    fs::write(data(&folder, "keyring"), marked).unwrap();
    fs::set_permissions(data(&folder, "keyring"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(folder.path().join("registry.toml"), "\u{feff}log = \"warn\"\n").unwrap();
    let recovered = run(folder.path(), &["bootstrap", "--recover", "--config-file", "registry.toml"]);
    assert_eq!(recovered.status.code(), Some(0), "{recovered:?}");
}
