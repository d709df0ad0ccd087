//! The form of a password that a person may have.
//!
//! Knows when a text can be a password. Must not keep it: the check borrows, and no sentence repeats a part of it.

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::name::LoginName;
use crate::domain::secret_text::mask_fault;
use crate::domain::text::{line_faults, outcome};

/// Checks a new password: 8 to 128 characters, NFC, no control characters, no surrounding white space, not a mask.
///
/// NFC is asked for since the same keys give other bytes on other systems: what is stored must be what a program sends that
/// normalizes as RFC 8265 §4.2 wants it.
pub fn check_password(password: &str) -> Result<(), Vec<Fault>> {
    let mut faults = line_faults(password, &(8..=128));
    faults.extend(mask_fault(password));
    outcome(faults)
}

/// Checks that a password is not the user's login name, in whatever case.
pub fn check_not_login(password: &str, login_name: &str) -> Result<(), Fault> {
    if LoginName::key_of(password) == LoginName::key_of(login_name) {
        return Err(Fault::new(FieldReason::EqualsLoginName, "The password must not be the login name."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(password: &str) -> Vec<FieldReason> {
        check_password(password).unwrap_err().into_iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn ordinary_passwords_are_accepted() {
        for password in
            ["12345678", "pass word", "****pass", "Straße 1", "пароль78", "🔑🔑🔑🔑🔑🔑🔑🔑", &"x".repeat(128), &"é".repeat(128)]
        {
            assert_eq!(check_password(password), Ok(()), "{password:?}");
        }
    }

    #[test]
    fn the_length_of_a_password_counts_characters() {
        assert_eq!(reasons(""), [FieldReason::Required]);
        assert_eq!(reasons("éééé567"), [FieldReason::TooShort]);
        assert_eq!(reasons(&"x".repeat(129)), [FieldReason::TooLong]);
    }

    #[test]
    fn a_password_that_would_not_arrive_as_it_was_typed_is_refused() {
        assert_eq!(reasons("e\u{301}1234567"), [FieldReason::NotNormalized]);
        assert_eq!(reasons("1234\u{7}5678"), [FieldReason::ControlCharacter]);
        assert_eq!(reasons("1234\u{200b}5678"), [FieldReason::ControlCharacter]);
        assert_eq!(reasons(" 12345678"), [FieldReason::SurroundingWhitespace]);
        assert_eq!(reasons("12345678\n"), [FieldReason::ControlCharacter, FieldReason::SurroundingWhitespace]);
        assert_eq!(reasons("********"), [FieldReason::MaskedSecret]);
        assert_eq!(reasons("••••••••••"), [FieldReason::MaskedSecret]);
    }

    #[test]
    fn a_password_is_not_the_login_name_in_any_case() {
        for password in ["jörg@example", "JÖRG@example"] {
            assert_eq!(check_not_login(password, "Jörg@Example").unwrap_err().reason, FieldReason::EqualsLoginName);
        }
        assert_eq!(check_not_login("jörg@example1", "Jörg@Example"), Ok(()));
    }
}
