//! From text to typed values; a sentence says what is wrong and never repeats the value.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::LogFormat;

/// A value, or the sentence that says what is wrong.
pub(super) type Parsed<T> = Result<T, String>;

const BUILT_IN_DATA_STORES: [i32; 6] = [1, 54, 62, 63, 1001, 1002];

/// Makes the parser of a single value into a parser of items.
pub(super) fn one<T>(parse: impl Fn(&str) -> Parsed<T>) -> impl Fn(&[String]) -> Parsed<T> {
    move |items| match items {
        [text] => parse(text),
        _ => Err("takes exactly one value".to_owned()),
    }
}

pub(super) fn socket_address(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:50051 or [::1]:50051".to_owned())
}

pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    if text.is_empty() {
        return Err("must be a path".to_owned());
    }
    // U+FEFF is the mark that some editors put before a text.
    if text.trim() != text || text.starts_with('\u{feff}') {
        return Err("must not begin or end with white space or a byte order mark".to_owned());
    }
    Ok(PathBuf::from(text))
}

pub(super) fn switch(text: &str) -> Parsed<bool> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

pub(super) fn number(text: &str, range: RangeInclusive<u32>) -> Parsed<u32> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
}

pub(super) fn seconds(text: &str, range: RangeInclusive<u32>) -> Parsed<Duration> {
    number(text, range).map(|seconds| Duration::from_secs(seconds.into()))
}

pub(super) fn ratio(text: &str) -> Parsed<f64> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "must be a number from 0.0 to 1.0".to_owned())
}

impl LogFormat {
    /// Returns the name of the format in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    let format = [LogFormat::Auto, LogFormat::Human, LogFormat::Json].into_iter().find(|format| format.as_str() == text);
    format.ok_or_else(|| "must be auto, human or json".to_owned())
}

pub(super) fn otlp_endpoint(text: &str) -> Parsed<Url> {
    let Ok(url) = Url::parse(text) else { return Err("must be a URL, such as http://127.0.0.1:4317".to_owned()) };
    let sentence = match url.scheme() {
        "http" if !url.username().is_empty() || url.password().is_some() => "must not carry a user name or a password",
        "http" if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
            "must be a scheme, a host and a port alone"
        }
        "http" => return Ok(url),
        "https" => "must be http: this build exports traces in plaintext only, to a collector beside it",
        _ => "must be an http URL",
    };
    Err(sentence.to_owned())
}

pub(super) fn ports(items: &[String]) -> Parsed<BTreeSet<u16>> {
    let ports: Option<BTreeSet<u16>> = items.iter().map(|item| item.parse().ok().filter(|port| *port != 0)).collect();
    let ports = ports.filter(|ports| !ports.is_empty());
    ports.ok_or_else(|| "must be ports from 1 to 65535, at least one".to_owned())
}

pub(super) fn data_stores(items: &[String]) -> Parsed<BTreeMap<i32, String>> {
    let mut stores = BTreeMap::new();
    for item in items {
        let (id, name) = data_store(item)?;
        if stores.insert(id, name).is_some() {
            return Err(format!("names the id {id} twice"));
        }
    }
    Ok(stores)
}

fn data_store(item: &str) -> Parsed<(i32, String)> {
    let Some((id, name)) = item.split_once('=') else { return Err("must have the form ID=NAME".to_owned()) };
    let id = id.trim().parse().ok().filter(|id| *id >= 1);
    let id = id.ok_or_else(|| "must have ids from 1 to 2147483647".to_owned())?;
    if BUILT_IN_DATA_STORES.contains(&id) {
        return Err(format!("names the id {id}, which is built in"));
    }
    if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) || name.trim() != name {
        return Err("must have names of 1 to 64 characters without control characters and surrounding white space".to_owned());
    }
    Ok((id, name.to_owned()))
}
