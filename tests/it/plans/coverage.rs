//! Every list is read without a filter, and with each of its filters.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::is_list;
use super::lists::{LISTS, Names};
use crate::harness::descriptors::methods;

/// The fields of a request that say which page is wanted.
const PAGE: [&str; 2] = ["page_size", "page_token"];

/// The sets of filters with which each list is read.
fn read_by() -> BTreeMap<String, Vec<BTreeSet<String>>> {
    let name = || "x".to_owned();
    let names = Names {
        tenant: name(),
        tenant_name: name(),
        foreign_tenant: name(),
        actor: name(),
        foreign_actor: name(),
        owner: name(),
        nobody: name(),
    };
    let mut sets: BTreeMap<String, Vec<BTreeSet<String>>> = BTreeMap::new();
    for list in LISTS {
        let set = list.filters(&names).fields().map(|(field, _)| field.name().to_owned()).collect();
        sets.entry(list.method.to_owned()).or_default().push(set);
    }
    sets
}

#[test]
fn every_list_is_read_without_and_with_each_of_its_filters() {
    let read = read_by();
    let mut missing = Vec::new();
    for method in methods().into_iter().filter(is_list) {
        let name = format!("{}/{}", method.parent_service().name(), method.name());
        let sets = read.get(&name).cloned().unwrap_or_default();
        let filters: Vec<_> = method.input().fields().filter(|field| !PAGE.contains(&field.name())).collect();
        // What is no choice of the caller stands in every request.
        let given: BTreeSet<String> = filters
            .iter()
            .filter(|field| sets.iter().all(|set| set.contains(field.name())))
            .map(|field| field.name().to_owned())
            .collect();
        if !sets.contains(&given) {
            missing.push(format!("{name} without a filter"));
        }
        for filter in filters {
            let alone: BTreeSet<String> = given.iter().cloned().chain([filter.name().to_owned()]).collect();
            if !sets.contains(&alone) {
                missing.push(format!("{name} by {}", filter.name()));
            }
        }
    }
    assert!(missing.is_empty(), "write a line for each in tests/it/plans/lists.rs: {missing:#?}");
}
