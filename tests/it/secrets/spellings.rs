//! A text in every spelling in which it might lie about.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::harness::raw::hex;

/// Every spelling: plain, reversed, hexadecimal, and base64 at each of the three places where its groups may begin.
pub(super) fn spellings(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut spellings = vec![bytes.to_vec(), bytes.iter().rev().copied().collect()];
    spellings.push(hex(bytes).into_bytes());
    spellings.push(hex(bytes).to_uppercase().into_bytes());
    for (offset, skip) in [(0, 0), (1, 2), (2, 3)] {
        let shifted = [vec![0; offset], bytes.to_vec()].concat();
        let whole = shifted.len() * 8 / 6;
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            spellings.push(encoded.as_bytes()[skip..whole].to_vec());
        }
    }
    // A column of bytes is dumped in hexadecimal.
    let again: Vec<_> = spellings.iter().map(|spelling| hex(spelling).into_bytes()).collect();
    spellings.extend(again.iter().map(|spelling| spelling.to_ascii_uppercase()));
    spellings.extend(again);
    spellings
}

/// Says which spelling of a text stands in the haystack.
pub(super) fn found(haystack: &[u8], text: &str) -> Option<String> {
    // Every spelling is ASCII, which a lossy reading keeps; the search in texts is quick even without optimisation.
    let haystack = String::from_utf8_lossy(haystack);
    let mut spellings = spellings(text).into_iter().map(|spelling| String::from_utf8(spelling).unwrap());
    spellings.find(|spelling| haystack.contains(spelling))
}

#[test]
fn a_text_is_found_in_every_spelling_and_at_every_place() {
    let text = "canary-0123456789";
    let envelope = |inner: &str| format!("before {inner} after").into_bytes();
    let reversed: String = text.chars().rev().collect();
    for spelled in [text.to_owned(), reversed, hex(text.as_bytes()), hex(text.as_bytes()).to_uppercase()] {
        assert!(found(&envelope(&spelled), text).is_some(), "{spelled}");
    }
    for before in ["", "x", "xy", "xyz"] {
        let encoded = STANDARD_NO_PAD.encode(format!("{before}{text}z"));
        assert!(found(encoded.as_bytes(), text).is_some(), "{encoded}");
        assert!(found(hex(encoded.as_bytes()).as_bytes(), text).is_some(), "{encoded}");
    }
    assert_eq!(found(&envelope("canary-0123456788"), text), None);
}
