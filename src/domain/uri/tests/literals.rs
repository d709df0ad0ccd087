//! Every spelling of an IP address, times every special range, is refused as a host.

use std::net::Ipv4Addr;

use super::*;

/// One address of each block of the IANA special-purpose registry, the metadata services, and a public one.
const ADDRESSES: [[u8; 4]; 24] = [
    [0, 0, 0, 0],
    [0, 1, 2, 3],
    [10, 0, 0, 1],
    [100, 64, 0, 1],
    [100, 100, 100, 200],
    [127, 0, 0, 1],
    [127, 255, 255, 254],
    [169, 254, 169, 254],
    [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 0, 0, 8],
    [192, 0, 2, 1],
    [192, 31, 196, 1],
    [192, 52, 193, 1],
    [192, 88, 99, 1],
    [192, 168, 1, 1],
    [192, 175, 48, 1],
    [198, 18, 0, 1],
    [198, 51, 100, 1],
    [203, 0, 113, 1],
    [224, 0, 0, 1],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
    [8, 8, 8, 8],
];

/// Returns the spellings in visible ASCII.
fn ascii_spellings(octets: [u8; 4]) -> Vec<String> {
    let [a, b, c, d] = octets;
    let number = u32::from_be_bytes(octets);
    let high = u16::from_be_bytes([a, b]);
    let low = u16::from_be_bytes([c, d]);
    let last_three = number & 0x00FF_FFFF;
    let dotted = Ipv4Addr::from(octets).to_string();
    vec![
        dotted.clone(),
        format!("{dotted}."),
        format!("{number}"),
        format!("{number}."),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("{a:03}.{b:03}.{c:03}.{d:03}"),
        format!("{a}.0x{b:x}.0{c:o}.{d}"),
        format!("{a}.{b}.{low}"),
        format!("{a}.{last_three}"),
        format!("{high}.{low}"),
        format!("{dotted}.1"),
        format!("{dotted}.0x"),
        format!("[::ffff:{dotted}]"),
        format!("[::ffff:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:x}:{low:x}]"),
        format!("[::{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[64:ff9b:1::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::]"),
    ]
}

/// Returns the spellings that only a lenient reader takes for an address, each with characters that no URI may hold.
fn unicode_spellings(octets: [u8; 4]) -> Vec<String> {
    let dotted = Ipv4Addr::from(octets).to_string();
    let shifted = |zero: u32| {
        let shift = |c: char| c.to_digit(10).and_then(|digit| char::from_u32(zero + digit)).unwrap_or(c);
        dotted.chars().map(shift).collect::<String>()
    };
    vec![
        shifted(0xFF10),
        shifted(0xFF10).replace('.', "\u{ff0e}"),
        shifted(0x1_D7CE),
        shifted(0x1_D7F6),
        dotted.replace('.', "\u{3002}"),
        dotted.replace('.', "\u{ff61}"),
    ]
}

/// Returns the spellings that are an address once the percent-encoding is undone.
fn percent_spellings(octets: [u8; 4]) -> Vec<String> {
    let dotted = Ipv4Addr::from(octets).to_string();
    let encoded = dotted.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join("%");
    vec![format!("%{encoded}"), dotted.replace('.', "%2e"), dotted.replace('.', "%E3%80%82")]
}

#[test]
fn addresses_in_ascii_are_refused_for_their_host_alone() {
    let mut count = 0;
    for host in ADDRESSES.into_iter().flat_map(ascii_spellings) {
        for text in [format!("https://{host}/token"), format!("https://{host}:443")] {
            assert_eq!(token_reasons(&text), [FieldReason::ForbiddenHost], "{text}");
            count += 1;
        }
    }
    assert_eq!(count, 24 * 24 * 2);
}

#[test]
fn addresses_are_named_as_addresses_in_every_spelling() {
    let spellings = |octets| [ascii_spellings(octets), unicode_spellings(octets), percent_spellings(octets)].concat();
    for host in ADDRESSES.into_iter().flat_map(spellings) {
        let faults = TokenUri::parse(&format!("https://{host}/"), &EgressRules::default()).unwrap_err();
        assert!(faults.iter().any(|fault| fault.sentence.contains("IP address")), "{host}: {faults:?}");
    }
}

#[test]
fn addresses_in_other_digits_and_dots_are_refused() {
    for host in ADDRESSES.into_iter().flat_map(unicode_spellings) {
        let reasons = token_reasons(&format!("https://{host}/token"));
        assert_eq!(reasons, [FieldReason::InvalidCharacter, FieldReason::ForbiddenHost], "{host}");
    }
}

#[test]
fn percent_encoded_addresses_are_refused() {
    for host in ADDRESSES.into_iter().flat_map(percent_spellings) {
        assert_eq!(token_reasons(&format!("https://{host}/token")), [FieldReason::ForbiddenHost], "{host}");
    }
}

#[test]
fn every_block_of_special_ipv6_addresses_is_refused() {
    let hosts = [
        "::",
        "::1",
        "0:0:0:0:0:0:0:1",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:1::1",
        "2001:2::1",
        "2001:3::1",
        "2001:4:112::1",
        "2001:20::1",
        "2001:30::1",
        "2001:db8::1",
        "2002::1",
        "2620:4f:8000::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%25eth0",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2606:4700:4700::1111",
        "FD00::1",
        "v1.fe80::a+en1",
        "",
    ];
    for host in hosts {
        let reasons = token_reasons(&format!("https://[{host}]/token"));
        assert!(reasons.contains(&FieldReason::ForbiddenHost), "{host}: {reasons:?}");
    }
    for text in
        ["https://::1/token", "https://fe80::1:443/", "https://[::1/", "https://::1]/", "https://[::1]x/", "https://a.b]:443/"]
    {
        assert!(token_reasons(text).contains(&FieldReason::ForbiddenHost), "{text}");
    }
}
