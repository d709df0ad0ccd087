//! Which texts are tokens.

use proptest::prelude::*;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};

const KNOWN: &str = "ork_Uu7N393qG6Bx_EE4SeEGPasYhsj1erTPx8IEa1aKK9UJjmOtNCwRmhN72vGv5Z";

/// A text with the checksum that belongs to it.
fn with_checksum(body: &str) -> String {
    let checksum = base62::encode_checksum(crc32fast::hash(body.as_bytes()));
    format!("{body}{}", std::str::from_utf8(&checksum).unwrap())
}

fn is_token(text: &str) -> bool {
    ParsedToken::parse(text).is_ok()
}

#[test]
fn a_minted_token_is_read_back_and_its_digest_matches() {
    let random = SeededRandom::new(1);
    for _ in 0..200 {
        let issued = IssuedToken::generate(TokenKind::ApiKey, &random).unwrap();
        let text = std::str::from_utf8(issued.text.expose()).unwrap();
        let parsed = ParsedToken::parse(text).unwrap();
        assert_eq!(parsed.kind(), TokenKind::ApiKey);
        assert_eq!(parsed.key_id(), &issued.key_id);
        assert!(parsed.digest().matches(&issued.digest));
        assert_eq!(issued.key_id.to_string().parse(), Ok(issued.key_id));
    }
}

#[test]
fn two_tokens_share_neither_id_nor_secret() {
    let random = SeededRandom::new(1);
    let first = IssuedToken::generate(TokenKind::ApiKey, &random).unwrap();
    let second = IssuedToken::generate(TokenKind::ApiKey, &random).unwrap();
    assert_ne!(first.key_id, second.key_id);
    assert!(!first.digest.matches(&second.digest));
}

#[test]
fn the_published_pattern_describes_the_tokens() {
    let (prefix, rest) = KNOWN.split_at(4);
    let (key_id, secret) = rest.split_once('_').unwrap();
    assert!(key_id.chars().chain(secret.chars()).all(|character| character.is_ascii_alphanumeric()));
    let pattern = format!("{prefix}[0-9A-Za-z]{{{}}}_[0-9A-Za-z]{{{}}}", key_id.len(), secret.len());
    assert_eq!(TokenKind::ApiKey.pattern(), pattern);
}

#[test]
fn a_token_with_any_one_character_changed_is_refused() {
    assert!(is_token(KNOWN));
    for place in 0..KNOWN.len() {
        for character in (b' '..=b'~').map(char::from).filter(|character| KNOWN.as_bytes()[place] != *character as u8) {
            let mut text = KNOWN.to_owned();
            text.replace_range(place..=place, &character.to_string());
            assert!(!is_token(&text), "{text}");
        }
    }
}

#[test]
fn two_neighbours_swapped_are_refused() {
    for place in 0..KNOWN.len() - 1 {
        let mut bytes = KNOWN.as_bytes().to_vec();
        bytes.swap(place, place + 1);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(is_token(&text), text == KNOWN, "{text}");
    }
}

#[test]
fn a_token_of_another_length_is_refused() {
    for length in 0..KNOWN.len() {
        assert!(!is_token(&KNOWN[..length]), "{length}");
    }
    for text in
        [format!("{KNOWN}0"), format!(" {KNOWN}"), format!("{KNOWN}\n"), with_checksum(&KNOWN[..59]), with_checksum(&KNOWN[..61])]
    {
        assert!(!is_token(&text), "{text:?}");
    }
}

#[test]
fn a_right_checksum_excuses_nothing() {
    let body = &KNOWN[..60];
    assert_eq!(with_checksum(body), KNOWN);
    let bad = [
        body.replacen("ork_", "ors_", 1),
        body.replacen("ork_", "ORK_", 1),
        body.replacen("ork_", "ork-", 1),
        body.replacen("Uu7N", "Uu-N", 1),
        body.replacen("Uu7N", "Uu_N", 1),
        body.replacen("Bx_E", "Bx-E", 1),
        body.replacen("Bx_E", "BxEE", 1),
        body.replacen("_EE4S", "_EE+S", 1),
        body.replacen("_EE4S", "_E_4S", 1),
        body.replacen("_EE4S", "_\u{e9}4S", 1),
        // 2^256: the first number that 256 bits do not hold.
        format!("{}yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp2", &body[..17]),
    ];
    for body in bad {
        assert_eq!(body.len(), 60, "{body}");
        assert!(!is_token(&with_checksum(&body)), "{body}");
    }
    assert!(is_token(&with_checksum(&format!("{}yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1", &body[..17]))));
}

#[test]
fn a_public_id_is_twelve_characters_of_base62() {
    assert_eq!("Uu7N393qG6Bx".parse::<PublicKeyId>().unwrap().as_str(), "Uu7N393qG6Bx");
    for bad in ["", "Uu7N393qG6B", "Uu7N393qG6Bxx", "Uu7N393qG6B_", "Uu7N393qG6\u{e9}"] {
        assert_eq!(bad.parse::<PublicKeyId>(), Err(InvalidToken), "{bad}");
    }
}

#[test]
fn nothing_is_minted_without_random_bytes() {
    assert!(IssuedToken::generate(TokenKind::ApiKey, &FailingRandom).is_err());
}

#[test]
fn debug_texts_hold_no_secret_part() {
    let parsed = ParsedToken::parse(KNOWN).unwrap();
    let expected = r#"ParsedToken { kind: ApiKey, key_id: PublicKeyId("Uu7N393qG6Bx"), secret: PlainSecret([REDACTED]) }"#;
    assert_eq!(format!("{parsed:?}"), expected);
    let issued = IssuedToken::generate(TokenKind::ApiKey, &SeededRandom::new(1)).unwrap();
    let id = &issued.key_id;
    let expected = format!("IssuedToken {{ key_id: {id:?}, text: PlainSecret([REDACTED]), digest: SecretDigest([REDACTED]) }}");
    assert_eq!(format!("{issued:?}"), expected);
}

/// The number that base62 digits write, computed in another way than the encoder.
fn decode(digits: &[u8]) -> Vec<u8> {
    let mut number = vec![0_u32; 32];
    for digit in digits {
        let mut carry =
            u32::try_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".find(char::from(*digit)).unwrap())
                .unwrap();
        for place in number.iter_mut().rev() {
            carry += *place * 62;
            *place = carry & 0xff;
            carry >>= 8;
        }
        assert_eq!(carry, 0, "more than 256 bits");
    }
    number.into_iter().map(|byte| u8::try_from(byte).unwrap()).collect()
}

proptest! {
    #[test]
    fn every_number_is_written_in_digits_that_decode_to_it(number in any::<[u8; 32]>()) {
        let digits = base62::encode_number(&number);
        prop_assert!(base62::is_number(digits.as_slice()));
        prop_assert_eq!(decode(digits.as_slice()), number);
    }

    #[test]
    fn hostile_texts_never_panic(text in any::<String>(), body in "ork_[0-9A-Za-z_é]{40,70}") {
        let _ = ParsedToken::parse(&text);
        let _ = ParsedToken::parse(&body);
        let _ = ParsedToken::parse(&with_checksum(&body));
    }
}
