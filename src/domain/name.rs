//! The names that people choose and that must be unique: app names, tenant names, slugs, login names.
//!
//! Knows which characters a name may have and when two names count as the same. Must not know which names are taken.

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;

use crate::domain::character::{is_assigned, is_letter_or_digit, is_mark, is_variation_selector};
use crate::domain::id::normalized;
use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::{checked_text, is_control, length_fault, line_faults, mark_fault};

checked_text! {
    /// An app's name: 1 to 128 letters with their combining marks, digits, underscores, hyphens, dots and inner spaces.
    ///
    /// A letter or digit is what Unicode calls alphabetic or numeric, but for marks.
    AppName, name_faults
}

checked_text! {
    /// A tenant's name; obeys the same rules as an app's.
    TenantName, name_faults
}

checked_text! {
    /// A role's name; obeys the same rules as an app's.
    RoleName, name_faults
}

checked_text! {
    /// A user's login name: 1 to 128 assigned characters without `/`, `:` and white space, so that `<tenant id>/<login>` can be the
    /// user-id of RFC 7617 §2. It has not the form of an id, which names a user by itself.
    LoginName, login_name_faults
}

checked_text! {
    /// A short name for URLs: `[a-z0-9-]{1,63}`.
    Slug, slug_faults
}

/// The rules by which keys are made: our own, and the version of Unicode that they fold by. Normalization needs no version: it never
/// changes for a character that is assigned, and names have no others.
pub const KEY_RULES: &str = concat!("NFC(fold(NFD)) of Unicode ", icu_casemap_data::unicode_tag!());

macro_rules! unique_without_regard_to_case {
    ($($name:ident)*) => {$(
        impl $name {
            /// Returns the key under which the name is unique: full default case folding, without the rules for Turkic languages,
            /// of the decomposed name, composed again (the canonical caseless match of Unicode, D145). It can be longer than
            /// the name.
            #[must_use]
            pub fn key(&self) -> String {
                Self::key_of(&self.0)
            }

            /// Returns the key of any text, such as the beginning of a name.
            #[must_use]
            pub fn key_of(text: &str) -> String {
                let decomposed: String = text.nfd().collect();
                CaseMapper::new().fold_string(&decomposed).nfc().collect()
            }
        }
    )*};
}

unique_without_regard_to_case! { AppName TenantName RoleName LoginName }

impl Slug {
    /// The length of the longest slug.
    const MAX_LENGTH: usize = 63;

    /// Derives the slug of an app that was sent without one: ASCII letters and digits in lower case, one hyphen for each run of
    /// anything else; nothing when no letter or digit is left.
    #[must_use]
    pub fn derive(name: &AppName) -> Option<Self> {
        let mut slug = String::with_capacity(Self::MAX_LENGTH);
        for word in name.as_str().split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            if !slug.is_empty() {
                slug.push('-');
            }
            slug.push_str(&word.to_ascii_lowercase());
        }
        slug.truncate(Self::MAX_LENGTH);
        slug.truncate(slug.trim_end_matches('-').len());
        (!slug.is_empty()).then_some(Self(slug))
    }
}

fn name_faults(text: &str) -> Vec<Fault> {
    let mut faults = line_faults(text, &(1..=128));
    if text.contains(|c| !is_name_character(c)) {
        let sentence = "Only letters with their marks, digits, underscores, hyphens, dots and inner spaces are allowed.";
        faults.push(Fault::new(FieldReason::InvalidCharacter, sentence));
    } else {
        faults.extend(mark_fault(text));
    }
    faults
}

/// Tells whether a name may hold the character as far as the name's own rule goes; the rule of all texts speaks of white space at
/// the ends and of control characters, which are not reported twice.
fn is_name_character(character: char) -> bool {
    let is_text = is_letter_or_digit(character) || is_mark(character);
    is_text || matches!(character, '_' | '-' | '.' | ' ') || is_control(character)
}

fn login_name_faults(text: &str) -> Vec<Fault> {
    let mut faults = line_faults(text, &(1..=128));
    if text.contains(|c: char| matches!(c, '/' | ':') || (c.is_whitespace() && !is_control(c))) {
        faults.push(Fault::new(FieldReason::InvalidCharacter, "Slashes, colons and white space are not allowed."));
    }
    if text.contains(|c: char| is_variation_selector(c) || (!is_assigned(c) && !is_control(c))) {
        let sentence = "Variation selectors, and characters that Unicode has not assigned, are not allowed.";
        faults.push(Fault::new(FieldReason::InvalidCharacter, sentence));
    }
    faults.extend(mark_fault(text));
    if normalized(text).is_some() {
        faults.push(Fault::new(FieldReason::InvalidFormat, "A login name must not have the form of an id."));
    }
    faults
}

fn slug_faults(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(length_fault(text.chars().count(), &(1..=Slug::MAX_LENGTH), "characters"));
    if text.contains(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        faults.push(Fault::new(FieldReason::InvalidCharacter, "Only the characters a to z, 0 to 9 and the hyphen are allowed."));
    }
    faults
}

#[cfg(test)]
mod tests;
