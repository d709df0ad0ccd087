//! Keeps the memory of the process out of core dumps and out of the hands of other processes of the same user.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Core dumps cannot be switched off.
#[derive(Debug, thiserror::Error)]
#[error("core dumps cannot be switched off ({call}: {cause}), and one would hold the keys and secrets that are in memory")]
pub struct CoreDumpError {
    call: &'static str,
    cause: std::io::Error,
}

/// Switches core dumps off for this process, for good.
///
/// `RLIMIT_CORE` alone does not stop a `core_pattern` that pipes into a program; `PR_SET_DUMPABLE` does. The latter also keeps other
/// processes of the same user from attaching to this one and from reading its memory and environment in `/proc`.
pub fn forbid_core_dumps() -> Result<(), CoreDumpError> {
    let failed = |call| move |cause: rustix::io::Errno| CoreDumpError { call, cause: cause.into() };
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }).map_err(failed("setrlimit(RLIMIT_CORE)"))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("prctl(PR_SET_DUMPABLE)"))
}
