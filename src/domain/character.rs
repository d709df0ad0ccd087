//! What Unicode says of a single character.
//!
//! Knows general categories. Must not know which texts may hold which characters.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// Returns the general category, by the version of Unicode that case folding goes by as well.
fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

/// Tells whether the character is assigned: of one that is not, nobody knows yet how it folds and decomposes.
pub(in crate::domain) fn is_assigned(character: char) -> bool {
    category(character) != GeneralCategory::Unassigned
}
