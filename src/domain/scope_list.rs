//! A list of OAuth scope tokens as one text (RFC 6749 §3.3).
//!
//! Knows the grammar and set questions. Must not know what any scope means.

use std::collections::HashSet;
use std::fmt;

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::{is_stored_line, length_fault, outcome, surrounding_fault};

/// The length of the longest list, in bytes.
const MAX_BYTES: usize = 2048;

/// One or more scope tokens with single spaces between them, none twice, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScopeList(String);

impl ScopeList {
    /// Accepts a list that obeys the grammar, unchanged; otherwise reports every fault.
    pub fn parse(text: impl Into<String>) -> Result<Self, Vec<Fault>> {
        let text = text.into();
        outcome(scope_faults(&text))?;
        Ok(Self(text))
    }

    /// Reads a stored list. That it has the shape of one line is checked; the grammar is not.
    #[must_use]
    pub fn from_stored(text: String) -> Option<Self> {
        is_stored_line(&text).then_some(Self(text))
    }

    /// Returns the list as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the tokens in their order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }
}

impl fmt::Display for ScopeList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn scope_faults(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(length_fault(text.len(), &(1..=MAX_BYTES), "bytes"));
    faults.extend(surrounding_fault(text));
    if text.trim_matches(' ').contains("  ") {
        faults.push(Fault::new(FieldReason::InvalidFormat, "Exactly one space stands between two scopes."));
    }
    if text.contains(',') {
        faults.push(Fault::new(FieldReason::InvalidCharacter, "Separate scopes with a single space, not a comma."));
    }
    if text.contains(|c| !is_scope_character(c) && !matches!(c, ' ' | ',')) {
        let sentence = "Scopes consist of visible ASCII characters without quotation marks and backslashes.";
        faults.push(Fault::new(FieldReason::InvalidCharacter, sentence));
    }
    let mut seen = HashSet::new();
    if !text.split(' ').filter(|token| !token.is_empty()).all(|token| seen.insert(token)) {
        faults.push(Fault::new(FieldReason::Duplicate, "A scope stands in the list twice."));
    }
    faults
}

/// Tells whether a scope token may hold the character: RFC 6749 §3.3, less the comma, which is always a mistaken separator.
fn is_scope_character(character: char) -> bool {
    matches!(character, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E') && character != ','
}

#[cfg(test)]
mod tests;
