//! What an update makes of a user.

use crate::domain::patch::Patch;
use crate::domain::permission::Permission;
use crate::domain::stamp::Stamp;
use crate::domain::user::{User, UserDraft, UserSpec};

/// What an update sets; the tenant and the kind never change and so are not here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserPatch {
    /// What happens to the login name.
    pub login_name: Patch<String>,
    /// What happens to the name for people.
    pub display_name: Patch<String>,
    /// What happens to the ids of the roles; cleared means none.
    pub role_ids: Patch<Vec<String>>,
    /// What happens to the numbers of the permissions; cleared means none.
    pub permissions: Patch<Vec<i32>>,
}

impl User {
    /// Merges an update into the user; the result is not yet checked.
    #[must_use]
    pub fn patched(&self, patch: UserPatch) -> UserDraft {
        let role_ids = self.roles.ids().map(|id| id.to_string()).collect();
        let permissions = self.permissions.iter().map(Permission::number).collect();
        UserDraft {
            kind: Some(self.kind),
            login_name: patch.login_name.apply(Some(self.login_name.as_str().to_owned())),
            display_name: patch.display_name.apply(self.display_name.as_ref().map(|name| name.as_str().to_owned())),
            role_ids: patch.role_ids.apply(Some(role_ids)).unwrap_or_default(),
            permissions: patch.permissions.apply(Some(permissions)).unwrap_or_default(),
        }
    }

    /// Returns the names of the fields that differ from what the user shall be.
    #[must_use]
    pub fn changed_fields(&self, spec: &UserSpec) -> Vec<&'static str> {
        let UserSpec { kind: _, login_name, display_name, roles, permissions } = spec;
        let fields = [
            ("login_name", self.login_name != *login_name),
            ("display_name", self.display_name != *display_name),
            ("role_ids", !self.roles.ids().eq(roles.ids())),
            ("permissions", self.permissions != *permissions),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// Returns the user as it shall be.
    #[must_use]
    pub fn become_spec(&self, spec: UserSpec, stamp: Stamp) -> Self {
        let UserSpec { kind, login_name, display_name, roles, permissions } = spec;
        Self { kind, login_name, display_name, roles, permissions, stamp, ..self.clone() }
    }
}
