//! What the protos must obey, and what they say about access.
//!
//! Included by `build.rs`, which refuses to build when [`read`] finds a fault, and by the tests, which feed it bad descriptors.
//! Knows descriptors alone; must not know the service's code.

use std::collections::BTreeSet;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    Value,
};

/// The package of the API.
pub(crate) const PACKAGE: &str = "oauthregistry.v1";

/// Last words of a field name that sound like a secret.
const SECRET_WORDS: [&str; 4] = ["secret", "password", "token", "assertion"];

/// Everything that the protos say about access and secrets.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Every method, in the order of the descriptors.
    pub(crate) methods: Vec<Method>,
    /// Every message of the package that holds a redacted field.
    pub(crate) redacted: Vec<MessageDescriptor>,
}

/// One method with its rule.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the proto")]
pub(crate) struct Method {
    /// The method's name, which is also its marker type's.
    pub(crate) name: String,
    /// `oauthregistry.v1.OauthAppService/GetOauthApp`.
    pub(crate) full_name: String,
    /// Every authenticated caller passes.
    pub(crate) any: bool,
    /// Everybody passes for their own rows.
    pub(crate) own_rows: bool,
    /// Alternatives: names of permissions that must all be held.
    pub(crate) any_of: Vec<Vec<String>>,
    /// Only users of the system tenant pass.
    pub(crate) system_tenant_only: bool,
    /// Keys that are bound to a tenant are refused.
    pub(crate) refuses_bound_key: bool,
    /// Every API key is refused.
    pub(crate) refuses_api_key: bool,
    /// Callers who act on behalf of a user are refused.
    pub(crate) refuses_on_behalf_of: bool,
    /// The method reaches the home tenant alone.
    pub(crate) home_tenant_only: bool,
    /// The method makes a secret and returns it.
    pub(crate) issues_secret: bool,
}

/// Reads the policy, or returns every fault as a sentence.
pub(crate) fn read(pool: &DescriptorPool) -> Result<Policy, Vec<String>> {
    let mut faults = Vec::new();
    let mut policy = Policy::default();
    let mut names = BTreeSet::new();
    let services = pool.services().filter(|service| service.parent_file().package_name() == PACKAGE);
    for method in services.flat_map(|service| service.methods().collect::<Vec<_>>()) {
        if !names.insert(method.name().to_owned()) {
            faults.push(format!("{}: another service has a method of this name", method.full_name()));
        }
        match read_method(pool, &method) {
            Ok(read) => {
                check_response(&method, &read, &mut faults);
                check_repeatable(&method, &read, &mut faults);
                policy.methods.push(read);
            }
            Err(fault) => faults.push(format!("{}: {fault}", method.full_name())),
        }
    }
    for message in pool.all_messages().filter(|message| message.parent_file().package_name() == PACKAGE) {
        message.fields().for_each(|field| {
            check_field(pool, &field, &mut faults);
            check_required(&field, &mut faults);
        });
        if message.fields().any(|field| is_redacted(&field)) {
            if message.get_field_by_name("id").is_some() {
                faults.push(format!("{}: a resource message must not hold a redacted field", message.full_name()));
            }
            policy.redacted.push(message);
        }
    }
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}

/// Says whether a field is marked `(secret)`.
pub(crate) fn is_redacted(field: &FieldDescriptor) -> bool {
    extension(field.parent_pool(), &field.options(), "secret").is_some_and(|value| value.as_bool() == Some(true))
}

/// What `(behavior)` says of a field: the server alone writes it.
pub(crate) const OUTPUT_ONLY: i32 = 1;
/// What `(behavior)` says of a field: the caller writes it on create.
pub(crate) const IMMUTABLE: i32 = 2;
/// What `(behavior)` says of a field: it must be there.
pub(crate) const REQUIRED: i32 = 3;

/// Returns what `(behavior)` says of a field.
pub(crate) fn behaviors(field: &FieldDescriptor) -> Vec<i32> {
    let said = extension(field.parent_pool(), &field.options(), "behavior");
    said.iter().flat_map(|said| said.as_list().unwrap_or_default()).filter_map(Value::as_enum_number).collect()
}

/// Returns the leading comment of what stands at `path` in a file, on one line.
pub(crate) fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let locations = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
    let text = locations.filter(|location| location.path == path).find_map(|location| location.leading_comments.as_ref());
    text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// Returns an option that our own protos define, if it is set.
