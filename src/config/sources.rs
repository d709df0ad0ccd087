//! The four places where a value may come from, strongest first.

mod file;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::error::{ConfigError, Problem};
use super::setting::{CONFIG_FILE, Preset, Setting, Shape};
use file::File;

/// The values of the flags that were given, by the setting's name.
pub type Flags = BTreeMap<&'static str, Vec<String>>;

/// The environment as a parameter, so that tests need not change the process.
pub trait Environment {
    /// Returns the variable's value.
    fn variable(&self, name: &str) -> Option<OsString>;
}

impl<F: Fn(&str) -> Option<OsString>> Environment for F {
    fn variable(&self, name: &str) -> Option<OsString> {
        self(name)
    }
}

/// Where an effective value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nobody gave a value.
    Default,
    /// The TOML file.
    File,
    /// An environment variable.
    Environment,
    /// A flag on the command line.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// A value as it was found: its items in text, one unless the setting is a list.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) items: Vec<String>,
    pub(super) source: Source,
}

/// All sources, opened.
pub(super) struct Sources<'a> {
    flags: &'a Flags,
    environment: &'a dyn Environment,
    file: Option<File>,
}

impl<'a> Sources<'a> {
    /// Reads the TOML file, if one is named.
    pub(super) fn open(flags: &'a Flags, environment: &'a dyn Environment) -> Result<Self, ConfigError> {
        let mut sources = Self { flags, environment, file: None };
        let found = sources.find(&CONFIG_FILE).map_err(|problem| ConfigError::new(vec![problem]))?;
        if let Some(found) = found {
            let path = PathBuf::from(found.items.concat());
            let problem = |sentence| {
                let spelled = spelled(&CONFIG_FILE, found.source);
                ConfigError::new(vec![Problem { field: CONFIG_FILE.name.to_owned(), spelled, sentence }])
            };
            sources.file = Some(File::read(&path).map_err(problem)?);
        }
        Ok(sources)
    }

    /// Finds the strongest source's value.
    pub(super) fn find(&self, setting: &Setting) -> Result<Option<Found>, Problem> {
        if let Some(values) = self.flags.get(setting.name) {
            let items = if setting.shape == Shape::IntegerList { split(&values.join(",")) } else { values.clone() };
            return Ok(Some(Found { items, source: Source::Flag }));
        }
        if let Some(found) = self.find_variable(setting)? {
            return Ok(Some(found));
        }
        if let Some(items) = self.file.as_ref().map(|file| file.find(setting)).transpose()?.flatten() {
            return Ok(Some(Found { items, source: Source::File }));
        }
        Ok(match setting.preset {
            Preset::Text(text) => Some(Found { items: vec![text.to_owned()], source: Source::Default }),
            Preset::Empty => Some(Found { items: Vec::new(), source: Source::Default }),
            Preset::Derived(_) | Preset::Absent => None,
        })
    }

    /// Lists the keys of the file that are no settings.
    pub(super) fn unknown_keys(&self) -> Vec<Problem> {
        self.file.as_ref().map(File::unknown_keys).unwrap_or_default()
    }

    /// Says whether a variable that is no setting of ours stands in the environment, empty or not.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.environment.variable(name).is_some()
    }

    fn find_variable(&self, setting: &Setting) -> Result<Option<Found>, Problem> {
        // `VARIABLE=` is how a shell or a container file clears a variable.
        let Some(value) = self.environment.variable(setting.variable).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let Ok(text) = value.into_string() else {
            let spelled = spelled(setting, Source::Environment);
            return Err(Problem { field: setting.name.to_owned(), spelled, sentence: "is not UTF-8".to_owned() });
        };
        let items = match setting.shape {
            Shape::IntegerList | Shape::Pairs => split(&text),
            Shape::Text | Shape::Switch | Shape::Integer | Shape::Ratio => vec![text],
        };
        Ok(Some(Found { items, source: Source::Environment }))
    }
}

/// Tells how the operator spelled a setting in a source.
pub(super) fn spelled(setting: &Setting, source: Source) -> String {
    match source {
        Source::Default => format!("flag --{} or environment {}", setting.flag, setting.variable),
        Source::File => format!("file key {}", setting.name),
        Source::Environment => format!("environment {}", setting.variable),
        Source::Flag => format!("flag --{}", setting.flag),
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).collect()
}
