//! Chance as a parameter: the one source of random bytes, passed in by the caller.

/// A source of unpredictable bytes.
///
/// Production uses the operating system's generator, tests a seeded one. A source that fails is an error of the call, never a
/// weaker key.
pub trait Random: Send + Sync {
    /// Fills `bytes` whole, or fails and leaves nothing that may be used.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The random source gave no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random source failed")]
pub struct RandomError;
