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

/// Tells whether the character is a letter or a digit, by itself and assigned.
pub(in crate::domain) fn is_letter_or_digit(character: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark, Unassigned};
    let other = [EnclosingMark, NonspacingMark, SpacingMark, Unassigned];
    // Unicode calls vowel signs alphabetic, and they are marks.
    character.is_alphanumeric() && !other.contains(&category(character))
}

/// Tells whether the character is a mark that combines with the one before it. Variation selectors are not: they cannot be seen.
pub(in crate::domain) fn is_mark(character: char) -> bool {
    let combines = matches!(category(character), GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark);
    combines && !is_variation_selector(character)
}

/// Tells whether the character is a mark that encloses the one before it.
pub(in crate::domain) fn is_enclosing_mark(character: char) -> bool {
    category(character) == GeneralCategory::EnclosingMark
}

/// Tells whether the character chooses among the forms of the one before it.
pub(in crate::domain) const fn is_variation_selector(character: char) -> bool {
    matches!(character, '\u{FE00}'..='\u{FE0F}')
}
