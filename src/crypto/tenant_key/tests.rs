//! What a sealed secret withstands.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};
use crate::crypto::context::OwnerKind;
use crate::crypto::secret::MAX_SECRET_LENGTH;

const CONTEXT: SecretContext<'static> = SecretContext {
    tenant: TenantId::from_uuid(Uuid::from_u128(10)),
    owner_kind: OwnerKind::OauthApp,
    owner: Uuid::from_u128(20),
    field: "client_secret",
    version: 1,
    origin: "https://login.example.com:443",
};

fn key(seed: u64) -> TenantKey {
    TenantKey::generate(CONTEXT.tenant, KeyPurpose::Secrets, 1, &SeededRandom::new(seed)).unwrap()
}

fn seal(key: &TenantKey, secret: &[u8]) -> SealedSecret {
    key.seal(&PlainSecret::from(secret.to_vec()), &CONTEXT, &SeededRandom::new(3)).unwrap()
}

fn opens(key: &TenantKey, bytes: &[u8]) -> bool {
    key.open(&SealedSecret::from_bytes(bytes.to_vec()), &CONTEXT).is_ok()
}

#[test]
fn an_envelope_with_any_bit_flipped_never_opens() {
    let key = key(1);
    let random = SeededRandom::new(2);
    // Unoptimised, 200 take six seconds.
    let count: usize = if cfg!(debug_assertions) { 40 } else { 200 };
    for number in 0..count {
        let secret = PlainSecret::from(vec![0x5a; number * 62 / count]);
        let sealed = key.seal(&secret, &CONTEXT, &random).unwrap();
        let mut bytes = sealed.as_bytes().to_vec();
        assert!(opens(&key, &bytes));
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&key, &bytes), "envelope {number}, bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_truncated_or_extended_envelope_never_opens() {
    let key = key(1);
    for length in [0, 1, 62, 63, 200] {
        let bytes = seal(&key, &vec![0x5a; length]).as_bytes().to_vec();
        for shorter in 0..bytes.len() {
            assert!(!opens(&key, &bytes[..shorter]), "{length}: first {shorter}");
            assert!(!opens(&key, &bytes[bytes.len() - shorter..]), "{length}: last {shorter}");
        }
        for longer in 1..=130 {
            assert!(!opens(&key, &[bytes.clone(), vec![0; longer]].concat()), "{length}: {longer} more");
            assert!(!opens(&key, &[vec![0; longer], bytes.clone()].concat()), "{length}: {longer} before");
        }
    }
}

#[test]
fn a_secret_opens_nowhere_but_in_its_place() {
    let key = key(1);
    let sealed = seal(&key, b"secret");
    assert_eq!(key.open(&sealed, &CONTEXT).unwrap().expose(), b"secret");
    let elsewhere = [
        SecretContext { tenant: TenantId::SYSTEM, ..CONTEXT },
        SecretContext { owner_kind: OwnerKind::ApiKey, ..CONTEXT },
        SecretContext { owner: Uuid::from_u128(21), ..CONTEXT },
        SecretContext { field: "client_secre", ..CONTEXT },
        SecretContext { version: 2, ..CONTEXT },
        SecretContext { origin: "https://login.example.com:8443", ..CONTEXT },
        SecretContext { origin: "", ..CONTEXT },
    ];
    for context in elsewhere {
        assert_eq!(key.open(&sealed, &context).unwrap_err(), OpenError, "{context:?}");
    }
}

#[test]
fn the_tenant_is_bound_into_the_envelope_and_not_only_asserted() {
    let key = key(1);
    let sealed = seal(&key, b"secret");
    let identity = TenantKeyIdentity { tenant: TenantId::SYSTEM, ..key.identity() };
    let moved = TenantKey::from_material(identity, KeyMaterial::from_slice(key.material().expose()).unwrap());
    assert!(moved.open(&sealed, &SecretContext { tenant: TenantId::SYSTEM, ..CONTEXT }).is_err());
}

#[test]
fn a_key_of_another_tenant_neither_seals_nor_opens() {
    let own = key(1);
    let sealed = seal(&own, b"secret");
    let identity = TenantKeyIdentity { tenant: TenantId::SYSTEM, ..own.identity() };
    // The worst case: the same bytes under the same id, filed under another tenant.
    let foreign = TenantKey::from_material(identity, KeyMaterial::from_slice(own.material().expose()).unwrap());
    let secret = PlainSecret::from(b"secret".to_vec());
    assert_eq!(foreign.seal(&secret, &CONTEXT, &SeededRandom::new(3)), Err(SealError::ForeignKey));
    assert_eq!(foreign.open(&sealed, &CONTEXT).unwrap_err(), OpenError);
}

