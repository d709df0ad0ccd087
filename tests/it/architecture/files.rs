//! The size and the name of a file.

use super::{assert_none, source};

const MOST_LINES: usize = 500;
const MOST_LINES_IN_SRC: usize = 350;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"];

#[test]
fn files_are_small() {
    let mut faults = Vec::new();
    for source in source::all() {
        let most = if source.path.starts_with("src/") { MOST_LINES_IN_SRC } else { MOST_LINES };
        let lines = source.text.lines().count();
        if lines > most {
            faults.push(format!("{}:{}: the file ends {} lines later", source.path, most + 1, lines - most));
        }
    }
    assert_none(&faults, "a file is too long; find the second subject in it");
}

#[test]
fn names_say_what_is_inside() {
    let mut faults = Vec::new();
    for source in source::all() {
        let names = source.path.trim_end_matches(".rs").split('/');
        let empty = names.flat_map(|name| name.split('_')).find(|word| EMPTY_NAMES.contains(word));
        faults.extend(empty.map(|word| format!("{}:1: `{word}`", source.path)));
    }
    assert_none(&faults, "a name says nothing");
}

#[test]
fn modules_are_files_of_their_own_name() {
    let sources = source::all();
    let old = sources.iter().filter(|source| source.path.ends_with("/mod.rs"));
    let faults: Vec<_> = old.map(|source| format!("{}:1: write `foo.rs` beside `foo/`", source.path)).collect();
    assert_none(&faults, "a module is a mod.rs");
}
