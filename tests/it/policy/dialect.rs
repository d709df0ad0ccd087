//! The protos are written so that every compiler reads them, not only the one of the build script.

use std::fs;

use prost_reflect::{FieldDescriptor, Kind};

use super::PACKAGE;
use super::protos::{real, root};

/// Returns the name and the text of every proto of the API.
fn sources() -> Vec<(String, String)> {
    let read = |path: std::path::PathBuf| (path.display().to_string(), fs::read_to_string(&path).unwrap());
    let files: Vec<_> = fs::read_dir(root().join("oauthregistry/v1")).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    assert!(files.len() > 5, "only {} protos were found", files.len());
    files
}

/// Returns every field of the API's messages.
fn fields() -> Vec<FieldDescriptor> {
    let pool = real();
    let messages = pool.all_messages().filter(|message| message.package_name() == PACKAGE);
    messages.flat_map(|message| message.fields().collect::<Vec<_>>()).collect()
}

/// Returns a proto without comments and white space.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines.flat_map(str::chars).filter(|letter| !letter.is_whitespace()).collect()
}

/// protobufjs, and with it `@grpc/proto-loader`, reads a list of numbers or names in an option, and no list of messages.
#[test]
fn no_option_lists_messages() {
    let lists_messages = |text: &str| squeezed(text).contains(":[{");
    assert!(lists_messages("any_of: [ // either\n  {permissions: [A]}\n]"));
    assert!(!lists_messages("any_of: {permissions: [A]} // any_of: [{}]"));
    for (file, text) in sources() {
        assert!(!lists_messages(&text), "{file}: write `any_of: {{…}} any_of: {{…}}`");
    }
}

/// `debug_redact`, `retention`, `targets` and their like are unknown to Debian 12's protoc 3.21.
#[test]
fn no_field_has_an_option_that_old_compilers_lack() {
    let old = ["ctype", "packed", "jstype", "lazy", "deprecated", "weak"];
    for field in fields() {
        for (option, _) in field.options().fields() {
            assert!(old.contains(&option.name()), "{}: {}", field.full_name(), option.name());
        }
    }
}

/// 50000 to 99999 are for everybody's own use; what clients define counts from a round number, as every example does.
#[test]
fn the_options_have_numbers_that_no_example_has() {
    let pool = real();
    let ours: Vec<_> = pool.all_extensions().filter(|extension| extension.full_name().starts_with(PACKAGE)).collect();
    assert!(ours.len() > 5, "{ours:?}");
    for extension in ours {
        let (name, number) = (extension.full_name(), extension.number());
        assert!((50_000..100_000).contains(&number) && (100..900).contains(&(number % 1_000)), "{name}: {number}");
        assert!(
            ![51_234, 54_321, 56_789, 65_535, 98_765].iter().any(|example| number.abs_diff(*example) < 100),
            "{name}: {number}"
        );
    }
}

/// Without them plain `protoc --go_out` fails, and Java wraps each message in a class that is named after its file.
#[test]
fn every_file_has_the_options_of_every_language() {
    let pool = real();
    let files: Vec<_> = pool.files().filter(|file| file.package_name() == PACKAGE).collect();
    assert_eq!(files.len(), sources().len());
    for file in files {
        let options = file.file_descriptor_proto().options.clone().unwrap_or_default();
        let name = file.name();
        assert_eq!(options.go_package(), "oauthregistry/v1;oauthregistryv1", "{name}");
        assert_eq!((options.java_package(), options.java_multiple_files()), ("oauthregistry.v1", true), "{name}");
        assert_eq!((options.csharp_namespace(), options.php_namespace()), ("OauthRegistry.V1", "OauthRegistry\\V1"), "{name}");
        assert_eq!((options.ruby_package(), options.swift_prefix()), ("OauthRegistry::V1", "OauthRegistryV1"), "{name}");
        assert_eq!(options.objc_class_prefix(), "OARV1", "{name}");
        let stem = name.trim_start_matches("oauthregistry/v1/").trim_end_matches(".proto").replace('_', "");
        assert_eq!(options.java_outer_classname().to_lowercase(), format!("{stem}proto"), "{name}");
    }
}

/// In JSON, and in every JavaScript client, a 64-bit integer is a string.
#[test]
fn no_field_is_a_64_bit_integer() {
    for field in fields() {
        let wide = matches!(field.kind(), Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64);
        assert!(!wide, "{}", field.full_name());
    }
}
