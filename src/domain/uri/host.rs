//! The host of a URI: which hosts are well-formed, and which of them this service may call.
//!
//! One fault at most, always with the reason `FORBIDDEN_HOST`: the first rule that fails explains the host best.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::domain::invalid::{Fault, FieldReason};

/// Names that lead to this machine, this network or an overlay: RFC 6761 §6.3, RFC 6762 §3, RFC 8375, RFC 7686, and the `internal`
/// that ICANN reserved for private use.
const PRIVATE_SUFFIXES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "onion"];

/// Returns why this service may not call the host; an empty host is a fault of the URI's structure, not of the host.
pub(super) fn public_name_fault(host: &str) -> Option<Fault> {
    let sentence = if host.is_empty() {
        return None;
    } else if is_address(host) {
        "The host must be a DNS name; an IP address is refused in every spelling."
    } else if !is_dns_name(host) {
        NOT_A_DNS_NAME
    } else if is_private_name(host) {
        "The host is a name for local or private use."
    } else if !host.contains('.') {
        "The host must be a DNS name with a dot in it."
    } else {
        return None;
    };
    Some(Fault::new(FieldReason::ForbiddenHost, sentence))
}

/// Returns why no one can call the host.
pub(super) fn any_host_fault(host: &str) -> Option<Fault> {
    let is_good = host.is_empty() || if is_address(host) { is_canonical_address(host) } else { is_dns_name(host) };
    (!is_good).then(|| Fault::new(FieldReason::ForbiddenHost, NOT_A_DNS_NAME))
}

/// Tells whether the host is the caller's own machine, by the three names of RFC 8252 §7.3 and §8.3.
pub(super) fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "[::1]") || host.eq_ignore_ascii_case("localhost")
}

const NOT_A_DNS_NAME: &str =
    "The host must be a DNS name of letters, digits, hyphens and inner dots, international names in Punycode.";

/// Tells whether any reader could take the host for an IP address, in whatever spelling.
fn is_address(host: &str) -> bool {
    let last_label = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = !last_label.is_empty() && last_label.bytes().all(|b| b.is_ascii_digit());
    let is_hexadecimal = last_label
        .strip_prefix("0x")
        .or_else(|| last_label.strip_prefix("0X"))
        .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_mapped_to_one = matches!(url::Host::parse(host), Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)));
    host.contains(['[', ']', ':']) || is_number || is_hexadecimal || is_mapped_to_one
}

fn is_canonical_address(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(literal) => literal.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Tells whether the host is a DNS name as RFC 1123 §2.1 wants it: no underscores, no empty label and so no trailing dot.
fn is_dns_name(host: &str) -> bool {
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_private_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    PRIVATE_SUFFIXES
        .iter()
        .any(|suffix| host.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}
