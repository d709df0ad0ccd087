//! Whether somebody may call a method at all: the table of product.md section 9, and the kinds of credential that section 3 refuses.

use super::callers::Caller;
use super::calls::Call;
use super::reasons::{CREDENTIAL_REFUSED, MISSING_PERMISSION, Refused, refuse_if};

/// Sets of permissions, of which one must be held.
type Sets = &'static [&'static [i32]];

/// Who may call a method.
enum Rule {
    /// Everybody.
    Any,
    /// Everybody for their own rows; for others', those who hold a set.
    Own(Sets),
    /// Those who hold a set.
    Held(Sets),
}

fn rule(call: &Call) -> Rule {
    match call {
        Call::Wait(_) | Call::GetCaller => Rule::Any,
        Call::CreateTenant
        | Call::UpdateTenant(_)
        | Call::SuspendTenant(_)
        | Call::ReactivateTenant(_)
        | Call::DeleteTenant(..) => Rule::Held(&[&[12], &[11, 25]]),
        Call::AddTenantAdministrator(..) | Call::RemoveTenantAdministrator(..) => Rule::Held(&[&[12]]),
        Call::CreateUser(..) => Rule::Held(&[&[12], &[11, 13]]),
        Call::ListUsers(_) => Rule::Held(&[&[12], &[11, 14]]),
        Call::RenameUser(_) | Call::UpdateUser(..) | Call::SuspendUser(_) | Call::ReactivateUser(_) => {
            Rule::Held(&[&[12], &[11, 15]])
        }
        Call::DeleteUser(_) => Rule::Held(&[&[12], &[11, 16]]),
        Call::CreateRole(..) => Rule::Held(&[&[12], &[11, 17]]),
        Call::UpdateRole(..) => Rule::Held(&[&[12], &[11, 19]]),
        Call::DeleteRole(_) => Rule::Held(&[&[12], &[11, 20]]),
        Call::CreateApiKey(_) | Call::RotateApiKey(_) | Call::RevokeApiKey(_) => Rule::Own(&[&[12], &[11, 15]]),
        Call::CreateOauthApp(_) | Call::DeleteOauthApp(_) => Rule::Held(&[&[12], &[11, 28]]),
        Call::GetOauthApp(_) => Rule::Held(&[&[12], &[11, 28], &[1011]]),
        Call::RevealOauthAppSecret(_) => Rule::Held(&[&[1006]]),
    }
}

/// Calls that a key which is bound to a tenant cannot make.
fn refuses_bound_keys(call: &Call) -> bool {
    matches!(call, Call::CreateTenant | Call::AddTenantAdministrator(..) | Call::RemoveTenantAdministrator(..))
}

/// Calls that nobody makes on behalf of a user.
fn refuses_subjects(call: &Call) -> bool {
    refuses_bound_keys(call) || matches!(call, Call::CreateApiKey(_) | Call::RotateApiKey(_) | Call::RevokeApiKey(_))
}

/// Which rows a caller sees who may call a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    All,
    Own,
}

/// Says whether somebody may call a method.
pub(super) fn allowed(caller: &Caller, call: &Call) -> Result<Rows, Refused> {
    // 12 satisfies nothing where it is not listed.
    let satisfied = |sets: Sets| sets.iter().any(|set| set.iter().all(|number| caller.numbers.contains(number)));
    let (passes, rows) = match rule(call) {
        Rule::Any => (true, Rows::All),
        Rule::Held(sets) => (satisfied(sets), Rows::All),
        Rule::Own(sets) => (true, if satisfied(sets) { Rows::All } else { Rows::Own }),
    };
    let bound = caller.bound.is_some() && refuses_bound_keys(call);
    let subject = caller.subject.is_some() && refuses_subjects(call);
    refuse_if([(!passes, MISSING_PERMISSION), (bound || subject, CREDENTIAL_REFUSED)])?;
    Ok(rows)
}
