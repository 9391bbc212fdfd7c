//! What the cells found, in one table; and the rows that they wrote, in one file.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Look, State, Sweep};
use crate::error::{Error, Result};
use crate::run::{atomic, manifest};

/// The table of results, in the sweep's folder.
pub const RESULTS: &str = "results.csv";

/// A table as texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Results {
    /// The columns' names.
    pub header: Vec<String>,
    /// A row for each cell.
    pub rows: Vec<Vec<String>>,
}

/// Makes the table of results: for each cell its name (`id`), the parameters of the grid, repeat, seed, how it stands, and
/// what its script gave to `result(#{…})`, maps inside maps as `outer.inner`.
///
/// # Errors
/// When the results of a run cannot be read.
pub fn results(sweep: &Sweep, looks: &[Look]) -> Result<Results> {
    let axes = sweep.plan.grid.iter().map(|axis| axis.name.clone());
    let mut header: Vec<String> = std::iter::once("id".into()).chain(axes).collect();
    header.extend(["repeat", "seed", "status", "exit_code", "seconds"].map(String::from));
    let fixed = header.len();
    let mut columns: HashMap<String, usize> = HashMap::new();
    let mut rows = Vec::with_capacity(sweep.cells.len());
    for (cell, look) in sweep.cells.iter().zip(looks) {
        let mut row = vec![cell.name.clone()];
        row.extend(cell.params.iter().map(|(_, value)| value.clone()));
        row.extend([cell.repeat.to_string(), cell.seed.to_string(), look.state.name().to_string()]);
        row.push(look.exit_code.map_or(String::new(), |code| code.to_string()));
        row.push(look.seconds.map_or(String::new(), |seconds| seconds.to_string()));
        if look.state == State::Done {
            for (name, value) in found(sweep, cell)? {
                // A result may be called like a parameter; the table has to keep them apart.
                let name = if header[..fixed].contains(&name) { format!("result.{name}") } else { name };
                let at = *columns.entry(name).or_insert_with_key(|name| {
                    header.push(name.clone());
                    header.len() - 1
                });
                if row.len() <= at {
                    row.resize(at + 1, String::new());
                }
                row[at] = value;
            }
        }
        rows.push(row);
    }
    for row in &mut rows {
        row.resize(header.len(), String::new());
    }
    Ok(Results { header, rows })
}

fn found(sweep: &Sweep, cell: &super::Cell) -> Result<Vec<(String, String)>> {
    let path = sweep.folder_of(cell).join(manifest::RESULTS);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        // A script need not give results.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("cannot read", &path, &e)),
    };
    let values: Value = serde_json::from_str(&text).map_err(|e| Error::format(e.to_string()).in_file(&path))?;
    let mut flat = Vec::new();
    flatten("", &values, &mut flat);
    Ok(flat)
}

fn flatten(prefix: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let name = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&name, value, into);
            }
        }
        Value::Null => into.push((prefix.into(), String::new())),
        Value::String(text) => into.push((prefix.into(), text.clone())),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => into.push((prefix.into(), value.to_string())),
    }
}

impl Results {
    /// Writes the table as `results.csv` and gives its path.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn save(&self, sweep: &Sweep) -> Result<PathBuf> {
        let path = sweep.folder.join(RESULTS);
        let mut out = csv::Writer::from_writer(Vec::new());
        let laid_out = std::iter::once(&self.header).chain(&self.rows).try_for_each(|row| out.write_record(row));
        let bytes = laid_out.map_err(|e| e.to_string()).and_then(|()| out.into_inner().map_err(|e| e.to_string()));
        atomic::write(&path, &bytes.map_err(|e| Error::internal(format!("a table of results: {e}")))?)?;
        Ok(path)
    }
}

