//! Source files without what the rules do not read: comments, texts and test code. Must not know a rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of Rust.
#[derive(Debug)]
pub(super) struct Source {
    /// The path from the root of the repository.
    pub(super) path: String,
    /// Everything that is written in it.
    pub(super) text: String,
    /// The text with comments and string literals blanked out.
    pub(super) code: String,
    /// The code with items for tests blanked out too.
    pub(super) product: String,
}

impl Source {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        let code = without_comments_and_texts(&text);
        let product = without_test_items(&code, &mut BTreeSet::new());
        Self { path, text, code, product }
    }

    /// Returns the room: the first folder or file below `src`, or `migrations`.
    pub(super) fn room(&self) -> &str {
        match self.path.strip_prefix("src/") {
            Some(inside) => inside.split('/').next().unwrap().trim_end_matches(".rs"),
            None => self.path.split('/').next().unwrap(),
        }
    }

    /// Returns `path:line` of a place in the code.
    pub(super) fn place(&self, offset: usize) -> String {
        format!("{}:{}", self.path, self.code[..offset].matches('\n').count() + 1)
    }

    /// Returns the path of the module without `.rs`, and the modules that it declares for tests alone, as such paths.
    fn test_modules(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        without_test_items(&self.code, &mut names);
        let own = self.path.trim_end_matches(".rs");
        let folder = own.strip_suffix("/lib").or_else(|| own.strip_suffix("/main")).unwrap_or(own);
        names.into_iter().map(|name| format!("{folder}/{name}")).collect()
    }
}

/// Returns the root of the repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every file of Rust in the repository.
pub(super) fn all() -> Vec<Source> {
    let mut sources = Vec::new();
    for place in ["build.rs", "proto", "src", "migrations", "tests", "benches", "examples"] {
        files(&root().join(place), &mut |path| {
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push(Source::read(path));
            }
        });
    }
    assert!(sources.len() > 100, "only {} files were found", sources.len());
    sources
}

/// Returns the files of the library, the program and the migrations, without test modules.
pub(super) fn product() -> Vec<Source> {
    let mut sources = all();
    sources.retain(|source| source.path.starts_with("src/") || source.path.starts_with("migrations/src/"));
    let tests: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    let is_test = |path: &str| {
        tests.iter().any(|test| path.strip_prefix(test.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };
    assert!(is_test("src/crypto/envelope/tests.rs") && !is_test("src/crypto/envelope.rs"), "test modules are found");
    sources.retain(|source| !is_test(&source.path));
    sources
}

/// Calls `take` with every file below a path, in order.
pub(super) fn files(path: &Path, take: &mut impl FnMut(&Path)) {
    if path.is_file() {
        return take(path);
    }
    let Ok(entries) = fs::read_dir(path) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().filter(|path| !path.ends_with("target")).for_each(|path| files(path, take));
}

/// Blanks out comments and the insides of string and character literals; every other byte keeps its place.
fn without_comments_and_texts(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while at < code.len() {
        let end = at + literal_or_comment(&text.as_bytes()[at..], at.checked_sub(1).map(|before| text.as_bytes()[before]));
        code[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end.max(at + 1);
    }
    String::from_utf8(code).unwrap()
}

/// Returns how many bytes a comment or literal takes that begins here; nothing begins here if 0.
fn literal_or_comment(rest: &[u8], before: Option<u8>) -> usize {
    let until = |from: usize, end: &[u8]| {
        let found = rest[from..].windows(end.len()).position(|window| window == end);
        found.map_or(rest.len(), |found| from + found + end.len())
    };
    let in_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match rest {
        [b'/', b'/', ..] => until(2, b"\n") - 1,
        [b'/', b'*', ..] => until(2, b"*/"),
        [b'r', b'"' | b'#', ..] | [b'b', b'r', b'"' | b'#', ..] if !in_word => {
            let start = rest.iter().position(|byte| *byte == b'r').unwrap() + 1;
            let hashes = rest[start..].iter().take_while(|byte| **byte == b'#').count();
            // `r#type` is a name.
            if rest.get(start + hashes) != Some(&b'"') {
                return 0;
            }
            until(start + hashes + 1, &[b"\"".as_slice(), &vec![b'#'; hashes]].concat())
        }
        [b'"', ..] => quoted(rest, b'"'),
        // A character, not a lifetime.
        [b'\'', b'\\', ..] => quoted(rest, b'\''),
        [b'\'', second, ..] if *second != b'\'' => {
            let width = std::str::from_utf8(rest).unwrap()[1..].chars().next().unwrap().len_utf8();
            if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Blanks out every item under `#[cfg(test)]`, and notes the names of the modules among them that have a file.
fn without_test_items(code: &str, modules: &mut BTreeSet<String>) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut product = code.as_bytes().to_vec();
    for (start, _) in code.match_indices(MARK) {
        let item = &code[start + MARK.len()..];
        let end = item_end(item);
        let words: Vec<&str> = item[..end].trim_end_matches(';').split_whitespace().collect();
        if let [.., "mod", name] = words[..] {
            modules.insert(name.to_owned());
        }
        product[start..start + MARK.len() + end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8(product).unwrap()
}

/// Returns where the item ends that begins here: after its `;`, or after its last brace.
pub(super) fn item_end(item: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in item.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[test]
fn comments_texts_and_tests_are_not_read() {
    let text = "//! crate::a\nuse b; // crate::c\nlet d = \"crate::e \\\" \"; /* crate::f */ let g = 'h'; let i: &'j str = r#\"crate::k\"#;\n\
                #[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod l { fn m() {} }\nlet n = '\\''; let r#o = '\"'; fn p() {}";
    let code = without_comments_and_texts(text);
    let mut modules = BTreeSet::new();
    let product = without_test_items(&code, &mut modules);
    assert_eq!((text.len(), text.matches('\n').count()), (product.len(), product.matches('\n').count()));
    let kept: Vec<&str> = product.split_whitespace().collect();
    let expected = "use b; let d = ; let g = ; let i: &'j str = ; let n = ; let r#o = ; fn p() {}";
    assert_eq!(kept.join(" "), expected);
    assert_eq!(modules, BTreeSet::from(["tests".to_owned()]));
}
