//! The roles that one user has, each with what it gives.

use std::collections::BTreeMap;

use crate::domain::id::RoleId;
use crate::domain::permission::PermissionSet;
use crate::domain::role::BuiltInRole;

/// The roles of a user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AssignedRoles(BTreeMap<RoleId, PermissionSet>);

impl AssignedRoles {
    /// Returns the ids of the roles, in order.
    pub fn ids(&self) -> impl Iterator<Item = RoleId> {
        self.0.keys().copied()
    }

    /// Returns the ids of the built-in roles among them, in order.
    pub fn built_in_ids(&self) -> impl Iterator<Item = RoleId> {
        self.ids().filter(|id| BuiltInRole::find(*id).is_some())
    }

    /// Returns the ids of the tenant's own roles among them, in order.
    pub fn own_ids(&self) -> impl Iterator<Item = RoleId> {
        self.ids().filter(|id| BuiltInRole::find(*id).is_none())
    }

    /// Says whether the role is among them.
    #[must_use]
    pub fn contains(&self, id: RoleId) -> bool {
        self.0.contains_key(&id)
    }

    /// Returns what one of the roles gives.
    #[must_use]
    pub fn get(&self, id: RoleId) -> Option<&PermissionSet> {
        self.0.get(&id)
    }

    /// Adds a role; says whether it is new.
    pub fn insert(&mut self, id: RoleId, gives: PermissionSet) -> bool {
        self.0.insert(id, gives).is_none()
    }

    /// Returns the union of what the roles give.
    #[must_use]
    pub fn gives(&self) -> PermissionSet {
        self.0.values().fold(PermissionSet::default(), |all, gives| all.union(gives))
    }
}

impl FromIterator<(RoleId, PermissionSet)> for AssignedRoles {
    fn from_iter<I: IntoIterator<Item = (RoleId, PermissionSet)>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}
