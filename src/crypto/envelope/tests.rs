//! What a holder of the key could still forge, and what anyone could send.

use proptest::prelude::*;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};

const LABELS: Labels = Labels { encrypt: b"encrypt", commit: b"commit" };
const KEY_ID: [u8; 8] = *b"key id 1";

fn key(seed: u64) -> KeyMaterial {
    KeyMaterial::generate(&SeededRandom::new(seed)).unwrap()
}

fn binding<'a>(key: &'a KeyMaterial, context: &'a [u8]) -> Binding<'a> {
    Binding { key, key_id: KEY_ID, labels: &LABELS, context }
}

fn open(binding: &Binding<'_>, envelope: &[u8]) -> Result<Vec<u8>, OpenError> {
    binding.open(&ParsedEnvelope::parse(envelope)?).map(|message| message.to_vec())
}

/// Seals a padded message as the holder of the key could: with any commitment and any padding, under a valid tag.
fn forge(binding: &Binding<'_>, padded: &[u8], spoil: impl FnOnce(&mut [u8; COMMITMENT_LENGTH])) -> Vec<u8> {
    let salt = [5; SALT_LENGTH];
    let keys = binding.derive(&salt).unwrap();
    let mut commitment = keys.commitment;
    spoil(&mut commitment);
    keys.encrypt(binding.header(&salt, &commitment), binding.context, Zeroizing::new(padded.to_vec())).unwrap()
}

#[test]
fn a_valid_tag_does_not_excuse_a_wrong_commitment() {
    let key = key(1);
    let binding = binding(&key, b"context");
    let padded = padding::pad(b"secret").unwrap();
    assert_eq!(open(&binding, &forge(&binding, &padded, |_| {})).unwrap(), b"secret");
    for place in 0..COMMITMENT_LENGTH {
        let envelope = forge(&binding, &padded, |commitment| commitment[place] ^= 1);
        assert_eq!(open(&binding, &envelope), Err(OpenError), "{place}");
    }
}

#[test]
fn an_envelope_never_opens_under_a_second_key_with_the_same_id() {
    let (first, second) = (key(1), key(2));
    let envelope = binding(&first, b"context").seal(b"secret", &SeededRandom::new(3)).unwrap();
    assert_eq!(open(&binding(&second, b"context"), &envelope), Err(OpenError));
    // Even one that carries the second key's commitment.
    let other = binding(&second, b"context").derive(&[5; SALT_LENGTH]).unwrap().commitment;
    let padded = padding::pad(b"secret").unwrap();
    let envelope = forge(&binding(&first, b"context"), &padded, |commitment| *commitment = other);
    assert_eq!(open(&binding(&first, b"context"), &envelope), Err(OpenError));
    assert_eq!(open(&binding(&second, b"context"), &envelope), Err(OpenError));
}

#[test]
fn another_key_id_is_refused_though_the_key_is_the_same() {
    let key = key(1);
    let envelope = binding(&key, b"context").seal(b"secret", &SeededRandom::new(3)).unwrap();
    let other = Binding { key_id: *b"key id 2", ..binding(&key, b"context") };
    assert_eq!(open(&other, &envelope), Err(OpenError));
}

#[test]
fn other_labels_make_other_keys() {
    const OTHER: Labels = Labels { encrypt: b"encrypt 2", commit: b"commit" };
    let key = key(1);
    let envelope = binding(&key, b"context").seal(b"secret", &SeededRandom::new(3)).unwrap();
    assert_eq!(open(&Binding { labels: &OTHER, ..binding(&key, b"context") }, &envelope), Err(OpenError));
}

#[test]
fn a_valid_tag_does_not_excuse_bad_padding() {
    let key = key(1);
    let binding = binding(&key, b"context");
    let mut dirty = padding::pad(b"secret").unwrap();
    dirty[63] = 1;
    let mut longer = padding::pad(b"secret").unwrap();
    longer.resize(128, 0);
    let mut beyond = padding::pad(b"secret").unwrap();
    beyond[0] = 0xff;
    for padded in [dirty, longer, beyond] {
        assert_eq!(open(&binding, &forge(&binding, &padded, |_| {})), Err(OpenError));
    }
}

#[test]
fn every_envelope_has_its_own_salt_and_key() {
    let key = key(1);
    let random = SeededRandom::new(3);
    let first = binding(&key, b"context").seal(b"secret", &random).unwrap();
    let second = binding(&key, b"context").seal(b"secret", &random).unwrap();
    assert_ne!(first[10..42], second[10..42]);
    assert_ne!(first[42..74], second[42..74]);
    assert_ne!(first[74..138], second[74..138]);
}

#[test]
fn nothing_is_sealed_without_random_bytes() {
    let refused = binding(&key(1), b"context").seal(b"secret", &FailingRandom);
    assert_eq!(refused, Err(SealError::Random(RandomError)));
}

#[test]
fn only_the_lengths_of_padded_messages_are_envelopes() {
    let mut envelope = binding(&key(1), b"context").seal(b"secret", &SeededRandom::new(3)).unwrap();
    envelope.resize(20_000, 0);
    let known: Vec<_> = (0..20_000).filter(|length| ParsedEnvelope::parse(&envelope[..*length]).is_ok()).collect();
    let expected: Vec<_> = (1..=257).map(|blocks| 74 + 64 * blocks + 16).collect();
    assert_eq!(known, expected);
}

#[test]
fn only_format_one_and_suite_one_are_envelopes() {
    let mut envelope = binding(&key(1), b"context").seal(b"secret", &SeededRandom::new(3)).unwrap();
    for first in 0..=u8::MAX {
        for second in [0, 1, 2, u8::MAX] {
            (envelope[0], envelope[1]) = (first, second);
            assert_eq!(ParsedEnvelope::parse(&envelope).is_ok(), (first, second) == (1, 1));
        }
    }
}

proptest! {
    #[test]
    fn hostile_bytes_never_open_and_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), blocks in 1_usize..6) {
        let key = key(1);
        prop_assert!(open(&binding(&key, b"context"), &bytes).is_err());
        // As far through the checks as a stranger can come: right lengths, format and key id.
        bytes.resize(74 + 64 * blocks + 16, 0);
        bytes[..2].copy_from_slice(&[FORMAT, SUITE]);
        bytes[2..10].copy_from_slice(&KEY_ID);
        prop_assert!(ParsedEnvelope::parse(&bytes).is_ok());
        prop_assert!(open(&binding(&key, b"context"), &bytes).is_err());
    }
}
