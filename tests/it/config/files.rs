//! Files that the settings name: `config` finds what is wrong with them, and makes none.

use super::{Answer, Run, private_file, tls_file};

/// How a run is told of a file, the file's name and content, and what is said.
struct Case {
    arguments: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    file: Option<(&'static str, Vec<u8>)>,
    said: &'static str,
}

fn of_tls(name: &str) -> Vec<u8> {
    std::fs::read(tls_file(name)).unwrap()
}

fn database(url: &'static str, file: Option<(&'static str, Vec<u8>)>, said: &'static str) -> Case {
    Case { arguments: vec!["--database-url", url], variables: Vec::new(), file, said }
}

fn of_the_database() -> Vec<Case> {
    let mut cases = vec![
        database("postgres:///r?sslrootcert=none.pem", None, "database_url: sslrootcert none.pem: it cannot be read"),
        database("postgres:///r?sslrootcert=a.pem", Some(("a.pem", b"canary".to_vec())), "sslrootcert a.pem: it holds nothing"),
        database("postgres:///r?sslcert=a.pem", Some(("a.pem", of_tls("server.pem"))), "sslcert a.pem: sslkey must be given"),
        database("postgres:///r?sslkey=a.pem", Some(("a.pem", of_tls("server.key"))), "sslkey a.pem: sslcert must be given"),
        database(
            "postgres:///r?sslcert=c.pem&sslkey=a.pem",
            Some(("a.pem", b"canary".to_vec())),
            "sslkey a.pem: it holds nothing",
        ),
        database(
            "postgres:///r?sslcert=a.pem&sslkey=k.pem",
            Some(("a.pem", of_tls("authority.pem"))),
            "sslkey k.pem: its private",
        ),
    ];
    for (variable, said) in [
        ("PGSSLROOTCERT", "database_url: PGSSLROOTCERT none.pem: it cannot be read"),
        ("PGSSLCERT", "database_url: PGSSLCERT none.pem: sslkey must be given"),
        ("PGSSLKEY", "database_url: PGSSLKEY none.pem: sslcert must be given"),
    ] {
        let case = database("postgres:///r", None, said);
        cases.push(Case { variables: vec![(variable, "none.pem")], ..case });
    }
    cases
}

fn of_the_service() -> Vec<Case> {
    let keyring = |content: &[u8], said| Case {
        arguments: vec!["--keyring-file", "keyring"],
        variables: Vec::new(),
        file: Some(("keyring", content.to_vec())),
        said,
    };
    let tls = |certificate, key, said| Case {
        arguments: vec!["--tls-certificate-file", certificate, "--tls-key-file", key],
        variables: Vec::new(),
        file: None,
        said,
    };
    vec![
        keyring(b"", "keyring_file: keyring: "),
        keyring(b"canary", "keyring_file: keyring: "),
        tls("none.pem", "k.pem", "tls_certificate_file: none.pem: it cannot be read"),
        tls("c.pem", "none.pem", "tls_key_file: none.pem: it cannot be read"),
        tls("k.pem", "k.pem", "tls_certificate_file: k.pem: it holds a private key and no certificate"),
    ]
}

fn answer(subcommand: &[&str], case: &Case) -> Answer {
    let run = Run::new(&[subcommand, &case.arguments].concat()).certificate_and_key(["c.pem", "k.pem"]);
    if let Some((name, content)) = &case.file {
        private_file(&run.folder.path().join(name), content);
    }
    case.variables.iter().fold(run, |run, (name, value)| run.env(name, value)).answer()
}

fn assert_refused(answer: &Answer, case: &Case) {
    assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{}: {answer:?}", case.said);
    assert!(answer.stderr.contains(case.said) && !answer.stderr.contains("canary"), "{}: {answer:?}", case.said);
    assert_eq!(answer.left_behind, 2 + usize::from(case.file.is_some()), "{answer:?}");
}

#[test]
fn config_finds_every_file_that_is_not_good_and_makes_none() {
    for case in of_the_service().iter().chain(&of_the_database()) {
        assert_refused(&answer(&["config"], case), case);
    }
}

#[test]
fn a_file_of_the_database_that_is_not_good_stops_every_subcommand_before_anything_is_made() {
    for subcommand in [&["serve"][..], &["migrate"], &["bootstrap"], &["bootstrap", "--recover"]] {
        for case in of_the_database() {
            assert_refused(&answer(subcommand, &case), &case);
        }
    }
}

#[test]
fn config_names_all_files_that_are_not_good_at_once() {
    let url = "--database-url=postgres:///r?sslrootcert=none.pem";
    let arguments = ["config", url, "--tls-certificate-file=none.pem", "--tls-key-file=k.pem", "--keyring-file=c.pem"];
    let answer = Run::new(&arguments).certificate_and_key(["c.pem", "k.pem"]).answer();
    assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{answer:?}");
    for setting in ["tls_certificate_file: ", "database_url: ", "keyring_file: "] {
        assert_eq!(answer.stderr.matches(setting).count(), 1, "{setting}: {answer:?}");
    }
}

#[test]
fn config_takes_good_files_and_a_keyring_that_is_still_to_be_made() {
    let url = "--database-url=postgres:///r?sslcert=c.pem&sslkey=k.pem&sslrootcert=c.pem";
    let answer = Run::new(&["config", url, "--tls-certificate-file=c.pem", "--tls-key-file=k.pem"])
        .certificate_and_key(["c.pem", "k.pem"])
        .env("PGSSLROOTCERT", "none.pem")
        .answer();
    assert_eq!((answer.code, answer.left_behind), (0, 2), "{answer:?}");
}
