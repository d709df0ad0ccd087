//! What is accepted, what origins are, and the properties; the refused URIs stand in `refused`, the literals in `literals`.

mod literals;
mod refused;

use proptest::prelude::*;

use super::*;

const ACCEPTED: [&str; 46] = [
    "https://login.salesforce.com/services/oauth2/token",
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    "https://acme-xy12345.snowflakecomputing.com/oauth/token-request",
    "https://a.b",
    "https://a.b/",
    "https://a.b?x=1",
    "https://a.b/?x=1&y=%20",
    "https://a.b/%2e%2E/c",
    "https://a.b/../c",
    "https://a.b/c//d",
    "https://a.b:443",
    "https://a.b:443/token",
    "https://A.B/Token",
    "HTTPS://a.b/token",
    "Https://Login.Example.COM:443/Token",
    "https://1password.example/token",
    "https://1.example/token",
    "https://127.0.0.1.example/token",
    "https://0x7f.example/token",
    "https://10.example.com/token",
    "https://a-b.c-d/token",
    "https://a--b.example/token",
    "https://xn--bcher-kva.example/token",
    "https://xn--fiqs8s.xn--fiqs8s/token",
    "https://example.xn--p1ai/token",
    "https://localhost.example.com/token",
    "https://local.example.com/token",
    "https://mylocalhost.com/token",
    "https://notlocal.thelocal/token",
    "https://internal.example.com/token",
    "https://example.notinternal/token",
    "https://onion.example.com/token",
    "https://home.arpa.example.com/token",
    "https://nothome.arpa/token",
    "https://host.test/token",
    "https://a.b/-._~:/?[]@!$&'()*+,;=%41",
    "https://a.b/@user",
    "https://a.b/x:y@z",
    "https://a.b?u=https://evil.example/",
    "https://a.b/?@",
    "https://a.b/\u{7e}",
    "https://www.example.museum/oauth2/token;v=1",
    "https://x.y.z.a.b.c.d.e.f.g.example/token",
    "https://a.b/[REDACTED]",
];

fn token_uri(text: &str) -> TokenUri {
    TokenUri::parse(text, &EgressRules::default()).unwrap()
}

fn token_reasons(text: &str) -> Vec<FieldReason> {
    TokenUri::parse(text, &EgressRules::default()).unwrap_err().into_iter().map(|fault| fault.reason).collect()
}

fn authorize_reasons(text: &str, allow_http_loopback_authorize: bool) -> Vec<FieldReason> {
    let rules = EgressRules { allow_http_loopback_authorize, ..EgressRules::default() };
    AuthorizeUri::parse(text, &rules).err().into_iter().flatten().map(|fault| fault.reason).collect()
}

fn origin(text: &str) -> String {
    token_uri(text).origin().to_string()
}

#[test]
fn good_uris_are_accepted_and_stored_exactly_as_sent() {
    for text in ACCEPTED {
        assert_eq!(TokenUri::parse(text, &EgressRules::default()).map(|uri| uri.to_string()), Ok(text.to_owned()));
        assert_eq!(authorize_reasons(text, false), [], "{text}");
    }
}

#[test]
fn the_longest_uri_label_and_name_are_accepted() {
    let label = "a".repeat(63);
    let name = [label.as_str(), &label, &label, &"b".repeat(61)].join(".");
    assert_eq!(name.len(), 253);
    token_uri(&format!("https://{name}/"));
    token_uri(&format!("https://a.b/{}", "x".repeat(2048 - 12)));
}

#[test]
fn the_operator_decides_the_ports() {
    let rules = EgressRules { ports: BTreeSet::from([8443]), ..EgressRules::default() };
    assert_eq!(TokenUri::parse("https://a.b:8443/", &rules).unwrap().origin().port(), 8443);
    for text in ["https://a.b/", "https://a.b:443/", "https://a.b:8444/"] {
        assert_eq!(TokenUri::parse(text, &rules).unwrap_err()[0].reason, FieldReason::ForbiddenPort, "{text}");
    }
}

#[test]
fn a_stored_token_uri_outlives_the_ports_but_not_the_form() {
    assert_eq!(TokenUri::from_stored("https://a.b:8443/").unwrap().origin().to_string(), "https://a.b:8443");
    for text in ["http://a.b/", "https://127.0.0.1/", "https://localhost/", "https://u@a.b/", "", "x"] {
        assert!(TokenUri::from_stored(text).is_err(), "{text}");
    }
}

