//! Holds every promise that is tested from outside the library, in one binary.
#![expect(
    clippy::wildcard_enum_match_arm,
    clippy::cloned_ref_to_slice_refs,
    clippy::type_complexity,
    clippy::format_collect,
    reason = "in a test, the plainest spelling is the best"
)]

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod authz;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod compile_fail;
#[cfg(test)]
mod config;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod health;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod model;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod process;
#[cfg(test)]
mod races;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod rpc;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod telemetry;
#[cfg(test)]
mod transport;
