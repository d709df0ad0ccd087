//! The URL of a PostgreSQL server: its parameters, and its text without the password.

use std::fmt;
use std::net::IpAddr;

use url::Url;

use super::super::parse::{self, Parsed};

const REDACTED: &str = "***";

/// The parameters that a URL may have. The driver ignores any other one, and logs it together with its value.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "statement-cache-capacity",
];

const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The URL of a PostgreSQL database, which may carry a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(Url);

impl PostgresUrl {
    pub(super) fn parse(text: &str) -> Parsed<Self> {
        let Some(url) = Url::parse(text).ok().or_else(|| without_host(text)) else {
            return Err(
                "must be a URL such as postgres://user:password@host/database, special characters percent-encoded".to_owned()
            );
        };
        // A raw `/`, `?` or `#` in a password moves its rest, with the `@`, out of the part that is redacted.
        if url.fragment().is_some() || url.path().contains('@') || url.query().is_some_and(|query| query.contains('@')) {
            return Err("must percent-encode the characters / ? # @ outside of their places".to_owned());
        }
        check_parameters(&url)?;
        let named_by = |name: &str| url.query_pairs().any(|(key, _)| key == name);
        if named_by("hostaddr") && (named_by("host") || url.host_str().is_some_and(|host| !host.is_empty())) {
            return Err("must not name both a host and a hostaddr: the driver takes one of them for both purposes".to_owned());
        }
        Ok(Self(url))
    }

    /// Returns the URL with its password, for the database driver alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the value of a parameter; the last one counts.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.0.query_pairs().filter(|(key, _)| key == name).last().map(|(_, value)| value.into_owned())
    }

    fn redacted(&self) -> String {
        let mut url = self.0.clone();
        if url.password().is_some() && url.set_password(Some(REDACTED)).is_err() {
            return format!("{}://{REDACTED}", url.scheme());
        }
        let query = url.query().map(|query| query.split('&').map(redacted_parameter).collect::<Vec<_>>().join("&"));
        url.set_query(query.as_deref());
        url.into()
    }
}

/// Reads a URL of the form `postgres://user:password@:port/database`, whose host is left to a parameter or to the driver. A URL without a
/// host has no place for the other three, so they become parameters; those that are there already prevail, as in libpq.
fn without_host(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, port) = authority.rsplit_once('@').unwrap_or(("", authority));
    let port = if port.is_empty() { "" } else { port.strip_prefix(':')? };
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let mut url = Url::parse(&format!("{scheme}://{rest}")).ok()?;
    let parts = [("user", user), ("password", password), ("port", port)].into_iter().filter(|(_, value)| !value.is_empty());
    // These three have a meaning of their own in a query, and none in a user name and a password.
    let literal = |value: &str| value.replace('+', "%2B").replace('&', "%26").replace('@', "%40");
    let parts = parts.map(|(name, value)| format!("{name}={}", literal(value)));
    let query: Vec<_> = parts.chain(url.query().map(str::to_owned)).collect();
    url.set_query(Some(&query.join("&")));
    Some(url)
}

/// Demands that every parameter is known and has a value that the driver understands.
fn check_parameters(url: &Url) -> Parsed<()> {
    let mut is_password_named = false;
    for (name, value) in url.query_pairs() {
        if !PARAMETERS.contains(&name.as_ref()) {
            // What follows a raw `&` in a password looks like the name of a parameter.
            let which = if is_password_named { "an unknown parameter".to_owned() } else { format!("{:?}", name.as_ref()) };
            let known = PARAMETERS.join(", ");
            return Err(format!("must not have {which} among its parameters, which are {known} (write & in a value as %26)"));
        }
        check_value(&name, &value).map_err(|what| format!("must have {what} for {name}"))?;
        is_password_named |= name == "password";
    }
    Ok(())
}

fn check_value(name: &str, value: &str) -> Result<(), &'static str> {
    let is_path = || parse::path(value).is_ok() && !value.starts_with("-----BEGIN");
    match name {
        "sslmode" if !SSL_MODES.iter().any(|mode| mode.eq_ignore_ascii_case(value)) => {
            Err("one of disable, allow, prefer, require, verify-ca and verify-full")
        }
        "sslrootcert" | "sslcert" | "sslkey" if !is_path() => Err("the path of a file"),
        "hostaddr" if value.parse::<IpAddr>().is_err() => Err("an IP address"),
        "port" if !value.parse::<u16>().is_ok_and(|port| port != 0) => Err("a number from 1 to 65535"),
        "statement-cache-capacity" if value.parse::<u16>().is_err() => Err("a number from 0 to 65535"),
        _ => Ok(()),
    }
}

