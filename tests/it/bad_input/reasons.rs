//! The list of reasons, as it is published.

use std::fmt::Write as _;

use oauth_registry::grpc::status::{describe, reason_name};

use super::every_reason;
use crate::golden;

/// The name of a gRPC code, as the documents write it: `NOT_FOUND`.
fn code_name(code: tonic::Code) -> String {
    let mut name = String::new();
    for (place, letter) in format!("{code:?}").char_indices() {
        if place > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn the_reasons_their_codes_and_their_sentences_are_the_published_ones() {
    let mut text = String::new();
    for reason in every_reason() {
        let (code, sentence) = describe(reason);
        writeln!(text, "{} {} {sentence}", reason_name(reason), code_name(code)).unwrap();
    }
    assert!(text.lines().count() >= 25, "{text}");
    golden::assert_matches("error_reasons.txt", &text);
}

#[test]
fn the_code_in_each_comment_is_the_one_that_is_sent() {
    let proto = include_str!("../../../proto/oauthregistry/v1/errors.proto");
    let lines: Vec<_> = proto.lines().map(str::trim).collect();
    for reason in every_reason() {
        let value = format!("{} = {};", reason.as_str_name(), reason as i32);
        let at = lines.iter().position(|line| *line == value).unwrap_or_else(|| panic!("{value}"));
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("//"));
        let first = above.last().unwrap_or_else(|| panic!("{value} has no comment"));
        let bracketed = first.trim_start_matches("// [").split(']').next().unwrap();
        assert_eq!(bracketed, code_name(describe(reason).0), "{value}");
    }
}
