//! What a wrapped key withstands, and how a wrong key-encryption key is noticed.

use uuid::Uuid;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};
use crate::crypto::tenant_key::{KeyPurpose, TenantKeyId};
use crate::domain::id::TenantId;

fn above(id: &str, seed: u64) -> KeyEncryptionKey {
    KeyEncryptionKey::generate(id.parse().unwrap(), &SeededRandom::new(seed)).unwrap()
}

fn tenant_key() -> TenantKey {
    let tenant = TenantId::from_uuid(Uuid::from_u128(10));
    TenantKey::generate(tenant, KeyPurpose::Secrets, 1, &SeededRandom::new(9)).unwrap()
}

#[test]
fn a_wrapped_key_unwraps_to_the_same_key() {
    let key = tenant_key();
    let wrapped = above("kek-a", 1).wrap(&key, &SeededRandom::new(2)).unwrap();
    let again = above("kek-a", 1).unwrap(&wrapped, key.identity()).unwrap();
    assert_eq!(again.identity(), key.identity());
    assert_eq!(again.material().expose(), key.material().expose());
}

#[test]
fn a_wrapped_key_unwraps_only_under_its_own_identity() {
    let key = tenant_key();
    let identity = key.identity();
    let wrapped = above("kek-a", 1).wrap(&key, &SeededRandom::new(2)).unwrap();
    let others = [
        TenantKeyIdentity { id: TenantKeyId::from_bytes([1; 8]), ..identity },
        TenantKeyIdentity { tenant: TenantId::SYSTEM, ..identity },
        TenantKeyIdentity { purpose: KeyPurpose::Tokens, ..identity },
        TenantKeyIdentity { version: 2, ..identity },
    ];
    for other in others {
        assert_eq!(above("kek-a", 1).unwrap(&wrapped, other).unwrap_err(), OpenError, "{other:?}");
    }
}

#[test]
fn a_wrapped_key_unwraps_only_under_the_key_that_wrapped_it() {
    let key = tenant_key();
    let wrapped = above("kek-a", 1).wrap(&key, &SeededRandom::new(2)).unwrap();
    assert!(above("kek-a", 7).unwrap(&wrapped, key.identity()).is_err(), "other bytes under the same name");
    assert!(above("kek-b", 1).unwrap(&wrapped, key.identity()).is_err(), "the same bytes under another name");
}

#[test]
fn a_wrapped_key_with_any_bit_flipped_never_unwraps() {
    let key = tenant_key();
    let above = above("kek-a", 1);
    let mut bytes = above.wrap(&key, &SeededRandom::new(2)).unwrap().as_bytes().to_vec();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(above.unwrap(&WrappedKey::from_bytes(bytes.clone()), key.identity()).is_err(), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    for length in 0..bytes.len() {
        assert!(above.unwrap(&WrappedKey::from_bytes(bytes[..length].to_vec()), key.identity()).is_err(), "first {length}");
    }
}

#[test]
fn an_envelope_that_holds_no_whole_key_never_unwraps() {
    let identity = tenant_key().identity();
    let above = above("kek-a", 1);
    let context = above.context(&identity).unwrap();
    for length in [0, 16, 31, 33] {
        let sealed = above.binding(&context).seal(&vec![1; length], &SeededRandom::new(2)).unwrap();
        assert!(above.unwrap(&WrappedKey::from_bytes(sealed), identity).is_err(), "{length} bytes");
    }
}

#[test]
fn a_wrong_key_fails_the_check_value() {
    let stored = above("kek-a", 1).check_value().unwrap();
    assert!(above("kek-a", 1).verify_check_value(&stored));
    assert!(!above("kek-a", 2).verify_check_value(&stored), "other bytes");
    assert!(!above("kek-b", 1).verify_check_value(&stored), "another name");
    for length in 0..stored.len() {
        assert!(!above("kek-a", 1).verify_check_value(&stored[..length]), "first {length} bytes");
    }
}

#[test]
fn nothing_is_drawn_or_wrapped_without_random_bytes() {
    assert!(KeyEncryptionKey::generate("kek-a".parse().unwrap(), &FailingRandom).is_err());
    assert_eq!(above("kek-a", 1).wrap(&tenant_key(), &FailingRandom), Err(SealError::Random(RandomError)));
}

#[test]
fn names_are_short_and_plain() {
    let longest = "k".repeat(63);
    for good in ["a", "0", "kek-2026-11", "a-", &longest] {
        assert_eq!(good.parse::<KeyEncryptionKeyId>().unwrap().as_str(), good);
    }
    let longer = "k".repeat(64);
    for bad in ["", "-a", "A", "kEk", "a_b", "a.b", "a b", "a:b", "é", "a\n", &longer] {
        assert_eq!(bad.parse::<KeyEncryptionKeyId>(), Err(InvalidKeyEncryptionKeyId), "{bad:?}");
    }
}

#[test]
fn debug_texts_hold_no_key_bytes() {
    let above = above("kek-a", 1);
    assert_eq!(format!("{above:?}"), r#"KeyEncryptionKey { id: KeyEncryptionKeyId("kek-a"), .. }"#);
    let wrapped = above.wrap(&tenant_key(), &SeededRandom::new(2)).unwrap();
    assert_eq!(format!("{wrapped:?}"), "WrappedKey(154 bytes)");
}
