//! The label table: are the columns there, with the classes that are declared and as many cells of each?

use std::collections::BTreeMap;
use std::path::Path;

use globset::Glob;

use super::{Report, read_table};
use crate::data::Table;
use crate::datasets::prepare::LABELS;
use crate::datasets::{Dataset, LabelColumn};
use crate::error::{Error, Result};
use crate::morph::{counted, grouped};

/// Reads the table; a finding where there is none or it is damaged.
pub(super) fn read(folder: &Path, report: &mut Report) -> Option<Table> {
    let help = format!("`nms data show {}` says what its columns are", report.dataset);
    match read_table(folder) {
        Ok(Some(table)) => Some(table),
        Ok(None) => {
            report.missing("labels", format!("no `{LABELS}` in the folder"), &help);
            None
        }
        Err(error) => {
            report.odd("labels", error.located(), error.help.as_deref().unwrap_or(&help));
            None
        }
    }
}

/// Compares the table with the declared columns.
pub(super) fn check(set: &Dataset, table: &Table, report: &mut Report) -> Result<()> {
    for column in &set.columns {
        if !table.names().any(|name| name == column.name) {
            if !column.optional {
                report.missing("labels", format!("no column `{}`: {}", column.name, column.about), "add it");
            }
            continue;
        }
        match rows(table, column)? {
            Some(rows) => classes(table, column, &rows, report)?,
            None => {
                let by = column.only.as_ref().map_or("", |only| &only.column);
                let message = format!("`{}` cannot be counted by `{by}`, a column that is absent", column.name);
                report.missing("labels", message, "add that column");
            }
        }
    }
    Ok(())
}

/// The rows that a column's declaration is about; none where the column that chooses them is absent.
fn rows(table: &Table, column: &LabelColumn) -> Result<Option<Vec<usize>>> {
    let Some(only) = &column.only else { return Ok(Some((0..table.len()).collect())) };
    if !table.names().any(|name| name == only.column) {
        return Ok(None);
    }
    let chooser = table.labels(&only.column)?;
    Ok(Some((0..table.len()).filter(|&row| chooser.get(row) == Some(only.equals.as_str())).collect()))
}

fn classes(table: &Table, column: &LabelColumn, rows: &[usize], report: &mut Report) -> Result<()> {
    let name = title(column);
    if column.numeric {
        return numbers(table, column, rows, report);
    }
    let labels = table.labels(&column.name)?;
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let mut empty = Vec::new();
    for &row in rows {
        match labels.get(row) {
            Some(class) => *found.entry(class).or_default() += 1,
            None => empty.push(row),
        }
    }
    if let Some(&row) = empty.first().filter(|_| !column.optional) {
        let message = format!("{name} is empty in {}, the first `{}`", counted(empty.len(), "row"), table.ids()[row]);
        report.odd("labels", message, "cells without a label are left out of scores");
    }
    strangers(column, &name, &found, report)?;
    compare(column, &name, &found, report);
    Ok(())
}

/// A column of numbers: is each one?
fn numbers(table: &Table, column: &LabelColumn, rows: &[usize], report: &mut Report) -> Result<()> {
    let values = table.column(&column.name)?;
    let is_bad = |row: &&usize| !values.is_missing(**row) && !is_number(values.text_at(**row).as_deref());
    let bad: Vec<&usize> = rows.iter().filter(is_bad).collect();
    if let Some(&&row) = bad.first() {
        let rows = counted(bad.len(), "row");
        let message = format!("{} is no number in {rows}, the first `{}`", title(column), table.ids()[row]);
        report.odd("labels", message, "write numbers with a decimal point");
    }
    Ok(())
}

fn is_number(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.parse::<f64>().is_ok_and(f64::is_finite))
}

/// What a column's declaration is called: its name, and the rows it is about.
fn title(column: &LabelColumn) -> String {
    match &column.only {
        None => format!("`{}`", column.name),
        Some(only) => format!("`{}` where `{}` is {}", column.name, only.column, only.equals),
    }
}

/// Classes that are not declared.
fn strangers(column: &LabelColumn, name: &str, found: &BTreeMap<&str, usize>, report: &mut Report) -> Result<()> {
    let form = column.form.as_deref().map(|form| Glob::new(form).map(|glob| glob.compile_matcher())).transpose();
    let form = form.map_err(|e| Error::internal(format!("the form of {name}: {e}")))?;
    let declared: Vec<&str> = column.classes().map(|(class, _)| class).collect();
    let is_strange = |class: &&&str| match &form {
        Some(form) => !form.is_match(class),
        None => !column.open && !declared.is_empty() && !declared.contains(*class),
    };
    let strange: Vec<&str> = found.keys().filter(is_strange).copied().collect();
    if !strange.is_empty() {
        let expected = column.form.clone().unwrap_or_else(|| declared.join(", "));
        let message = format!(
            "{name} has {} that {} not declared: {}",
            classes_of(strange.len()),
            are(strange.len()),
            listed(&strange)
        );
        report.odd("labels", message, &format!("expected {expected}"));
    }
    Ok(())
}

/// Numbers of cells that are not as declared.
fn compare(column: &LabelColumn, name: &str, found: &BTreeMap<&str, usize>, report: &mut Report) {
    let mut fewer = Vec::new();
    let mut more = Vec::new();
    for (class, expected) in &column.counts {
        let n = found.get(class.as_str()).copied().unwrap_or(0);
        let told = format!("{class} {} of {}", grouped(n), grouped(*expected));
        match n.cmp(expected) {
            std::cmp::Ordering::Less => fewer.push(told),
            std::cmp::Ordering::Greater => more.push(told),
            std::cmp::Ordering::Equal => {}
        }
    }
    if fewer.is_empty() && more.is_empty() {
        report.note(format!("{name}: {}", told(column, found)));
    }
    if !fewer.is_empty() {
        report.missing(
            "labels",
            format!("{name}: {}", fewer.join(", ")),
            "scores on a part do not compare with the whole",
        );
    }
    if !more.is_empty() {
        report.extra(
            "labels",
            format!("{name}: {}", more.join(", ")),
            "there are more cells than the set has; which are they?",
        );
    }
}

/// The classes with their cells: those that are declared, then the largest of the others.
fn told(column: &LabelColumn, found: &BTreeMap<&str, usize>) -> String {
    let mut classes: Vec<(&str, usize)> = found.iter().map(|(class, n)| (*class, *n)).collect();
    classes.sort_by_key(|(class, n)| (!column.counts.contains_key(*class), std::cmp::Reverse(*n)));
    shortened(&classes.iter().map(|(class, n)| format!("{class} {}", grouped(*n))).collect::<Vec<_>>())
}

/// The first dozen, and how many more.
fn shortened(items: &[String]) -> String {
    match items.len() {
        0 => "no class".into(),
        n if n <= 12 => items.join(", "),
        n => format!("{}, and {} more", items[..12].join(", "), n - 12),
    }
}

fn listed(names: &[&str]) -> String {
    shortened(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>())
}

fn classes_of(n: usize) -> String {
    if n == 1 { "1 class".into() } else { format!("{n} classes") }
}

fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}
