//! Permission numbers as the contract counts them: what 12 stands for, and what the built-in roles give. Must not look at `src/`.

use std::collections::BTreeSet;

/// A set of permission numbers.
pub(super) type Numbers = BTreeSet<i32>;

/// Every number of the contract.
pub(super) const ALL: [i32; 25] =
    [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 27, 28, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011];

/// The numbers that only users of the system tenant hold.
const OF_THE_SYSTEM_TENANT: [i32; 4] = [12, 25, 27, 1010];

/// What the built-in roles give, in the order of their ids: `system_administrator`, `tenant_administrator`, `org_owner`,
/// `org_admin`, `developer`, `auth_server`, `viewer`.
const BUILT_IN: [&[i32]; 7] = [
    &[12],
    &[11, 13, 14, 15, 16, 17, 18, 19, 20, 28, 1001, 1002, 1003, 1004, 1005, 1007, 1008, 1009],
    &[11, 13, 14, 15, 16, 17, 18, 19, 20, 28, 1001, 1002, 1003, 1004, 1005, 1007, 1009],
    &[11, 13, 14, 15, 16, 28, 1001, 1002, 1003, 1004, 1005, 1007, 1009],
    &[11, 28, 1001, 1002, 1003, 1004, 1005, 1007],
    &[1008],
    &[1002, 1003, 1009, 1011],
];

/// How many roles are built in.
pub(super) const BUILT_IN_ROLES: usize = BUILT_IN.len();

/// What the built-in role of a place gives, counted from 1.
pub(super) fn of_built_in(place: usize) -> Numbers {
    BUILT_IN[place - 1].iter().copied().collect()
}

/// Says whether somebody who holds the set counts as a holder of the number: 12 stands for every number except 1006.
pub(super) fn stands_for(held: &Numbers, number: i32) -> bool {
    held.contains(&number) || (held.contains(&12) && number != 1006)
}

/// Says whether somebody who holds the set may grant `others`, or control their holder.
pub(super) fn covers(held: &Numbers, others: &Numbers) -> bool {
    others.iter().all(|number| stands_for(held, *number))
}

/// What two sets give together where both are needed. 12 is expanded first, and is itself there only when both have it.
pub(super) fn in_both(one: &Numbers, other: &Numbers) -> Numbers {
    let candidates = one.iter().chain(other);
    candidates.copied().filter(|number| stands_for(one, *number) && stands_for(other, *number)).collect()
}

/// Says whether users of child tenants may hold all of the numbers.
pub(super) fn suit_child_tenants(numbers: &Numbers) -> bool {
    OF_THE_SYSTEM_TENANT.iter().all(|number| !numbers.contains(number))
}