pub(crate) fn extension(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = pool.get_extension_by_name(&format!("{PACKAGE}.{name}"))?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

fn read_method(pool: &DescriptorPool, method: &MethodDescriptor) -> Result<Method, String> {
    let options = method.options();
    let rule = extension(pool, &options, "access").ok_or("the method has no access rule")?;
    let rule = rule.as_message().ok_or("the access rule is no message")?.clone();
    let flag =
        |message: &DynamicMessage, name: &str| message.get_field_by_name(name).is_some_and(|value| value.as_bool() == Some(true));
    let refusal = extension(pool, &options, "refuses");
    let refuses = |kind: &str| refusal.as_ref().and_then(Value::as_message).is_some_and(|message| flag(message, kind));
    let read = Method {
        name: method.name().to_owned(),
        full_name: format!("{}/{}", method.parent_service().full_name(), method.name()),
        any: flag(&rule, "any"),
        own_rows: flag(&rule, "self"),
        any_of: permission_sets(pool, &rule)?,
        system_tenant_only: flag(&rule, "system_tenant_only"),
        refuses_bound_key: refuses("bound_key"),
        refuses_api_key: refuses("api_key"),
        refuses_on_behalf_of: refuses("on_behalf_of"),
        home_tenant_only: extension(pool, &options, "reach").and_then(|value| value.as_enum_number()) == Some(1),
        issues_secret: extension(pool, &options, "issues_secret").is_some_and(|value| value.as_bool() == Some(true)),
    };
    if read.any != read.any_of.is_empty() {
        return Err("the access rule must have exactly one of `any` and `any_of`".to_owned());
    }
    if read.any && (read.own_rows || read.system_tenant_only) {
        return Err("`any` stands alone".to_owned());
    }
    Ok(read)
}

fn permission_sets(pool: &DescriptorPool, rule: &DynamicMessage) -> Result<Vec<Vec<String>>, String> {
    let names = pool.get_enum_by_name(&format!("{PACKAGE}.Permission")).ok_or("there is no enum Permission")?;
    let any_of = rule.get_field_by_name("any_of").ok_or("AccessRule has no field any_of")?;
    any_of.as_list().unwrap_or_default().iter().map(|set| permission_set(&names, set)).collect()
}

fn permission_set(names: &EnumDescriptor, set: &Value) -> Result<Vec<String>, String> {
    let permissions = set.as_message().and_then(|set| set.get_field_by_name("permissions").map(std::borrow::Cow::into_owned));
    let numbers: Vec<i32> =
        permissions.iter().flat_map(|value| value.as_list().unwrap_or_default()).filter_map(Value::as_enum_number).collect();
    if numbers.is_empty() {
        return Err("a set of `any_of` is empty".to_owned());
    }
    if numbers.iter().collect::<BTreeSet<_>>().len() != numbers.len() {
        return Err("a set of `any_of` names a permission twice".to_owned());
    }
    let name = |number: i32| match names.get_value(number) {
        Some(value) if number != 0 => Ok(value.name().to_owned()),
        _ => Err(format!("{number} is no permission")),
    };
    numbers.into_iter().map(name).collect()
}

fn check_field(pool: &DescriptorPool, field: &FieldDescriptor, faults: &mut Vec<String>) {
    let excuse = extension(pool, &field.options(), "not_secret");
    let excused = excuse.as_ref().and_then(Value::as_str).is_some_and(|reason| !reason.trim().is_empty());
    if excuse.is_some() && !excused {
        faults.push(format!("{}: `not_secret` must give its reason", field.full_name()));
    }
    if is_redacted(field) && excuse.is_some() {
        faults.push(format!("{}: a field is either `(secret)` or `not_secret`", field.full_name()));
    }
    let sounds = field.name().rsplit('_').next().is_some_and(|word| SECRET_WORDS.contains(&word.trim_end_matches('s')))
        || field.name().starts_with("private_");
    let value = if field.is_map() {
        field.kind().as_message().map(|entry| entry.map_entry_value_field().kind())
    } else {
        Some(field.kind())
    };
    let carries_text = value.is_some_and(|kind| matches!(kind, Kind::String | Kind::Bytes));
    if sounds && carries_text && !is_redacted(field) && !excused {
        faults.push(format!("{}: mark the field `(secret)`, or `not_secret` with a reason", field.full_name()));
    }
}

/// What a comment calls required is marked so, and nothing else is: people read the one, programs the other.
fn check_required(field: &FieldDescriptor, faults: &mut Vec<String>) {
    let behaviors = behaviors(field);
    let marked = behaviors.contains(&REQUIRED);
    let said = comment(&field.parent_file(), field.path()).split('.').any(|sentence| sentence.trim() == "Required");
    if said && !marked {
        faults.push(format!("{}: mark the field FIELD_BEHAVIOR_REQUIRED, as its comment says", field.full_name()));
    }
    if marked && !said {
        faults.push(format!("{}: the comment of a required field says `Required.`", field.full_name()));
    }
    if marked && behaviors.contains(&OUTPUT_ONLY) {
        faults.push(format!("{}: a field that the server writes is not required", field.full_name()));
    }
}

/// A method that makes something, or issues a secret, can be repeated without harm.
fn check_repeatable(method: &MethodDescriptor, read: &Method, faults: &mut Vec<String>) {
    let has = |message: &MessageDescriptor, name: &str, kind: Kind| {
        message.get_field_by_name(name).is_some_and(|field| field.kind() == kind)
    };
    if (read.issues_secret || method.name().starts_with("Create")) && !has(&method.input(), "request_id", Kind::String) {
        faults.push(format!("{}: the request has no `request_id`", method.full_name()));
    }
    if read.issues_secret && !has(&method.output(), "already_shown", Kind::Bool) {
        faults.push(format!("{}: the response has no `already_shown`", method.full_name()));
    }
}

/// A response may hold a secret only when the method reveals or issues one.
fn check_response(method: &MethodDescriptor, read: &Method, faults: &mut Vec<String>) {
    if read.issues_secret || method.name().starts_with("Reveal") {
        return;
    }
    let (mut open, mut seen) = (vec![method.output()], BTreeSet::new());
    while let Some(message) = open.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            if is_redacted(&field) {
                faults.push(format!("{}: the response holds the secret field {}", method.full_name(), field.full_name()));
            }
            if let Kind::Message(inner) = field.kind() {
                open.push(inner);
            }
        }
    }
}
