//! Rust code from the protos, beside what prost and tonic write: permissions, marker types with their rules, redacted `Debug`, and
//! the fields that an update mask may name.

use std::fmt::Write;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, OneofDescriptor};

use crate::policy::{self, Method, PACKAGE, Policy};

/// Writes the table of permissions: `(Variant, number, "NAME", "what it gives.")` for the macro in `domain::permission`.
pub(crate) fn permissions(pool: &DescriptorPool) -> String {
    let Some(names) = pool.get_enum_by_name(&format!("{PACKAGE}.Permission")) else { return String::new() };
    let mut out = String::from("permissions! {\n");
    for value in names.values().filter(|value| value.number() != 0) {
        let name = value.name().trim_start_matches("PERMISSION_");
        let doc = policy::comment(&names.parent_file(), value.path());
        let _ = writeln!(out, "    ({}, {}, {name:?}, {doc:?}),", upper_camel(name), value.number());
    }
    out.push_str("}\n");
    out
}

/// Writes a marker type per method, and the table by path.
pub(crate) fn methods(policy: &Policy) -> String {
    let mut out = String::new();
    let mut table = String::from("/// Every method, in the order of the protos.\npub static METHODS: &[&MethodRule] = &[\n");
    let mut paths = String::from("fn rule_by_path(path: &str) -> Option<&'static MethodRule> {\n    match path {\n");
    for method in &policy.methods {
        marker(&mut out, method);
        let _ = writeln!(table, "    {}::RULE,", method.name);
        let _ = writeln!(paths, "        \"/{}\" => Some({}::RULE),", method.full_name, method.name);
    }
    let _ = write!(out, "{table}];\n\n{paths}        _ => None,\n    }}\n}}\n");
    out
}

fn marker(out: &mut String, method: &Method) {
    let Method { name, full_name, own_rows, system_tenant_only, home_tenant_only, any, any_of, .. } = method;
    let Method { refuses_bound_key, refuses_api_key, refuses_on_behalf_of, .. } = method;
    let permission = |name: &String| format!("Permission::{}", upper_camel(name.trim_start_matches("PERMISSION_")));
    let sets: Vec<String> =
        any_of.iter().map(|set| format!("&[{}]", set.iter().map(permission).collect::<Vec<_>>().join(", "))).collect();
    let _ = write!(
        out,
        "/// The permission to call `{full_name}`.\n#[derive(Debug)]\npub enum {name} {{}}\nimpl sealed::Sealed for {name} {{}}\n\
         impl Action for {name} {{\n    const RULE: &'static MethodRule = &MethodRule {{\n        name: {full_name:?},\n        \
         any: {any},\n        own_rows: {own_rows},\n        any_of: &[{}],\n        system_tenant_only: {system_tenant_only},\n        \
         refuses_bound_key: {refuses_bound_key},\n        refuses_api_key: {refuses_api_key},\n        \
         refuses_on_behalf_of: {refuses_on_behalf_of},\n        home_tenant_only: {home_tenant_only},\n    }};\n}}\n",
        sets.join(", ")
    );
}

/// Writes for every resource message the fields that exist, each with who writes it.
pub(crate) fn fields(pool: &DescriptorPool) -> String {
    let mut out = String::new();
    let resources = pool.all_messages().filter(|message| {
        message.parent_file().package_name() == PACKAGE && message.fields().any(|field| writer(&field) != "Unspecified")
    });
    for message in resources {
        let name = screaming_snake(message.name());
        let _ = writeln!(out, "/// The fields of `{}`.\npub const {name}: &[(&str, FieldBehavior)] = &[", message.name());
        for field in message.fields() {
            let _ = writeln!(out, "    ({:?}, FieldBehavior::{}),", field.name(), writer(&field));
        }
        out.push_str("];\n");
    }
    out
}

/// Returns the behavior that says who writes a field; `Unspecified` where the caller may at any time.
fn writer(field: &FieldDescriptor) -> &'static str {
    let behaviors = policy::behaviors(field);
    if behaviors.contains(&policy::OUTPUT_ONLY) {
        return "OutputOnly";
    }
    if behaviors.contains(&policy::IMMUTABLE) { "Immutable" } else { "Unspecified" }
}

