//! What the protos promise of secrets: write-only, but for the two kinds of call that hand one out.

use std::collections::BTreeSet;

use oauth_registry::proto::{self, fields};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};

use crate::harness::descriptors::{is_redacted, messages, methods, reachable};

fn secrets_of_response(method: &MethodDescriptor) -> Vec<String> {
    let fields = reachable(&method.output());
    fields.iter().filter(|field| is_redacted(field)).map(|field| field.full_name().to_owned()).collect()
}

fn issues_secret(method: &MethodDescriptor) -> bool {
    let pool = method.parent_pool();
    let extension = pool.get_extension_by_name("oauthregistry.v1.issues_secret").unwrap();
    method.options().get_extension(&extension).as_bool() == Some(true)
}

#[test]
fn reads_and_updates_never_answer_a_secret() {
    let methods = methods();
    let readers: Vec<_> =
        methods.iter().filter(|method| ["Get", "List", "Update"].iter().any(|verb| method.name().starts_with(verb))).collect();
    assert!(readers.len() >= 14, "{}", readers.len());
    for method in readers {
        assert_eq!(secrets_of_response(method), Vec::<String>::new(), "{}", method.full_name());
        assert!(!issues_secret(method), "{}", method.full_name());
    }
}

#[test]
fn a_supplied_secret_leaves_by_reveal_alone_and_an_issued_one_by_its_issue() {
    let supplied: BTreeSet<_> = methods()
        .iter()
        .flat_map(|method| reachable(&method.input()))
        .filter(is_redacted)
        .map(|field| field.name().to_owned())
        .collect();
    assert_eq!(supplied.iter().map(String::as_str).collect::<Vec<_>>(), ["client_secret", "initial_password", "new_password"]);
    let mut hands_out = Vec::new();
    for method in methods() {
        for secret in secrets_of_response(&method) {
            let last = secret.rsplit('.').next().unwrap();
            let revealed = method.name().starts_with("Reveal");
            assert!(revealed || issues_secret(&method), "{}", method.full_name());
            assert!(!supplied.contains(last) || revealed, "{} answers the supplied {secret}", method.full_name());
            hands_out.push(method.name().to_owned());
        }
    }
    assert_eq!(hands_out, ["CreateApiKey", "RotateApiKey", "RevealOauthAppSecret"]);
}

#[test]
fn no_resource_and_no_event_has_a_field_for_a_secret() {
    let listed: [&[(&str, proto::FieldBehavior)]; 4] = [fields::API_KEY, fields::OAUTH_APP, fields::TENANT, fields::USER];
    let names = listed.iter().flat_map(|fields| fields.iter()).map(|(name, _)| *name);
    assert!(names.clone().count() > 40);
    assert!(
        names.clone().all(|name| !name.ends_with("secret") && !name.ends_with("password")),
        "{:?}",
        names.collect::<Vec<_>>()
    );
    for message in
        messages().iter().filter(|message| !message.name().ends_with("Request") && !message.name().ends_with("Response"))
    {
        assert!(message.fields().all(|field| !is_redacted(&field)), "{}", message.full_name());
    }
}

/// Puts the canary into every secret field of the message and prints it as the server would.
macro_rules! printed {
    ($canary:expr, $($message:ident)*) => {
        [$((stringify!($message), format!("{0:?} {0:#?}", filled::<proto::$message>(stringify!($message), $canary)))),*]
    };
}

fn filled<T: prost::Message + Default>(name: &str, canary: &str) -> T {
    let descriptor = messages().into_iter().find(|message| message.name() == name).unwrap();
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields().filter(is_redacted) {
        message.set_field(&field, Value::String(canary.to_owned()));
    }
    T::decode(prost::Message::encode_to_vec(&message).as_slice()).unwrap()
}

#[test]
fn debug_of_every_message_with_a_secret_hides_it() {
    const CANARY: &str = "canary-4d0c";
    let all = printed!(CANARY, CreateOauthAppRequest UpdateOauthAppRequest RevealOauthAppSecretResponse CreateApiKeyResponse
        RotateApiKeyResponse CreateUserRequest SetUserPasswordRequest ChangePasswordRequest);
    let with_secret: BTreeSet<_> = messages()
        .into_iter()
        .filter(|message| message.fields().any(|field| is_redacted(&field)))
        .map(|message| message.name().to_owned())
        .collect();
    assert_eq!(with_secret, all.iter().map(|(name, _)| (*name).to_owned()).collect(), "a message with a secret is not tried");
    for (name, printed) in all {
        assert!(printed.contains("[REDACTED]") && !printed.contains(CANARY), "{name}: {printed}");
    }
}
