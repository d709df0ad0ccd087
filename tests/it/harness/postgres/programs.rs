//! Knows where PostgreSQL's programs are installed. Must not know what they are run for.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// Turns a skip for want of PostgreSQL into a failure when it is set to `1`.
const REQUIRE: &str = "OAUTH_REGISTRY_REQUIRE_POSTGRES";
/// Names the folder in which Debian keeps one folder of server programs per major version.
const DEBIAN: &str = "/usr/lib/postgresql";
const NEEDED: [&str; 4] = ["initdb", "postgres", "psql", "pg_isready"];

/// Holds the folder in which every needed program was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Looks once a process, and says once on standard error that the tests are skipped.
    pub(super) fn installed() -> Option<&'static Programs> {
        static FOUND: OnceLock<Option<Programs>> = OnceLock::new();
        let found = FOUND.get_or_init(|| {
            let found = find(Path::new(DEBIAN), env::var_os("PATH").as_deref());
            if found.is_none() {
                // Written past the capture of libtest, which would hide it from whoever wonders why nothing ran.
                let _ = writeln!(std::io::stderr(), "note: the tests on PostgreSQL are skipped: {}", missing());
            }
            found
        });
        insist(found.is_some(), env::var_os(REQUIRE).as_deref());
        found.as_ref()
    }

    /// Returns where one of the needed programs is.
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }
}

fn insist(found: bool, required: Option<&OsStr>) {
    let required = required.is_some_and(|value| value == "1");
    assert!(found || !required, "{REQUIRE}=1, but {}", missing());
}

fn missing() -> String {
    format!("no folder of {DEBIAN}/*/bin or of the PATH has all of {}", NEEDED.join(", "))
}

fn find(versions: &Path, path: Option<&OsStr>) -> Option<Programs> {
    let on_path = path.map(|path| env::split_paths(path).collect()).unwrap_or_default();
    newest_first(versions)
        .into_iter()
        .chain::<Vec<PathBuf>>(on_path)
        .find(|folder| is_complete(folder))
        .map(|folder| Programs { folder })
}

fn newest_first(versions: &Path) -> Vec<PathBuf> {
    let mut numbered: Vec<(u32, PathBuf)> = fs::read_dir(versions)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .collect();
    numbered.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    numbered.into_iter().map(|(_, folder)| folder).collect()
}

fn is_complete(folder: &Path) -> bool {
    NEEDED.iter().all(|program| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, folder: &str, programs: &[&str]) -> PathBuf {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).unwrap();
        for program in programs {
            fs::write(folder.join(program), "").unwrap();
        }
        folder
    }

    #[test]
    fn the_newest_complete_version_is_taken() {
        let root = tempfile::tempdir().unwrap();
        install(root.path(), "9/bin", &NEEDED);
        let newest = install(root.path(), "16/bin", &NEEDED);
        install(root.path(), "17/bin", &["psql", "pg_isready"]);
        install(root.path(), "latest/bin", &NEEDED);
        assert_eq!(find(root.path(), None), Some(Programs { folder: newest }));
    }

    #[test]
    fn the_path_is_searched_when_debians_folder_has_nothing() {
        let root = tempfile::tempdir().unwrap();
        let clients = install(root.path(), "clients", &["psql"]);
        let server = install(root.path(), "server", &NEEDED);
        let path = env::join_paths([&clients, &server]).unwrap();
        assert_eq!(find(&root.path().join("absent"), Some(&path)), Some(Programs { folder: server }));
        assert_eq!(find(&root.path().join("absent"), Some(clients.as_os_str())), None);
    }

    #[test]
    #[should_panic(expected = "OAUTH_REGISTRY_REQUIRE_POSTGRES=1, but no folder")]
    fn missing_programs_fail_the_tests_when_they_are_required() {
        insist(false, Some(OsStr::new("1")));
    }

    #[test]
    fn missing_programs_are_a_skip_otherwise() {
        insist(false, None);
        insist(false, Some(OsStr::new("0")));
        insist(true, Some(OsStr::new("1")));
    }
}
