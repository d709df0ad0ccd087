//! Which room may know which.

use super::paths::crate_paths;
use super::{Source, assert_none, source};

/// Each room with the rooms that it may name, lowest first: no room names one that stands below it in this list.
const DIRECTION: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("crypto", &["domain"]),
    ("authn", &["domain", "crypto"]),
    ("authz", &["domain", "authn"]),
    ("storage", &["domain", "crypto", "authn", "authz"]),
    ("service", &["domain", "crypto", "authn", "authz", "storage"]),
    ("config", &[]),
    ("telemetry", &["config"]),
    ("proto", &[]),
    ("grpc", &["domain", "crypto", "authn", "authz", "storage", "service", "telemetry", "proto"]),
    ("server", &["domain", "crypto", "authn", "authz", "storage", "service", "config", "telemetry", "proto", "grpc"]),
    ("cli", &["config", "server"]),
];

/// What only `storage` and `service` may hold in their hands: the wire edge borrows row filters from storage, and no connection.
const DATABASE: [&str; 3] = ["Store", "Reader", "Tx"];

/// Returns how far a file's module is from the root of its crate.
fn depth(source: &Source) -> usize {
    source.path.matches('/').count()
}

/// Returns every name of another room in the product, with who names it and where.
fn crossings(sources: &[Source]) -> Vec<(&str, String, Vec<String>)> {
    let rooms = sources.iter().filter(|source| source.path.starts_with("src/") && source.path != "src/main.rs");
    let paths = rooms.flat_map(|source| {
        let paths = crate_paths(&source.product, depth(source)).into_iter();
        paths.map(move |path| (source.room(), source.place(path.offset), path.names))
    });
    paths.filter(|(room, _, names)| names.first().is_none_or(|name| name != room)).collect()
}

#[test]
fn rooms_name_only_rooms_below_them() {
    let sources = source::product();
    let mut faults = Vec::new();
    let crossings = crossings(&sources);
    assert!(crossings.len() > 100, "only {} paths were found", crossings.len());
    for (room, place, names) in crossings {
        let Some((_, known)) = DIRECTION.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{place}: `{room}` has no place in the direction"));
            continue;
        };
        let name = names.first().map_or("*", String::as_str);
        if !known.contains(&name) {
            faults.push(format!("{place}: `{room}` must not know `crate::{}`", names.join("::")));
        }
    }
    assert_none(&faults, "a room names one that it must not know");
}

#[test]
fn the_direction_has_no_circle() {
    for (place, (room, known)) in DIRECTION.iter().enumerate() {
        let below: Vec<&str> = DIRECTION[..place].iter().map(|(name, _)| *name).collect();
        let above: Vec<_> = known.iter().filter(|name| !below.contains(name)).collect();
        assert!(above.is_empty(), "{room} knows {above:?}, which do not stand before it");
    }
}

#[test]
fn the_library_s_root_holds_rooms_and_nothing_else() {
    let sources = source::product();
    let library = sources.iter().find(|source| source.path == "src/lib.rs").unwrap();
    let mut faults = Vec::new();
    for (index, line) in library.product.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let room = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")).and_then(|rest| rest.strip_suffix(';'));
        let placed = room.is_some_and(|room| DIRECTION.iter().any(|(name, _)| *name == room));
        if !placed {
            faults.push(format!("src/lib.rs:{}: `{line}` is no room with a place in the direction", index + 1));
        }
    }
    assert_none(&faults, "a name at the root of the library is a way around the direction");
}

#[test]
fn the_wire_edge_holds_no_database() {
    let sources = source::product();
    let held = crossings(&sources).into_iter().filter(|(room, _, names)| {
        *room == "grpc" && names[0] == "storage" && names.get(1).is_none_or(|name| DATABASE.contains(&name.as_str()))
    });
    let faults: Vec<_> = held.map(|(_, place, names)| format!("{place}: crate::{}", names.join("::"))).collect();
    assert_none(&faults, "handlers reach the database through use-cases");
}
