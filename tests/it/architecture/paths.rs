//! The paths that a piece of code names from the root of its crate. Must not know a rule.

use std::ops::Range;

use super::source::item_end;

/// A path, and where in the code it begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CratePath {
    /// The place in the code.
    pub(super) offset: usize,
    /// The names, without `crate`.
    pub(super) names: Vec<String>,
}

/// Returns every path that begins with `crate::`, or with enough `super::` to reach the root from a file of this depth.
pub(super) fn crate_paths(code: &str, depth: usize) -> Vec<CratePath> {
    let mut found = Vec::new();
    let inline = inline_modules(code);
    let mut at = 0;
    while let Some((start, word)) = next_word(code, at) {
        at = start + word.len();
        let Some(after) = separator(code, at) else { continue };
        let mut inside = after;
        let mut climbed = usize::from(word == "super");
        while let Some((next, "super")) = next_word(code, inside).filter(|(next, _)| *next == inside) {
            let Some(after) = separator(code, next + "super".len()) else { break };
            (inside, climbed) = (after, climbed + 1);
        }
        at = inside;
        if word == "crate" || (word == "super" && climbed >= depth + inline.iter().filter(|range| range.contains(&start)).count())
        {
            expand(code, inside, &[], &mut found);
        }
    }
    found
}

/// Returns the words of the code, each with its place.
pub(super) fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (start, word) = next_word(code, at)?;
        at = start + word.len();
        Some((start, word))
    })
}

fn next_word(code: &str, from: usize) -> Option<(usize, &str)> {
    let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = from + code[from..].find(in_word)?;
    let length = code[start..].find(|letter| !in_word(letter)).unwrap_or(code.len() - start);
    Some((start, &code[start..start + length]))
}

/// Returns where the modules are that stand in this file, between braces.
fn inline_modules(code: &str) -> Vec<Range<usize>> {
    let modules = words(code).filter(|(_, word)| *word == "mod").filter_map(|(start, _)| {
        let end = start + item_end(&code[start..]);
        code[start..end].ends_with('}').then_some(start..end)
    });
    modules.collect()
}

/// Returns where the code goes on after `::` and white space.
fn separator(code: &str, at: usize) -> Option<usize> {
    let rest = code[at..].trim_start().strip_prefix("::")?.trim_start();
    Some(code.len() - rest.len())
}

/// Notes the paths below a prefix, and returns where they end.
fn expand(code: &str, at: usize, prefix: &[String], found: &mut Vec<CratePath>) -> usize {
    if code[at..].starts_with('{') {
        let mut at = at + 1;
        loop {
            at += code[at..].find(|letter: char| !letter.is_whitespace() && letter != ',').unwrap_or(code.len() - at);
            if at >= code.len() || code[at..].starts_with('}') {
                return (at + 1).min(code.len());
            }
            at = expand(code, at, prefix, found);
        }
    }
    let Some((_, word)) = next_word(code, at).filter(|(start, _)| *start == at) else {
        // `*`
        found.push(CratePath { offset: at, names: prefix.to_vec() });
        return at + code[at..].chars().next().map_or(0, char::len_utf8);
    };
    let names = [prefix, &[word.to_owned()]].concat();
    if let Some(inside) = separator(code, at + word.len()) {
        return expand(code, inside, &names, found);
    }
    found.push(CratePath { offset: at, names });
    renamed(code, at + word.len())
}

/// Skips ` as other_name`.
fn renamed(code: &str, at: usize) -> usize {
    match next_word(code, at) {
        Some((start, "as")) if code[at..start].trim().is_empty() => {
            next_word(code, start + 2).map_or(at, |(start, name)| start + name.len())
        }
        _ => at,
    }
}

#[test]
fn every_way_to_name_a_path_is_read() {
    let code = "use crate::a::b; use crate::{c, d::{e as f, g::*}};\nlet x: crate::h::I<crate::j::K> = super::l(); super::super::m::n();";
    let read = |depth| {
        let paths = crate_paths(code, depth).into_iter();
        paths
            .map(|path| format!("{}:{}", code[..path.offset].matches('\n').count() + 1, path.names.join("::")))
            .collect::<Vec<_>>()
    };
    let always = ["1:a::b", "1:c", "1:d::e", "1:d::g", "2:h::I", "2:j::K"];
    assert_eq!(read(1), [&always[..], &["2:l", "2:m::n"]].concat());
    assert_eq!(read(2), [&always[..], &["2:m::n"]].concat());
    assert_eq!(read(3), always);
}

#[test]
fn a_module_between_braces_is_one_step_deeper() {
    let names = |code| crate_paths(code, 1).into_iter().map(|path| path.names.join("::")).collect::<Vec<_>>();
    assert_eq!(names("mod a; mod b { use super::c; use super::super::d; } use super::e;"), ["d", "e"]);
}
