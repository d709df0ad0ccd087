use proptest::prelude::*;

use super::*;

fn reasons(text: &str) -> Vec<FieldReason> {
    ScopeList::parse(text).unwrap_err().into_iter().map(|fault| fault.reason).collect()
}

#[test]
fn order_and_bytes_are_kept() {
    let list = ScopeList::parse("write:b read:a openid https://a.example/auth/x").unwrap();
    assert_eq!(list.as_str(), "write:b read:a openid https://a.example/auth/x");
    assert_eq!(list.tokens().collect::<Vec<_>>(), ["write:b", "read:a", "openid", "https://a.example/auth/x"]);
    assert_eq!(list.to_string(), list.as_str());
}

#[test]
fn every_character_of_the_grammar_but_the_comma_is_accepted() {
    let all: String = ('!'..='~').filter(|c| !matches!(c, '"' | '\\' | ',')).collect();
    assert!(ScopeList::parse(all).is_ok());
}

#[test]
fn commas_are_refused_with_a_hint() {
    let faults = ScopeList::parse("full_offline_access, test_repo").unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].reason, FieldReason::InvalidCharacter);
    assert_eq!(faults[0].sentence, "Separate scopes with a single space, not a comma.");
}

#[test]
fn each_break_of_the_grammar_has_its_reason() {
    assert_eq!(reasons(""), [FieldReason::Required]);
    assert_eq!(reasons("a a"), [FieldReason::Duplicate]);
    assert_eq!(reasons("a b c b"), [FieldReason::Duplicate]);
    assert_eq!(reasons("a  b"), [FieldReason::InvalidFormat]);
    assert_eq!(reasons(" a"), [FieldReason::SurroundingWhitespace]);
    assert_eq!(reasons("a "), [FieldReason::SurroundingWhitespace]);
    assert_eq!(reasons(" "), [FieldReason::SurroundingWhitespace]);
    for text in ["a\tb", "a\nb", "a\"b", "a\\b", "a\0b", "a\u{7f}b", "é", "e\u{301}", "a\u{a0}b", "a\u{200b}b"] {
        assert_eq!(reasons(text), [FieldReason::InvalidCharacter], "{text:?}");
    }
}

#[test]
fn length_counts_bytes() {
    assert!(ScopeList::parse("x".repeat(2048)).is_ok());
    assert_eq!(reasons(&"x".repeat(2049)), [FieldReason::TooLong]);
}

#[test]
fn every_fault_is_reported_at_once() {
    use FieldReason::{Duplicate, InvalidCharacter, InvalidFormat, SurroundingWhitespace};
    assert_eq!(reasons(" a,  é é"), [SurroundingWhitespace, InvalidFormat, InvalidCharacter, InvalidCharacter, Duplicate]);
}

#[test]
fn case_counts() {
    let list = ScopeList::parse("Read read").unwrap();
    assert_eq!(list.tokens().collect::<Vec<_>>(), ["Read", "read"]);
}

proptest! {
    #[test]
    fn any_text_is_accepted_unchanged_or_refused(text in "[ -~é\t]{0,20}") {
        if let Ok(list) = ScopeList::parse(text.clone()) {
            prop_assert_eq!(list.as_str(), &text);
            prop_assert_eq!(list.tokens().collect::<Vec<_>>().join(" "), text);
        }
    }

    #[test]
    fn distinct_tokens_always_make_a_list(tokens in prop::collection::btree_set("[!#-+\\--\\[\\]-~]{1,8}", 1..20)) {
        let text = tokens.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let list = ScopeList::parse(text).unwrap();
        prop_assert!(tokens.iter().all(|token| list.tokens().any(|own| own == token)));
    }
}
