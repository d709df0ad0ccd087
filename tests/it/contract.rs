//! The page of promises: every rule names a test that exists, or says why it comes later.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A line of `docs/contract.md`: `| section | rule | tests |`.
struct Line {
    number: usize,
    rule: String,
    proof: String,
}

#[test]
fn every_rule_names_a_test_that_exists_or_says_why_it_comes_later() {
    let tests = tests();
    let mut faults = Vec::new();
    let lines = lines();
    assert!(lines.len() > 100, "the page has {} rules: it was cut", lines.len());
    for Line { number, rule, proof } in lines {
        if let Some(why) = proof.strip_prefix("later: ") {
            if why.trim().len() < 10 {
                faults.push(format!("line {number}: `{rule}` does not say why it comes later"));
            }
            continue;
        }
        let named: Vec<&str> = proof.split('`').skip(1).step_by(2).collect();
        if named.is_empty() {
            faults.push(format!("line {number}: `{rule}` names no test"));
        }
        for name in named.into_iter().filter(|name| !tests.contains(*name)) {
            faults.push(format!("line {number}: there is no test {name}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_function_that_is_no_test_does_not_count() {
    let tests = tests();
    assert!(tests.contains("a_function_that_is_no_test_does_not_count"));
    assert!(tests.contains("other_tenants_app_is_not_found"), "tests of both backends count");
    assert!(!tests.contains("sample_app"));
}

fn lines() -> Vec<Line> {
    let page = fs::read_to_string(root().join("docs/contract.md")).unwrap();
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rules = page.lines().enumerate().filter(|(_, line)| line.starts_with("| ") && !line.starts_with("| §"));
    rules
        .map(|(index, line)| match cells(line).as_slice() {
            [_, rule, proof] => Line { number: index + 1, rule: rule.clone(), proof: proof.clone() },
            other => panic!("docs/contract.md:{}: {} cells instead of 3", index + 1, other.len()),
        })
        .collect()
}

/// The names of all test functions: those with a test attribute, of a property, or for both backends.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open = vec![root().join("src"), root().join("tests")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            collect(&path, &mut names);
        }
    }
    names
}

fn collect(path: &Path, names: &mut BTreeSet<String>) {
    let text = fs::read_to_string(path).unwrap();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let Some((_, rest)) = line.split_once("fn ") else { continue };
        let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        if is_test || rest.contains(": TestServer)") {
            names.insert(name);
        }
        is_test = false;
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