#[test]
fn an_origin_always_names_the_port_and_has_a_lower_case_host() {
    assert_eq!(origin("https://Login.Example.COM/Token?x"), "https://login.example.com:443");
    assert_eq!((token_uri("https://A.b/").origin().host(), token_uri("https://A.b/").origin().port()), ("a.b", 443));
}

#[test]
fn two_spellings_of_one_place_have_equal_origins() {
    let plain = token_uri("https://a.b/token");
    for text in ["https://a.b:443/token", "HTTPS://A.B/other?x=1", "https://A.b:443"] {
        assert_eq!(token_uri(text).origin(), plain.origin(), "{text}");
        assert_ne!(token_uri(text), plain, "the text still differs: {text}");
    }
    let rules = EgressRules { ports: BTreeSet::from([443, 8443]), ..EgressRules::default() };
    for text in ["https://a.c/token", "https://a.b:8443/token", "https://x.a.b/token"] {
        assert_ne!(TokenUri::parse(text, &rules).unwrap().origin(), plain.origin(), "{text}");
    }
}

#[test]
fn any_valid_host_and_port_will_do_for_an_authorization_endpoint() {
    for text in ["https://localhost/a", "https://idp/a", "https://10.0.0.1:8443/a", "https://[::1]/a", "https://idp.internal:1/a"]
    {
        assert_eq!(authorize_reasons(text, false), [], "{text}");
    }
    for text in
        ["https://127.1/a", "https://0x7f000001/a", "https://2130706433/a", "https://[::1/a", "https://a_b.c/a", "https://a../a"]
    {
        assert_eq!(authorize_reasons(text, true), [FieldReason::ForbiddenHost], "{text}");
    }
    for text in ["https://a.b:0/a", "https://a.b:65536/a", "https://[0:0::1]/a", "https://xn--a/a"] {
        assert_eq!(authorize_reasons(text, true), [FieldReason::InvalidFormat], "{text}");
    }
}

#[test]
fn http_is_for_loopback_and_only_when_the_operator_allows_it() {
    for text in ["http://127.0.0.1:8080/a", "http://[::1]:8080/a", "http://localhost/a", "http://LOCALHOST:3000"] {
        assert_eq!(authorize_reasons(text, true), [], "{text}");
        assert_eq!(authorize_reasons(text, false), [FieldReason::ForbiddenScheme], "{text}");
        assert!(AuthorizeUri::from_stored(text.to_owned()).is_some(), "{text}");
    }
    for text in ["http://a.b/", "http://127.0.0.2/", "http://localhost.example/", "http://x.localhost/", "ftp://localhost/"] {
        assert_eq!(authorize_reasons(text, true), [FieldReason::ForbiddenScheme], "{text}");
    }
}

/// Half of these texts are nearly good, the other half have the marks of attacks.
fn uri_like() -> impl Strategy<Value = String> {
    let good = "https://[a-zA-Z0-9-]{1,8}(\\.[a-zA-Z0-9-]{1,8}){1,3}(:443)?(/[!-~]{0,10})?";
    let hostile = "(https?|HTTPS)://[aA0x9.:@\\[\\]%\\\\#é-]{1,20}(/[ -~]{0,10})?";
    prop_oneof![good, hostile]
}

proptest! {
    #[test]
    fn any_text_is_accepted_unchanged_or_refused(text in any::<String>()) {
        if let Ok(uri) = TokenUri::from_stored(&text) { prop_assert_eq!(uri.as_str(), text.as_str()); }
        if let Some(uri) = AuthorizeUri::from_stored(text.clone()) { prop_assert_eq!(uri.as_str(), text.as_str()); }
    }

    #[test]
    fn an_accepted_uri_parses_again_to_the_same(text in uri_like()) {
        if let Ok(uri) = TokenUri::parse(&text, &EgressRules::default()) {
            prop_assert_eq!(uri.as_str(), text.as_str());
            prop_assert_eq!(TokenUri::parse(uri.as_str(), &EgressRules::default()), Ok(uri.clone()));
            prop_assert_eq!(TokenUri::from_stored(uri.as_str()), Ok(uri.clone()));
            let url = Url::parse(&text).unwrap();
            prop_assert_eq!(url.domain(), Some(uri.origin().host()), "what connects must see the same name");
        }
    }

    #[test]
    fn an_origin_is_a_uri_with_the_same_origin(text in "https://[a-zA-Z]{1,9}\\.[a-zA-Z]{2,5}(:443)?/[a-z]{0,5}") {
        if let Ok(uri) = TokenUri::parse(&text, &EgressRules::default()) {
            let again = token_uri(&uri.origin().to_string());
            prop_assert_eq!(again.origin(), uri.origin());
        }
    }
}
