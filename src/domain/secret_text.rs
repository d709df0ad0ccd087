//! The form of a secret that a caller supplies.
//!
//! Knows when such a text can be a secret. Must not keep it: the check borrows, and no sentence repeats a part of it.

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::{control_fault, length_fault, outcome, surrounding_fault};

/// What log filters and consoles print in the place of a secret.
const REDACTED: &str = "[REDACTED]";

/// Checks a supplied secret: 1 to 4,096 bytes, no control characters, no surrounding white space, not a mask.
///
/// The mask of a console pasted back (`****`) would silently destroy the stored secret, hence its own reason. NFC is not asked for:
/// a secret is replayed byte for byte.
pub fn check_supplied_secret(secret: &str) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    faults.extend(length_fault(secret.len(), &(1..=4096), "bytes"));
    faults.extend(control_fault(secret));
    faults.extend(surrounding_fault(secret));
    faults.extend(mask_fault(secret));
    outcome(faults)
}

/// Returns the fault of a text that is the mask of a secret.
pub(in crate::domain) fn mask_fault(secret: &str) -> Option<Fault> {
    is_mask(secret).then(|| Fault::new(FieldReason::MaskedSecret, "The value is the mask of a secret, not a secret."))
}

fn is_mask(secret: &str) -> bool {
    let only_mask_characters = secret.chars().all(|c| matches!(c, '*' | '•' | '●' | '·' | '∗' | '＊'));
    (!secret.is_empty() && only_mask_characters) || secret == REDACTED
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reasons(secret: &str) -> Vec<FieldReason> {
        check_supplied_secret(secret).unwrap_err().into_iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn ordinary_secrets_are_accepted() {
        for secret in ["x", "p*ss", "a b", "****a", "[redacted", "Straße", "e\u{301}", &"x".repeat(4096)] {
            assert_eq!(check_supplied_secret(secret), Ok(()), "{secret:?}");
        }
    }

    #[test]
    fn masks_are_refused_by_their_own_reason() {
        for mask in ["*", "****", "••••••••", "●●", "···", "∗∗", "＊＊", "*•●·∗＊", "[REDACTED]"]
        {
            assert_eq!(reasons(mask), [FieldReason::MaskedSecret], "{mask:?}");
        }
    }

    #[test]
    fn length_counts_bytes() {
        assert_eq!(reasons(""), [FieldReason::Required]);
        assert_eq!(reasons(&"x".repeat(4097)), [FieldReason::TooLong]);
        assert_eq!(reasons(&"é".repeat(2049)), [FieldReason::TooLong]);
    }

    #[test]
    fn accidents_of_pasting_are_refused() {
        assert_eq!(reasons("secret\n"), [FieldReason::ControlCharacter, FieldReason::SurroundingWhitespace]);
        assert_eq!(reasons(" secret"), [FieldReason::SurroundingWhitespace]);
        assert_eq!(reasons("\u{feff}secret"), [FieldReason::ControlCharacter]);
        assert_eq!(reasons("sec\0ret"), [FieldReason::ControlCharacter]);
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let all = [FieldReason::TooLong, FieldReason::ControlCharacter, FieldReason::SurroundingWhitespace];
        assert_eq!(reasons(&format!("{}\t", "x".repeat(10_000))), all);
    }

    proptest! {
        #[test]
        fn no_sentence_repeats_the_secret(secret in "[!-~]{12,40}\n") {
            for fault in check_supplied_secret(&secret).unwrap_err() {
                prop_assert!(!fault.sentence.contains(secret.trim()));
            }
        }
    }
}
