//! Files that hold a key: opened only when nobody but us, or root, can have written them.
//!
//! Knows file modes and owners, on Unix. Must not know what a file holds.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// What the group may not do, and others may not do: write; anything.
const FORBIDDEN: u32 = 0o027;
const ROOT: u32 = 0;

/// A file with a key was not opened.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The path names something else than a file.
    #[error("it is not a regular file")]
    NotAFile,
    /// The group can write the file, or others have a right on it.
    #[error("it has mode {0:03o}; its group may read it and no more, and others must have no right (chmod 600, or 640)")]
    OpenToOthers(u32),
    /// The file belongs to somebody else, who can change its mode and its content.
    #[error("it belongs to the user with the id {0}; it must belong to the user of this process or to root")]
    Owner(u32),
}

/// Opens a file for reading, if only its owner can write it and others have no right on it. Its group may read it: that is how
/// Kubernetes hands a secret to a process that is not root.
pub fn open(path: &Path) -> Result<File, PrivateFileError> {
    // Without waiting for a writer, where the path names a pipe.
    let without_waiting = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(without_waiting).open(path)?;
    // Asked of the open file, not of the path: between two looks at a path the file can change.
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(PrivateFileError::NotAFile);
    }
    judge(metadata.mode() & 0o777, metadata.uid(), rustix::process::geteuid().as_raw())?;
    Ok(file)
}

impl PrivateFileError {
    /// Says whether the process had no file or memory left, which says nothing of the file.
    #[must_use]
    pub fn is_shortage(&self) -> bool {
        use rustix::io::Errno;
        let Self::Io(cause) = self else { return false };
        let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOMEM];
        cause.raw_os_error().is_some_and(|code| shortages.iter().any(|errno| errno.raw_os_error() == code))
    }
}

const fn judge(mode: u32, owner: u32, us: u32) -> Result<(), PrivateFileError> {
    if mode & FORBIDDEN != 0 {
        return Err(PrivateFileError::OpenToOthers(mode));
    }
    if owner == us || owner == ROOT { Ok(()) } else { Err(PrivateFileError::Owner(owner)) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_file_may_be_readable_for_its_group_and_for_nobody_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        fs::write(&path, "").unwrap();
        let with_mode = |mode| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            open(&path)
        };
        for mode in [0o600, 0o640] {
            with_mode(mode).unwrap();
        }
        for mode in [0o644, 0o604, 0o620, 0o660, 0o602, 0o601, 0o666, 0o777] {
            let refused = with_mode(mode);
            assert!(matches!(refused, Err(PrivateFileError::OpenToOthers(found)) if found == mode), "{mode:o}: {refused:?}");
        }
        // Whoever is not root may read a file of root's by its group alone.
        for mode in [0o400, 0o440, 0o040] {
            judge(mode, ROOT, 1_000).unwrap();
        }
    }

    #[test]
    fn a_key_file_belongs_to_us_or_to_root() {
        judge(0o600, 1_000, 1_000).unwrap();
        judge(0o640, ROOT, 1_000).unwrap();
        assert!(matches!(judge(0o600, 1_001, 1_000), Err(PrivateFileError::Owner(1_001))));
        assert!(matches!(judge(0o600, 1_000, ROOT), Err(PrivateFileError::Owner(1_000))));
    }

    #[test]
    fn a_folder_and_a_pipe_are_no_key_files() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(open(directory.path()), Err(PrivateFileError::NotAFile)));
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(matches!(open(&pipe), Err(PrivateFileError::NotAFile)), "nobody waits for a writer");
    }
}
