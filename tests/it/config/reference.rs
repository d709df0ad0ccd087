//! The reference of all settings, made from the table that the program reads.

use oauth_registry::config::{SETTINGS, Setting, Shape};

use crate::golden;

fn row(setting: &Setting) -> [String; 5] {
    let Setting { name, flag, variable, shape, placeholder, preset, meaning } = setting;
    let flag = match shape {
        Shape::Switch => format!("--{flag}[=<{placeholder}>]"),
        Shape::Text | Shape::Integer | Shape::Ratio | Shape::IntegerList | Shape::Pairs => format!("--{flag} <{placeholder}>"),
    };
    [(*name).to_owned(), flag, (*variable).to_owned(), preset.describe().to_owned(), (*meaning).to_owned()]
}

#[test]
fn the_reference_lists_every_setting() {
    let header = ["name", "flag", "environment", "default", "meaning"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(header).chain(SETTINGS.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap();
    let line = |row: &[String; 5]| {
        let cells: Vec<_> = (0..4).map(|column| format!("{:<width$}", row[column], width = width(column))).collect();
        format!("{} | {}\n", cells.join(" | "), row[4])
    };
    let text: String = rows.iter().map(line).collect();
    golden::assert_matches("config_reference.txt", &text);
}

#[test]
fn flags_and_variables_follow_from_the_name() {
    for setting in SETTINGS {
        assert_eq!(setting.variable, format!("OAUTH_REGISTRY_{}", setting.name.to_uppercase()));
        // One flag names one data store, so it is in the singular.
        let flag = if setting.name == "data_stores" { "data-store".to_owned() } else { setting.name.replace('_', "-") };
        assert_eq!(setting.flag, flag);
    }
}

#[test]
fn config_prints_every_setting_in_the_order_of_the_table() {
    let answer = super::Run::new(&["config"]).answer();
    let printed: Vec<_> = answer.stdout.lines().map(|line| line.trim_start_matches("# ").split(' ').next().unwrap()).collect();
    let names: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    assert_eq!(printed, names);
}
