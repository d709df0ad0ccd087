//! Reads one setting after the other and notes each problem and each effective value.

use super::error::{ConfigError, Problem};
use super::parse::Parsed;
use super::setting::Setting;
use super::show::{EffectiveValue, Shown};
use super::sources::{Found, Source, Sources, spelled};
use super::{Config, Loaded};

/// A problem was noted, so there is no value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted;

/// Collects values and problems while the configuration is assembled.
pub(super) struct Reader<'a> {
    sources: Sources<'a>,
    problems: Vec<Problem>,
    effective: Vec<EffectiveValue>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(sources: Sources<'a>) -> Self {
        let problems = sources.unknown_keys();
        Self { sources, problems, effective: Vec::new() }
    }

    /// Reads a setting that always has a value.
    pub(super) fn required<T: Shown>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&[String]) -> Parsed<T>,
    ) -> Result<T, Noted> {
        match self.find(setting)? {
            Some(found) => self.parsed(setting, &found, parse),
            None => Err(self.note(setting, Source::Default, "is required".to_owned())),
        }
    }

    /// Reads a setting whose absence turns something off.
    pub(super) fn optional<T: Shown>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&[String]) -> Parsed<T>,
    ) -> Result<Option<T>, Noted> {
        if let Some(found) = self.find(setting)? {
            return self.parsed(setting, &found, parse).map(Some);
        }
        self.effective.push(EffectiveValue { setting, value: None, source: Source::Default });
        Ok(None)
    }

    /// Reads a setting whose default is made from others; `make` fails when those are bad.
    pub(super) fn derived<T: Shown>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&[String]) -> Parsed<T>,
        make: impl FnOnce() -> Result<T, Noted>,
    ) -> Result<T, Noted> {
        if let Some(found) = self.find(setting)? {
            return self.parsed(setting, &found, parse);
        }
        let value = make()?;
        self.effective.push(EffectiveValue { setting, value: Some(value.shown()), source: Source::Default });
        Ok(value)
    }

    /// Notes a problem that shows only beside other settings.
    pub(super) fn refuse(&mut self, setting: &'static Setting, sentence: &str) -> Noted {
        let source = self.effective.iter().find(|value| value.setting == setting).map_or(Source::Default, |value| value.source);
        self.note(setting, source, sentence.to_owned())
    }

    /// Says whether a variable that is no setting of ours stands in the environment.
    pub(super) fn has_variable(&self, name: &str) -> bool {
        self.sources.has_variable(name)
    }

    /// Ends the reading: the configuration when nothing was noted, otherwise every problem.
    pub(super) fn finish(self, config: Result<Config, Noted>) -> Result<Loaded, ConfigError> {
        match (config, self.problems.is_empty()) {
            (Ok(config), true) => Ok(Loaded { config, effective: self.effective }),
            (Ok(_), false) | (Err(Noted), _) => Err(ConfigError::new(self.problems)),
        }
    }

    fn find(&mut self, setting: &'static Setting) -> Result<Option<Found>, Noted> {
        self.sources.find(setting).map_err(|problem| {
            self.problems.push(problem);
            Noted
        })
    }

    fn parsed<T: Shown>(
        &mut self,
        setting: &'static Setting,
        found: &Found,
        parse: impl Fn(&[String]) -> Parsed<T>,
    ) -> Result<T, Noted> {
        // No setting has a use for one, and in a path it names another file than the one that is seen.
        let steered = found.items.iter().any(|item| item.contains(char::is_control));
        let parsed = if steered { Err("must not contain control characters".to_owned()) } else { parse(&found.items) };
        let value = parsed.map_err(|sentence| self.note(setting, found.source, sentence))?;
        self.effective.push(EffectiveValue { setting, value: Some(value.shown()), source: found.source });
        Ok(value)
    }

    fn note(&mut self, setting: &Setting, source: Source, sentence: String) -> Noted {
        self.problems.push(Problem { field: setting.name.to_owned(), spelled: spelled(setting, source), sentence });
        Noted
    }
}
