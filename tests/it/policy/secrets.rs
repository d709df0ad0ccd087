//! Secret fields are marked, and leave only where a secret is revealed or issued.

use super::protos::{ANY, faults, method};

/// A name that sounds like a secret for each of the ways to sound like one.
const TELLING_NAMES: [&str; 10] = [
    "secret",
    "client_secret",
    "client_secrets",
    "x_password",
    "password",
    "page_token",
    "assertion",
    "client_assertion",
    "private_key",
    "private_jwk",
];

/// A message with a secret, in a response of which it is a part of a part.
const SECRET: &str = "message Secret { string client_secret = 1 [(oauthregistry.v1.secret) = true]; }";

fn faults_of_field(field: &str) -> Vec<String> {
    faults(&format!("message M {{ {field} }}"))
}

/// Returns the faults of a method with this name and these options, whose response is the message `Response` of the definitions.
fn faults_of_response(definitions: &str, (name, options): (&str, &str)) -> Vec<String> {
    let service = method(name, "Response", options);
    faults(&format!("message Empty {{ string request_id = 1; }} {SECRET} {definitions} service S {{ {service} }}"))
}

fn leak(method: &str, field: &str) -> Vec<String> {
    vec![format!("oauthregistry.v1.S.{method}: the response holds the secret field oauthregistry.v1.{field}")]
}

#[test]
fn text_and_bytes_that_sound_like_a_secret_must_be_marked() {
    for name in TELLING_NAMES {
        for kind in ["string", "bytes", "repeated string", "map<string, string>", "optional string", "optional bytes"] {
            let fault = format!("oauthregistry.v1.M.{name}: mark the field `(secret)`, or `not_secret` with a reason");
            assert_eq!(faults_of_field(&format!("{kind} {name} = 1;")), [fault], "{kind}");
        }
        let fault = format!("oauthregistry.v1.M.{name}: mark the field `(secret)`, or `not_secret` with a reason");
        assert_eq!(faults_of_field(&format!("oneof one {{ string {name} = 1; }}")), [fault]);
    }
}

#[test]
fn a_nested_message_is_looked_into() {
    let faults = faults("message Outer { message Inner { string client_secret = 1; } }");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("oauthregistry.v1.Outer.Inner.client_secret: "), "{faults:?}");
}

#[test]
fn a_mark_or_a_reason_silences() {
    for name in TELLING_NAMES {
        assert_eq!(faults_of_field(&format!("string {name} = 1 [(oauthregistry.v1.secret) = true];")), [""; 0]);
        assert_eq!(faults_of_field(&format!("string {name} = 1 [(not_secret) = \"a position\"];")), [""; 0]);
        assert_eq!(faults_of_field(&format!("string {name} = 1 [(oauthregistry.v1.secret) = false];")).len(), 1);
    }
}

#[test]
fn names_that_only_contain_a_telling_word_are_left_alone() {
    for name in ["secret_version", "token_uri", "password_hint", "public_key", "is_private", "reason"] {
        assert_eq!(faults_of_field(&format!("string {name} = 1;")), [""; 0]);
    }
}

#[test]
fn numbers_and_flags_are_left_alone() {
    for name in TELLING_NAMES {
        for kind in ["int32", "int64", "uint64", "double", "bool", "Permission"] {
            assert_eq!(faults_of_field(&format!("{kind} {name} = 1;")), [""; 0], "{kind} {name}");
        }
    }
}

#[test]
fn an_excuse_without_a_reason_is_refused() {
    for reason in ["", "  "] {
        let faults = faults_of_field(&format!("string name = 1 [(not_secret) = \"{reason}\"];"));
        assert_eq!(faults, ["oauthregistry.v1.M.name: `not_secret` must give its reason"]);
        let faults = faults_of_field(&format!("string page_token = 1 [(not_secret) = \"{reason}\"];"));
        assert_eq!(faults.len(), 2, "an empty excuse excuses nothing: {faults:?}");
    }
}

#[test]
fn both_marks_are_refused() {
    let faults = faults_of_field("string page_token = 1 [(oauthregistry.v1.secret) = true, (not_secret) = \"a position\"];");
    assert_eq!(faults, ["oauthregistry.v1.M.page_token: a field is either `(secret)` or `not_secret`"]);
}

