//! The code that is written from the protos, as text; that it compiles is proven by the library itself.

use oauth_registry::proto::{self, WipeSecrets};

use super::codegen::{debug_paths, fields, methods, permissions, redacted_debug, wiped_requests};
use super::protos::{ANY, compile, method, real};
use super::{PACKAGE, Policy, is_redacted, read};

fn policy(definitions: &str) -> Policy {
    read(&compile(definitions)).unwrap()
}

#[test]
fn a_redacted_field_shows_whether_it_is_there_and_nothing_else() {
    let text = redacted_debug(&policy(
        "message CreateIt { string name = 1; string password = 2 [(oauthregistry.v1.secret) = true]; optional string client_secret = 3 \
         [(oauthregistry.v1.secret) = true]; repeated string old_secret = 4 [(oauthregistry.v1.secret) = true]; }",
    ))
    .unwrap();
    let expected = r#"impl ::core::fmt::Debug for CreateIt {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("CreateIt")
            .field("name", &self.name)
            .field("password", &if self.password.is_empty() { "" } else { "[REDACTED]" })
            .field("client_secret", &self.client_secret.as_ref().map(|_| "[REDACTED]"))
            .field("old_secret", &if self.old_secret.is_empty() { "" } else { "[REDACTED]" })
            .finish()
    }
}
"#;
    assert_eq!(text, expected);
}

#[test]
fn a_redacted_choice_shows_its_name_alone() {
    let policy = policy(
        "message SetClientAuth { string id_hint = 1; oneof client_auth { string client_secret = 2 [(oauthregistry.v1.secret) = true]; int32 \
         key_count = 3; } oneof other { string note = 4; } }",
    );
    let expected = r#"impl ::core::fmt::Debug for SetClientAuth {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("SetClientAuth")
            .field("id_hint", &self.id_hint)
            .field("client_auth", &self.client_auth)
            .field("other", &self.other)
            .finish()
    }
}
impl ::core::fmt::Debug for set_client_auth::ClientAuth {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        match self {
            Self::ClientSecret(_) => f.write_str("ClientSecret([REDACTED])"),
            Self::KeyCount(value) => f.debug_tuple("KeyCount").field(value).finish(),
        }
    }
}
"#;
    assert_eq!(redacted_debug(&policy).unwrap(), expected);
    let paths = [".oauthregistry.v1.SetClientAuth", ".oauthregistry.v1.SetClientAuth.client_auth"];
    assert_eq!(debug_paths(&policy), paths, "the oneof without a secret keeps its derived Debug");
}

#[test]
fn every_secret_of_a_request_is_wiped_and_nothing_else() {
    let text = wiped_requests(&compile(
        "message SetItRequest { string name = 1; string password = 2 [(oauthregistry.v1.secret) = true]; oneof key { string note = 3; string \
         client_secret = 4 [(oauthregistry.v1.secret) = true]; } } message Plain { string name = 1; }",
    ));
    let expected = "impl WipeSecrets for SetItRequest {
    fn wipe_secrets(&mut self) {
        ::zeroize::Zeroize::zeroize(&mut self.password);
        if let Some(set_it_request::Key::ClientSecret(value)) = &mut self.key {
            ::zeroize::Zeroize::zeroize(value);
        }
    }
}
";
    assert_eq!(text, expected);
}

#[test]
fn the_secrets_of_the_real_requests_are_wiped() {
    let (secret, name) = (Some("s3cret".to_owned()), "name".to_owned());
    let mut app = proto::CreateOauthAppRequest { client_secret: secret.clone(), request_id: name.clone(), ..Default::default() };
    app.wipe_secrets();
    assert_eq!((app.client_secret, app.request_id), (None, name.clone()));
    let mut user = proto::CreateUserRequest { initial_password: secret, request_id: name.clone(), ..Default::default() };
    user.wipe_secrets();
    assert_eq!((user.initial_password, user.request_id), (None, name.clone()));
    let mut reset = proto::SetUserPasswordRequest { new_password: name.clone(), etag: name.clone(), ..Default::default() };
    reset.wipe_secrets();
    assert_eq!((reset.new_password, reset.etag), (String::new(), name));
}

#[test]
fn messages_without_a_secret_keep_their_debug() {
    let policy = policy("message Plain { string name = 1; oneof one { string note = 2; } }");
    assert_eq!(redacted_debug(&policy).unwrap(), "");
    assert_eq!(debug_paths(&policy), [""; 0]);
}

