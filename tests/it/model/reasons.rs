//! The reasons of refusals, with their codes, as the contract has them.

use std::collections::BTreeSet;

use tonic::Code;

/// The reasons that fit; the contract does not say which of them comes first.
pub(super) type Refused = BTreeSet<&'static str>;

pub(super) const INVALID_CREDENTIAL: &str = "INVALID_CREDENTIAL";
pub(super) const ON_BEHALF_OF_REFUSED: &str = "ON_BEHALF_OF_REFUSED";
pub(super) const MISSING_PERMISSION: &str = "MISSING_PERMISSION";
pub(super) const CREDENTIAL_REFUSED: &str = "CREDENTIAL_REFUSED";
pub(super) const INVALID_FIELDS: &str = "INVALID_FIELDS";
pub(super) const NOT_FOUND: &str = "RESOURCE_NOT_FOUND";
pub(super) const EXCEEDS_CALLER: &str = "EXCEEDS_CALLER";
pub(super) const SELF_CHANGE: &str = "SELF_CHANGE";
pub(super) const TENANT_SUSPENDED: &str = "TENANT_SUSPENDED";
pub(super) const NOT_IN_SYSTEM_TENANT: &str = "NOT_IN_SYSTEM_TENANT";
pub(super) const DEPENDANTS_EXIST: &str = "DEPENDANTS_EXIST";
pub(super) const SYSTEM_TENANT: &str = "SYSTEM_TENANT";
pub(super) const TENANT_NOT_SUSPENDED: &str = "TENANT_NOT_SUSPENDED";
pub(super) const API_KEY_NOT_ACTIVE: &str = "API_KEY_NOT_ACTIVE";
pub(super) const BUILT_IN_ROLE: &str = "BUILT_IN_ROLE";

/// All of them. `LAST_ADMINISTRATOR` is none: without a race, only a holder of 12 takes 12 from somebody, and remains.
pub(super) const EVERY: [&str; 15] = [
    INVALID_CREDENTIAL,
    ON_BEHALF_OF_REFUSED,
    MISSING_PERMISSION,
    CREDENTIAL_REFUSED,
    INVALID_FIELDS,
    NOT_FOUND,
    EXCEEDS_CALLER,
    SELF_CHANGE,
    TENANT_SUSPENDED,
    NOT_IN_SYSTEM_TENANT,
    DEPENDANTS_EXIST,
    SYSTEM_TENANT,
    TENANT_NOT_SUSPENDED,
    API_KEY_NOT_ACTIVE,
    BUILT_IN_ROLE,
];

/// One reason.
pub(super) fn refused(reason: &'static str) -> Refused {
    Refused::from([reason])
}

/// Refuses for all the reasons that are true, if there is one.
pub(super) fn refuse_if<const N: usize>(reasons: [(bool, &'static str); N]) -> Result<(), Refused> {
    let fitting: Refused = reasons.into_iter().filter(|(fits, _)| *fits).map(|(_, reason)| reason).collect();
    if fitting.is_empty() { Ok(()) } else { Err(fitting) }
}

/// The code that goes with a reason.
pub(super) fn code(reason: &str) -> Code {
    match reason {
        INVALID_CREDENTIAL => Code::Unauthenticated,
        ON_BEHALF_OF_REFUSED | MISSING_PERMISSION | CREDENTIAL_REFUSED | EXCEEDS_CALLER | SELF_CHANGE => Code::PermissionDenied,
        INVALID_FIELDS => Code::InvalidArgument,
        NOT_FOUND => Code::NotFound,
        _ => Code::FailedPrecondition,
    }
}