#[test]
fn a_resource_holds_no_secret() {
    let faults = faults_of_field("string id = 1; string client_secret = 2 [(oauthregistry.v1.secret) = true];");
    assert_eq!(faults, ["oauthregistry.v1.M: a resource message must not hold a redacted field"]);
}

#[test]
fn a_response_with_a_secret_is_refused() {
    let response = "message Response { string client_secret = 1 [(oauthregistry.v1.secret) = true]; }";
    for name in ["GetIt", "ListThem", "UpdateIt", "UnRevealIt"] {
        assert_eq!(faults_of_response(response, (name, ANY)), leak(name, "Response.client_secret"));
    }
}

#[test]
fn a_secret_deep_in_a_response_is_found() {
    let deep = [
        "message Response { Secret secret = 1; }",
        "message Response { repeated Part parts = 1; } message Part { optional Secret secret = 1; }",
        "message Response { oneof one { int32 number = 1; Secret secret = 2; } }",
        "message Response { map<string, Secret> secrets = 1; }",
        "message Response { message Part { Secret secret = 1; } Part part = 1; }",
    ];
    for definitions in deep {
        assert_eq!(faults_of_response(definitions, ("GetIt", ANY)), leak("GetIt", "Secret.client_secret"), "{definitions}");
    }
}

#[test]
fn messages_that_hold_themselves_are_walked_once() {
    let tree = "message Response { Node root = 1; } message Node { Node left = 1; repeated Node right = 2; Response up = 3;";
    assert_eq!(faults_of_response(&format!("{tree} }}"), ("GetIt", ANY)), [""; 0]);
    let found = faults_of_response(&format!("{tree} Secret leaf = 4; }}"), ("GetIt", ANY));
    assert_eq!(found, leak("GetIt", "Secret.client_secret"));
}

#[test]
fn methods_that_reveal_or_issue_may_answer_with_a_secret() {
    let issues = format!("{ANY} option (issues_secret) = true;");
    for response in ["string client_secret = 1 [(oauthregistry.v1.secret) = true];", "repeated Secret secrets = 1;"] {
        let definitions = format!("message Response {{ {response} bool already_shown = 2; }}");
        assert_eq!(faults_of_response(&definitions, ("RevealIt", ANY)), [""; 0]);
        assert_eq!(faults_of_response(&definitions, ("CreateIt", &issues)), [""; 0]);
        let denies = format!("{ANY} option (issues_secret) = false;");
        assert_eq!(faults_of_response(&definitions, ("CreateIt", &denies)).len(), 1);
    }
}

#[test]
fn a_request_may_hold_a_secret() {
    let text = format!("{SECRET} message Empty {{}} service S {{ rpc Put(Secret) returns (Empty) {{ {ANY} }} }}");
    assert_eq!(faults(&text), [""; 0]);
}

#[test]
fn a_method_that_makes_something_or_issues_a_secret_can_be_repeated() {
    let issues = format!("{ANY} option (issues_secret) = true;");
    let of = |request: &str, response: &str, (name, options): (&str, &str)| {
        let rpc = format!("rpc {name}(Request) returns (Response) {{ {options} }}");
        faults(&format!("message Request {{ {request} }} message Response {{ {response} }} service S {{ {rpc} }}"))
    };
    let (id, shown) = ("string request_id = 1;", "bool already_shown = 1;");
    let no_id = |name: &str| format!("oauthregistry.v1.S.{name}: the request has no `request_id`");
    assert_eq!(of(id, "", ("CreateIt", ANY)), [""; 0]);
    assert_eq!(of(id, shown, ("RotateIt", &issues)), [""; 0]);
    assert_eq!(of("", "", ("CreateIt", ANY)), [no_id("CreateIt")]);
    assert_eq!(of("int32 request_id = 1;", shown, ("RotateIt", &issues)), [no_id("RotateIt")]);
    let not_told = "oauthregistry.v1.S.RotateIt: the response has no `already_shown`";
    assert_eq!(of(id, "", ("RotateIt", &issues)), [not_told]);
    assert_eq!(of(id, "string already_shown = 1;", ("RotateIt", &issues)), [not_told]);
    assert_eq!(of("", "", ("UpdateIt", ANY)), [""; 0]);
}
