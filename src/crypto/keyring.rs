//! The key-encryption keys that a process holds, one of them primary.
//!
//! Knows the text of the keyring file. Must not know the file: [`keyring_file`](super::keyring_file) reads and writes it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::key_encryption_key::{InvalidKeyEncryptionKeyId, KeyEncryptionKey, KeyEncryptionKeyId};
use super::key_material::{KEY_LENGTH, KeyMaterial};
use crate::domain::random::{Random, RandomError};

#[cfg(test)]
mod tests;

const PRIMARY_MARK: &str = " primary";
const HEADING: &str =
    "# The key-encryption keys of an OAuth Registry. Who reads this file and the database reads every secret.\n";
/// The characters that 32 bytes take in base64.
const ENCODED_KEY_LENGTH: usize = 44;
/// A name, a colon, a key, the mark and the end of the line.
const MAX_LINE_LENGTH: usize = 63 + 1 + ENCODED_KEY_LENGTH + PRIMARY_MARK.len() + 1;

/// The text is not a keyring. The error names the line and never its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyring {
    /// A line has no colon between name and key.
    #[error("line {0}: not of the form `name:key`, optionally followed by ` primary`")]
    Form(usize),
    /// A name is not `[a-z0-9][a-z0-9-]{0,62}`.
    #[error("line {0}: the name is not of the form [a-z0-9][a-z0-9-]{{0,62}}")]
    Name(usize),
    /// A key is not the standard base64 of 32 bytes.
    #[error("line {0}: the key is not the base64 of 32 bytes")]
    Key(usize),
    /// A name stands on an earlier line too.
    #[error("line {0}: the name is used twice")]
    DuplicateName(usize),
    /// A key stands on an earlier line too, under another name.
    #[error("line {0}: the key is used twice")]
    DuplicateKey(usize),
    /// An earlier line is marked primary too.
    #[error("line {0}: a second key is marked primary")]
    SecondPrimary(usize),
    /// No line is marked primary.
    #[error("no key is marked primary")]
    NoPrimary,
}

/// A keyring was not generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GenerateKeyringError {
    /// The suffix does not make a name.
    #[error(transparent)]
    Name(#[from] InvalidKeyEncryptionKeyId),
    /// The random source gave no key.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The key-encryption keys at hand; exactly one, the primary, wraps new tenant keys.
pub struct Keyring {
    primary: KeyEncryptionKey,
    others: Vec<KeyEncryptionKey>,
}

impl Keyring {
    /// Draws a keyring of one key, named `kek-` and the suffix.
    pub fn generate(suffix: &str, random: &dyn Random) -> Result<Self, GenerateKeyringError> {
        let id = format!("kek-{suffix}").parse()?;
        Ok(Self { primary: KeyEncryptionKey::generate(id, random)?, others: Vec::new() })
    }

    /// Reads the text of a keyring file: `name:key` lines, one with ` primary` behind it; empty lines and `#` lines are skipped.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyring> {
        let mut primary: Option<KeyEncryptionKey> = None;
        let mut others: Vec<KeyEncryptionKey> = Vec::new();
        // The mark that some editors put before a text; the parser of the TOML file takes it too.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, entry) in (1..).zip(text.lines().map(str::trim)) {
            if entry.is_empty() || entry.starts_with('#') {
                continue;
            }
            let (key, is_primary) = parse_entry(entry, line)?;
            refuse_duplicate(&key, primary.iter().chain(&others), line)?;
            if !is_primary {
                others.push(key);
            } else if primary.replace(key).is_some() {
                return Err(InvalidKeyring::SecondPrimary(line));
            }
        }
        Ok(Self { primary: primary.ok_or(InvalidKeyring::NoPrimary)?, others })
    }

    /// Writes the text of the keyring file, the primary key first.
    #[must_use]
    pub fn to_file_text(&self) -> Zeroizing<String> {
        // At full capacity from the start: a text that grows leaves copies that nobody wipes.
        let lines = self.others.len().saturating_add(1);
        let mut text = Zeroizing::new(String::with_capacity(HEADING.len().saturating_add(lines.saturating_mul(MAX_LINE_LENGTH))));
        text.push_str(HEADING);
        for key in self.keys() {
            text.push_str(key.id().as_str());
            text.push(':');
            STANDARD.encode_string(key.material().expose(), &mut text);
            text.push_str(if key.id() == self.primary.id() { " primary\n" } else { "\n" });
        }
        text
    }

    /// Returns the key that wraps new tenant keys.
    #[must_use]
    pub const fn primary(&self) -> &KeyEncryptionKey {
        &self.primary
    }

    /// Finds the key of this name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&KeyEncryptionKey> {
        self.keys().find(|key| key.id().as_str() == id)
    }

    /// Says whether every key of another keyring is in this one, under the same name.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        other.keys().all(|key| self.get(key.id().as_str()).is_some_and(|own| is_same(own, key)))
    }

    /// Returns the names of all keys, the primary's first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyEncryptionKeyId> {
        self.keys().map(KeyEncryptionKey::id)
    }

    /// Returns all keys, the primary first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyEncryptionKey> {
        std::iter::once(&self.primary).chain(&self.others)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("primary", &self.primary).field("others", &self.others).finish()
    }
}

fn parse_entry(entry: &str, line: usize) -> Result<(KeyEncryptionKey, bool), InvalidKeyring> {
    let (entry, is_primary) = entry.strip_suffix(PRIMARY_MARK).map_or((entry, false), |rest| (rest, true));
    let (id, encoded) = entry.split_once(':').ok_or(InvalidKeyring::Form(line))?;
    let id = id.parse().map_err(|_| InvalidKeyring::Name(line))?;
    let material = decode_key(encoded).ok_or(InvalidKeyring::Key(line))?;
    Ok((KeyEncryptionKey::from_material(id, material), is_primary))
}

fn decode_key(encoded: &str) -> Option<KeyMaterial> {
    if encoded.len() != ENCODED_KEY_LENGTH {
        return None;
    }
    // The decoder wants room for the byte that the padding stands for.
    let mut buffer = Zeroizing::new([0; KEY_LENGTH + 1]);
    let length = STANDARD.decode_slice(encoded, buffer.as_mut_slice()).ok()?;
    KeyMaterial::from_slice(buffer.get(..length)?)
}

/// Compares two keys, names aside, in a time that says nothing of them.
fn is_same(one: &KeyEncryptionKey, other: &KeyEncryptionKey) -> bool {
    one.material().expose().as_slice().ct_eq(other.material().expose()).into()
}

fn refuse_duplicate<'a>(
    key: &KeyEncryptionKey,
    mut earlier: impl Iterator<Item = &'a KeyEncryptionKey>,
    line: usize,
) -> Result<(), InvalidKeyring> {
    earlier.try_for_each(|other| {
        if other.id() == key.id() {
            Err(InvalidKeyring::DuplicateName(line))
        } else if is_same(other, key) {
            Err(InvalidKeyring::DuplicateKey(line))
        } else {
            Ok(())
        }
    })
}
