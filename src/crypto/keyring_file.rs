//! The keyring on the disk: read only when it is private, written for us alone, whole or not at all.
//!
//! Knows the order of writes. Must not know the text of a keyring.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::keyring::{InvalidKeyring, Keyring};
use super::private_file::{self, PrivateFileError};
use crate::domain::random::{Random, RandomError};

#[cfg(test)]
mod tests;

/// The largest keyring file that is read, in bytes: room for hundreds of keys.
const MAX_FILE_LENGTH: usize = 64 * 1024;

/// The keyring file was not read or not written.
#[derive(Debug, thiserror::Error)]
pub enum KeyringFileError {
    /// The operating system refused.
    #[error("the keyring file: {0}")]
    Io(#[from] io::Error),
    /// It is no file, or others can have written or read it.
    #[error("the keyring file: {0}")]
    NotPrivate(#[from] PrivateFileError),
    /// The path has no file name.
    #[error("the keyring is not a regular file")]
    NoName,
    /// The file is larger than any keyring.
    #[error("the keyring file is larger than {MAX_FILE_LENGTH} bytes")]
    TooLarge,
    /// The file is not UTF-8.
    #[error("the keyring file is not UTF-8 text")]
    NotText,
    /// The text is not a keyring.
    #[error("the keyring file: {0}")]
    Invalid(#[from] InvalidKeyring),
    /// A file stands there already; it is never overwritten.
    #[error("a keyring file exists already")]
    AlreadyExists,
    /// The random source gave no name for the temporary file.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl KeyringFileError {
    /// Says whether the process had no file or memory left, which says nothing of the keyring.
    #[must_use]
    pub fn is_shortage(&self) -> bool {
        matches!(self, Self::NotPrivate(error) if error.is_shortage())
    }
}

/// Reads the keyring from a file that is private.
pub fn load(path: &Path) -> Result<Keyring, KeyringFileError> {
    let file = private_file::open(path)?;
    let content = read_limited(file)?;
    let text = std::str::from_utf8(&content).map_err(|_| KeyringFileError::NotText)?;
    Ok(Keyring::parse(text)?)
}

/// Writes a new keyring file with mode 0600; a file that exists is left alone, and a crash leaves the whole file or none.
pub fn create(path: &Path, keyring: &Keyring, random: &dyn Random) -> Result<(), KeyringFileError> {
    let temporary = sibling(path, random)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let temporary = TemporaryFile(temporary);
    file.write_all(keyring.to_file_text().as_bytes())?;
    file.sync_all()?;
    // A link, not a rename: a rename would replace a keyring that stands there already.
    std::fs::hard_link(&temporary.0, path).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists { KeyringFileError::AlreadyExists } else { KeyringFileError::Io(error) }
    })?;
    drop(temporary);
    File::open(directory_of(path))?.sync_all()?;
    Ok(())
}

/// Removes the half-written or linked file on every way out.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Nothing more can be done here: the name is never used again and its mode keeps others out.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn read_limited(file: File) -> Result<Zeroizing<Vec<u8>>, KeyringFileError> {
    // At full capacity from the start: a buffer that grows leaves copies that nobody wipes.
    let limit = MAX_FILE_LENGTH.saturating_add(1);
    let mut content = Zeroizing::new(Vec::with_capacity(limit));
    file.take(u64::try_from(limit).unwrap_or(u64::MAX)).read_to_end(&mut content)?;
    if content.len() > MAX_FILE_LENGTH { Err(KeyringFileError::TooLarge) } else { Ok(content) }
}

fn sibling(path: &Path, random: &dyn Random) -> Result<PathBuf, KeyringFileError> {
    let file_name = path.file_name().ok_or(KeyringFileError::NoName)?;
    let mut unique = [0; 8];
    random.fill(&mut unique)?;
    let mut suffix = String::from(".new-");
    for byte in unique {
        let _ = write!(suffix, "{byte:02x}");
    }
    let mut name = OsString::from(file_name);
    name.push(suffix);
    Ok(path.with_file_name(name))
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
