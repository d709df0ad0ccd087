//! The refused URIs that are not spellings of an address, each with all its reasons.

use FieldReason::{
    ControlCharacter, ForbiddenFragment, ForbiddenHost, ForbiddenPort, ForbiddenScheme, ForbiddenUserinfo, InvalidCharacter,
    InvalidFormat, Required, TooLong,
};

use super::*;

fn assert_all(texts: &[&str], expected: &[FieldReason]) {
    for text in texts {
        assert_eq!(token_reasons(text), expected, "{text:?}");
    }
}

#[test]
fn nothing_is_required() {
    assert_all(&[""], &[Required]);
    assert_eq!(authorize_reasons("", true), [Required]);
}

#[test]
fn a_uri_that_is_not_absolute_is_refused() {
    let texts =
        ["token", "/token", "//a.b/token", "a.b/token", "?x", ".", "1https://a.b/", "-a://a.b/", "://a.b", ":a", "a_b://c.d/"];
    assert_all(&texts, &[InvalidFormat]);
    assert_all(
        &["https:", "https:/", "https://", "https:///token", "https:a.b", "https:/a.b/token", "https://:443/"],
        &[InvalidFormat],
    );
    assert_all(&["https:////a.b/", "https://?a.b", "HTTPS:a.b/token", "https:?//a.b"], &[InvalidFormat]);
}

#[test]
fn other_schemes_are_refused() {
    assert_all(
        &["http://a.b/", "HTTP://a.b/", "ftp://a.b/", "ws://a.b/", "wss://a.b/", "httpss://a.b/", "httpx://a.b"],
        &[ForbiddenScheme],
    );
    assert_all(
        &["gopher://a.b/", "ldap://a.b/", "dict://a.b/", "tftp://a.b/", "jar+https://a.b/", "view-source://a.b/"],
        &[ForbiddenScheme],
    );
    let opaque =
        ["javascript:alert(1)", "data:text/html,x", "mailto:a", "urn:a:b", "blob:https://a.b/x", "about:blank", "a.b:443/token"];
    for text in opaque {
        assert_eq!(token_reasons(text), [InvalidFormat, ForbiddenScheme], "{text}");
    }
    assert_all(&["file:///etc/passwd", "unix:///run/x.sock", "localhost:8080"], &[InvalidFormat, ForbiddenScheme]);
}

#[test]
fn user_information_is_refused_even_when_empty() {
    assert_all(
        &["https://u@a.b/", "https://u:p@a.b/", "https://@a.b/", "https://:@a.b/", "https://u%40x@a.b/"],
        &[ForbiddenUserinfo],
    );
    assert_all(&["https://a.b@c.d/", "https://a.b:443@c.d:443/", "https://u@v@a.b/", "https://%20@a.b"], &[ForbiddenUserinfo]);
    assert_all(
        &["https://a.b@127.0.0.1/", "https://a.b@localhost/", "https://a.b:443@[::1]/"],
        &[ForbiddenUserinfo, ForbiddenHost],
    );
    assert_all(&["https://a.b@", "https://@/", "https://u:p@:443/"], &[InvalidFormat, ForbiddenUserinfo]);
}

#[test]
fn fragments_are_refused_even_when_empty() {
    assert_all(
        &["https://a.b/#", "https://a.b#", "https://a.b/x#y", "https://a.b?x#y", "https://a.b:443#@c.d/"],
        &[ForbiddenFragment],
    );
    assert_all(&["https://a.b/x##y", "https://a.b/?#?"], &[ForbiddenFragment]);
    assert_all(&["https://#a.b/"], &[ForbiddenFragment, InvalidFormat]);
    assert_all(&["https://127.0.0.1#.a.b/"], &[ForbiddenFragment, ForbiddenHost]);
}

#[test]
fn other_ports_are_refused() {
    let ports = ["1", "22", "25", "80", "444", "4430", "6379", "8080", "8443", "9200", "65535"];
    for port in ports {
        assert_eq!(token_reasons(&format!("https://a.b:{port}/")), [ForbiddenPort], "{port}");
    }
}

#[test]
fn malformed_ports_are_refused() {
    for port in [
        "",
        "0",
        "0443",
        "00443",
        "65536",
        "65979",
        "4294967739",
        "99999999999999999999",
        "-1",
        "+443",
        "443a",
        "0x1bb",
        "1e3",
        "4.43",
    ] {
        assert_eq!(token_reasons(&format!("https://a.b:{port}/")), [InvalidFormat], "{port}");
    }
    assert_all(&["https://a.b:%34%34%33/"], &[InvalidFormat]);
    assert_all(&["https://a.b:４４３/", "https://a.b: 443/", "https://a.b:443 /"], &[InvalidCharacter, InvalidFormat]);
}

#[test]
fn characters_outside_of_the_grammar_are_refused() {
    for character in [' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}', 'é', '\u{a0}', '／', '。', '🚀', '\u{301}'] {
        for text in [format!("https://a.b/x{character}y"), format!("https://a.b/?x{character}y")] {
            assert_eq!(token_reasons(&text), [InvalidCharacter], "{text:?}");
        }
    }
    assert_all(&[" https://a.b/", "\u{3000}https://a.b/"], &[InvalidCharacter, InvalidFormat]);
    assert_all(&["https://a.b/ ", "https://a.b\\@c.d", "https://a.b\\c.d/", "https://a.b/\\..\\x"], &[InvalidCharacter]);
    assert_all(&["https:\\\\a.b\\", "https:/\\a.b/", "\\\\a.b"], &[InvalidCharacter, InvalidFormat]);
}

