//! The `authorization` header: exactly one, `Bearer` with an API key (RFC 6750 §2.1) or `Basic` with a login name and a password.

use crate::authn::{PresentedPassword, Unauthenticated};
use crate::crypto::ParsedToken;

/// A well-formed credential, not yet believed.
#[derive(Debug)]
pub enum Presented {
    /// An API key.
    Token(ParsedToken),
    /// A login name and a password.
    Password(PresentedPassword),
}

/// Reads the one credential out of the values of the `authorization` header. Two credentials are none.
pub fn presented<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<Presented, Unauthenticated> {
    let mut values = values.into_iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Unauthenticated) };
    let text = std::str::from_utf8(value).map_err(|_| Unauthenticated)?;
    let (scheme, rest) = text.split_once(' ').ok_or(Unauthenticated)?;
    // `1*SP` (RFC 9110 §11.4).
    let credentials = rest.trim_start_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        return ParsedToken::parse(credentials).map(Presented::Token).map_err(|_| Unauthenticated);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return PresentedPassword::parse(credentials).map(Presented::Password);
    }
    Err(Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `jo:secret`.
    const BASIC: &str = "Basic am86c2VjcmV0";

    #[test]
    fn the_scheme_is_read_without_regard_to_case() {
        for value in [BASIC, "basic am86c2VjcmV0", "BASIC am86c2VjcmV0"] {
            assert!(matches!(presented([value.as_bytes()]), Ok(Presented::Password(_))), "{value}");
        }
        for value in ["Basic", "Basic\tam86c2VjcmV0", "Digest am86c2VjcmV0", "am86c2VjcmV0", ""] {
            assert!(presented([value.as_bytes()]).is_err(), "{value}");
        }
    }

    #[test]
    fn one_space_or_more_stand_between_the_scheme_and_the_rest() {
        for value in ["Basic  am86c2VjcmV0", "Basic     am86c2VjcmV0"] {
            assert!(matches!(presented([value.as_bytes()]), Ok(Presented::Password(_))), "{value}");
        }
        for value in [
            "Basic ",
            "Basic   ",
            "Basic \tam86c2VjcmV0",
            "Basic\u{a0}am86c2VjcmV0",
            " Basic am86c2VjcmV0",
            "Basic am86c2VjcmV0 ",
        ] {
            assert!(presented([value.as_bytes()]).is_err(), "{value}");
        }
    }

    #[test]
    fn two_credentials_are_none() {
        assert!(presented([BASIC.as_bytes(), BASIC.as_bytes()]).is_err());
        assert!(presented([]).is_err());
    }
}