fn redacted_parameter(parameter: &str) -> String {
    // The key may be percent-encoded, so it is read as the driver reads it.
    match url::form_urlencoded::parse(parameter.as_bytes()).next() {
        Some((key, _)) if key == "password" => format!("{key}={REDACTED}"),
        _ => parameter.to_owned(),
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::PostgresUrl;

    fn shown(text: &str) -> String {
        let url = PostgresUrl::parse(text).unwrap();
        assert_eq!(url.to_string(), format!("{url:?}"));
        url.to_string()
    }

    #[test]
    fn a_password_is_redacted_wherever_the_driver_would_read_it() {
        assert_eq!(shown("postgres://ada:canary@db.example/registry"), "postgres://ada:***@db.example/registry");
        assert_eq!(shown("postgresql://:canary@db.example/registry"), "postgresql://:***@db.example/registry");
        assert_eq!(
            shown("postgres://db.example/registry?user=ada&p%61ssword=canary&password=canary"),
            "postgres://db.example/registry?user=ada&password=***&password=***"
        );
        assert_eq!(
            shown("postgres://ada@db.example/registry?sslmode=require"),
            "postgres://ada@db.example/registry?sslmode=require"
        );
    }

    #[test]
    fn an_unknown_parameter_is_refused_by_its_name_and_without_its_value() {
        for name in ["sslpassword", "options", "options[geqo]", "ssl-mode", "ssl-ca", "connect_timeout", "Sslmode", "PASSWORD"] {
            let sentence = PostgresUrl::parse(&format!("postgres://db.example/r?user=ada&{name}=canary")).unwrap_err();
            assert!(sentence.contains(&format!("{name:?}")) && !sentence.contains("canary"), "{name}: {sentence}");
        }
    }

    #[test]
    fn the_rest_of_a_password_is_not_taken_for_the_name_of_a_parameter() {
        for password in ["x&canary", "x&canary=", "x&user=ada&canary"] {
            let sentence = PostgresUrl::parse(&format!("postgres://db.example/r?password={password}")).unwrap_err();
            assert!(!sentence.contains("canary") && sentence.contains("%26"), "{password}: {sentence}");
        }
    }

    #[test]
    fn a_value_that_the_driver_does_not_understand_is_refused_by_the_name_of_its_parameter() {
        for (name, value) in [
            ("sslmode", "canary"),
            ("sslmode", ""),
            ("sslmode", "verify_full"),
            ("sslrootcert", ""),
            ("sslkey", "-----BEGIN canary"),
            ("hostaddr", "canary"),
            ("port", "0"),
            ("port", "65536"),
            ("statement-cache-capacity", "canary"),
        ] {
            let sentence = PostgresUrl::parse(&format!("postgres:///r?{name}={value}")).unwrap_err();
            assert!(sentence.ends_with(&format!(" for {name}")) && !sentence.contains("canary"), "{name}={value}: {sentence}");
        }
    }

    #[test]
    fn a_url_without_a_host_may_have_a_user_a_password_and_a_port() {
        let cases = [
            ("postgres://u:p@/db?host=/sock", "postgres:///db?user=u&password=p&host=/sock"),
            ("postgres://u@/db", "postgres:///db?user=u"),
            ("postgresql://u:p@:5433/db", "postgresql:///db?user=u&password=p&port=5433"),
            ("postgres://:5433/db?port=5434", "postgres:///db?port=5433&port=5434"),
            ("postgres://u%40x:a+b&c%26d@?dbname=db", "postgres://?user=u%40x&password=a%2Bb%26c%26d&dbname=db"),
        ];
        for (text, expected) in cases {
            let url = PostgresUrl::parse(text).unwrap();
            assert_eq!(url.expose(), expected);
            assert_eq!(PostgresUrl::parse(expected).unwrap(), url);
        }
        assert_eq!(shown("postgres://u:canary@/db?host=/sock"), "postgres:///db?user=u&password=***&host=/sock");
        for bad in ["postgres://u:p@:x/db", "postgres://u:p@/x@h/db", "postgres://u:p@h:x/db"] {
            assert!(PostgresUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_that_spills_out_of_its_place_is_refused_without_being_repeated() {
        for spill in ["12/canary", "12?canary", "12#canary", "can/ary", "can?ary"] {
            let sentence = PostgresUrl::parse(&format!("postgres://ada:{spill}@db.example/registry")).unwrap_err();
            assert!(!sentence.contains("ary") && !sentence.contains("12"), "{spill}: {sentence}");
        }
    }

    #[test]
    fn a_host_and_an_address_of_a_host_are_not_both_named() {
        for both in ["db.example/r?hostaddr=127.0.0.1", "/r?host=db.example&hostaddr=127.0.0.1", "/r?hostaddr=::1&host=/run"] {
            assert!(PostgresUrl::parse(&format!("postgres://{both}")).is_err(), "{both}");
        }
        for one in ["db.example/r", "/r?host=db.example", "/r?hostaddr=127.0.0.1"] {
            PostgresUrl::parse(&format!("postgres://{one}")).unwrap();
        }
    }

    #[test]
    fn the_exposed_url_keeps_the_password() {
        let url = PostgresUrl::parse("postgres://ada:p%40ss@db.example/registry").unwrap();
        assert_eq!(url.expose(), "postgres://ada:p%40ss@db.example/registry");
    }
}
