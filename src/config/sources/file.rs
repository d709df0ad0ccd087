//! The TOML file: its keys are the settings' names, its types the settings' shapes.

use std::path::Path;

use toml::{Table, Value};

use super::super::error::Problem;
use super::super::setting::{Setting, Shape};
use super::{Source, spelled};

/// A TOML file, read.
#[derive(Debug)]
pub(super) struct File {
    table: Table,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
        match text.parse::<Table>() {
            Ok(table) => Ok(Self { table }),
            Err(error) => Err(syntax_error(&text, &error)),
        }
    }

    pub(super) fn find(&self, setting: &Setting) -> Result<Option<Vec<String>>, Problem> {
        let Some(value) = self.table.get(setting.name).filter(|_| setting.is_allowed_in_file()) else { return Ok(None) };
        items(setting.shape, value).map(Some).map_err(|expected| Problem {
            field: setting.name.to_owned(),
            spelled: spelled(setting, Source::File),
            sentence: format!("must be {expected}"),
        })
    }

    pub(super) fn unknown_keys(&self) -> Vec<Problem> {
        let unknown = self.table.keys().filter(|key| Setting::of_file_key(key).is_none());
        unknown
            .map(|key| Problem {
                field: key.clone(),
                spelled: format!("file key {key}"),
                sentence: "is not a setting".to_owned(),
            })
            .collect()
    }
}

// The parser's own text quotes the line, and the line may hold a password.
fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.matches('\n').count() + 1);
    format!("is not TOML: line {line}: {}", error.message())
}

fn items(shape: Shape, value: &Value) -> Result<Vec<String>, &'static str> {
    match (shape, value) {
        (Shape::Text, Value::String(text)) => Ok(vec![text.clone()]),
        (Shape::Text, _) => Err("a string"),
        (Shape::Switch, Value::Boolean(on)) => Ok(vec![on.to_string()]),
        (Shape::Switch, _) => Err("true or false, without quotes"),
        (Shape::Integer | Shape::Ratio, Value::Integer(number)) => Ok(vec![number.to_string()]),
        (Shape::Integer, _) => Err("a whole number, without quotes"),
        (Shape::Ratio, Value::Float(number)) => Ok(vec![number.to_string()]),
        (Shape::Ratio, _) => Err("a number, without quotes"),
        (Shape::IntegerList, Value::Array(values)) => values.iter().map(integer).collect(),
        (Shape::IntegerList, _) => Err(INTEGER_LIST),
        (Shape::Pairs, Value::Table(table)) => table.iter().map(|(key, value)| pair(key, value)).collect(),
        (Shape::Pairs, _) => Err(PAIRS),
    }
}

const INTEGER_LIST: &str = "an array of whole numbers";
const PAIRS: &str = "a table of strings, such as \"2000\" = \"Name\"";

fn integer(value: &Value) -> Result<String, &'static str> {
    value.as_integer().map(|number| number.to_string()).ok_or(INTEGER_LIST)
}

fn pair(key: &str, value: &Value) -> Result<String, &'static str> {
    value.as_str().map(|text| format!("{key}={text}")).ok_or(PAIRS)
}
