//! A PostgreSQL server over a network must be verified, or the operator says that it need not be.

use super::{Answer, Run, private_file};

/// The way to a database: a URL, and variables that the driver reads by itself.
type Way<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// A file of certificates.
macro_rules! authority {
    () => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/process/tls/authority.pem")
    };
}

const EXPOSED: &[Way<'_>] = &[
    ("postgres://ada:canary@db.example/r", &[]),
    ("postgresql://192.0.2.1/r", &[]),
    ("postgres://[2001:db8::1]/r", &[]),
    ("postgres://localhost.example/r", &[]),
    ("postgres://127.0.0.1.example/r", &[]),
    ("postgres:///r?host=db.example", &[]),
    ("postgres://u:canary@/r?host=db.example", &[]),
    ("postgres://localhost/r?host=db.example", &[]),
    ("postgres:///r?hostaddr=192.0.2.1", &[]),
    ("postgres:///r?hostaddr=2001:db8::1", &[]),
    ("postgres:///r", &[("PGHOST", "db.example")]),
    ("postgres:///r", &[("PGHOST", "/run/postgresql"), ("PGHOSTADDR", "192.0.2.1")]),
    ("postgres://db.example/r", &[("PGHOST", "/run/postgresql"), ("PGHOSTADDR", "127.0.0.1")]),
    ("postgres://db.example/r?sslmode=disable", &[]),
    ("postgres://db.example/r?sslmode=prefer", &[]),
    (concat!("postgres://db.example/r?sslmode=require&sslrootcert=", authority!()), &[]),
    ("postgres://db.example/r?sslmode=verify-full&sslmode=require", &[]),
    ("postgres://db.example/r?sslmode=allow", &[("PGSSLMODE", "verify-full")]),
    ("postgres://db.example/r", &[("PGSSLMODE", "require")]),
    ("postgres://db.example/r", &[("PGSSLMODE", "verify_full")]),
];

const VERIFIED_OR_LOCAL: &[Way<'_>] = &[
    ("postgres://db.example/r?sslmode=verify-full", &[]),
    (concat!("postgres://db.example/r?sslmode=verify-ca&sslrootcert=", authority!()), &[]),
    ("postgres://db.example/r?sslmode=VERIFY-FULL", &[("PGSSLMODE", "disable")]),
    ("postgres://db.example/r", &[("PGSSLMODE", "verify-full")]),
    ("postgres:///r", &[("PGHOST", "db.example"), ("PGSSLMODE", "verify-ca")]),
    ("postgres://127.0.0.1/r", &[]),
    ("postgres://127.255.255.254:5433/r?sslmode=disable", &[]),
    ("postgres://[::1]/r", &[]),
    ("postgres://LocalHost/r", &[]),
    ("postgres://127.0.0.1/r", &[("PGHOST", "db.example"), ("PGHOSTADDR", "192.0.2.1")]),
    ("postgres:///r?hostaddr=127.0.0.1", &[("PGHOST", "db.example")]),
    ("postgres:///r?host=/run/postgresql", &[("PGHOST", "db.example")]),
    ("postgres://%2Frun%2Fpostgresql/r", &[]),
    ("postgres://u:p@/r?host=/run/postgresql", &[("PGHOST", "db.example")]),
    ("postgres://u:p@:5433/r", &[("PGHOST", "/run/postgresql")]),
    ("postgres:///r", &[("PGHOST", "/run/postgresql")]),
    ("postgres:///r", &[("PGHOST", "db.example"), ("PGHOSTADDR", "127.0.0.1")]),
];

fn answer(arguments: &[&str], (url, variables): Way<'_>) -> Answer {
    let run = Run::new(arguments).env("OAUTH_REGISTRY_DATABASE_URL", url);
    variables.iter().fold(run, |run, (name, value)| run.env(name, value)).answer()
}

fn assert_refused(answer: &Answer, way: Way<'_>) {
    assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{way:?}: {answer:?}");
    assert!(answer.stderr.contains("database_url (environment OAUTH_REGISTRY_DATABASE_URL): "), "{way:?}: {answer:?}");
    assert!(!answer.stderr.contains("canary"), "{answer:?}");
    assert_eq!(answer.left_behind, 0, "{way:?}: {answer:?}");
}

#[test]
fn a_database_over_a_network_is_verified_or_the_operator_says_otherwise() {
    for way in EXPOSED {
        assert_refused(&answer(&["config"], *way), *way);
        let allowed = answer(&["config", "--insecure-database"], *way);
        assert_eq!(allowed.code, 0, "{way:?}: {allowed:?}");
    }
    for way in VERIFIED_OR_LOCAL {
        let answer = answer(&["config"], *way);
        assert_eq!(answer.code, 0, "{way:?}: {answer:?}");
    }
}

#[test]
fn an_exposed_database_stops_every_subcommand_before_anything_is_made() {
    let way: Way<'_> = ("postgres://ada:canary@192.0.2.1/r?sslmode=require", &[]);
    for arguments in [&["serve"][..], &["migrate"], &["bootstrap"], &["bootstrap", "--recover"], &["health"]] {
        assert_refused(&answer(arguments, way), way);
    }
}

#[test]
fn what_the_driver_does_not_understand_is_refused() {
    for url in ["postgres:///r?hostaddr=db.example", "postgres://localhost/r?sslmode=canary", "postgres://localhost/r?port=x"] {
        for arguments in [&["config"][..], &["config", "--insecure-database"]] {
            assert_refused(&answer(arguments, (url, &[])), (url, &[]));
        }
    }
}

#[test]
fn an_unknown_parameter_is_refused_by_its_name_and_without_its_value() {
    for name in ["sslpassword", "options", "ssl-mode", "ssl_mode"] {
        let way: Way<'_> = (&format!("postgres://127.0.0.1/r?{name}=canary"), &[]);
        for arguments in [&["config"][..], &["serve"], &["migrate"], &["bootstrap", "--recover"], &["health"]] {
            let answer = answer(arguments, way);
            assert_refused(&answer, way);
            assert!(answer.stderr.contains(&format!("{name:?}")), "{answer:?}");
        }
    }
}

#[test]
fn start_up_options_of_the_environment_are_refused() {
    for value in ["-c geqo=canary", ""] {
        let way: Way<'_> = ("postgres://127.0.0.1/r", &[("PGOPTIONS", value)]);
        for arguments in [&["config"][..], &["serve"], &["migrate"]] {
            let answer = answer(arguments, way);
            assert_refused(&answer, way);
            assert!(answer.stderr.contains("PGOPTIONS"), "{answer:?}");
        }
    }
    assert_eq!(Run::new(&["config"]).env("PGOPTIONS", "-c geqo=off").answer().code, 0, "SQLite takes no notice");
}

#[test]
fn no_line_of_the_driver_shows_the_file_of_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pgpass");
    private_file(&path, b"malformed canary\n127.0.0.1:1:r:ada:canary\n");
    let variables = [("PGPASSFILE", path.to_str().unwrap())];
    let answer = answer(&["migrate", "--log", "trace"], ("postgres://ada@127.0.0.1:1/r", &variables));
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(!answer.stderr.contains("canary"), "{answer:?}");
}