#[test]
fn a_nested_message_with_a_secret_is_refused() {
    let policy = policy(
        "message Outer { message Inner { string client_secret = 1 [(oauthregistry.v1.secret) = true]; } Inner inner = 1; }",
    );
    let refused = redacted_debug(&policy).unwrap_err();
    assert_eq!(refused, "oauthregistry.v1.Outer.Inner: a nested message cannot hold a redacted field");
}

#[test]
fn every_real_message_with_a_secret_loses_its_derived_debug() {
    let pool = real();
    let policy = read(&pool).unwrap();
    let (paths, written) = (debug_paths(&policy), redacted_debug(&policy).unwrap());
    let ours = pool.all_messages().filter(|message| message.package_name() == PACKAGE);
    let secret: Vec<_> = ours.filter(|message| message.fields().any(|field| is_redacted(&field))).collect();
    assert!(secret.iter().any(|message| message.name() == "RevealOauthAppSecretResponse"), "{secret:?}");
    for message in secret {
        assert!(paths.contains(&format!(".{}", message.full_name())), "{}", message.full_name());
        assert!(written.contains(&format!("impl ::core::fmt::Debug for {} {{", message.name())), "{}", message.full_name());
        for field in message.fields().filter(|field| is_redacted(field) && field.containing_oneof().is_none()) {
            assert!(!written.contains(&format!("&self.{})", field.name())), "{} is shown", field.full_name());
        }
    }
}

#[test]
fn every_real_method_gets_a_marker_and_a_path() {
    let policy = read(&real()).unwrap();
    let written = methods(&policy);
    for method in &policy.methods {
        assert!(written.contains(&format!("impl Action for {} {{", method.name)), "{}", method.name);
        let arm = format!("\"/{}\" => Some({}::RULE),", method.full_name, method.name);
        assert!(written.contains(&arm), "{}", method.full_name);
    }
    assert!(written.contains("        _ => None,\n"), "an unknown path has no rule");
}

#[test]
fn a_marker_carries_the_whole_rule() {
    let rule = "option (access) = { self: true, any_of: [{ permissions: [PERMISSION_MGMT_API, PERMISSION_OAUTH] }, { permissions: \
                [PERMISSION_ADMINISTRATOR] }] }; option (refuses) = { bound_key: true, on_behalf_of: true };";
    let text = format!("message Empty {{}} service S {{ {} {} }}", method("Act", "Empty", rule), method("See", "Empty", ANY));
    let written = methods(&policy(&text));
    let act = "any: false,\n        own_rows: true,\n        any_of: &[&[Permission::MgmtApi, Permission::Oauth], \
               &[Permission::Administrator]],\n        system_tenant_only: false,\n        refuses_bound_key: true,\n        \
               refuses_api_key: false,\n        refuses_on_behalf_of: true,\n        home_tenant_only: false,";
    let see = "any: true,\n        own_rows: false,\n        any_of: &[],\n        system_tenant_only: false,\n        \
               refuses_bound_key: false,\n        refuses_api_key: false,\n        refuses_on_behalf_of: false,\n        \
               home_tenant_only: false,";
    assert!(written.contains(act), "{written}");
    assert!(written.contains(see), "{written}");
}

#[test]
fn permissions_keep_the_numbers_and_words_of_the_proto() {
    let written = permissions(&real());
    assert!(written.contains("(Administrator, 12, \"ADMINISTRATOR\", \"Any operation in any tenant, "), "{written}");
    assert!(written.contains("(ReadOauthApps, 1011, \"READ_OAUTH_APPS\", \"Read OAuth apps.\"),"), "{written}");
    assert!(!written.contains("Unspecified"), "0 is no permission");
}

#[test]
fn a_resource_lists_who_writes_each_field() {
    let written = fields(&compile(
        "message OauthThing { string id = 1 [(behavior) = FIELD_BEHAVIOR_OUTPUT_ONLY]; string tenant_id = 2 [(behavior) = \
         FIELD_BEHAVIOR_IMMUTABLE]; string name = 3; } message Request { string name = 1; }",
    ));
    let expected = "/// The fields of `OauthThing`.\npub const OAUTH_THING: &[(&str, FieldBehavior)] = &[\n    (\"id\", \
                    FieldBehavior::OutputOnly),\n    (\"tenant_id\", FieldBehavior::Immutable),\n    (\"name\", \
                    FieldBehavior::Unspecified),\n];\n";
    assert_eq!(written, expected);
}
