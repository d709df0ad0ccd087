//! Bad configurations: each is named and ends in exit code 64.

use super::{Answer, Run};

/// Asserts that exactly these settings are named, each once, in this order.
fn assert_refused(answer: &Answer, spelled: &[&str]) {
    assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{answer:?}");
    let named: Vec<_> = answer.stderr.lines().skip(1).map(|line| line.trim().split("): ").next().unwrap()).collect();
    let expected: Vec<_> = spelled.iter().map(|spelled| spelled.trim_end_matches(')')).collect();
    assert_eq!(named, expected, "{}", answer.stderr);
}

#[test]
fn every_bad_value_is_named_and_none_is_repeated() {
    let cases = [
        ("listen", "canary"),
        ("listen", "localhost:50051"),
        ("data-dir", ""),
        ("database-url", "mysql://ada:canary@h/d"),
        ("database-url", "postgres://ada:canary/x@h/d"),
        ("database-connections", "0"),
        ("database-connections", "101"),
        ("database-connections", "-1"),
        ("keyring-file", ""),
        ("log", "canary"),
        ("log", "oauth_registry=canary"),
        ("log-format", "canary"),
        ("otlp-endpoint", "https://collector.example:4317"),
        ("otlp-endpoint", "http://ada:canary@collector.example:4317"),
        ("otlp-endpoint", "http://collector.example:4317/v1/traces"),
        ("otlp-endpoint", "canary"),
        ("trace-sample-ratio", "1.01"),
        ("trace-sample-ratio", "NaN"),
        ("egress-ports", "0"),
        ("egress-ports", "443,65536"),
        ("egress-ports", ""),
        ("max-connections", "0"),
        ("max-connections", "1000001"),
        ("handshake-timeout-seconds", "0"),
        ("handshake-timeout-seconds", "61"),
        ("drain-timeout-seconds", "3601"),
        ("denied-events-per-second", "0"),
        ("denied-events-per-second", "10001"),
        ("password-max-failures", "0"),
        ("password-max-failures", "101"),
        ("password-failure-window-seconds", "0"),
        ("password-failure-window-seconds", "604801"),
        ("password-lock-seconds", "0"),
        ("password-lock-seconds", "604801"),
        ("password-lock-seconds", "canary"),
        ("insecure-plaintext", "canary"),
        ("allow-http-loopback-authorize-uri", "yes"),
        ("tls-key-file", ""),
    ];
    for (flag, value) in cases {
        let answer = Run::new(&["config", &format!("--{flag}={value}")]).answer();
        assert_refused(&answer, &[&format!("{} (flag --{flag})", flag.replace('-', "_"))]);
        assert!(!answer.stderr.contains("canary"), "{answer:?}");
    }
}

