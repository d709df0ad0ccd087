use proptest::prelude::*;

use super::*;

fn reasons(text: &str) -> Vec<FieldReason> {
    check_line(text, 1..=128).unwrap_err().into_iter().map(|fault| fault.reason).collect()
}

#[test]
fn ordinary_texts_of_many_scripts_are_accepted() {
    for text in ["a", "Straße 7", "日本語", "Ελλάδα", "हिन्दी", "🚀\u{fe0f} launch", "a\u{a0}b", "it's \"fine\" <b>&amp;"]
    {
        assert_eq!(check_line(text, 1..=128), Ok(()), "{text:?}");
    }
}

#[test]
fn length_counts_characters() {
    assert_eq!(check_line(&"é".repeat(128), 1..=128), Ok(()));
    assert_eq!(reasons(&"é".repeat(129)), [FieldReason::TooLong]);
    assert_eq!(reasons(&"x".repeat(10_000)), [FieldReason::TooLong]);
    assert_eq!(reasons(""), [FieldReason::Required]);
    assert_eq!(check_line("", 0..=128), Ok(()));
    assert_eq!(check_line("abc", 4..=8).unwrap_err()[0].reason, FieldReason::TooShort);
}

#[test]
fn text_that_is_not_nfc_is_refused_and_never_composed() {
    for text in ["e\u{301}", "A\u{30a}", "\u{212b}", "\u{1100}\u{1161}", "\u{f900}"] {
        assert_eq!(reasons(text), [FieldReason::NotNormalized], "{text:?}");
    }
}

#[test]
fn characters_that_steer_or_hide_are_refused() {
    let single =
        ['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9f}', '\u{ad}', '\u{61c}', '\u{180e}', '\u{200b}', '\u{200c}'];
    let more =
        ['\u{200d}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{2060}', '\u{3164}', '\u{feff}', '\u{fff9}', '\u{e000}'];
    let last = [
        '\u{fdd0}',
        '\u{fffe}',
        '\u{ffff}',
        '\u{1fffe}',
        '\u{e0041}',
        '\u{e0100}',
        '\u{f0000}',
        '\u{10ffff}',
        '\u{115f}',
        '\u{ffa0}',
    ];
    let ranges = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain('\u{0}'..='\u{1f}').chain('\u{7f}'..='\u{9f}');
    for character in single.into_iter().chain(more).chain(last).chain(ranges) {
        assert_eq!(reasons(&format!("a{character}b")), [FieldReason::ControlCharacter], "{character:?}");
    }
}

#[test]
fn surrounding_white_space_is_refused_and_never_trimmed() {
    for text in [" a", "a ", "\u{a0}a", "a\u{3000}", "a\u{2009}", " "] {
        assert!(reasons(text).contains(&FieldReason::SurroundingWhitespace), "{text:?}");
    }
}

#[test]
fn every_fault_is_reported_at_once() {
    use FieldReason::{ControlCharacter, NotNormalized, SurroundingWhitespace, TooLong};
    let text = format!(" e\u{301}\u{202e}{}", "x".repeat(10_000));
    assert_eq!(reasons(&text), [TooLong, ControlCharacter, SurroundingWhitespace, NotNormalized]);
}

#[test]
fn an_empty_description_says_nothing() {
    assert_eq!(Description::parse("").unwrap().non_empty(), None);
    assert_eq!(Description::parse("CRM of the shop").unwrap().non_empty(), Some("CRM of the shop"));
    assert!(Description::parse("é".repeat(256)).is_ok());
    assert_eq!(Description::parse("é".repeat(257)).unwrap_err()[0].reason, FieldReason::TooLong);
    assert_eq!(Description::parse("two\nlines").unwrap_err()[0].reason, FieldReason::ControlCharacter);
}

#[test]
fn marks_of_a_display_name_stand_behind_letters_digits_and_marks() {
    for text in ["हिन्दी", "ภาษาไทย ที่", "Adébáyọ\u{300}!", "🚀\u{fe0f} launch", "❤\u{fe0f}"]
    {
        assert_eq!(DisplayName::parse(text).unwrap().as_str(), text);
    }
    for text in ["\u{304}a", "a \u{304}b", "!\u{304}", "a\u{20dd}", "z\u{300}\u{301}\u{302}\u{303}\u{304}"] {
        let faults = DisplayName::parse(text).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.reason).collect::<Vec<_>>(), [FieldReason::InvalidCharacter], "{text:?}");
    }
}

#[test]
fn a_display_name_is_required() {
    assert_eq!(DisplayName::parse("").unwrap_err(), [Fault::required()]);
    assert_eq!(DisplayName::parse("Zoë's app!").unwrap().to_string(), "Zoë's app!");
}

proptest! {
    #[test]
    fn any_text_is_accepted_unchanged_or_refused(text in any::<String>()) {
        match DisplayName::parse(text.clone()) {
            Ok(name) => prop_assert_eq!(name.as_str(), text),
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }

    #[test]
    fn what_is_accepted_is_nfc_and_trimmed(text in "[a-zé \u{301}\u{200b}]{0,6}") {
        if check_line(&text, 0..=128).is_ok() {
            prop_assert!(is_nfc(&text));
            prop_assert_eq!(text.trim(), text.as_str());
        }
    }
}
