//! Where a crate may be spelled.

use super::paths::words;
use super::{Source, assert_none, source};

/// Each crate with the rooms and files in which it may be spelled. It stands for its companions too: `tonic` for `tonic_health`.
const SPELLED: &[(&str, &[&str])] = &[
    ("aes_gcm", &["crypto"]),
    ("argon2", &["crypto"]),
    ("getrandom", &["server"]),
    ("hkdf", &["crypto"]),
    ("hyper", &["server"]),
    ("icu_casemap", &["domain"]),
    ("opentelemetry", &["telemetry"]),
    ("prost", &["proto", "grpc"]),
    ("rustix", &["crypto", "storage", "server"]),
    ("sea_orm", &["storage", "migrations"]),
    ("sqlx", &["storage"]),
    ("tokio", &["storage", "service", "telemetry", "grpc", "server", "cli", "main"]),
    // The health probe is a client of the service, not a part of it.
    ("tonic", &["proto", "grpc", "server", "src/cli/health.rs"]),
    ("tracing_opentelemetry", &["telemetry"]),
    ("x509_cert", &["server"]),
];

/// Returns where a file spells the crate or a companion of it.
fn spellings(source: &Source, name: &str) -> Vec<usize> {
    let code = &source.product;
    let of_family = |word: &str| word == name || word.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
    let is_path = |offset: usize, word: &str| {
        let (before, after) = (code[..offset].trim_end(), code[offset + word.len()..].trim_start());
        let begins = !before.ends_with("::") && !before.ends_with('.') && !before.ends_with("fn");
        begins && ["::", "(", ";", "as "].iter().any(|sign| after.starts_with(sign))
    };
    words(code).filter(|(offset, word)| of_family(word) && is_path(*offset, word)).map(|(offset, _)| offset).collect()
}

#[test]
fn crates_are_spelled_only_in_their_rooms() {
    let sources = source::product();
    let mut faults = Vec::new();
    for (name, places) in SPELLED {
        for source in &sources {
            if !places.contains(&source.room()) && !places.contains(&source.path.as_str()) {
                let found = spellings(source, name).into_iter();
                faults.extend(found.map(|offset| format!("{}: `{name}` belongs to {}", source.place(offset), places.join(", "))));
            }
        }
    }
    assert_none(&faults, "a crate is spelled outside of its rooms");
}

#[test]
fn spelled_crates_are_found() {
    let sources = source::product();
    for name in ["aes_gcm", "hkdf", "opentelemetry", "sea_orm", "tokio", "tonic"] {
        assert!(sources.iter().any(|source| !spellings(source, name).is_empty()), "nobody spells {name}");
    }
}

#[test]
fn chance_is_made_in_one_file() {
    let sources = source::product();
    let makers: Vec<_> = sources.iter().filter(|source| !spellings(source, "getrandom").is_empty()).collect();
    let places: Vec<_> = makers.iter().map(|source| source.place(spellings(source, "getrandom")[0])).collect();
    assert!(places.len() <= 1, "one file makes chance, all others take it from there: {places:?}");
}
