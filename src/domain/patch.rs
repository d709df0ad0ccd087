//! What an update does to one field.
//!
//! Knows the three things that can happen: nothing, clearing, setting. Must not know masks or messages; "empty means leave alone"
//! cannot be said here.

/// What an update does to one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leaves the field as it is.
    #[default]
    Keep,
    /// Makes the field absent.
    Clear,
    /// Gives the field this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Reads a field of an update: the mask decides whether it is kept, presence decides whether it is cleared.
    #[must_use]
    pub fn from_masked(masked: bool, value: Option<T>) -> Self {
        if masked { value.map_or(Self::Clear, Self::Set) } else { Self::Keep }
    }

    /// Returns the field after the update.
    #[must_use]
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_decides_keep_and_presence_decides_clear() {
        assert_eq!(Patch::from_masked(false, None::<i32>), Patch::Keep);
        assert_eq!(Patch::from_masked(false, Some(1)), Patch::Keep);
        assert_eq!(Patch::from_masked(true, None::<i32>), Patch::Clear);
        assert_eq!(Patch::from_masked(true, Some(1)), Patch::Set(1));
    }

    #[test]
    fn keep_clear_and_set_do_what_they_say() {
        assert_eq!(Patch::Keep.apply(Some(1)), Some(1));
        assert_eq!(Patch::Keep.apply(None::<i32>), None);
        assert_eq!(Patch::Clear.apply(Some(1)), None);
        assert_eq!(Patch::Set(2).apply(Some(1)), Some(2));
        assert_eq!(Patch::Set(2).apply(None), Some(2));
    }
}
