//! Tables as files: which format, and what is common to all of them.

use std::path::Path;

use super::{Column, ID, Table, csv, json, npy, parquet};
use crate::error::{Error, Result, did_you_mean};
use crate::run::atomic;

/// How a file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoadOptions {
    /// The column of the rows' ids; without it the column `id`, and where there is none rows are numbered from 1.
    pub id: Option<String>,
    /// Columns that are texts although numbers stand in them, such as layers.
    pub texts: Vec<String>,
}

/// The format that a file's ending stands for.
enum Format {
    Csv(u8),
    Json,
    Parquet,
    Npy,
}

impl Format {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => Ok(Format::Csv(b',')),
            Some("tsv") => Ok(Format::Csv(b'\t')),
            Some("json") => Ok(Format::Json),
            Some("parquet") => Ok(Format::Parquet),
            Some("npy") => Ok(Format::Npy),
            _ => Err(Error::value(format!("`{}` is no file of a table", path.display()))
                .help("the file's name must end in .csv, .tsv, .json, .parquet or .npy")),
        }
    }
}

impl Table {
    /// Reads a table from a file that ends in `.csv`, `.tsv`, `.json`, `.parquet` or `.npy`.
    ///
    /// In text files a column is one of numbers where every value is a number or missing (`NA`, `NaN`, `null`, or
    /// nothing) and none is written with a leading zero as codes are; the other files say themselves what they hold.
    ///
    /// # Errors
    /// When the ending is another, the file cannot be read or is not what its format asks for, a column name occurs
    /// twice, or an option names a column that does not exist.
    pub fn load(path: impl AsRef<Path>, options: &LoadOptions) -> Result<Table> {
        let path = path.as_ref();
        match Format::of(path)? {
            Format::Csv(separator) => csv::load(path, separator, options),
            Format::Json => json::load(path, options),
            Format::Parquet => parquet::load(path, options),
            Format::Npy => npy::load(path, options),
        }
    }

    /// Writes the table into a file that ends in `.csv`, `.tsv`, `.json` (an array of objects), `.parquet` (with units)
    /// or `.npy` (numbers only, without ids), ids first. `units` puts them into the headers of text files, as in
    /// `total_length [um]`.
    ///
    /// # Errors
    /// When the ending is another, `.npy` is asked of a table with texts, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>, units: bool) -> Result<()> {
        let path = path.as_ref();
        let laid_out = match Format::of(path)? {
            Format::Csv(separator) => csv::bytes(self, separator, units),
            Format::Json => json::bytes(self),
            Format::Parquet => return parquet::save(self, path),
            Format::Npy => {
                if let Some(texts) = self.columns.iter().find(|c| !c.is_numeric()) {
                    return Err(Error::value(format!("column `{}` holds texts, which .npy cannot", texts.name))
                        .help("save the numbers alone: `t.matrix().save(…)`"));
                }
                return self.matrix()?.0.save(path);
            }
        };
        atomic::write(path, &laid_out.map_err(|e| Error::internal(format!("cannot lay out the table: {e}")))?)
    }
}

impl Table {
    /// The table as the text of a CSV file, ids first; `units` as in [`save`](Self::save).
    ///
    /// # Errors
    /// Never for a table that fits into memory twice.
    pub fn to_csv(&self, units: bool) -> Result<Vec<u8>> {
        csv::bytes(self, b',', units).map_err(|e| Error::internal(format!("cannot lay out the table: {e}")))
    }
}

/// A table while a file is read: columns in the file's order, the one of ids not yet told apart.
#[derive(Default)]
pub(super) struct Draft {
    columns: Vec<(Column, Source)>,
}

/// What is known of a column's values.
enum Source {
    /// They are what the file says they are.
    Typed,
    /// They were written as text and may be numbers.
    Written(Vec<Option<String>>),
}

impl Draft {
    /// Adds a column of numbers.
    pub fn numbers(&mut self, name: &str, unit: Option<&str>, values: Vec<f64>) {
        self.columns.push((Column::numbers(name, values).in_unit(unit), Source::Typed));
    }

    /// Adds a column of texts.
    pub fn texts<S: AsRef<str>>(&mut self, name: &str, values: Vec<Option<S>>) {
        self.columns.push((Column::texts(name, values), Source::Typed));
    }

    /// Adds a column of values as a text file has them.
    pub fn written(&mut self, name: &str, unit: Option<&str>, values: Vec<Option<String>>) {
        let column = Column::texts(name, None::<Option<&str>>).in_unit(unit);
        self.columns.push((column, Source::Written(values)));
    }

    /// The table: ids found, types decided.
    pub fn finish(self, options: &LoadOptions) -> Result<Table> {
        let names: Vec<String> = self.columns.iter().map(|(c, _)| c.name.clone()).collect();
        let known = |name: &String| match names.contains(name) {
            true => Ok(()),
            false => Err(no_such(name, &names)),
        };
        options.texts.iter().chain(&options.id).try_for_each(known)?;
        let key = options.id.as_deref().unwrap_or(ID);
        let (mut ids, mut columns) = (None, Vec::new());
        for (column, source) in self.columns {
            let is_text = column.name == key || options.texts.contains(&column.name);
            let Column { name, unit, .. } = &column;
            let column = match source {
                Source::Typed if is_text => {
                    Column::texts(name, (0..column.len()).map(|row| column.text_at(row)).collect::<Vec<_>>())
                }
                Source::Typed => column,
                Source::Written(values) => match (is_text, as_numbers(&values)) {
                    (false, Some(numbers)) => Column::numbers(name, numbers).in_unit(unit.as_deref()),
                    _ => Column::texts(name, values).in_unit(unit.as_deref()),
                },
            };
            match ids.is_none() && column.name == key {
                true => ids = Some(column),
                false => columns.push(column),
            }
        }
        let rows = ids.as_ref().or(columns.first()).map_or(0, Column::len);
        let id = |row: usize| match &ids {
            Some(ids) => ids.text_at(row).map(|id| id.into_owned()).ok_or_else(|| {
                Error::format(format!("row {} has no id in column `{key}`", row + 1))
                    .help("name the column of ids with `id`")
            }),
            None => Ok((row + 1).to_string()),
        };
        Table::new((0..rows).map(id).collect::<Result<_>>()?, columns)
    }
}

fn no_such(name: &str, names: &[String]) -> Error {
    let error = Error::value(format!("no column `{name}`"));
    match did_you_mean(name, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("there are: {}", names.join(", "))),
    }
}

/// The numbers that texts write, where all that are not missing write one.
fn as_numbers(values: &[Option<String>]) -> Option<Vec<f64>> {
    let is_code = |text: &str| text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    let number = |value: &Option<String>| match value.as_deref() {
        None | Some("NA" | "NaN" | "nan" | "null") => Some(f64::NAN),
        Some(code) if is_code(code) => None,
        Some(text) => text.parse().ok(),
    };
    values.iter().map(number).collect()
}
