//! Format 1 against an independent implementation: what was sealed once opens for ever.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::chance::FixedRandom;
use super::context::{OwnerKind, SecretContext};
use super::key_encryption_key::{KeyEncryptionKey, WrappedKey};
use super::key_material::KeyMaterial;
use super::secret::{PlainSecret, SealedSecret};
use super::secret_digest::SecretDigest;
use super::tenant_key::{KeyPurpose, TenantKey, TenantKeyId, TenantKeyIdentity};
use super::token::{IssuedToken, ParsedToken, TokenKind};
use crate::domain::id::TenantId;

const ENVELOPES: &str = include_str!("../../tests/golden/envelope_v1.txt");
const TOKENS: &str = include_str!("../../tests/golden/token_v1.txt");

/// One block of a golden file.
struct Answer(BTreeMap<&'static str, &'static str>);

impl Answer {
    fn text(&self, name: &str) -> &'static str {
        self.0[name]
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let digits: Vec<_> = self.text(name).chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
    }

    fn id(&self, name: &str) -> Uuid {
        Uuid::from_slice(&self.bytes(name)).unwrap()
    }

    fn identity(&self, purpose: KeyPurpose, version: u32) -> TenantKeyIdentity {
        let id = TenantKeyId::from_bytes(self.bytes("key_id").try_into().unwrap());
        TenantKeyIdentity { id, tenant: TenantId::from_uuid(self.id("tenant")), purpose, version }
    }

    fn tenant_key(&self, identity: TenantKeyIdentity) -> TenantKey {
        TenantKey::from_material(identity, KeyMaterial::from_slice(&self.bytes("key")).unwrap())
    }

    fn context(&self) -> SecretContext<'static> {
        let kinds = [OwnerKind::OauthApp, OwnerKind::ApiKey, OwnerKind::PageToken];
        SecretContext {
            tenant: TenantId::from_uuid(self.id("tenant")),
            owner_kind: kinds.into_iter().find(|kind| kind.as_str() == self.text("owner_kind")).unwrap(),
            owner: self.id("owner"),
            field: self.text("field"),
            version: self.text("version").parse().unwrap(),
            origin: self.text("origin"),
        }
    }
}

/// The blocks of a file that begin with the given name.
fn answers(file: &'static str, kind: &str) -> Vec<Answer> {
    let mut blocks: Vec<Answer> = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once('=') {
            None => blocks.push(Answer(BTreeMap::new())),
            Some((name, value)) => blocks.last_mut().unwrap().0.extend([(name.trim(), value.trim())]),
        }
    }
    blocks.retain(|block| block.0.contains_key(kind));
    blocks
}

#[test]
fn every_known_envelope_opens_and_is_made_again_byte_for_byte() {
    let known = answers(ENVELOPES, "envelope");
    assert_eq!(known.len(), 8);
    for answer in known {
        let name = answer.text("envelope");
        let key = answer.tenant_key(answer.identity(KeyPurpose::Secrets, 1));
        let sealed = SealedSecret::from_bytes(answer.bytes("sealed"));

        assert_eq!(sealed.key_id().unwrap(), key.identity().id, "{name}");
        assert_eq!(key.open(&sealed, &answer.context()).unwrap().expose(), answer.bytes("secret"), "{name}");

        let secret = PlainSecret::from(answer.bytes("secret"));
        let again = key.seal(&secret, &answer.context(), &FixedRandom::new(&answer.bytes("salt"))).unwrap();
        assert!(again == sealed, "{name}");
    }
}

#[test]
fn every_known_wrapped_key_unwraps_and_is_made_again_byte_for_byte() {
    let known = answers(ENVELOPES, "wrapped");
    assert_eq!(known.len(), 3);
    for answer in known {
        let name = answer.text("wrapped");
        let material = KeyMaterial::from_slice(&answer.bytes("kek")).unwrap();
        let above = KeyEncryptionKey::from_material(answer.text("kek_id").parse().unwrap(), material);
        let version = answer.text("version").parse().unwrap();
        let identity = answer.identity(answer.text("purpose").parse().unwrap(), version);
        let wrapped = WrappedKey::from_bytes(answer.bytes("sealed"));

        let key = above.unwrap(&wrapped, identity).unwrap();
        assert_eq!(key.material().expose().as_slice(), answer.bytes("key"), "{name}");
        assert!(above.wrap(&key, &FixedRandom::new(&answer.bytes("salt"))).unwrap() == wrapped, "{name}");
        assert_eq!(above.check_value().unwrap().as_slice(), answer.bytes("check_value"), "{name}");
    }
}

#[test]
fn every_known_token_is_read_and_is_made_again_byte_for_byte() {
    let known = answers(TOKENS, "token");
    assert_eq!(known.len(), 5);
    for answer in known {
        let name = answer.text("token");
        let digest = PlainSecret::from(answer.bytes("digest"));

        let parsed = ParsedToken::parse(answer.text("text")).unwrap();
        assert_eq!((parsed.kind(), parsed.key_id().as_str()), (TokenKind::ApiKey, answer.text("key_id")), "{name}");
        assert!(parsed.digest().matches_opened(&digest), "{name}");

        let random = FixedRandom::new(&[answer.bytes("draws"), answer.bytes("number")].concat());
        let issued = IssuedToken::generate(TokenKind::ApiKey, &random).unwrap();
        assert_eq!(issued.text.expose(), answer.text("text").as_bytes(), "{name}");
        assert_eq!(issued.key_id.as_str(), answer.text("key_id"), "{name}");
        assert!(issued.digest.matches_opened(&digest), "{name}");
    }
}

#[test]
fn a_digest_sealed_in_place_of_a_secret_is_verified_after_opening() {
    let answer = answers(ENVELOPES, "envelope").into_iter().find(|answer| answer.text("envelope") == "a digest").unwrap();
    let key = answer.tenant_key(answer.identity(KeyPurpose::Secrets, 1));
    let opened = key.open(&SealedSecret::from_bytes(answer.bytes("sealed")), &answer.context()).unwrap();
    assert!(SecretDigest::of(b"verify-only").matches_opened(&opened));
    assert!(!SecretDigest::of(b"Verify-only").matches_opened(&opened));
}