#[test]
fn control_characters_are_refused_and_never_stripped() {
    for character in ['\0', '\t', '\n', '\r', '\u{b}', '\u{1b}', '\u{7f}'] {
        assert_eq!(token_reasons(&format!("https://a.b/x{character}y")), [ControlCharacter], "{character:?}");
        assert_eq!(token_reasons(&format!("https://a{character}.b/")), [ControlCharacter, ForbiddenHost], "{character:?}");
        assert_eq!(token_reasons(&format!("ht{character}tps://a.b/")), [ControlCharacter, InvalidFormat], "{character:?}");
        assert_eq!(token_reasons(&format!("https://a.b/{character}")), [ControlCharacter], "{character:?}");
    }
    for character in ['\u{85}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2028}', '\u{2066}', '\u{feff}', '\u{e0041}'] {
        assert_eq!(token_reasons(&format!("https://a.b/{character}")), [ControlCharacter, InvalidCharacter], "{character:?}");
    }
}

#[test]
fn broken_percent_encodings_are_refused() {
    assert_all(
        &["https://a.b/%", "https://a.b/%4", "https://a.b/%zz", "https://a.b/%4g", "https://a.b/%%41", "https://a.b/?%u0041"],
        &[InvalidFormat],
    );
}

#[test]
fn names_for_local_and_private_use_are_refused() {
    for suffix in ["localhost", "local", "internal", "home.arpa", "onion"] {
        for prefix in ["", "a.", "a.b.", "xn--bcher-kva."] {
            let host = format!("{prefix}{suffix}");
            for host in [host.clone(), host.to_uppercase(), format!("{host}:443")] {
                assert_eq!(token_reasons(&format!("https://{host}/")), [ForbiddenHost], "{host}");
            }
        }
    }
    assert_all(
        &["https://metadata.google.internal/computeMetadata/v1/", "https://kubernetes.default.svc.cluster.local/"],
        &[ForbiddenHost],
    );
}

#[test]
fn names_without_a_dot_are_refused() {
    assert_all(
        &["https://a/", "https://intranet/token", "https://com", "https://metadata/", "https://redis:443/", "https://xn--p1ai/"],
        &[ForbiddenHost],
    );
}

#[test]
fn names_that_are_no_dns_names_are_refused() {
    assert_all(
        &["https://a.b./", "https://a.b../", "https://.a.b/", "https://a..b/", "https://./", "https://../", "https://a.b.:443/"],
        &[ForbiddenHost],
    );
    assert_all(
        &["https://localhost./", "https://a.local./", "https://-a.b/", "https://a-.b/", "https://a.-b/", "https://a.b-/"],
        &[ForbiddenHost],
    );
    assert_all(
        &["https://a_b.c/", "https://_dmarc.a.b/", "https://*.a.b/", "https://a.b,c.d/", "https://a.b;x/", "https://a!b.c/"],
        &[ForbiddenHost],
    );
    assert_all(&["https://a%2eb/", "https://%61.b/", "https://a.b%00.c/", "https://a.b%2f/"], &[ForbiddenHost]);
    assert_all(
        &["https://a.b%23/", "https://a.b&c.d/", "https://a.b=c/", "https://$a.b/", "https://(a).b/", "https://a.b'/"],
        &[ForbiddenHost],
    );
    let label = "a".repeat(64);
    assert_eq!(token_reasons(&format!("https://{label}.b/")), [ForbiddenHost]);
    assert_eq!(token_reasons(&format!("https://{}b/", "a.".repeat(127))), [ForbiddenHost]);
}

#[test]
fn international_names_are_refused_outside_of_punycode() {
    let hosts = [
        "bücher.example",
        "例え.jp",
        "ⓛocalhost",
        "ｌocalhost",
        "a。b",
        "a．b",
        "ⅰ.example",
        "faß.de",
        "аpple.com",
        "a.ＬＯＣＡＬ",
    ];
    for host in hosts {
        assert_eq!(token_reasons(&format!("https://{host}/")), [InvalidCharacter, ForbiddenHost], "{host}");
    }
    assert_all(&["https://xn--a.example/", "https://a.xn--zz/"], &[InvalidFormat]);
}

#[test]
fn length_counts_bytes() {
    assert_eq!(token_reasons(&format!("https://a.b/{}", "x".repeat(2037))), [TooLong]);
    assert_eq!(token_reasons(&format!("https://a.b/{}", "x".repeat(10_000))), [TooLong]);
    assert_eq!(token_reasons(&"x".repeat(10_000)), [TooLong, InvalidFormat]);
    assert_eq!(token_reasons(&format!("https://a.b/{}", "é".repeat(1024))), [TooLong, InvalidCharacter]);
}

#[test]
fn every_fault_is_reported_at_once() {
    let text = format!("http://u:p@127.0.0.1:0/\n {}%#", "x".repeat(10_000));
    let expected = [
        TooLong,
        ControlCharacter,
        InvalidCharacter,
        InvalidFormat,
        ForbiddenFragment,
        ForbiddenUserinfo,
        InvalidFormat,
        ForbiddenScheme,
        ForbiddenHost,
    ];
    assert_eq!(token_reasons(&text), expected);
}

#[test]
fn no_sentence_repeats_the_value() {
    for fault in TokenUri::parse("http://user:hunter2@hunter2:1/hunter2#hunter2", &EgressRules::default()).unwrap_err() {
        assert!(!fault.sentence.contains("hunter2"), "{}", fault.sentence);
    }
}
