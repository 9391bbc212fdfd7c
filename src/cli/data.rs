//! `nms data`: the data sets that are known, and whether a folder holds one.

use super::args::{CheckArgs, DataCommand};
use crate::datasets::{self, Dataset, Report};
use crate::error::{Error, Result};
use crate::morph::grouped;
use crate::term::printer;
use crate::term::table::{frame, width};

/// Does what a command asks for and gives the exit code: 1 when a check found something.
///
/// # Errors
/// When there is no such data set or folder.
pub(super) fn data(command: &DataCommand) -> Result<u8> {
    match command {
        DataCommand::List => {
            printer::line(&list(&datasets::all()?));
            Ok(0)
        }
        DataCommand::Show { name } => {
            printer::line(datasets::named(name)?.to_string().trim_end());
            Ok(0)
        }
        DataCommand::Check(CheckArgs { name, folder, json }) => {
            let report = datasets::check(&datasets::named(name)?, folder)?;
            printer::line(&if *json { as_json(&report)? } else { report.to_string() });
            Ok(u8::from(!report.is_clean()))
        }
    }
}

fn list(sets: &[Dataset]) -> String {
    let headings = [("name", false), ("cells", true), ("label", false), ("what", false)];
    let row = |set: &Dataset| {
        let cells = set.cells.map_or("?".into(), grouped);
        let label = set.columns.iter().find(|column| column.name == set.label).map_or("", |column| &column.about);
        let label = label.split([',', ';', ':']).next().unwrap_or_default();
        vec![set.name.clone(), cells, label.to_string(), set.title.clone()]
    };
    let rows: Vec<Vec<String>> = sets.iter().map(row).collect();
    frame(&headings.map(|(name, number)| (name.to_string(), number)), &rows, rows.len(), width())
}

fn as_json(report: &Report) -> Result<String> {
    serde_json::to_string_pretty(report).map_err(|e| Error::internal(format!("the findings as JSON: {e}")))
}
