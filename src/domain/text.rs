//! The rules that every text obeys: NFC, no control characters, no surrounding white space, a length in characters.
//!
//! Knows characters. Must not know what a text is for; the rules of names stand in `name`, those of secrets in `secret_text`.
//! A text is accepted unchanged or refused: nothing is trimmed, folded or repaired here.

use std::ops::RangeInclusive;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::domain::character::{is_enclosing_mark, is_letter_or_digit, is_mark};
use crate::domain::invalid::{Fault, FieldReason};

/// How many combining marks may follow each other, when every one of them is a character of its own.
const MOST_MARKS: usize = 4;

/// Checks a text of one line whose length is counted in characters; every fault is reported.
pub fn check_line(text: &str, characters: RangeInclusive<usize>) -> Result<(), Vec<Fault>> {
    outcome(line_faults(text, &characters))
}

/// Checks a text that rows are searched by, at most 256 characters: a prefix may end with a space, and need not be normalized.
pub fn check_filter(text: &str) -> Result<(), Vec<Fault>> {
    let faults = length_fault(text.chars().count(), &(0..=256), "characters");
    outcome(faults.into_iter().chain(control_fault(text)).collect())
}

/// Says whether a stored text can be one that was written here: not empty, one line, no longer than the longest text of any field.
#[must_use]
pub(in crate::domain) fn is_stored_line(text: &str) -> bool {
    const LONGEST: usize = 8 * 1024;
    (1..=LONGEST).contains(&text.len()) && !text.bytes().any(|byte| byte.is_ascii_control())
}

/// Returns every fault of a text of one line.
pub(in crate::domain) fn line_faults(text: &str, characters: &RangeInclusive<usize>) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(length_fault(text.chars().count(), characters, "characters"));
    faults.extend(control_fault(text));
    faults.extend(surrounding_fault(text));
    if !is_nfc(text) {
        faults.push(Fault::new(FieldReason::NotNormalized, "The text must be in Unicode normalization form C."));
    }
    faults
}

/// Ends a check: good when no fault was found.
pub(in crate::domain) fn outcome(faults: Vec<Fault>) -> Result<(), Vec<Fault>> {
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Returns the fault of a length outside its limits; an empty value that must not be empty counts as absent.
pub(in crate::domain) fn length_fault(length: usize, limits: &RangeInclusive<usize>, unit: &str) -> Option<Fault> {
    let (least, most) = (limits.start(), limits.end());
    if length > *most {
        return Some(Fault::new(FieldReason::TooLong, format!("The value may have at most {most} {unit}.")));
    }
    if length >= *least {
        return None;
    }
    if length == 0 {
        return Some(Fault::required());
    }
    Some(Fault::new(FieldReason::TooShort, format!("The value must have at least {least} {unit}.")))
}

/// Returns the fault of a text that contains a control character.
pub(in crate::domain) fn control_fault(text: &str) -> Option<Fault> {
    text.contains(is_control)
        .then(|| Fault::new(FieldReason::ControlCharacter, "Control, invisible and private-use characters are not allowed."))
}

/// Returns the fault of a text that begins or ends with white space.
pub(in crate::domain) fn surrounding_fault(text: &str) -> Option<Fault> {
    let surrounded = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    surrounded.then(|| Fault::new(FieldReason::SurroundingWhitespace, "The value must not begin or end with white space."))
}

/// Returns the fault of a name in which a combining mark belongs to no letter, digit or mark, or in which too many follow each other:
/// what nobody can read is no name.
pub(in crate::domain) fn mark_fault(text: &str) -> Option<Fault> {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    let stray = text.chars().zip(before).any(|(character, before)| {
        let carried = before.is_some_and(|before| is_letter_or_digit(before) || is_mark(before));
        is_enclosing_mark(character) || (is_mark(character) && !carried)
    });
    let mut row = 0_usize;
    let crowded = text.nfd().any(|character| {
        row = if is_mark(character) { row.saturating_add(1) } else { 0 };
        row > MOST_MARKS
    });
    let sentence = "A combining mark must follow a letter, a digit or a mark, at most four in a row, and none may enclose.";
    (stray || crowded).then(|| Fault::new(FieldReason::InvalidCharacter, sentence))
}

/// Tells whether a character steers or hides text instead of being text.
///
/// These are the control characters, the line and paragraph separators, the default-ignorable characters of Unicode
/// (bidirectional overrides, zero-width characters, fillers, tags), private use and noncharacters. The variation selectors
/// U+FE00–U+FE0F are text: emoji need them.
pub(in crate::domain) fn is_control(character: char) -> bool {
    if character.is_control() || u32::from(character) & 0xFFFE == 0xFFFE {
        return true;
    }
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{061C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{E000}'..='\u{F8FF}'
            | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
            | '\u{F0000}'..='\u{10FFFF}'
    )
}

/// Makes a newtype over a text that only its check lets in.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $faults:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Accepts a text that obeys the rules, unchanged; otherwise reports every fault.
            pub fn parse(text: impl Into<String>) -> Result<Self, Vec<$crate::domain::invalid::Fault>> {
                let text = text.into();
                $crate::domain::text::outcome($faults(&text))?;
                Ok(Self(text))
            }

            /// Reads a stored text. That it has the shape of one line is checked; the rules for what callers send are not.
            #[must_use]
            pub fn from_stored(text: String) -> Option<Self> {
                $crate::domain::text::is_stored_line(&text).then_some(Self(text))
            }

            /// Returns the text as it was sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(in crate::domain) use checked_text;

fn display_name_faults(text: &str) -> Vec<Fault> {
    let mut faults = line_faults(text, &(1..=128));
    faults.extend(mark_fault(text));
    faults
}

fn description_faults(text: &str) -> Vec<Fault> {
    line_faults(text, &(0..=256))
}

checked_text! {
    /// A name for people, 1 to 128 characters; it identifies nothing.
    DisplayName, display_name_faults
}

checked_text! {
    /// What a thing is for, at most 256 characters; empty means that nothing was said.
    Description, description_faults
}

impl Description {
    /// Returns the text, or nothing when nothing was said.
    #[must_use]
    pub fn non_empty(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(self.0.as_str())
    }
}

#[cfg(test)]
mod tests;
