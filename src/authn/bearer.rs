//! The `authorization` header: exactly one, `Bearer`, an API key (RFC 6750 §2.1).

use crate::authn::Unauthenticated;
use crate::crypto::ParsedToken;

/// Reads the one API key out of the values of the `authorization` header. Two credentials are none.
pub fn presented_token<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Result<ParsedToken, Unauthenticated> {
    let mut values = values.into_iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Unauthenticated) };
    let text = std::str::from_utf8(value).map_err(|_| Unauthenticated)?;
    let (scheme, token) = text.split_once(' ').ok_or(Unauthenticated)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Unauthenticated);
    }
    ParsedToken::parse(token).map_err(|_| Unauthenticated)
}
