//! PEM files, and what is wrong with one in words that an operator can act on.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use tokio_rustls::rustls::pki_types::pem::{Error, PemObject, SectionKind};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::crypto::private_file::{self, PrivateFileError};
use crate::server::ServeError;

/// The largest file that is read, in bytes: room for a long chain with comments.
const MAX_LENGTH: usize = 1 << 20;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadFile {
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("it cannot be read: {0}")]
    NotPrivate(#[from] PrivateFileError),
    #[error("it is larger than {MAX_LENGTH} bytes")]
    TooLarge,
    #[error("it is empty")]
    Empty,
    #[error("it begins with a byte order mark: save it as plain text without one")]
    ByteOrderMark,
    #[error(
        "it is binary (DER or PKCS #12), and must be PEM: convert it with `openssl x509`, `openssl pkey` or `openssl pkcs12`"
    )]
    Binary,
    #[error("it is cut off: a section has no end")]
    CutOff,
    #[error("the text between two marks is not base64")]
    NotBase64,
    #[error("its private key is encrypted: decrypt it with `openssl pkey -in <file> -out <file>`")]
    Encrypted,
    #[error("it holds {found} and no {wanted}")]
    Lacks { wanted: &'static str, found: String },
    #[error("its {0} is damaged or of a kind that is not supported")]
    Damaged(&'static str),
    #[error("its private key is not that of the first certificate in {0}")]
    Mismatch(String),
}

impl BadFile {
    /// Names the setting and the file.
    pub(super) fn of(&self, setting: &'static str, path: &Path) -> ServeError {
        ServeError::Setting { setting, why: format!("{}: {self}", path.display()) }
    }
}

/// Reads a chain of certificates, the server's own first.
pub(super) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadFile> {
    let text = read(File::open(path)?)?;
    let found = sections(&text)?;
    let chain: Vec<_> = found.iter().filter_map(|(kind, der)| CertificateDer::from_pem(*kind, der.to_vec())).collect();
    if chain.is_empty() { Err(lacks("certificate", &found)) } else { Ok(chain) }
}

/// Reads a private key from a file that is private.
pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, BadFile> {
    let text = read(private_file::open(path)?)?;
    let encrypted = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"];
    if encrypted.iter().any(|mark| text.windows(mark.len()).any(|window| window == mark.as_bytes())) {
        return Err(BadFile::Encrypted);
    }
    let found = sections(&text)?;
    let key = found.iter().find_map(|(kind, der)| PrivateKeyDer::from_pem(*kind, der.to_vec()));
    key.ok_or_else(|| lacks("private key", &found))
}

fn read(file: File) -> Result<Zeroizing<Vec<u8>>, BadFile> {
    // At full capacity from the start: a buffer that grows leaves copies that nobody wipes.
    let mut content = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 1));
    file.take(u64::try_from(MAX_LENGTH + 1).unwrap_or(u64::MAX)).read_to_end(&mut content)?;
    if content.len() > MAX_LENGTH { Err(BadFile::TooLarge) } else { Ok(content) }
}

/// A section of a known kind, its content wiped when dropped.
type Section = (SectionKind, Zeroizing<Vec<u8>>);

fn sections(text: &[u8]) -> Result<Vec<Section>, BadFile> {
    const MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe"];
    if MARKS.iter().any(|mark| text.starts_with(mark)) {
        return Err(BadFile::ByteOrderMark);
    }
    if text.trim_ascii().is_empty() {
        return Err(BadFile::Empty);
    }
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    if text.iter().any(is_control) {
        return Err(BadFile::Binary);
    }
    let found = <(SectionKind, Vec<u8>)>::pem_slice_iter(text).map(|section| match section {
        Ok((kind, content)) => Ok((kind, Zeroizing::new(content))),
        Err(Error::MissingSectionEnd { .. } | Error::IllegalSectionStart { .. }) => Err(BadFile::CutOff),
        Err(_) => Err(BadFile::NotBase64),
    });
    found.collect()
}

fn lacks(wanted: &'static str, found: &[Section]) -> BadFile {
    let mut kinds: Vec<_> = found.iter().map(|(kind, _)| name(*kind)).collect();
    kinds.dedup();
    let found = if kinds.is_empty() { "nothing that is known".to_owned() } else { kinds.join(", ") };
    BadFile::Lacks { wanted, found }
}

const NAMES: [(SectionKind, &str); 7] = [
    (SectionKind::Certificate, "a certificate"),
    (SectionKind::PublicKey, "a public key"),
    (SectionKind::PrivateKey, "a private key"),
    (SectionKind::RsaPrivateKey, "a private key"),
    (SectionKind::EcPrivateKey, "a private key"),
    (SectionKind::Crl, "a revocation list"),
    (SectionKind::Csr, "a certificate request"),
];

fn name(kind: SectionKind) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == kind).map_or("something else", |(_, name)| name)
}
