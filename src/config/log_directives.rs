//! The log filter's directives, checked.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::parse::Parsed;

/// Directives of tracing's filter that are known to parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDirectives(String);

impl LogDirectives {
    /// Checks directives.
    ///
    /// The filter itself takes any bare word for a target, so that `inof` would silence the log: here a bare word must be a level.
    pub fn parse(text: &str) -> Parsed<Self> {
        let directives: Vec<_> = text.split(',').map(str::trim).collect();
        if directives.iter().any(|directive| is_bare_word(directive) && directive.parse::<LevelFilter>().is_err()) {
            return Err("must be a level (off, error, warn, info, debug, trace) or directives such as info,h2=debug".to_owned());
        }
        match EnvFilter::builder().with_regex(false).parse(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err("must be directives of the form target=level, separated by commas".to_owned()),
        }
    }

    /// Returns the directives.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes the filter; directives that parsed once parse again.
    #[must_use]
    pub fn to_filter(&self) -> EnvFilter {
        EnvFilter::builder().with_regex(false).parse_lossy(&self.0)
    }
}

fn is_bare_word(directive: &str) -> bool {
    !directive.contains(['=', '[', ']', '{', '}'])
}