#[test]
fn another_key_of_the_same_tenant_does_not_open() {
    let sealed = seal(&key(1), b"secret");
    assert!(key(2).open(&sealed, &CONTEXT).is_err());
    assert_eq!(sealed.key_id().unwrap(), key(1).identity().id);
}

#[test]
fn exactly_sixteen_kibibytes_are_sealed_and_no_byte_more() {
    let key = key(1);
    let longest = vec![0x5a; MAX_SECRET_LENGTH];
    assert_eq!(key.open(&seal(&key, &longest), &CONTEXT).unwrap().expose(), longest);
    let longer = PlainSecret::from(vec![0x5a; MAX_SECRET_LENGTH + 1]);
    assert_eq!(key.seal(&longer, &CONTEXT, &SeededRandom::new(3)), Err(SealError::SecretTooLong));
}

#[test]
fn a_context_too_long_to_be_encoded_is_refused() {
    let key = key(1);
    let field = "f".repeat(65_536);
    let context = SecretContext { field: &field, ..CONTEXT };
    let secret = PlainSecret::from(b"secret".to_vec());
    assert_eq!(key.seal(&secret, &context, &SeededRandom::new(3)), Err(SealError::ContextTooLong));
    assert_eq!(key.open(&seal(&key, b"secret"), &context).unwrap_err(), OpenError);
}

#[test]
fn a_failing_random_source_is_an_error_everywhere() {
    assert!(TenantKey::generate(CONTEXT.tenant, KeyPurpose::Secrets, 1, &FailingRandom).is_err());
    let secret = PlainSecret::from(b"secret".to_vec());
    assert_eq!(key(1).seal(&secret, &CONTEXT, &FailingRandom), Err(SealError::Random(RandomError)));
}

#[test]
fn debug_texts_hold_no_secret_bytes() {
    let key = key(1);
    let sealed = seal(&key, b"secret");
    assert_eq!(format!("{:?}", PlainSecret::from("secret".to_owned())), "PlainSecret([REDACTED])");
    assert_eq!(format!("{sealed:?}"), "SealedSecret(154 bytes)");
    let expected = format!("TenantKey {{ identity: {:?}, .. }}", key.identity());
    assert_eq!(format!("{key:?}"), expected);
    assert_eq!(TenantKeyId::from_bytes([0, 1, 2, 3, 4, 5, 254, 255]).to_string(), "000102030405feff");
}

#[test]
fn purposes_are_read_back_from_their_names() {
    for purpose in [KeyPurpose::Secrets, KeyPurpose::Tokens, KeyPurpose::Events] {
        assert_eq!(purpose.as_str().parse(), Ok(purpose));
    }
    assert_eq!("Secrets".parse::<KeyPurpose>(), Err(InvalidKeyPurpose));
}

proptest! {
    #[test]
    fn what_is_sealed_opens_to_the_same_bytes(
        secret in prop::collection::vec(any::<u8>(), 0..700),
        (tenant, owner, version) in any::<(u128, u128, u64)>(),
        (field, origin) in any::<(String, String)>(),
        seed in any::<u64>(),
    ) {
        let random = SeededRandom::new(seed);
        let tenant = TenantId::from_uuid(Uuid::from_u128(tenant));
        let key = TenantKey::generate(tenant, KeyPurpose::Secrets, 1, &random).unwrap();
        let owner = Uuid::from_u128(owner);
        let context = SecretContext { tenant, owner_kind: OwnerKind::ApiKey, owner, field: &field, version, origin: &origin };
        let sealed = key.seal(&PlainSecret::from(secret.clone()), &context, &random).unwrap();
        prop_assert_eq!(sealed.as_bytes().len(), 74 + (secret.len() + 2).next_multiple_of(64) + 16);
        let opened = key.open(&sealed, &context).unwrap();
        prop_assert_eq!(opened.expose(), &secret);
    }

    #[test]
    fn hostile_rows_never_open_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let sealed = SealedSecret::from_bytes(bytes);
        let _ = sealed.key_id();
        prop_assert!(key(1).open(&sealed, &CONTEXT).is_err());
    }
}
