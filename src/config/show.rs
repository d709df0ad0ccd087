//! Effective values as TOML, secrets redacted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::setting::Setting;
use super::sources::Source;
use super::{DatabaseUrl, LogDirectives, LogFormat};

/// One setting's value in force; its text is one line of TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveValue {
    /// The setting.
    pub setting: &'static Setting,
    /// The value as TOML, secrets redacted; absent when there is none.
    pub value: Option<String>,
    /// Where it came from.
    pub source: Source,
}

impl fmt::Display for EffectiveValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, source } = self;
        match value {
            Some(value) if setting.is_allowed_in_file() => write!(f, "{} = {value}  # {source}", setting.name),
            Some(value) => write!(f, "# {} = {value}  # {source}", setting.name),
            None => write!(f, "# {} is not set  # {source}", setting.name),
        }
    }
}

/// Writes a value as TOML that may be shown to anybody.
pub(super) trait Shown {
    fn shown(&self) -> String;
}

impl Shown for bool {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for u32 {
    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Shown for f64 {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl Shown for Duration {
    fn shown(&self) -> String {
        self.as_secs().to_string()
    }
}

impl Shown for SocketAddr {
    fn shown(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Shown for PathBuf {
    fn shown(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Shown for Url {
    fn shown(&self) -> String {
        quoted(self.as_str())
    }
}

impl Shown for DatabaseUrl {
    fn shown(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Shown for LogDirectives {
    fn shown(&self) -> String {
        quoted(self.as_str())
    }
}

impl Shown for LogFormat {
    fn shown(&self) -> String {
        quoted(self.as_str())
    }
}

impl Shown for BTreeSet<u16> {
    fn shown(&self) -> String {
        let ports: Vec<_> = self.iter().map(ToString::to_string).collect();
        format!("[{}]", ports.join(", "))
    }
}

impl Shown for BTreeMap<i32, String> {
    fn shown(&self) -> String {
        let pairs: Vec<_> = self.iter().map(|(id, name)| format!("\"{id}\" = {}", quoted(name))).collect();
        if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                // Writing into a String cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
