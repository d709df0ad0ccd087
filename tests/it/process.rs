//! The program as an operator runs it: real processes, real sockets, real signals, files in a folder of their own.
//!
//! Knows the command line, the printed lines and the network. Must not look inside the process.

mod abuse;
mod clock;
mod core_dump;
mod crowd;
mod database_connection;
mod database_file;
mod database_roles;
mod exhaustion;
mod first_start;
mod full_disk;
mod keyring;
mod log;
mod lost_output;
mod more_keys;
mod pooler;
mod program;
mod python;
mod reflection;
mod replicas;
mod silence;
mod stopping;
mod tls;
mod tls_files;
mod traces;
