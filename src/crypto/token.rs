//! The tokens that we mint: `<prefix>_<key id: 12>_<secret: 43><checksum: 6>`, all in base62.
//!
//! Knows the form and its checksum, so that a mistyped token costs no look-up. Must not know who holds a token or whether it is good:
//! the caller finds the key id's row and compares digests.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroizing;

use super::secret::PlainSecret;
use super::secret_digest::SecretDigest;
use crate::domain::random::{Random, RandomError};

mod base62;
#[cfg(test)]
mod tests;

const PREFIX_LENGTH: usize = 4;
const KEY_ID_LENGTH: usize = 12;
const TOKEN_LENGTH: usize = PREFIX_LENGTH + KEY_ID_LENGTH + 1 + base62::NUMBER_LENGTH + base62::CHECKSUM_LENGTH;

/// The kind of a token; its prefix is published and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An API key.
    ApiKey,
}

impl TokenKind {
    /// Returns the regular expression that is published for secret scanners.
    #[must_use]
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::ApiKey => "ork_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}",
        }
    }

    const fn prefix(self) -> &'static [u8; PREFIX_LENGTH] {
        match self {
            Self::ApiKey => b"ork_",
        }
    }

    fn from_prefix(prefix: [u8; PREFIX_LENGTH]) -> Option<Self> {
        [Self::ApiKey].into_iter().find(|kind| *kind.prefix() == prefix)
    }
}

/// The text is not a token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed token")]
pub struct InvalidToken;

/// The public part of a token: twelve base62 characters by which its row is found, safe to log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKeyId(String);

impl PublicKeyId {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_characters(characters: &[u8; KEY_ID_LENGTH]) -> Option<Self> {
        base62::is_base62(characters).then(|| Self(characters.iter().copied().map(char::from).collect()))
    }
}

impl FromStr for PublicKeyId {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, InvalidToken> {
        text.as_bytes().try_into().ok().and_then(Self::from_characters).ok_or(InvalidToken)
    }
}

impl fmt::Display for PublicKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token that was just minted; its text is shown once and never kept.
#[derive(Debug)]
#[must_use]
pub struct IssuedToken {
    /// The public part, to be stored and indexed.
    pub key_id: PublicKeyId,
    /// The whole text, for its owner alone.
    pub text: PlainSecret,
    /// The digest of the secret part, to be sealed and stored.
    pub digest: SecretDigest,
}

impl IssuedToken {
    /// Mints a token with 256 random bits.
    pub fn generate(kind: TokenKind, random: &dyn Random) -> Result<Self, RandomError> {
        let key_id = base62::draw_twelve(random)?;
        let mut number = Zeroizing::new([0; 32]);
        random.fill(number.as_mut_slice())?;
        let secret = base62::encode_number(&number);
        // At full capacity from the start: a buffer that grows leaves copies that nobody wipes.
        let mut text = Zeroizing::new(Vec::with_capacity(TOKEN_LENGTH));
        text.extend_from_slice(kind.prefix());
        text.extend_from_slice(&key_id);
        text.push(b'_');
        text.extend_from_slice(secret.as_slice());
        let checksum = base62::encode_checksum(crc32fast::hash(&text));
        text.extend_from_slice(&checksum);
        let key_id = PublicKeyId::from_characters(&key_id).ok_or(RandomError)?;
        Ok(Self { key_id, text: PlainSecret::from(text), digest: SecretDigest::of(secret.as_slice()) })
    }
}

/// A presented token whose form and checksum are right; whether it is good is not known yet.
#[derive(Debug)]
pub struct ParsedToken {
    kind: TokenKind,
    key_id: PublicKeyId,
    secret: PlainSecret,
}

impl ParsedToken {
    /// Checks length, prefix, alphabet and checksum.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        Self::split(text.as_bytes()).ok_or(InvalidToken)
    }

    /// Returns the kind that the prefix names.
    #[must_use]
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the public part.
    #[must_use]
    pub const fn key_id(&self) -> &PublicKeyId {
        &self.key_id
    }

    /// Digests the secret part, as its 43 ASCII characters.
    #[must_use]
    pub fn digest(&self) -> SecretDigest {
        SecretDigest::of(self.secret.expose())
    }

    fn split(text: &[u8]) -> Option<Self> {
        let text: &[u8; TOKEN_LENGTH] = text.try_into().ok()?;
        let (body, checksum) = text.split_last_chunk::<{ base62::CHECKSUM_LENGTH }>()?;
        if base62::encode_checksum(crc32fast::hash(body)) != *checksum {
            return None;
        }
        let (prefix, rest) = body.split_first_chunk::<PREFIX_LENGTH>()?;
        let kind = TokenKind::from_prefix(*prefix)?;
        let (key_id, rest) = rest.split_first_chunk::<KEY_ID_LENGTH>()?;
        let key_id = PublicKeyId::from_characters(key_id)?;
        let secret = rest.strip_prefix(b"_").filter(|secret| base62::is_number(secret))?;
        Some(Self { kind, key_id, secret: PlainSecret::from(secret.to_vec()) })
    }
}
