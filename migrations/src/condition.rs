//! The conditions of partial indexes. A query is served by such an index only when it has the very same condition, so queries take it
//! from here too.

/// The condition that a `user_account` has permission 12, by a grant or by the built-in role that gives it.
pub const USER_IS_ADMINISTRATOR: &str = "(',' || permissions || ',' LIKE '%,12,%' \
     OR ',' || role_ids || ',' LIKE '%,00000000-0000-0000-0001-000000000001,%')";

/// The condition that a `role` gives permission 12.
pub const ROLE_GIVES_12: &str = "',' || permissions || ',' LIKE '%,12,%'";

/// What every row with a stamp satisfies. The index of all tenants' rows in the order of time has it, so that only lists of all tenants
/// are read by that index: for one tenant's list it would visit the rows of all others.
pub const EVERY_STAMPED_ROW: &str = "version > 0";

/// What every `event` satisfies, to the same end.
pub const EVERY_EVENT: &str = "suppressed_count >= 0";
