//! The configuration's flags, made from the table of settings.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{Flags, SETTINGS, Setting, Shape};

/// The configuration's flags as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFlags(Flags);

impl ConfigFlags {
    /// Returns the values by the setting's name.
    #[must_use]
    pub fn values(&self) -> &Flags {
        &self.0
    }
}

impl Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        SETTINGS.iter().fold(command, |command, setting| command.arg(argument(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(setting: &'static Setting) -> Arg {
    let help = format!("{} [env: {}] [default: {}]", setting.meaning, setting.variable, setting.preset.describe());
    let argument = Arg::new(setting.name).long(setting.flag).value_name(setting.placeholder).help(help);
    let argument = argument.global(true).help_heading("Configuration");
    match setting.shape {
        // Without the equals sign `--insecure-plaintext serve` would swallow the subcommand.
        Shape::Switch => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Shape::IntegerList | Shape::Pairs => argument.action(ArgAction::Append),
        Shape::Text | Shape::Integer | Shape::Ratio => argument,
    }
}

impl FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = SETTINGS.iter().filter_map(|setting| {
            let values = matches.get_many::<String>(setting.name)?;
            Some((setting.name, values.cloned().collect()))
        });
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.extend(Self::from_arg_matches(matches)?.0);
        Ok(())
    }
}
