//! No process leaves its memory behind, whatever subcommand it runs.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::program::{folder, in_shell};

/// A group that is nobody's: what belongs to a process of root is told from what belongs to root by it.
const GROUP: u32 = 54_321;

/// Starts a command that reads a pipe of this name, and returns when it is reading, with the end of the pipe that keeps it there.
fn reading(mut command: Command, pipe: &Path) -> (Child, File) {
    if pipe.metadata().unwrap().uid() == 0 {
        command.gid(GROUP);
    }
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Waits until the other end is opened, which is the first thing that the process reads of its operator's.
    let mut far = OpenOptions::new().write(true).open(pipe).unwrap();
    far.write_all(b"# nothing\n").unwrap();
    (child, far)
}

/// Who owns what `/proc` says of a process: whoever runs it while its memory may be dumped and read, otherwise root.
fn owner(process: &Child) -> (u32, u32) {
    let stat = Path::new("/proc").join(process.id().to_string()).join("stat").metadata().unwrap();
    (stat.uid(), stat.gid())
}

fn core_limit(process: &Child) -> Vec<String> {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn no_subcommand_leaves_a_core_dump_of_what_it_reads() {
    let folder = folder();
    let pipe = folder.path().join("registry.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut other = Command::new("cat");
    other.arg(&pipe);
    let (mut other, end) = reading(other, &pipe);
    let ordinary = owner(&other);
    drop(end);
    other.wait().unwrap();
    for subcommand in [&["config"][..], &["health"], &["serve"], &["migrate"], &["bootstrap"], &["bootstrap", "--recover"]] {
        // So that it is our doing when nothing is dumped.
        let script = "ulimit -c \"$(ulimit -Hc)\" && exec \"$0\" \"$@\"";
        let arguments = [subcommand, &["--config-file", "registry.toml", "--listen", "nowhere"]].concat();
        let (process, end) = reading(in_shell(script, folder.path(), &arguments), &pipe);
        let (owner, limit) = (owner(&process), core_limit(&process));
        drop(end);
        let ended = process.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(64), "{subcommand:?}: {ended:?}");
        assert_ne!(owner, ordinary, "{subcommand:?}: another process of the user may read its memory");
        assert_eq!(limit, ["0", "0", "bytes"], "{subcommand:?}");
    }
}
