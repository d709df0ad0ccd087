use super::{PasswordHashError, dummy, hash, matches};
use crate::crypto::PlainSecret;
use crate::crypto::chance::{FailingRandom, FixedRandom, SeededRandom};

/// Passwords, their salts' first bytes and their hashes by an independent implementation; the other bytes of a salt follow one by one.
const KNOWN: [(&str, u8, &str); 2] = [
    (
        "correct horse battery staple",
        0,
        "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU",
    ),
    (
        "Pässwörter müssen länger sein 🔑",
        16,
        "$argon2id$v=19$m=19456,t=2,p=1$EBESExQVFhcYGRobHB0eHw$MLFBCzdHlDVWu5fCYZdKhlj08IA/UtLVABYWPjYdtCw",
    ),
];

/// A hash with other parameters, from the reference implementation's own tests.
const OTHER_PARAMETERS: &str = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

fn plain(text: &str) -> PlainSecret {
    PlainSecret::from(text.to_owned())
}

fn text(secret: &PlainSecret) -> &str {
    std::str::from_utf8(secret.expose()).unwrap()
}

#[test]
fn every_known_password_hash_matches_and_is_made_again_byte_for_byte() {
    for (password, first, known) in KNOWN {
        assert_eq!(matches(&plain(password), &plain(known)), Ok(true), "{password}");
        let salt: Vec<u8> = (first..first + 16).collect();
        assert_eq!(text(&hash(&plain(password), &FixedRandom::new(&salt)).unwrap()), known);
    }
    assert_eq!(matches(&plain("password"), &plain(OTHER_PARAMETERS)), Ok(true), "the stored parameters count");
}

#[test]
fn another_password_does_not_match() {
    for other in ["correct horse battery staple ", "correct horse battery stapl", "Correct horse battery staple", ""] {
        assert_eq!(matches(&plain(other), &plain(KNOWN[0].2)), Ok(false), "{other:?}");
    }
}

#[test]
fn the_dummy_is_well_formed_has_the_live_parameters_and_is_nobodys() {
    let random = SeededRandom::new(7);
    let dummy = dummy(&random).unwrap();
    let parameters = |text: &str| text.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(parameters(text(&dummy)), parameters(KNOWN[0].2));
    assert_eq!(text(&dummy).len(), KNOWN[0].2.len());
    assert_eq!(matches(&plain(KNOWN[0].0), &dummy), Ok(false), "it is computed and compared, not refused as malformed");
}

#[test]
fn what_is_no_hash_is_an_error_and_never_a_match() {
    let known = KNOWN[0].2;
    for broken in [
        "",
        "x",
        "$argon2id$v=19$m=19456,t=2,p=1",
        &known[..known.len() - 44],
        "$argon2id$v=19$m=1,t=0,p=0$AAECAwQFBgcICQoLDA0ODw$gYJZ",
    ] {
        assert!(matches(&plain(KNOWN[0].0), &plain(broken)).is_err(), "{broken}");
    }
    assert_eq!(matches(&plain("x"), &PlainSecret::from(vec![0xff])), Err(PasswordHashError::Malformed));
}

#[test]
fn without_chance_there_is_no_hash() {
    assert!(matches!(hash(&plain("12345678"), &FailingRandom), Err(PasswordHashError::Random(_))));
    assert!(matches!(dummy(&FailingRandom), Err(PasswordHashError::Random(_))));
}
