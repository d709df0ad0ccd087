use proptest::prelude::*;

use super::*;

fn reasons(text: &str) -> Vec<FieldReason> {
    AppName::parse(text).unwrap_err().into_iter().map(|fault| fault.reason).collect()
}

fn app(text: &str) -> AppName {
    AppName::parse(text).unwrap()
}

fn derived(text: &str) -> Option<String> {
    Slug::derive(&app(text)).map(|slug| slug.as_str().to_owned())
}

#[test]
fn names_of_many_scripts_are_accepted() {
    for text in ["a", "Sales_force-EU 2.0", "Bücher", "日本語", "Ελλάδα", "٣", "_", &"é".repeat(128)] {
        assert_eq!(app(text).as_str(), text);
    }
}

#[test]
fn other_characters_are_refused() {
    for text in ["a/b", "a:b", "a,b", "a@b", "a'b", "<a>", "a\u{a0}b", "a\u{3000}b", "🚀", "a\\b", "a;DROP", "％"] {
        assert_eq!(reasons(text), [FieldReason::InvalidCharacter], "{text:?}");
    }
}

/// Words that no precomposed letters can write, each in NFC.
const WITH_MARKS: [&str; 7] =
    ["हिन्दी", "ภาษาไทย-ที่", "தமிழ்", "Adébáyọ\u{300}", "x\u{304}", "1\u{304}", "a\u{5b0}\u{5b1}\u{5b2}\u{5b3}"];
/// Texts with a mark that belongs to nothing, encloses, or is one too many.
const MISPLACED: [&str; 7] = [
    "\u{304}a",
    "a-\u{304}",
    "_\u{93f}",
    "a\u{20dd}",
    "a\u{5b0}\u{5b1}\u{5b2}\u{5b3}\u{5b4}",
    // NFC has one character for the first two marks and the letter.
    "\u{1ea5}\u{5b0}\u{5b1}\u{5b2}",
    "a\u{fe0f}",
];

#[test]
fn combining_marks_stand_behind_letters_digits_and_marks() {
    for text in WITH_MARKS {
        assert_eq!(app(text).as_str(), text);
        assert!(TenantName::parse(text).is_ok() && RoleName::parse(text).is_ok() && LoginName::parse(text).is_ok(), "{text:?}");
    }
    assert_eq!(app("ภาษาไทย ที่").as_str(), "ภาษาไทย ที่");
    for text in MISPLACED {
        assert_eq!(reasons(text), [FieldReason::InvalidCharacter], "{text:?}");
        let faults = LoginName::parse(text).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [FieldReason::InvalidCharacter], "{text:?}");
    }
    for joiner in ["क्\u{200d}ष", "ن\u{200c}م"] {
        assert_eq!(reasons(joiner), [FieldReason::ControlCharacter], "{joiner:?}");
    }
}

#[test]
fn control_characters_are_reported_once() {
    for text in ["a\0b", "a\nb", "a\u{202e}b", "a\u{200b}b", "\u{3164}"] {
        assert_eq!(reasons(text), [FieldReason::ControlCharacter], "{text:?}");
    }
}

#[test]
fn the_rules_of_all_texts_hold_for_names() {
    assert_eq!(reasons(""), [FieldReason::Required]);
    assert_eq!(reasons(" a"), [FieldReason::SurroundingWhitespace]);
    assert_eq!(reasons(&"x".repeat(129)), [FieldReason::TooLong]);
    assert_eq!(reasons(&"x".repeat(10_000)), [FieldReason::TooLong]);
    assert!(reasons("e\u{301}").contains(&FieldReason::NotNormalized));
}

#[test]
fn every_fault_is_reported_at_once() {
    use FieldReason::{ControlCharacter, InvalidCharacter, SurroundingWhitespace, TooLong};
    let text = format!("{}/\0 ", "x".repeat(10_000));
    assert_eq!(reasons(&text), [TooLong, ControlCharacter, SurroundingWhitespace, InvalidCharacter]);
}

#[test]
fn names_that_differ_in_case_alone_share_a_key() {
    for (a, b) in [("App", "aPP"), ("BÜCHER", "bücher"), ("ΟΔΟΣ", "οδος"), ("ДОМ", "дом"), ("A_1.x y", "a_1.X Y")]
    {
        assert_eq!(app(a).key(), app(b).key(), "{a} {b}");
    }
    for (a, b) in [("Straße", "STRASSE"), ("ſecret", "Secret"), ("ﬁ", "FI"), ("ᾳ", "ΑΙ"), ("ΐ", "Ϊ\u{301}"), ("Ꮳ", "ꮳ")]
    {
        assert_eq!(LoginName::key_of(a), LoginName::key_of(b), "{a} {b}");
    }
    for (a, b) in [("I", "ı"), ("İ", "i"), ("ss", "s"), ("ö", "oe")] {
        assert_ne!(app(a).key(), app(b).key(), "{a} {b}: no rules of one language");
    }
    for (a, b) in [("app", "apps"), ("bücher", "bucher"), ("a b", "a-b"), ("a b", "a  b")] {
        assert_ne!(app(a).key(), app(b).key(), "{a} {b}");
    }
    assert_eq!(TenantName::parse("ACME").unwrap().key(), "acme");
    assert_eq!(LoginName::parse("Ann@Example.com").unwrap().key(), "ann@example.com");
}

