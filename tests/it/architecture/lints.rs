//! The lints that guard time, chance and the tenant of a query: they stay on, and few files lift them.

use std::fs;

use super::paths::words;
use super::{assert_none, source};

/// The files that may call a banned method, each for one reason.
const LIFTED: [&str; 2] = [
    // The one door to a query, opened with a scope.
    "src/storage/scope.rs",
    // The one place that asks the machine for the time and for chance.
    "src/server/environment.rs",
];

/// Names of lints under whose lifting the ban falls too.
const LIFTING: [&str; 4] = ["disallowed_methods", "clippy::all", "clippy::style", "warnings"];

/// What `clippy.toml` must ban.
const BANNED: [&str; 29] = [
    "std::time::SystemTime::now",
    "uuid::Uuid::now_v7",
    "uuid::Uuid::new_v4",
    "getrandom::fill",
    "tokio::time::pause",
    "sea_orm::EntityTrait::find",
    "sea_orm::EntityTrait::find_by_id",
    "sea_orm::EntityTrait::update",
    "sea_orm::EntityTrait::update_many",
    "sea_orm::EntityTrait::delete",
    "sea_orm::EntityTrait::delete_many",
    "sea_orm::EntityTrait::delete_by_id",
    "sea_orm::ActiveModelTrait::update",
    "sea_orm::ActiveModelTrait::save",
    "sea_orm::ActiveModelTrait::delete",
    "sea_orm::ModelTrait::delete",
    "sea_orm::ModelTrait::find_related",
    "sea_orm::EntityTrait::find_related_rev",
    "sea_orm::ActiveModelTrait::insert",
    "sea_orm::ModelTrait::find_linked",
    "sea_orm::FromQueryResult::find_by_statement",
    "sea_orm::EntityTrait::insert",
    "sea_orm::EntityTrait::insert_many",
    "sea_orm::QuerySelect::join",
    "sea_orm::QuerySelect::join_rev",
    "sea_orm::QuerySelect::join_as",
    "sea_orm::QuerySelect::join_as_rev",
    "sea_orm::sea_query::SelectStatement::join",
    "sea_orm::sea_query::SelectStatement::from",
];

fn read(path: &str) -> toml::Table {
    fs::read_to_string(source::root().join(path)).unwrap().parse().unwrap()
}

#[test]
fn banned_methods_are_called_only_at_their_doors() {
    let mut faults = Vec::new();
    for source in source::all().iter().filter(|source| !LIFTED.contains(&source.path.as_str())) {
        for (offset, word) in words(&source.code) {
            let group = source.code[..offset].ends_with("clippy::");
            let lifted = LIFTING.iter().find(|lint| match lint.strip_prefix("clippy::") {
                Some(name) => group && name == word,
                None => **lint == word,
            });
            faults.extend(lifted.map(|lint| format!("{}: `{lint}`", source.place(offset))));
        }
    }
    assert_none(&faults, "only the doors may lift the ban on methods");
}

#[test]
fn clippy_bans_the_globals_and_the_query_builders() {
    let config = read("clippy.toml");
    let bans = config["disallowed-methods"].as_array().unwrap();
    for path in BANNED {
        let ban = bans.iter().find(|ban| ban["path"].as_str() == Some(path));
        let ban = ban.unwrap_or_else(|| panic!("clippy.toml: `{path}` is not banned"));
        assert!(
            ban["reason"].as_str().is_some_and(|reason| !reason.is_empty()),
            "clippy.toml: `{path}` is banned without a reason"
        );
        // tokio has this one only with its feature `test-util`.
        let may_be_missing = path == "tokio::time::pause";
        assert!(may_be_missing || ban.get("allow-invalid").is_none(), "clippy.toml: `{path}` may be gone without a warning");
    }
}

#[test]
fn no_other_clippy_toml_takes_precedence() {
    let mut found = Vec::new();
    for place in ["clippy.toml", ".clippy.toml", "src", "migrations", "tests"] {
        source::files(&source::root().join(place), &mut |path| {
            if path.file_name().is_some_and(|name| name == "clippy.toml" || name == ".clippy.toml") {
                found.push(path.strip_prefix(source::root()).unwrap().to_owned());
            }
        });
    }
    assert_eq!(found, [std::path::Path::new("clippy.toml")]);
}

#[test]
fn every_crate_of_the_house_obeys_the_lints() {
    let house = read("Cargo.toml");
    for (path, manifest) in [("Cargo.toml", house.clone()), ("migrations/Cargo.toml", read("migrations/Cargo.toml"))] {
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{path}");
    }
    let lints = house["workspace"]["lints"].as_table().unwrap();
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let clippy = lints["clippy"].as_table().unwrap();
    assert_eq!(clippy["all"]["level"].as_str(), Some("deny"));
    for lint in ["disallowed_methods", "style"] {
        assert!(!clippy.contains_key(lint), "Cargo.toml sets `{lint}` apart from `all`");
    }
    for lint in ["allow_attributes", "allow_attributes_without_reason", "indexing_slicing", "panic", "unwrap_used", "expect_used"]
    {
        assert_eq!(clippy.get(lint).and_then(toml::Value::as_str), Some("deny"), "Cargo.toml: {lint}");
    }
}
