//! Golden files: texts for people that must not change unnoticed.

use std::path::{Path, PathBuf};

/// Returns `tests/golden/<name>` as it is; empty when there is none.
pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_default()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Compares a text with `tests/golden/<name>`; with `UPDATE_GOLDEN=1` in the environment it writes the file instead.
pub(crate) fn assert_matches(name: &str, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(path(name), text).unwrap();
        return;
    }
    let golden = read(name);
    assert!(
        golden == text,
        "tests/golden/{name} is not what the code makes now; run the tests with UPDATE_GOLDEN=1 and read the diff\n{}",
        first_difference(&golden, text)
    );
}

fn first_difference(golden: &str, text: &str) -> String {
    let pairs = (0..).map(|line| (line, golden.lines().nth(line), text.lines().nth(line)));
    let (line, old, new) = pairs.into_iter().find(|(_, old, new)| old != new || (old.is_none() && new.is_none())).unwrap();
    format!("line {}:\n- {}\n+ {}", line + 1, old.unwrap_or("(end)"), new.unwrap_or("(end)"))
}
