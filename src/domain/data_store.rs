//! The catalogue of data stores: the systems that OAuth apps give access to.
//!
//! Knows the built-in ones and how the operator adds more. Must not know where the additions are configured.

use std::collections::BTreeMap;

use crate::domain::invalid::{Fault, FieldReason, Invalid, Violations};
use crate::domain::text::DisplayName;

/// The built-in data stores, with the numbers of Hybrid Data Pipeline; ours start at 1001.
const BUILT_IN: [(i32, &str); 6] = [
    (1, "Salesforce"),
    (54, "Google Analytics"),
    (62, "Google BigQuery"),
    (63, "Autonomous REST Connector"),
    (1001, "Microsoft Dynamics 365"),
    (1002, "Snowflake"),
];

/// A data store's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataStoreId(i32);

impl DataStoreId {
    /// Wraps a number; only the catalogue knows whether it means something.
    #[must_use]
    pub const fn from_i32(number: i32) -> Self {
        Self(number)
    }

    /// Returns the bare number.
    #[must_use]
    pub const fn as_i32(self) -> i32 {
        self.0
    }
}

/// A system that OAuth apps give access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataStore {
    /// The number.
    pub id: DataStoreId,
    /// The name for people.
    pub name: DisplayName,
}

/// The data stores that this server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataStoreCatalogue(BTreeMap<DataStoreId, DataStore>);

impl DataStoreCatalogue {
    /// Makes the catalogue of the built-in data stores and the operator's additions; field paths are `data_stores[<index>].id` and
    /// `.name`.
    ///
    /// An addition cannot take a number that is in use: apps would change their meaning.
    pub fn new(extra: impl IntoIterator<Item = (i32, String)>) -> Result<Self, Invalid> {
        let mut violations = Violations::new();
        let mut stores = BTreeMap::new();
        let built_in = BUILT_IN.into_iter().map(|(number, name)| (number, name.to_owned()));
        for (number, name) in built_in {
            insert(&mut stores, number, violations.check("data_stores", DisplayName::parse(name)));
        }
        for (index, (number, name)) in extra.into_iter().enumerate() {
            if let Some(fault) = number_fault(&stores, number) {
                violations.push(format!("data_stores[{index}].id"), fault);
            }
            insert(&mut stores, number, violations.check(&format!("data_stores[{index}].name"), DisplayName::parse(name)));
        }
        violations.finish()?;
        Ok(Self(stores))
    }

    /// Returns the data store of the number, if there is one.
    #[must_use]
    pub fn get(&self, id: DataStoreId) -> Option<&DataStore> {
        self.0.get(&id)
    }

    /// Lists every data store in the order of the numbers.
    pub fn list(&self) -> impl Iterator<Item = &DataStore> {
        self.0.values()
    }
}

fn insert(stores: &mut BTreeMap<DataStoreId, DataStore>, number: i32, name: Option<DisplayName>) {
    let id = DataStoreId(number);
    if let Some(name) = name {
        stores.insert(id, DataStore { id, name });
    }
}

fn number_fault(stores: &BTreeMap<DataStoreId, DataStore>, number: i32) -> Option<Fault> {
    if number < 1 {
        return Some(Fault::new(FieldReason::OutOfRange, "The number of a data store is at least 1."));
    }
    stores
        .contains_key(&DataStoreId(number))
        .then(|| Fault::new(FieldReason::Duplicate, "Another data store has this number already."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extra(number: i32, name: &str) -> (i32, String) {
        (number, name.to_owned())
    }

    #[test]
    fn the_six_built_in_data_stores_are_listed_by_number() {
        let catalogue = DataStoreCatalogue::new([]).unwrap();
        let listed: Vec<_> = catalogue.list().map(|store| (store.id.as_i32(), store.name.as_str())).collect();
        assert_eq!(listed, BUILT_IN);
    }

    #[test]
    fn additions_stand_in_the_order_of_their_numbers() {
        let catalogue = DataStoreCatalogue::new([extra(5000, "SAP"), extra(60, "Jira")]).unwrap();
        let numbers: Vec<_> = catalogue.list().map(|store| store.id.as_i32()).collect();
        assert_eq!(numbers, [1, 54, 60, 62, 63, 1001, 1002, 5000]);
        assert_eq!(catalogue.get(DataStoreId::from_i32(60)).unwrap().name.as_str(), "Jira");
        assert_eq!(catalogue.get(DataStoreId::from_i32(61)), None);
    }

    #[test]
    fn every_bad_addition_is_reported() {
        let bad = [extra(54, "Mine"), extra(7, ""), extra(0, "Zero"), extra(8, "Twice"), extra(8, "Again")];
        let invalid = DataStoreCatalogue::new(bad).unwrap_err();
        let found: Vec<_> = invalid.violations().iter().map(|v| (v.field.as_str(), v.reason)).collect();
        let expected = [
            ("data_stores[0].id", FieldReason::Duplicate),
            ("data_stores[1].name", FieldReason::Required),
            ("data_stores[2].id", FieldReason::OutOfRange),
            ("data_stores[4].id", FieldReason::Duplicate),
        ];
        assert_eq!(found, expected);
    }
}