/// Returns the prost paths of the messages and oneofs whose derived `Debug` must go.
pub(crate) fn debug_paths(policy: &Policy) -> Vec<String> {
    let messages = policy.redacted.iter().map(|message| format!(".{}", message.full_name()));
    let oneofs = policy.redacted.iter().flat_map(redacted_oneofs).map(|oneof| format!(".{}", oneof.full_name()));
    messages.chain(oneofs).collect()
}

/// Writes a `Debug` that shows whether a secret is there, and never what it is.
pub(crate) fn redacted_debug(policy: &Policy) -> Result<String, String> {
    let mut out = String::new();
    for message in &policy.redacted {
        if message.parent_message().is_some() {
            return Err(format!("{}: a nested message cannot hold a redacted field", message.full_name()));
        }
        let mut body = String::new();
        for field in message.fields().filter(|field| real_oneof(field).is_none()) {
            let _ = writeln!(body, "            .field({:?}, &{})", field.name(), shown(&field));
        }
        for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
            let _ = writeln!(body, "            .field({:?}, &self.{})", oneof.name(), oneof.name());
        }
        let _ = write!(
            out,
            "impl ::core::fmt::Debug for {0} {{\n    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\n        \
             f.debug_struct({0:?})\n{body}            .finish()\n    }}\n}}\n",
            message.name()
        );
        redacted_oneofs(message).for_each(|oneof| oneof_debug(&mut out, message, &oneof));
    }
    Ok(out)
}

/// Writes for every request how its secrets are overwritten: in most requests there are none.
pub(crate) fn wiped_requests(pool: &DescriptorPool) -> String {
    let mut out = String::new();
    let ours = pool.all_messages().filter(|message| message.parent_file().package_name() == PACKAGE);
    for message in ours.filter(|message| message.name().ends_with("Request")) {
        let mut body = String::new();
        for field in message.fields().filter(policy::is_redacted) {
            let Some(oneof) = real_oneof(&field) else {
                let _ = writeln!(body, "        ::zeroize::Zeroize::zeroize(&mut self.{});", field.name());
                continue;
            };
            let (module, name) = (screaming_snake(message.name()).to_lowercase(), oneof.name());
            let variant = format!("{module}::{}::{}", upper_camel(name), upper_camel(field.name()));
            let _ = writeln!(body, "        if let Some({variant}(value)) = &mut self.{name} {{");
            let _ = writeln!(body, "            ::zeroize::Zeroize::zeroize(value);\n        }}");
        }
        let _ = write!(out, "impl WipeSecrets for {} {{\n    fn wipe_secrets(&mut self) {{\n{body}    }}\n}}\n", message.name());
    }
    out
}

fn shown(field: &FieldDescriptor) -> String {
    let name = field.name();
    match (policy::is_redacted(field), field.supports_presence()) {
        (false, _) => format!("self.{name}"),
        (true, true) => format!("self.{name}.as_ref().map(|_| \"[REDACTED]\")"),
        (true, false) => format!("if self.{name}.is_empty() {{ \"\" }} else {{ \"[REDACTED]\" }}"),
    }
}

fn oneof_debug(out: &mut String, message: &MessageDescriptor, oneof: &OneofDescriptor) {
    let path = format!("{}::{}", screaming_snake(message.name()).to_lowercase(), upper_camel(oneof.name()));
    let mut arms = String::new();
    for field in oneof.fields() {
        let variant = upper_camel(field.name());
        let _ = if policy::is_redacted(&field) {
            writeln!(arms, "            Self::{variant}(_) => f.write_str(\"{variant}([REDACTED])\"),")
        } else {
            writeln!(arms, "            Self::{variant}(value) => f.debug_tuple({variant:?}).field(value).finish(),")
        };
    }
    let _ = write!(
        out,
        "impl ::core::fmt::Debug for {path} {{\n    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {{\n        \
         match self {{\n{arms}        }}\n    }}\n}}\n"
    );
}

fn real_oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field.containing_oneof().filter(|oneof| !oneof.is_synthetic())
}

fn redacted_oneofs(message: &MessageDescriptor) -> impl Iterator<Item = OneofDescriptor> {
    let real = |oneof: &OneofDescriptor| !oneof.is_synthetic() && oneof.fields().any(|field| policy::is_redacted(&field));
    message.oneofs().filter(real).collect::<Vec<_>>().into_iter()
}

fn upper_camel(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{}", first.to_uppercase(), rest.to_lowercase())
    };
    name.split('_').map(word).collect()
}

fn screaming_snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}
