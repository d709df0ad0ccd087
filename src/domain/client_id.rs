//! The client id that an authorization server of somebody else gave.
//!
//! Knows its form. Must not know the client ids that this service makes; those have rules of their own.

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::{checked_text, length_fault};

checked_text! {
    /// A client id at an upstream authorization server: 1 to 256 visible ASCII characters.
    ///
    /// RFC 6749 Appendix A.1 allows the space as well; here it is refused, since it is a paste accident wherever it was met.
    UpstreamClientId, client_id_faults
}

fn client_id_faults(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(length_fault(text.chars().count(), &(1..=256), "characters"));
    if text.contains(|c: char| !c.is_ascii_graphic()) {
        faults.push(Fault::new(FieldReason::InvalidCharacter, "Only visible ASCII characters are allowed."));
    }
    faults
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reasons(text: &str) -> Vec<FieldReason> {
        UpstreamClientId::parse(text).unwrap_err().into_iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn every_visible_ascii_character_is_accepted() {
        let all: String = ('!'..='~').collect();
        assert_eq!(UpstreamClientId::parse(all.clone()).unwrap().as_str(), all);
        assert!(UpstreamClientId::parse("x".repeat(256)).is_ok());
    }

    #[test]
    fn empty_long_and_invisible_are_refused() {
        assert_eq!(reasons(""), [FieldReason::Required]);
        assert_eq!(reasons(&"x".repeat(257)), [FieldReason::TooLong]);
        for text in ["a b", " a", "a\t", "a\0b", "a\u{7f}", "é", "\u{200b}"] {
            assert_eq!(reasons(text), [FieldReason::InvalidCharacter], "{text:?}");
        }
        assert_eq!(reasons(&" ".repeat(10_000)), [FieldReason::TooLong, FieldReason::InvalidCharacter]);
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_unchanged_or_refused(text in any::<String>()) {
            if let Ok(client_id) = UpstreamClientId::parse(text.clone()) {
                prop_assert_eq!(client_id.as_str(), text);
            }
        }
    }
}
