//! What is read from the disk and what is left there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::*;
use crate::crypto::chance::{FailingRandom, SeededRandom};

fn keyring() -> Keyring {
    Keyring::generate("a", &SeededRandom::new(1)).unwrap()
}

fn written(directory: &TempDir, content: &[u8], mode: u32) -> PathBuf {
    let path = directory.path().join("keyring");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn names(directory: &TempDir) -> Vec<OsString> {
    fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_created_keyring_is_loaded_again_and_is_the_only_file_left() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("keyring");
    create(&path, &keyring(), &SeededRandom::new(2)).unwrap();
    assert_eq!(*load(&path).unwrap().to_file_text(), *keyring().to_file_text());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(&directory), ["keyring"]);
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let directory = TempDir::new().unwrap();
    let path = written(&directory, b"precious", 0o600);
    let refused = create(&path, &keyring(), &SeededRandom::new(2));
    assert!(matches!(refused, Err(KeyringFileError::AlreadyExists)));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert_eq!(names(&directory), ["keyring"]);
}

#[test]
fn a_left_over_of_a_crash_does_not_stand_in_the_way() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("keyring");
    let left_over = sibling(&path, &SeededRandom::new(2)).unwrap();
    fs::write(&left_over, b"half").unwrap();
    let refused = create(&path, &keyring(), &SeededRandom::new(2));
    assert!(matches!(refused, Err(KeyringFileError::Io(_))), "the same name is not taken over");
    assert_eq!(fs::read(&left_over).unwrap(), b"half");
    create(&path, &keyring(), &SeededRandom::new(3)).unwrap();
    load(&path).unwrap();
}

#[test]
fn nothing_is_written_into_a_missing_directory_or_without_random_bytes() {
    let directory = TempDir::new().unwrap();
    let missing = directory.path().join("missing").join("keyring");
    assert!(matches!(create(&missing, &keyring(), &SeededRandom::new(2)), Err(KeyringFileError::Io(_))));
    let path = directory.path().join("keyring");
    assert!(matches!(create(&path, &keyring(), &FailingRandom), Err(KeyringFileError::Random(_))));
    assert!(names(&directory).is_empty());
}

#[test]
fn a_keyring_that_others_can_read_or_the_group_can_write_is_refused() {
    let directory = TempDir::new().unwrap();
    let text = keyring().to_file_text();
    for mode in [0o644, 0o604, 0o620, 0o660, 0o601, 0o777] {
        let refused = load(&written(&directory, text.as_bytes(), mode)).map(|_| ());
        let mode_is_named = matches!(
            refused,
            Err(KeyringFileError::NotPrivate(PrivateFileError::OpenToOthers(found))) if found == mode
        );
        assert!(mode_is_named, "{mode:o}: {refused:?}");
    }
    for mode in [0o600, 0o640] {
        load(&written(&directory, text.as_bytes(), mode)).unwrap();
    }
}

#[test]
fn what_is_no_keyring_is_refused() {
    let directory = TempDir::new().unwrap();
    assert!(matches!(load(&directory.path().join("missing")), Err(KeyringFileError::NotPrivate(PrivateFileError::Io(_)))));
    assert!(matches!(load(directory.path()), Err(KeyringFileError::NotPrivate(PrivateFileError::NotAFile))));
    assert!(matches!(load(&written(&directory, b"\xff", 0o600)), Err(KeyringFileError::NotText)));
    assert!(matches!(load(&written(&directory, b"", 0o600)), Err(KeyringFileError::Invalid(InvalidKeyring::NoPrimary))));
    let large = b"#".repeat(MAX_FILE_LENGTH);
    assert!(matches!(load(&written(&directory, &large, 0o600)), Err(KeyringFileError::Invalid(_))));
    let larger = b"#".repeat(MAX_FILE_LENGTH + 1);
    assert!(matches!(load(&written(&directory, &larger, 0o600)), Err(KeyringFileError::TooLarge)));
}

#[test]
fn the_directory_of_a_bare_name_is_the_working_directory() {
    assert_eq!(directory_of(Path::new("keyring")), Path::new("."));
    assert_eq!(directory_of(Path::new("/etc/registry/keyring")), Path::new("/etc/registry"));
}
