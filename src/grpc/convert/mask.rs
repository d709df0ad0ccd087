//! Update masks (AIP-134): which fields an update writes.

use std::collections::BTreeSet;

use prost_types::FieldMask;

use crate::domain::invalid::{Fault, FieldReason, Violations};
use crate::domain::patch::Patch;
use crate::proto::FieldBehavior;

/// The fields that an update writes.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::grpc) enum Mask {
    /// There is no mask: every field that is present.
    Present,
    /// `*`: every field.
    All,
    /// The fields that are named.
    Named(BTreeSet<String>),
}

impl Mask {
    /// Reads a mask over the fields of a resource; notes every path that names no field, or one that an update cannot write.
    pub(in crate::grpc) fn read(mask: Option<FieldMask>, fields: &[(&str, FieldBehavior)], violations: &mut Violations) -> Self {
        let paths = mask.map(|mask| mask.paths).unwrap_or_default();
        if paths.is_empty() {
            return Self::Present;
        }
        if paths.iter().all(|path| path == "*") {
            return Self::All;
        }
        for (index, path) in paths.iter().enumerate() {
            if let Err(fault) = writable(path, fields) {
                violations.push(format!("update_mask.paths[{index}]"), fault);
            }
        }
        Self::Named(paths.into_iter().collect())
    }

    /// Reads one field: the mask decides whether it is written, presence decides whether it is set or cleared.
    pub(in crate::grpc) fn patch<T>(&self, field: &str, value: Option<T>) -> Patch<T> {
        let masked = match self {
            Self::Present => value.is_some(),
            Self::All => true,
            Self::Named(paths) => paths.contains(field),
        };
        Patch::from_masked(masked, value)
    }
}

fn writable(path: &str, fields: &[(&str, FieldBehavior)]) -> Result<(), Fault> {
    let found = fields.iter().find(|(name, _)| *name == path).map(|(_, behavior)| *behavior);
    // The path is repeated only when it is a field's name; anything else is the caller's text.
    match found {
        Some(FieldBehavior::Unspecified | FieldBehavior::Required) => Ok(()),
        Some(FieldBehavior::OutputOnly) => {
            Err(Fault::new(FieldReason::OutputOnlyField, format!("Only the server writes `{path}`.")))
        }
        Some(FieldBehavior::Immutable) => {
            Err(Fault::new(FieldReason::ImmutableField, format!("`{path}` cannot change after creation.")))
        }
        None if path == "*" => Err(Fault::new(FieldReason::InvalidFormat, "`*` stands alone: it means every field.")),
        None => Err(Fault::new(FieldReason::UnknownField, "There is no such field.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &[(&str, FieldBehavior)] =
        &[("id", FieldBehavior::OutputOnly), ("slug", FieldBehavior::Immutable), ("name", FieldBehavior::Unspecified)];

    fn read(paths: &[&str]) -> (Mask, Vec<(String, FieldReason)>) {
        let mask = FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
        let mut violations = Violations::new();
        let mask = Mask::read(Some(mask), FIELDS, &mut violations);
        let faults = violations.finish().err().map(|invalid| invalid.violations().to_vec()).unwrap_or_default();
        (mask, faults.into_iter().map(|one| (one.field, one.reason)).collect())
    }

    #[test]
    fn absent_and_empty_masks_write_what_is_present() {
        assert_eq!(Mask::read(None, FIELDS, &mut Violations::new()), Mask::Present);
        assert_eq!(read(&[]), (Mask::Present, vec![]));
        assert_eq!(Mask::Present.patch("name", Some(1)), Patch::Set(1));
        assert_eq!(Mask::Present.patch("name", None::<i32>), Patch::Keep);
    }

    #[test]
    fn a_star_writes_everything_and_stands_alone() {
        assert_eq!(read(&["*"]), (Mask::All, vec![]));
        assert_eq!(Mask::All.patch("name", None::<i32>), Patch::Clear);
        assert_eq!(read(&["*", "name"]).1, [("update_mask.paths[0]".to_owned(), FieldReason::InvalidFormat)]);
    }

    #[test]
    fn named_fields_are_written_and_others_kept() {
        let (mask, faults) = read(&["name"]);
        assert_eq!(faults, []);
        assert_eq!(mask.patch("name", None::<i32>), Patch::Clear);
        assert_eq!(mask.patch("slug", Some(1)), Patch::Keep);
    }

    #[test]
    fn every_bad_path_is_named_with_its_own_reason() {
        let (_, faults) = read(&["id", "slug", "nonsense", "name.first", ""]);
        let expected = [
            FieldReason::OutputOnlyField,
            FieldReason::ImmutableField,
            FieldReason::UnknownField,
            FieldReason::UnknownField,
            FieldReason::UnknownField,
        ];
        assert_eq!(faults.iter().map(|(_, reason)| *reason).collect::<Vec<_>>(), expected);
        assert_eq!(faults[2].0, "update_mask.paths[2]");
    }
}
