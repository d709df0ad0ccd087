//! The hash of a password: the one kind of secret that people choose.
//!
//! Knows Argon2id (RFC 9106) and the PHC string in which a hash is kept. Must not be used for secrets of our own making, whose 256
//! random bits need no slow hash, and must not decide how many are computed at once: each takes 19 MiB and some 26 ms of a core.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};

use super::secret::PlainSecret;
use crate::domain::random::{Random, RandomError};

/// The memory of one computation, in KiB: 19 MiB.
const MEMORY: u32 = 19 * 1024;
/// How often the memory is gone through.
const PASSES: u32 = 2;
/// How many parts of the memory are independent of each other.
const LANES: u32 = 1;
/// The length of a salt, in bytes.
const SALT_LENGTH: usize = 16;
/// The length of a hash, in bytes.
const HASH_LENGTH: usize = 32;

/// Why a password could not be hashed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordHashError {
    /// The computation failed: there was not enough memory, or the parameters are none.
    #[error("the password hash could not be computed")]
    Computation,
    /// What is stored is no hash of a password.
    #[error("what is stored is no password hash")]
    Malformed,
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Hashes a password under a fresh salt; the PHC string is what is sealed in the password's place.
pub fn hash(password: &PlainSecret, random: &dyn Random) -> Result<PlainSecret, PasswordHashError> {
    let mut salt = [0; SALT_LENGTH];
    random.fill(&mut salt)?;
    let hash: PasswordHash = live()?.hash_password_with_salt(password.expose(), &salt).map_err(failed)?;
    Ok(PlainSecret::from(hash.to_string()))
}

/// Makes the hash of no password: well formed, with the live parameters, so that to compare with it is the same work.
pub fn dummy(random: &dyn Random) -> Result<PlainSecret, PasswordHashError> {
    let (mut salt, mut hash) = ([0; SALT_LENGTH], [0; HASH_LENGTH]);
    random.fill(&mut salt)?;
    random.fill(&mut hash)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(live()?.params()).map_err(failed)?,
        salt: Some(Salt::new(&salt).map_err(failed)?),
        hash: Some(Output::new(&hash).map_err(failed)?),
    };
    Ok(PlainSecret::from(hash.to_string()))
}

/// Says, by one computation with the parameters of the stored hash and in constant time, whether it is this password's.
pub fn matches(password: &PlainSecret, stored: &PlainSecret) -> Result<bool, PasswordHashError> {
    let text = std::str::from_utf8(stored.expose()).map_err(|_| PasswordHashError::Malformed)?;
    let hash = PasswordHash::new(text).map_err(|_| PasswordHashError::Malformed)?;
    if hash.salt.is_none() || hash.hash.is_none() {
        return Err(PasswordHashError::Malformed);
    }
    match live()?.verify_password(password.expose(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(_) => Err(PasswordHashError::Computation),
    }
}

fn live() -> Result<Argon2<'static>, PasswordHashError> {
    let params = Params::new(MEMORY, PASSES, LANES, Some(HASH_LENGTH)).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Forgets a cause that says nothing more.
fn failed<E>(_: E) -> PasswordHashError {
    PasswordHashError::Computation
}

#[cfg(test)]
mod tests;
