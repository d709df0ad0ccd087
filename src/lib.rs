//! OAuth Registry: one place for all OAuth registrations of all tenants.
//!
//! # The map
//!
//! ```text
//! main ─► server ─► grpc ─► service ─► storage ──► crypto  authz  authn ─► domain
//! ```
//!
//! * [`domain`]: the rules, pure. No clock, no chance, no I/O.
//! * [`authn`]: from a credential to a [`authn::Principal`]. [`authz`]: from a principal to a [`authz::Permit`], and from a permit to
//!   the [`authz::TenantScope`] that every query demands.
//! * [`crypto`]: plain and sealed secrets, the envelope, the keyring, tokens.
//! * [`storage`]: rows, transactions, and the one door to every query (`scope.rs`).
//! * [`service`]: the use-cases. [`grpc`]: the wire edge. [`server`]: wires everything, serves, drains.
//! * [`proto`]: what `build.rs` makes of `proto/`; the protos carry every method's access rule.
//! * [`config`], [`cli`], [`telemetry`]: around it all.
//!
//! # Adding an RPC
//!
//! 1. Write it in its proto with `option (access)`; `build.rs` refuses it otherwise, and makes its marker type in [`authz`].
//! 2. Mark every field that holds a secret `[(oauthregistry.v1.secret) = true]`, and say with `(behavior)` who writes a field and
//!    whether it is required.
//! 3. Put the rule in `domain`: a draft, a `validate`, a spec.
//! 4. Write the query in `storage`, beginning with [`authz::TenantScope`].
//! 5. Write the use-case in `service`: it takes `&Permit<TheRpc>` and ends its transaction with an event.
//! 6. Convert in `grpc/convert`, taking every message apart in full; answer in `grpc/<service>.rs` in five lines.
//! 7. Register a request builder in `tests/it/authz/builders.rs` for each way to name a resource; run the matrix again.
//! 8. Register a request in `tests/it/statements/requests`, for a list each filter in `tests/it/plans/lists.rs`; read the new golden row.
//! 9. Write the rule's line in `docs/contract.md` with the test that fails without it, and the change in `CHANGELOG.md`.

pub mod authn;
pub mod authz;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod domain;
pub mod grpc;
pub mod proto;
pub mod server;
pub mod service;
pub mod storage;
pub mod telemetry;
