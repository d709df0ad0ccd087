//! The raw text of a URI: its characters, and its parts by RFC 3986 §3, without repairing anything.

use crate::domain::invalid::{Fault, FieldReason};
use crate::domain::text::{control_fault, length_fault};

/// The length of the longest URI, in bytes.
const MAX_BYTES: usize = 2048;

/// Returns every fault that shows in the characters alone.
pub(super) fn text_faults(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(length_fault(text.len(), &(1..=MAX_BYTES), "bytes"));
    faults.extend(control_fault(text));
    if text.contains(|c: char| !c.is_ascii_control() && !is_uri_character(c)) {
        let sentence = "Spaces, backslashes and other characters outside of RFC 3986 must be percent-encoded.";
        faults.push(Fault::new(FieldReason::InvalidCharacter, sentence));
    }
    if !text.split('%').skip(1).all(begins_with_two_hexadecimal_digits) {
        faults.push(Fault::new(FieldReason::InvalidFormat, "Two hexadecimal digits must follow each percent sign."));
    }
    if text.contains('#') {
        faults.push(Fault::new(FieldReason::ForbiddenFragment, "A fragment is not allowed."));
    }
    faults
}

/// Tells whether RFC 3986 §2 knows the character; the fragment's `#` is judged apart.
fn is_uri_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
}

fn begins_with_two_hexadecimal_digits(text: &str) -> bool {
    text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
}

/// The parts of a URI that decide where it leads; a part that is missing is empty.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    has_userinfo: bool,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Takes a text apart as far as it goes.
    pub(super) fn split(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)).unwrap_or_default();
        let hierarchy = rest.strip_prefix("//").unwrap_or_default();
        let authority = hierarchy.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let userinfo_and_rest = authority.rsplit_once('@');
        let (host, port) = split_port(userinfo_and_rest.map_or(authority, |(_, rest)| rest));
        Self { scheme, host, has_userinfo: userinfo_and_rest.is_some(), port }
    }

    /// Returns every fault of the structure: not absolute, or with user information.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.scheme.is_empty() || self.host.is_empty() {
            faults.push(Fault::new(FieldReason::InvalidFormat, "The URI must be absolute, with a scheme and a host."));
        }
        if self.has_userinfo {
            faults.push(Fault::new(FieldReason::ForbiddenUserinfo, "A user name or password is not allowed."));
        }
        faults
    }

    /// Tells whether the scheme is the given one.
    pub(super) fn has_scheme(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// Returns the port, or the given one when the URI names none.
    pub(super) fn port_or(&self, default: u16) -> Result<u16, Fault> {
        let Some(text) = self.port else { return Ok(default) };
        let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        let port = if is_plain { text.parse().ok() } else { None };
        port.ok_or_else(|| Fault::new(FieldReason::InvalidFormat, "The port is a number from 1 to 65535 without leading zeros."))
    }
}

/// Tells whether the text is a scheme by RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Splits a port off; the colons of an IPv6 literal stand inside its brackets.
fn split_port(host_and_port: &str) -> (&str, Option<&str>) {
    match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host_and_port, None),
    }
}
