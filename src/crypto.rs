//! How secrets are kept: plain and sealed secrets, the envelope, the keys above it, and the tokens we mint.
//!
//! Knows AES-256-GCM, HKDF-SHA-256, Argon2id, the envelope's bytes and the keyring file. Must not know a database, a socket, gRPC, a clock or
//! who may open what: rows and wrapped keys come in as values, chance as an argument, and the permit stands around this room. The
//! disk is touched by [`private_file`] and [`keyring_file`] alone.

#[cfg(test)]
mod chance;
pub mod context;
pub mod envelope;
pub mod key_encryption_key;
mod key_material;
pub mod keyring;
pub mod keyring_file;
#[cfg(test)]
mod known_answers;
mod message_mac;
pub mod password;
pub mod private_file;
pub mod secret;
pub mod secret_digest;
pub mod tenant_key;
pub mod token;

pub use self::context::{OwnerKind, SecretContext};
pub use self::envelope::{OpenError, SealError};
pub use self::key_encryption_key::{KeyEncryptionKey, WrappedKey};
pub use self::keyring::Keyring;
pub use self::message_mac::MessageMac;
pub use self::password::PasswordHashError;
pub use self::secret::{PlainSecret, SealedSecret};
pub use self::secret_digest::{SecretDigest, fingerprint};
pub use self::tenant_key::{KeyPurpose, TenantKey, TenantKeyId, TenantKeyIdentity};
pub use self::token::{IssuedToken, ParsedToken, TokenKind};
