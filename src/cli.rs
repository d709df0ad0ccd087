//! The command line: subcommands, flags, and what a process answers to its shell.
//!
//! Knows clap, exit codes and standard output. Must not know what a subcommand does beyond printing: `main` wires that.

mod flags;
pub mod health;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::process::ExitCode;

use clap::Parser;

use crate::config::{ConfigError, Loaded};

pub use flags::ConfigFlags;

/// The exit code of a bad command line or configuration (`EX_USAGE` of sysexits).
pub const EXIT_USAGE: u8 = 64;

/// The parsed command line.
#[derive(Debug, Parser)]
#[command(name = "oauth-registry", version, about = "One place for all OAuth registrations of all tenants", long_about = None)]
pub struct Cli {
    /// The configuration's flags; they may stand before and after the subcommand.
    #[command(flatten)]
    pub flags: ConfigFlags,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the process is to do.
#[derive(Debug, Clone, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Serve the API until SIGTERM
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Make the first administrator and print its API key once
    Bootstrap {
        /// Issue another key, for the oldest administrator who is active; makes nothing where no service was bootstrapped
        #[arg(long)]
        recover: bool,
    },
    /// Print the effective configuration, secrets redacted
    Config,
    /// Ask a running service whether it is serving
    Health {
        /// The service's URL; without it, the configured listen address
        #[arg(long, value_name = "URL")]
        address: Option<String>,
    },
}

/// Reads the command line; `--help` and `--version` are errors too, which [`refuse`] answers with success.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}

/// Prints what clap has to say and returns its exit code: success for help and version, otherwise [`EXIT_USAGE`].
#[must_use]
pub fn refuse(error: &clap::Error) -> ExitCode {
    match (error.print(), error.use_stderr()) {
        // A closed terminal leaves nobody to tell.
        (_, true) => ExitCode::from(EXIT_USAGE),
        (printed, false) => exit_code(printed),
    }
}

/// Prints every problem of a configuration and returns [`EXIT_USAGE`].
#[must_use]
pub fn refuse_config(error: &ConfigError) -> ExitCode {
    complain(error);
    ExitCode::from(EXIT_USAGE)
}

/// Prints the effective configuration as TOML, secrets redacted.
#[must_use]
pub fn print_config(loaded: &Loaded) -> ExitCode {
    let lines: Vec<_> = loaded.effective.iter().map(ToString::to_string).collect();
    exit_code(print(&(lines.join("\n") + "\n")))
}

/// Writes text to standard output, all of it.
pub fn print(text: &str) -> io::Result<()> {
    // The handle of std takes a descriptor that is not open for writing for one that swallows everything.
    File::from(io::stdout().as_fd().try_clone_to_owned()?).write_all(text.as_bytes())
}

/// Writes text that somebody must see, such as a key, to standard output. The null device shows nobody anything; std opens it in the
/// place of a standard output that is closed.
pub fn show(text: &str) -> io::Result<()> {
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?).metadata()?;
    let is_null = fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == output.rdev());
    if output.file_type().is_char_device() && is_null {
        return Err(io::Error::other("it is closed or the null device"));
    }
    print(text)
}

/// Returns success for what was printed; output that is lost is a failure of the process, not a panic.
#[must_use]
pub fn exit_code(printed: io::Result<()>) -> ExitCode {
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            complain(&format!("cannot write to standard output: {cause}"));
            ExitCode::FAILURE
        }
    }
}

/// Tells the operator why the process ends; for the time before the log exists.
pub fn complain(reason: &dyn std::fmt::Display) {
    // A closed stderr leaves nobody to tell.
    let _ = writeln!(io::stderr().lock(), "oauth-registry: {reason}");
}