/// Joins the rows of a CSV file that every cell has written, in the order of the cells, into the file of that name in the
/// sweep's folder; gives its path and number of rows. The first column holds the rows' ids, which must differ.
///
/// # Errors
/// When a cell has not ended well (part of the rows would pass for all), or lacks the file; when columns differ, or an id
/// stands in two of the files.
pub fn rows(sweep: &Sweep, looks: &[Look], name: &str) -> Result<(PathBuf, usize)> {
    let missing = looks.iter().filter(|look| look.state != State::Done).count();
    if missing > 0 {
        let all = looks.len();
        return Err(Error::value(format!("`{name}` is not gathered: {missing} of {all} runs have not ended well"))
            .help("`nms sweep resume DIR` runs them again"));
    }
    let path = sweep.folder.join(name);
    let refuse = |e: &csv::Error| Error::format(e.to_string()).in_file(&path);
    let mut out = csv::Writer::from_writer(atomic::writer(&path)?);
    let mut header: Option<csv::StringRecord> = None;
    let mut homes: HashMap<String, &str> = HashMap::new();
    for cell in &sweep.cells {
        let part = sweep.folder_of(cell).join(name);
        let bad = |e: &csv::Error| Error::format(e.to_string()).in_file(&part);
        let file = std::fs::File::open(&part).map_err(|e| Error::io("cannot read", &part, &e))?;
        let mut reader = csv::Reader::from_reader(file);
        let own = reader.headers().map_err(|e| bad(&e))?.clone();
        match &header {
            None => {
                out.write_record(&own).map_err(|e| refuse(&e))?;
                header = Some(own);
            }
            Some(first) if *first != own => {
                return Err(Error::value(format!("its columns differ from those of cell {}", sweep.cells[0].name))
                    .in_file(&part));
            }
            Some(_) => {}
        }
        for record in reader.records() {
            let record = record.map_err(|e| bad(&e))?;
            let id = record.get(0).unwrap_or_default();
            if let Some(other) = homes.insert(id.to_string(), &cell.name) {
                return Err(Error::value(format!("the row `{id}` is also one of cell {other}"))
                    .in_file(&part)
                    .help("rows can be joined where each run has rows of its own, such as one shard of a collection"));
            }
            out.write_record(&record).map_err(|e| refuse(&e))?;
        }
    }
    let done = out.into_inner().map_err(|e| Error::io("cannot write", &path, e.error()))?;
    done.finish()?;
    Ok((path, homes.len()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::plan::tests::plan;
    use super::*;

    fn sweep(folder: &std::path::Path, results: &[&str]) -> (Sweep, Vec<Look>) {
        let values: Vec<String> = (0..results.len()).map(|n| n.to_string()).collect();
        let plan = plan(&[&format!("n={}", values.join(","))], 1);
        let sweep = Sweep::begin(folder, plan).unwrap();
        for (cell, text) in sweep.cells.iter().zip(results) {
            std::fs::create_dir_all(sweep.folder_of(cell)).unwrap();
            std::fs::write(sweep.folder_of(cell).join(manifest::RESULTS), text).unwrap();
        }
        let done = Look { state: State::Done, exit_code: Some(0), seconds: Some(1.0), why: None };
        let looks = vec![done; results.len()];
        (sweep, looks)
    }

    #[test]
    fn results_become_columns() {
        let folder = tempfile::tempdir().unwrap();
        let texts = [r#"{"loss": 0.1, "n": 5}"#, r#"{"scores": {"ari": 1, "list": [1, 2]}, "loss": null}"#];
        let (sweep, looks) = sweep(folder.path(), &texts);
        let table = results(&sweep, &looks).unwrap();
        let names = "id n repeat seed status exit_code seconds loss result.n scores.ari scores.list";
        assert_eq!(table.header.join(" "), names);
        let tail = |row: usize| table.rows[row][4..].join("|");
        assert_eq!((tail(0).as_str(), tail(1).as_str()), ("done|0|1|0.1|5||", "done|0|1|||1|[1,2]"));
        let path = table.save(&sweep).unwrap();
        assert!(std::fs::read_to_string(path).unwrap().starts_with("id,n,repeat,seed,"));
    }

    #[test]
    fn rows_are_joined_only_where_they_are_all_there_and_differ() {
        let folder = tempfile::tempdir().unwrap();
        let (sweep, mut looks) = sweep(folder.path(), &["{}", "{}"]);
        let write = |cell: usize, text: &str| {
            std::fs::write(sweep.folder_of(&sweep.cells[cell]).join("z.csv"), text).unwrap();
        };
        write(0, "id,z\na,1\nb,2\n");
        write(1, "id,z\n\"c,d\",3\n");
        let (path, n) = rows(&sweep, &looks, "z.csv").unwrap();
        assert_eq!((n, std::fs::read_to_string(&path).unwrap()), (3, "id,z\na,1\nb,2\n\"c,d\",3\n".to_string()));
        write(1, "id,z\nb,3\n");
        assert!(rows(&sweep, &looks, "z.csv").unwrap_err().message.contains("the row `b` is also one of cell 001"));
        write(1, "id,y\nc,3\n");
        assert!(rows(&sweep, &looks, "z.csv").unwrap_err().message.contains("its columns differ"));
        looks[1].state = State::Failed;
        let error = rows(&sweep, &looks, "z.csv").unwrap_err();
        assert_eq!(error.message, "`z.csv` is not gathered: 1 of 2 runs have not ended well");
        // A refusal leaves what was gathered before.
        assert!(std::fs::read_to_string(path).unwrap().contains("\"c,d\",3"));
    }
}
