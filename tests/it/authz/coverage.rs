//! Every RPC, and every way in which it names a resource, is tested for authorization.

use std::collections::BTreeSet;

use super::builders;
use super::descriptors::{NO_LOCATORS, rpcs};

/// What the descriptors ask builders for.
fn wanted() -> BTreeSet<(String, String)> {
    let mut wanted = BTreeSet::new();
    for rpc in rpcs() {
        let exempt = |locator: &String| NO_LOCATORS.iter().any(|(method, field, _)| *method == rpc.name && field == locator);
        let locators: Vec<String> = rpc.locators.iter().filter(|locator| !exempt(locator)).cloned().collect();
        if locators.is_empty() {
            wanted.insert((rpc.name.clone(), String::new()));
        }
        wanted.extend(locators.into_iter().map(|locator| (rpc.name.clone(), locator)));
    }
    wanted
}

fn built() -> BTreeSet<(String, String)> {
    builders::all().map(|builder| (builder.method.to_owned(), builder.locator.to_owned())).collect()
}

#[test]
fn every_rpc_and_locator_has_a_builder() {
    let missing: Vec<_> = wanted().difference(&built()).cloned().collect();
    assert!(missing.is_empty(), "write a builder in tests/it/authz/builders.rs for each (RPC, locator): {missing:#?}");
}

#[test]
fn every_builder_is_of_an_rpc_and_locator_that_exist() {
    let gone: Vec<_> = built().difference(&wanted()).cloned().collect();
    assert!(gone.is_empty(), "take these builders out of tests/it/authz/builders.rs: {gone:#?}");
    assert_eq!(builders::all().count(), built().len(), "a builder stands there twice");
}

#[test]
fn every_field_that_is_no_locator_still_looks_like_one() {
    for (method, field, _) in NO_LOCATORS {
        let rpcs = rpcs();
        let rpc = rpcs.iter().find(|rpc| rpc.name == method);
        assert!(
            rpc.is_some_and(|rpc| rpc.locators.iter().any(|locator| locator == field)),
            "{method} {field}: not needed any more"
        );
    }
}