#[test]
fn no_setting_takes_a_control_character() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let path = path.to_str().unwrap();
    let texts = [
        ("OAUTH_REGISTRY_DATA_DIR", path.to_owned()),
        ("OAUTH_REGISTRY_KEYRING_FILE", format!("{path}/keyring")),
        ("OAUTH_REGISTRY_DATABASE_URL", format!("sqlite:{path}.sqlite")),
        ("OAUTH_REGISTRY_DATABASE_URL", "postgres://localhost/registry".to_owned()),
        ("OAUTH_REGISTRY_TLS_CERTIFICATE_FILE", format!("{path}/server.pem")),
        ("OAUTH_REGISTRY_OTLP_ENDPOINT", "http://127.0.0.1:4317".to_owned()),
        ("OAUTH_REGISTRY_LOG", "info".to_owned()),
    ];
    for (variable, text) in texts {
        let name = variable.trim_start_matches("OAUTH_REGISTRY_").to_lowercase();
        for bad in [format!("{text}\n"), format!("\r{text}"), text.replacen('/', "/\t", 1), format!("{text}\u{85}")] {
            if bad == text {
                continue;
            }
            let answer = Run::new(&["bootstrap"]).env(variable, &bad).answer();
            assert_refused(&answer, &[&format!("{name} (environment {variable})")]);
            assert_eq!(answer.left_behind, 0, "{bad:?}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn no_path_begins_or_ends_with_what_is_not_seen() {
    for (flag, prefix) in [("data-dir", ""), ("keyring-file", ""), ("config-file", ""), ("database-url", "sqlite:")] {
        for path in ["x ", " x", "x\u{a0}", "\u{feff}x"] {
            let answer = Run::new(&["config", &format!("--{flag}={prefix}{path}")]).answer();
            assert_refused(&answer, &[&format!("{} (flag --{flag})", flag.replace('-', "_"))]);
        }
    }
    assert_eq!(Run::new(&["config", "--data-dir=with space"]).answer().code, 0);
}

#[test]
fn bad_data_stores_are_refused() {
    let long = format!("2000={}", "x".repeat(65));
    for store in ["2000", "0=Zero", "-1=Minus", "2147483648=Large", "x=Name", "2000=", "2000= Name", "2000=a\tb", &long] {
        let answer = Run::new(&["config", &format!("--data-store={store}")]).answer();
        assert_refused(&answer, &["data_stores (flag --data-store)"]);
    }
    for built_in in ["1", "54", "62", "63", "1001", "1002"] {
        let answer = Run::new(&["config", &format!("--data-store={built_in}=Mine")]).answer();
        assert_refused(&answer, &["data_stores (flag --data-store)"]);
        assert!(answer.stderr.contains("built in"), "{answer:?}");
    }
    let twice = Run::new(&["config", "--data-store=2000=One", "--data-store=2000=Two"]).answer();
    assert_refused(&twice, &["data_stores (flag --data-store)"]);
    let limits = format!("--data-store=2147483647={}", "é".repeat(64));
    assert_eq!(Run::new(&["config", &limits]).answer().code, 0);
}

#[test]
fn several_bad_values_are_named_at_once_as_each_was_spelled() {
    let answer = Run::new(&["config", "--listen=nowhere"])
        .env("OAUTH_REGISTRY_LOG_FORMAT", "xml")
        .file("trace_sample_ratio = 7\nlog = 3\n")
        .answer();
    let expected = [
        "listen (flag --listen)",
        "log (file key log)",
        "log_format (environment OAUTH_REGISTRY_LOG_FORMAT)",
        "trace_sample_ratio (file key trace_sample_ratio)",
    ];
    assert_refused(&answer, &expected);
}

#[test]
fn values_of_the_wrong_toml_type_are_named() {
    let cases = [
        ("listen = 50051", "listen"),
        ("insecure_plaintext = \"true\"", "insecure_plaintext"),
        ("drain_timeout_seconds = 1.5", "drain_timeout_seconds"),
        ("trace_sample_ratio = \"1\"", "trace_sample_ratio"),
        ("trace_sample_ratio = nan", "trace_sample_ratio"),
        ("egress_ports = 443", "egress_ports"),
        ("egress_ports = [\"443\"]", "egress_ports"),
        ("data_stores = [\"2000=Name\"]", "data_stores"),
        ("data_stores = { \"2000\" = 1 }", "data_stores"),
    ];
    for (file, name) in cases {
        assert_refused(&Run::new(&["config"]).file(file).answer(), &[&format!("{name} (file key {name})")]);
    }
}

#[test]
fn unknown_keys_of_the_file_are_named() {
    let answer = Run::new(&["config"]).file("listen = \"127.0.0.1:1\"\nconfig_file = \"x\"\n[server]\nport = 1\n").answer();
    let expected = ["config_file (file key config_file)", "server (file key server)"];
    assert_refused(&answer, &expected);
}

#[test]
fn a_missing_file_is_named() {
    let by_flag = Run::new(&["config", "--config-file", "none.toml"]).answer();
    assert_refused(&by_flag, &["config_file (flag --config-file)"]);
    let by_variable = Run::new(&["config"]).env("OAUTH_REGISTRY_CONFIG_FILE", "none.toml").answer();
    assert_refused(&by_variable, &["config_file (environment OAUTH_REGISTRY_CONFIG_FILE)"]);
}

#[test]
fn a_syntax_error_names_the_line_and_does_not_quote_it() {
    let answer = Run::new(&["config"]).file("log = \"info\"\ndatabase_url = \"postgres://ada:canary@h/d\n").answer();
    assert_refused(&answer, &["config_file (environment OAUTH_REGISTRY_CONFIG_FILE)"]);
    assert!(answer.stderr.contains("line 2") && !answer.stderr.contains("canary"), "{answer:?}");
}

#[test]
fn an_address_that_others_can_reach_needs_tls_or_a_word() {
    for address in ["0.0.0.0:50051", "[::]:50051", "192.0.2.1:0", "[::ffff:192.0.2.1]:1"] {
        let listen = format!("--listen={address}");
        assert_refused(&Run::new(&["config", &listen]).answer(), &["listen (flag --listen)"]);
        assert_eq!(Run::new(&["config", &listen, "--insecure-plaintext"]).answer().code, 0, "{address}");
        let tls = Run::new(&["config", &listen, "--tls-certificate-file=c.pem", "--tls-key-file=k.pem"]);
        let tls = tls.certificate_and_key(["c.pem", "k.pem"]).answer();
        assert_eq!(tls.code, 0, "{address}");
    }
    for address in ["127.0.0.2:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
        assert_eq!(Run::new(&["config", &format!("--listen={address}")]).answer().code, 0, "{address}");
    }
}

#[test]
fn certificate_and_key_come_together() {
    let certificate = Run::new(&["config", "--tls-certificate-file=c.pem"]).answer();
    assert_refused(&certificate, &["tls_key_file (flag --tls-key-file or environment OAUTH_REGISTRY_TLS_KEY_FILE)"]);
    let key = Run::new(&["config", "--tls-key-file=k.pem"]).answer();
    let spelled = "tls_certificate_file (flag --tls-certificate-file or environment OAUTH_REGISTRY_TLS_CERTIFICATE_FILE)";
    assert_refused(&key, &[spelled]);
}

#[test]
fn a_bad_command_line_exits_with_64() {
    for arguments in [&["config", "--no-such-flag"][..], &["no-such-subcommand"], &["config", "--listen"], &["--listen=[::1]:1"]]
    {
        let answer = Run::new(arguments).answer();
        assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{arguments:?}");
        assert!(answer.stderr.contains("--help"), "{answer:?}");
    }
}