#[test]
fn the_key_of_a_beginning_is_the_beginning_of_the_key() {
    for (name, beginning) in
        [("ΟΔΟΣΑ", "ΟΔΟΣ"), ("ΟΔΟΣΑ", "οδος"), ("Straße", "STRAS"), ("STRASSE", "straß"), ("Ång", "a\u{30a}n")]
    {
        assert!(app(name).key().starts_with(&AppName::key_of(beginning)), "{name} {beginning}");
    }
}

#[test]
fn unassigned_code_points_are_refused() {
    for text in ["a\u{378}", "\u{2fffd}", "a\u{e000f}"] {
        let faults = LoginName::parse(text).unwrap_err();
        let reason = if text == "a\u{e000f}" { FieldReason::ControlCharacter } else { FieldReason::InvalidCharacter };
        assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [reason], "{text:?}");
        assert_eq!(reasons(text), [reason], "{text:?}");
    }
}

#[test]
fn the_rules_of_keys_name_the_version_of_unicode() {
    let (major, minor, patch) = unicode_normalization::UNICODE_VERSION;
    assert!(KEY_RULES.ends_with(&format!(" {major}.{minor}.{patch}")), "{KEY_RULES}: another one than that of normalization");
}

#[test]
fn tenant_names_obey_the_rules_of_app_names() {
    for text in ["a/b", "", " a", "e\u{301}", "a\0", "Bücher 1.0"] {
        assert_eq!(TenantName::parse(text).map(|name| name.0), AppName::parse(text).map(|name| name.0), "{text:?}");
    }
}

#[test]
fn login_names_leave_room_for_the_qualified_form() {
    for text in ["ann", "ann@example.com", "анна", "o'neil+test"] {
        assert_eq!(LoginName::parse(text).unwrap().as_str(), text);
    }
    for text in ["a/b", "a:b", "a b", "a\u{a0}b"] {
        let faults = LoginName::parse(text).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [FieldReason::InvalidCharacter], "{text:?}");
    }
    assert_eq!(LoginName::parse("a\nb").unwrap_err()[0].reason, FieldReason::ControlCharacter);
    assert_eq!(LoginName::parse("").unwrap_err(), [Fault::required()]);
    assert_eq!(LoginName::parse("x".repeat(129)).unwrap_err()[0].reason, FieldReason::TooLong);
}

#[test]
fn slugs_have_their_characters_and_length() {
    for text in ["a", "0", "my-app-2", "-", &"a".repeat(63)] {
        assert_eq!(Slug::parse(text).unwrap().as_str(), text);
    }
    for text in ["A", "a_b", "a b", "a.b", "é", "a\n"] {
        assert_eq!(Slug::parse(text).unwrap_err()[0].reason, FieldReason::InvalidCharacter, "{text:?}");
    }
    assert_eq!(Slug::parse("").unwrap_err(), [Fault::required()]);
    assert_eq!(Slug::parse("a".repeat(64)).unwrap_err()[0].reason, FieldReason::TooLong);
}

#[test]
fn a_slug_is_derived_from_the_name() {
    assert_eq!(derived("Salesforce EU (West)".replace(['(', ')'], "_").as_str()).unwrap(), "salesforce-eu-west");
    assert_eq!(derived("__My..App__").unwrap(), "my-app");
    assert_eq!(derived("Bücher 2").unwrap(), "b-cher-2");
    assert_eq!(derived("日本語"), None);
    assert_eq!(derived("_-."), None);
    assert_eq!(derived(&"A".repeat(128)).unwrap(), "a".repeat(63));
    assert_eq!(derived(&format!("{} b", "a".repeat(62))).unwrap(), "a".repeat(62));
}

proptest! {
    #[test]
    fn a_key_is_its_own_key_and_that_of_every_equivalent_text(text in any::<String>()) {
        let key = LoginName::key_of(&text);
        prop_assert_eq!(LoginName::key_of(&key), key.clone());
        prop_assert_eq!(LoginName::key_of(&text.nfd().collect::<String>()), key.clone());
        prop_assert!(unicode_normalization::is_nfc(&key));
    }

    #[test]
    fn any_text_is_accepted_unchanged_or_refused(text in any::<String>()) {
        if let Ok(name) = AppName::parse(text.clone()) { prop_assert_eq!(name.as_str(), &text); }
        if let Ok(name) = LoginName::parse(text.clone()) { prop_assert_eq!(name.as_str(), &text); }
        if let Ok(slug) = Slug::parse(text.clone()) { prop_assert_eq!(slug.as_str(), &text); }
    }

    #[test]
    fn a_derived_slug_is_always_valid(text in "[A-Za-z0-9_. éß日-]{1,128}") {
        if let Some(slug) = AppName::parse(text).ok().and_then(|name| Slug::derive(&name)) {
            prop_assert!(Slug::parse(slug.as_str()).is_ok());
            prop_assert!(!slug.as_str().starts_with('-') && !slug.as_str().ends_with('-') && !slug.as_str().contains("--"));
        }
    }

    #[test]
    fn the_key_of_an_upper_case_ascii_name_is_that_of_the_lower_case_one(text in "[A-Za-z0-9_.-]{1,128}") {
        prop_assert_eq!(app(&text.to_ascii_uppercase()).key(), app(&text.to_ascii_lowercase()).key());
    }
}
