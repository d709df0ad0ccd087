//! Which texts are keyrings.

use proptest::prelude::*;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};

/// 32 bytes, all of the given value, in base64.
fn encoded(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

fn refused(text: &str) -> InvalidKeyring {
    Keyring::parse(text).map(|_| ()).unwrap_err()
}

#[test]
fn a_keyring_is_read_with_comments_and_empty_lines() {
    let text = format!("# old\nkek-a:{}\n\n  # new\r\n  kek-b:{} primary\r\n\n", encoded(1), encoded(2));
    let keyring = Keyring::parse(&text).unwrap();
    assert_eq!(keyring.primary().id().as_str(), "kek-b");
    assert_eq!(keyring.primary().material().expose(), &[2; 32]);
    assert_eq!(keyring.get("kek-a").unwrap().material().expose(), &[1; 32]);
    assert!(keyring.get("kek-c").is_none());
    assert_eq!(keyring.ids().map(KeyEncryptionKeyId::as_str).collect::<Vec<_>>(), ["kek-b", "kek-a"]);
}

#[test]
fn a_written_keyring_is_read_back_whole() {
    let text = format!("kek-a:{}\nkek-b:{} primary\nkek-c:{}", encoded(1), encoded(2), encoded(3));
    let written = Keyring::parse(&text).unwrap().to_file_text();
    let expected = format!("{HEADING}kek-b:{} primary\nkek-a:{}\nkek-c:{}\n", encoded(2), encoded(1), encoded(3));
    assert_eq!(*written, expected);
    assert_eq!(*Keyring::parse(&written).unwrap().to_file_text(), expected);
}

#[test]
fn the_text_is_never_moved_while_it_grows() {
    let longest = format!("k{}", "-".repeat(62));
    let keyring = Keyring::parse(&format!("{longest}:{} primary", encoded(1))).unwrap();
    let text = keyring.to_file_text();
    assert_eq!(text.len(), HEADING.len() + MAX_LINE_LENGTH);
    assert_eq!(text.capacity(), text.len());
}

#[test]
fn a_fresh_keyring_has_one_primary_key() {
    let keyring = Keyring::generate("2026-11-20", &SeededRandom::new(1)).unwrap();
    assert_eq!(keyring.ids().map(KeyEncryptionKeyId::as_str).collect::<Vec<_>>(), ["kek-2026-11-20"]);
    let other = Keyring::generate("2026-11-20", &SeededRandom::new(2)).unwrap();
    assert_ne!(keyring.primary().material().expose(), other.primary().material().expose());
}

#[test]
fn a_keyring_is_not_generated_from_a_bad_name_or_without_random_bytes() {
    let bad = Keyring::generate("A B", &SeededRandom::new(1)).map(|_| ());
    assert_eq!(bad, Err(GenerateKeyringError::Name(InvalidKeyEncryptionKeyId)));
    assert_eq!(Keyring::generate("1", &FailingRandom).map(|_| ()), Err(GenerateKeyringError::Random(RandomError)));
}

#[test]
fn bad_keyrings_are_refused_with_the_line_that_is_bad() {
    let (one, two) = (encoded(1), encoded(2));
    let short = STANDARD.encode([1; 31]);
    let long = STANDARD.encode([1; 33]);
    let huge = STANDARD.encode([1; 64]);
    let table = [
        (String::new(), InvalidKeyring::NoPrimary),
        ("# nothing\n\n".to_owned(), InvalidKeyring::NoPrimary),
        (format!("a:{one}"), InvalidKeyring::NoPrimary),
        (format!("a:{one} PRIMARY"), InvalidKeyring::Key(1)),
        (format!("a:{one}  primary"), InvalidKeyring::Key(1)),
        (format!("a:{one}\tprimary"), InvalidKeyring::Key(1)),
        (format!("a:{one}primary"), InvalidKeyring::Key(1)),
        (format!("a:{one} primary primary"), InvalidKeyring::Key(1)),
        (format!("a:{one} primary\nb:{two} primary"), InvalidKeyring::SecondPrimary(2)),
        (format!("a:{one} primary\n\na:{two}"), InvalidKeyring::DuplicateName(3)),
        (format!("a:{one}\na:{two} primary"), InvalidKeyring::DuplicateName(2)),
        (format!("a:{one} primary\n#\nb:{one}"), InvalidKeyring::DuplicateKey(3)),
        (format!("a {one} primary"), InvalidKeyring::Form(1)),
        (format!("\n{one}"), InvalidKeyring::Form(2)),
        (format!(":{one} primary"), InvalidKeyring::Name(1)),
        (format!("A:{one} primary"), InvalidKeyring::Name(1)),
        (format!("a :{one} primary"), InvalidKeyring::Name(1)),
        (format!("a: {one} primary"), InvalidKeyring::Key(1)),
        (format!("a:b:{one} primary"), InvalidKeyring::Key(1)),
        ("a: primary".to_owned(), InvalidKeyring::Key(1)),
        (format!("a:{short} primary"), InvalidKeyring::Key(1)),
        (format!("a:{long} primary"), InvalidKeyring::Key(1)),
        (format!("a:{huge} primary"), InvalidKeyring::Key(1)),
        (format!("a:{} primary", one.trim_end_matches('=')), InvalidKeyring::Key(1)),
        (format!("a:{} primary", one.replacen('A', "-", 1)), InvalidKeyring::Key(1)),
        (format!("a:{} primary", STANDARD.encode([0xff; 32]).replace('/', "_")), InvalidKeyring::Key(1)),
        // The last digit before the padding carries two bits that must be zero.
        (format!("a:{}9= primary", &encoded(0)[..42]), InvalidKeyring::Key(1)),
        (format!("#\n\u{feff}a:{one} primary"), InvalidKeyring::Name(2)),
    ];
    for (text, error) in table {
        assert_eq!(refused(&text), error, "{text:?}");
    }
}

#[test]
fn a_byte_order_mark_before_a_keyring_is_no_part_of_it() {
    let text = format!("a:{} primary\n", encoded(1));
    let marked = Keyring::parse(&format!("\u{feff}{text}")).unwrap();
    assert_eq!(*marked.to_file_text(), *Keyring::parse(&text).unwrap().to_file_text());
}

#[test]
fn errors_and_debug_texts_hold_no_content() {
    let error = refused(&format!("hunter2:{} primary", "hunter2".repeat(7)));
    assert_eq!(error.to_string(), "line 1: the key is not the base64 of 32 bytes");
    assert_eq!(format!("{error:?}"), "Key(1)");
    let keyring = Keyring::parse(&format!("a:{} primary\nb:{}", encoded(1), encoded(2))).unwrap();
    let expected = concat!(
        r#"Keyring { primary: KeyEncryptionKey { id: KeyEncryptionKeyId("a"), .. }, "#,
        r#"others: [KeyEncryptionKey { id: KeyEncryptionKeyId("b"), .. }] }"#,
    );
    assert_eq!(format!("{keyring:?}"), expected);
}

proptest! {
    #[test]
    fn hostile_texts_never_panic(text in any::<String>(), line in "[a-z:=A/+ #-]{0,60}( primary)?") {
        let _ = Keyring::parse(&text);
        let _ = Keyring::parse(&format!("{line}\n{text}\n{line}"));
    }
}
