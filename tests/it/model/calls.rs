//! The calls that are drawn, with everything that they name.

use std::collections::BTreeSet;

use super::numbers::Numbers;
use super::world::{Id, RoleName};

/// One of the secrets that a key has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Credential {
    pub(super) key: Id,
    /// After how many rotations.
    pub(super) rotations: u32,
}

/// Somebody calls.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// The step's own number: the name of what it makes.
    pub(super) number: Id,
    pub(super) credential: Credential,
    pub(super) on_behalf_of: Option<Id>,
    pub(super) call: Call,
}

/// A key as it is wished for.
#[derive(Debug, Clone)]
pub(super) struct KeyWish {
    /// Nobody means the caller.
    pub(super) user: Option<Id>,
    pub(super) lists: Numbers,
    pub(super) bound: Option<Id>,
    pub(super) ends: Option<i64>,
}

/// A call, or the passing of time.
#[derive(Debug, Clone)]
pub(super) enum Call {
    /// No call: so many seconds pass.
    Wait(i64),
    GetCaller,
    CreateTenant,
    UpdateTenant(Id),
    SuspendTenant(Id),
    ReactivateTenant(Id),
    DeleteTenant(Id, Force),
    AddTenantAdministrator(Id, Id),
    RemoveTenantAdministrator(Id, Id),
    /// In a tenant, the default one when there is none, with roles and permissions.
    CreateUser(Option<Id>, BTreeSet<RoleName>, Numbers),
    /// Names, and nothing else.
    RenameUser(Id),
    /// Roles and permissions, where they are there.
    UpdateUser(Id, Option<BTreeSet<RoleName>>, Option<Numbers>),
    SuspendUser(Id),
    ReactivateUser(Id),
    DeleteUser(Id),
    ListUsers(Option<Id>),
    CreateRole(Option<Id>, Numbers),
    UpdateRole(RoleName, Numbers),
    DeleteRole(RoleName),
    CreateApiKey(KeyWish),
    RotateApiKey(Id),
    RevokeApiKey(Id),
    CreateOauthApp(Option<Id>),
    GetOauthApp(Id),
    DeleteOauthApp(Id),
    RevealOauthAppSecret(Id),
}

/// Whether a tenant is deleted with all that it owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    No,
    Yes,
}

impl Call {
    /// The names of all methods.
    pub(super) const METHODS: [&str; 24] = [
        "GetCaller",
        "CreateTenant",
        "UpdateTenant",
        "SuspendTenant",
        "ReactivateTenant",
        "DeleteTenant",
        "AddTenantAdministrator",
        "RemoveTenantAdministrator",
        "CreateUser",
        "UpdateUser",
        "SuspendUser",
        "ReactivateUser",
        "DeleteUser",
        "ListUsers",
        "CreateRole",
        "UpdateRole",
        "DeleteRole",
        "CreateApiKey",
        "RotateApiKey",
        "RevokeApiKey",
        "CreateOauthApp",
        "GetOauthApp",
        "DeleteOauthApp",
        "RevealOauthAppSecret",
    ];

    /// The method's name.
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Wait(_) => "(time passes)",
            Self::GetCaller => "GetCaller",
            Self::CreateTenant => "CreateTenant",
            Self::UpdateTenant(_) => "UpdateTenant",
            Self::SuspendTenant(_) => "SuspendTenant",
            Self::ReactivateTenant(_) => "ReactivateTenant",
            Self::DeleteTenant(..) => "DeleteTenant",
            Self::AddTenantAdministrator(..) => "AddTenantAdministrator",
            Self::RemoveTenantAdministrator(..) => "RemoveTenantAdministrator",
            Self::CreateUser(..) => "CreateUser",
            Self::RenameUser(_) | Self::UpdateUser(..) => "UpdateUser",
            Self::SuspendUser(_) => "SuspendUser",
            Self::ReactivateUser(_) => "ReactivateUser",
            Self::DeleteUser(_) => "DeleteUser",
            Self::ListUsers(_) => "ListUsers",
            Self::CreateRole(..) => "CreateRole",
            Self::UpdateRole(..) => "UpdateRole",
            Self::DeleteRole(_) => "DeleteRole",
            Self::CreateApiKey(_) => "CreateApiKey",
            Self::RotateApiKey(_) => "RotateApiKey",
            Self::RevokeApiKey(_) => "RevokeApiKey",
            Self::CreateOauthApp(_) => "CreateOauthApp",
            Self::GetOauthApp(_) => "GetOauthApp",
            Self::DeleteOauthApp(_) => "DeleteOauthApp",
            Self::RevealOauthAppSecret(_) => "RevealOauthAppSecret",
        }
    }
}
