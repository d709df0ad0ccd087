//! Permission numbers and sets of them. The list is made from the proto enum `Permission` at build time.

use std::collections::BTreeSet;

macro_rules! permissions {
    ($(($variant:ident, $number:literal, $name:literal, $description:literal),)*) => {
        /// A permission; its number and name are never reused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i32)]
        pub enum Permission {$(
            #[doc = $description]
            $variant = $number,
        )*}

        impl Permission {
            /// Every permission, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the number.
            #[must_use]
            pub const fn number(self) -> i32 {
                match self {$(Self::$variant => $number),*}
            }

            /// Returns the name, without a prefix.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {$(Self::$variant => $name),*}
            }

            /// Returns a sentence that says what the permission gives.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {$(Self::$variant => $description),*}
            }

            /// Returns the permission of a number, if there is one.
            #[must_use]
            pub const fn from_number(number: i32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/permissions.rs"));

impl Permission {
    /// Says whether only users of the system tenant may hold the permission.
    #[must_use]
    pub fn is_system_tenant_only(self) -> bool {
        matches!(self, Self::Administrator | Self::TenantApi | Self::Limits | Self::ManageKeys)
    }

    /// Says whether permission 12 stands for this one in grants, comparisons and intersections: it does for all but 1006.
    #[must_use]
    fn is_implied_by_administrator(self) -> bool {
        self != Self::RevealSecrets
    }
}

/// A set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionSet(BTreeSet<Permission>);

impl PermissionSet {
    /// Says whether the set lists the permission itself.
    #[must_use]
    pub fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    /// Says whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes through the permissions in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }

    /// Says whether a holder of this set may grant, or control a holder of, `other`: 12 stands for every number except 1006.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|permission| self.stands_for(permission))
    }

    /// Returns what a credential that lists this set gives to a user who holds `held`: the intersection, in which 12 stands for
    /// every number except 1006 on either side.
    #[must_use]
    pub fn limited_to(&self, held: &Self) -> Self {
        let listed = self.iter().filter(|permission| held.stands_for(*permission));
        listed.chain(held.iter().filter(|permission| self.stands_for(*permission))).collect()
    }

    /// Returns the union of two sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).copied().collect()
    }

    fn stands_for(&self, permission: Permission) -> bool {
        self.contains(permission) || (self.contains(Permission::Administrator) && permission.is_implied_by_administrator())
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, PermissionSet};

    fn set(numbers: &[i32]) -> PermissionSet {
        numbers.iter().map(|number| Permission::from_number(*number).unwrap()).collect()
    }

    #[test]
    fn twelve_covers_every_number_except_1006() {
        for permission in Permission::ALL {
            let covered = set(&[12]).covers(&set(&[permission.number()]));
            assert_eq!(covered, permission.number() != 1006, "{}", permission.number());
        }
        assert!(set(&[12, 1006]).covers(&set(&[1006])));
        assert!(!set(&[11, 28]).covers(&set(&[11, 28, 14])));
    }

    #[test]
    fn a_key_gives_what_it_lists_and_the_user_holds() {
        assert_eq!(set(&[11, 28]).limited_to(&set(&[11, 14])), set(&[11]));
        assert_eq!(set(&[11, 28]).limited_to(&set(&[12])), set(&[11, 28]), "12 is expanded before intersecting");
        assert_eq!(set(&[12]).limited_to(&set(&[12])), set(&[12]), "12 does not become the numbers it stands for");
        assert_eq!(set(&[12]).limited_to(&set(&[11, 28])), set(&[11, 28]), "a lost 12 is lost");
        assert_eq!(set(&[12, 1006]).limited_to(&set(&[12])), set(&[12]), "1006 is never implied");
        assert_eq!(set(&[1006]).limited_to(&set(&[12])), set(&[]));
    }
}
