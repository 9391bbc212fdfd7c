//! `table::`: tables of numbers and texts, one row per cell.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Map};

use super::conditions::conditions;
use super::handles::Rows;
use crate::data::table::{Column, GroupOptions, How, ID, JoinOptions, LoadOptions, Values};
use crate::data::{Labels, Table};
use crate::error::{Error, Result};
use crate::script::registry::{self, Handles};
use crate::script::takes::{Takes, part};
use crate::script::{At, Options, RhaiResultOf, host, show, values};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("table::load", &[part::<crate::data::table::LoadOptions>()], &[]),
    Takes::new("sort", &[], &[("descending", "true or false; false")]),
    Takes::new("group", &[part::<crate::data::table::GroupOptions>()], &[]),
    Takes::new("join", &[part::<crate::data::table::JoinOptions>()], &[]),
    Takes::new("Table.save", &[], &[("units", "true or false; false")]),
];

/// Installs the namespace and the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Table>("Table");
    engine.register_static_module("table", exported_module!(namespace).into());
    engine.register_global_module(exported_module!(methods).into());
}

/// A column of what a script has: labels, or an array of numbers or of texts with `()` for missing values.
pub(super) fn column(name: &str, value: &Dynamic) -> Result<Column> {
    if let Some(labels) = value.read_lock::<Rc<Labels>>() {
        return Ok(Column::texts(name, (0..labels.len()).map(|cell| labels.get(cell))));
    }
    let what = format!("column `{name}`");
    let is_number = |v: &Dynamic| v.is_unit() || v.is_int() || v.is_float();
    match value.read_lock::<Array>() {
        Some(items) if items.iter().all(is_number) && items.iter().any(|v| !v.is_unit()) => {
            let number = |v: &Dynamic| if v.is_unit() { Ok(f64::NAN) } else { values::number(&what, v) };
            Ok(Column::numbers(name, items.iter().map(number).collect::<Result<Vec<_>>>()?))
        }
        _ => {
            let labels = values::labels(&what, value)?;
            Ok(Column::texts(name, (0..labels.len()).map(|row| labels.get(row))))
        }
    }
}

/// A value of a row as a script sees it.
fn value(column: &Column, row: usize) -> Dynamic {
    match &column.values {
        Values::Numbers(numbers) => numbers[row].into(),
        Values::Texts(texts) => texts[row].as_deref().map_or(Dynamic::UNIT, |text| text.to_string().into()),
    }
}

/// A row as a map.
fn row_of(table: &Table, row: usize) -> Map {
    let id = (ID.into(), table.ids()[row].clone().into());
    std::iter::once(id).chain(table.columns().iter().map(|c| (c.name.as_str().into(), value(c, row)))).collect()
}

/// A row's place; -1 is the last.
fn place(ctx: &NativeCallContext, table: &Table, row: i64) -> RhaiResultOf<usize> {
    let at = if row < 0 { row + table.len() as i64 } else { row };
    usize::try_from(at).ok().filter(|&at| at < table.len()).ok_or_else(|| {
        let found = format!("{row} (there are {} rows)", table.len());
        Box::new(EvalAltResult::ErrorIndexNotFound(found.into(), ctx.call_position()))
    })
}

/// A table of maps, one per row: every key is a column, `id` the rows' ids.
pub(super) fn table_of_rows(rows: &[Dynamic]) -> Result<Table> {
    let mut names = std::collections::BTreeSet::new();
    let mut maps = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let map = row.as_map_ref().map_err(|_| {
            Error::value(format!("row {} is {}, expected a map of columns", at + 1, values::type_of(row)))
        })?;
        names.extend(map.keys().map(ToString::to_string));
        maps.push(map);
    }
    let of = |name: &String| {
        let values: Array = maps.iter().map(|m| m.get(name.as_str()).cloned().unwrap_or(Dynamic::UNIT)).collect();
        (name.as_str().into(), Dynamic::from(values))
    };
    table_of_columns(&names.iter().map(of).collect())
}

fn table_of_columns(map: &Map) -> Result<Table> {
    let columns: Vec<Column> =
        map.iter().filter(|(name, _)| name.as_str() != ID).map(|(name, v)| column(name, v)).collect::<Result<_>>()?;
    let ids: Vec<String> = match map.get(ID) {
        Some(ids) => {
            let ids = column(ID, ids)?;
            let id = |row| ids.text_at(row).map(|id| id.into_owned());
            let ids: Option<Vec<String>> = (0..ids.len()).map(id).collect();
            ids.ok_or_else(|| Error::value("a row has no `id`, expected one for each"))?
        }
        None => (1..=columns.first().map_or(0, Column::len)).map(|row| row.to_string()).collect(),
    };
    Table::new(ids.into(), columns)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    /// Reads a table from a file that ends in `.csv`, `.tsv`, `.json`, `.parquet` or `.npy`.
    ///
    /// ```rhai
    /// let t = table::load("metrics.csv");
    /// ```
    #[rhai_fn(name = "load", return_raw)]
    pub fn load_plainly(ctx: NativeCallContext, path: &str) -> RhaiResultOf<Table> {
        load(ctx, path, Map::new())
    }

    /// Reads a table. Options: `id` (the column of the rows' ids; `"id"`, or else rows are numbered), `texts` (columns
    /// that are texts although numbers stand in them).
    ///
    /// ```rhai
    /// let t = table::load("patch.csv", #{ id: "specimen", texts: ["layer"] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn load(ctx: NativeCallContext, path: &str, options: Map) -> RhaiResultOf<Table> {
        let options: LoadOptions = Options::new(&ctx, "table::load", options).parse()?;
        host::note_input(Path::new(path)).at(&ctx)?;
        Table::load(path, &options).at(&ctx)
    }

    /// A table of a matrix, of a map of columns, or of an array of rows, each a map. `id` holds the rows' ids; `()` is a
    /// missing value.
    ///
    /// ```rhai
    /// let t = table::of(#{ id: ["a", "b"], length: [120.5, ()], layer: ["4", "5"] });
    /// ```
    #[rhai_fn(return_raw)]
    pub fn of(ctx: NativeCallContext, content: Dynamic) -> RhaiResultOf<Table> {
        let made = if let Some(matrix) = content.read_lock::<Rows>() {
            Table::from_matrix(&matrix)
        } else if let Some(map) = content.read_lock::<Map>() {
            table_of_columns(&map)
        } else if let Some(rows) = content.read_lock::<Array>() {
            table_of_rows(&rows)
        } else {
            let found = values::type_of(&content);
            Err(Error::value(format!(
                "a table is made of a matrix, a map of columns or an array of rows, found {found}"
            )))
        };
        made.at(&ctx)
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod methods {
    use crate::script::values::array;

    /// Number of rows.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(table: &mut Table) -> i64 {
        table.len() as i64
    }

    /// The columns' names.
    #[rhai_fn(get = "columns", pure)]
    pub fn columns(table: &mut Table) -> Array {
        array(table.names().map(String::from))
    }

    /// The rows' ids.
    #[rhai_fn(get = "ids", pure)]
    pub fn ids(table: &mut Table) -> Array {
        array(table.ids().iter().cloned())
    }

    /// The columns' units by name; columns without one are left out.
    #[rhai_fn(get = "units", pure)]
    pub fn units(table: &mut Table) -> Map {
        let unit = |c: &Column| Some((c.name.as_str().into(), c.unit.clone()?.into()));
        table.columns().iter().filter_map(unit).collect()
    }

    /// A column as an array: of numbers, with NaN for missing ones, or of texts, with `()`.
    ///
    /// ```rhai
    /// let lengths = cells.metrics()["total_length"];
    /// ```
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn column_called(ctx: NativeCallContext, table: &mut Table, name: &str) -> RhaiResultOf<Array> {
        let column = table.column(name).at(&ctx)?;
        Ok((0..table.len()).map(|row| value(column, row)).collect())
    }

    /// A row as a map; -1 is the last.
    #[rhai_fn(index_get, return_raw, pure)]
    pub fn row_at(ctx: NativeCallContext, table: &mut Table, row: i64) -> RhaiResultOf<Map> {
        Ok(row_of(table, place(&ctx, table, row)?))
    }

    /// A row as a map of its `id` and its values; -1 is the last.
    ///
    /// ```rhai
    /// print(t.row(0).total_length);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn row(ctx: NativeCallContext, table: &mut Table, row: i64) -> RhaiResultOf<Map> {
        Ok(row_of(table, place(&ctx, table, row)?))
    }

    /// The columns of these names, or the rows at these places, in this order.
    ///
    /// ```rhai
    /// let sizes = t.select(["total_length", "n_tips"]);
    /// let first = t.select(0..10);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn select(ctx: NativeCallContext, table: &mut Table, what: Dynamic) -> RhaiResultOf<Table> {
        let of_texts = what.read_lock::<Array>().is_some_and(|items| items.first().is_some_and(Dynamic::is_string));
        if of_texts {
            return table.select(&values::texts("the columns", &what).at(&ctx)?).at(&ctx);
        }
        table.rows(&values::counts("the rows", &what).at(&ctx)?).at(&ctx)
    }

    /// The rows that meet all conditions: for each column (or `id`) a text or number that it equals, an array of texts
    /// of which it is one, an array of two numbers between which it lies (`()` for an open end), a range, or `()` for
    /// a missing value.
    ///
    /// ```rhai
    /// let large = t.where(#{ total_length: [1000, ()], layer: "4" });
    /// ```
    #[rhai_fn(name = "where", return_raw, pure)]
    pub fn rows_where(ctx: NativeCallContext, table: &mut Table, what: Map) -> RhaiResultOf<Table> {
        table.filtered(&conditions(&what).at(&ctx)?).at(&ctx)
    }

    /// The rows for which a closure says true; `where` is faster where it can say the same.
    ///
    /// ```rhai
    /// let odd = t.filter(|row| row.n_tips > row.n_stems * 10);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn filter(ctx: NativeCallContext, table: &mut Table, keep: FnPtr) -> RhaiResultOf<Table> {
        let mut kept = Vec::new();
        for row in 0..table.len() {
            crate::interrupt::check().at(&ctx)?;
            if keep.call_within_context::<bool>(&ctx, (row_of(table, row),))? {
                kept.push(row);
            }
        }
        table.rows(&kept).at(&ctx)
    }

    /// The rows sorted by a column (or `"id"`), smallest first, missing values last.
    ///
    /// ```rhai
    /// let by_size = t.sort("total_length");
    /// ```
    #[rhai_fn(name = "sort", return_raw, pure)]
    pub fn sort_plainly(ctx: NativeCallContext, table: &mut Table, column: &str) -> RhaiResultOf<Table> {
        table.sorted(column, false).at(&ctx)
    }

    /// The rows sorted by a column. Option: `descending` (false).
    ///
    /// ```rhai
    /// print(t.sort("total_length", #{ descending: true }).head(5));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn sort(ctx: NativeCallContext, table: &mut Table, column: &str, options: Map) -> RhaiResultOf<Table> {
        let mut given = Options::new(&ctx, "sort", options);
        let descending = given.handle::<bool>("descending")?.unwrap_or(false);
        given.finish()?;
        table.sorted(column, descending).at(&ctx)
    }

    /// The first rows.
    ///
    /// ```rhai
    /// print(cells.metrics().head(3));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn head(ctx: NativeCallContext, table: &mut Table, rows: Dynamic) -> RhaiResultOf<Table> {
        Ok(table.head(values::count("the number of rows", &rows).at(&ctx)?))
    }

    /// The last rows.
    ///
    /// ```rhai
    /// print(cells.metrics().tail(3));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn tail(ctx: NativeCallContext, table: &mut Table, rows: Dynamic) -> RhaiResultOf<Table> {
        Ok(table.tail(values::count("the number of rows", &rows).at(&ctx)?))
    }

    /// A row for each value of a column: how many rows have it, and the means of all columns of numbers.
    ///
    /// ```rhai
    /// print(t.group("layer"));
    /// ```
    #[rhai_fn(name = "group", return_raw, pure)]
    pub fn group_plainly(ctx: NativeCallContext, table: &mut Table, by: &str) -> RhaiResultOf<Table> {
        table.grouped(by, &GroupOptions::default()).at(&ctx)
    }

    /// A row for each value of a column. Options: `stats` (`["mean"]`; any of `"n"`, `"mean"`, `"sd"`, `"median"`,
    /// `"min"`, `"max"`, `"sum"`, `"q25"`, `"q75"`), `columns` (all columns of numbers). The columns are called like
    /// `total_length_mean`.
    ///
    /// ```rhai
    /// print(t.group("layer", #{ stats: ["mean", "sd"], columns: ["total_length"] }));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn group(ctx: NativeCallContext, table: &mut Table, by: &str, options: Map) -> RhaiResultOf<Table> {
        table.grouped(by, &Options::new(&ctx, "group", options).parse()?).at(&ctx)
    }

    /// A row for each column of numbers: how many values there are and are missing, mean, standard deviation, smallest,
    /// quartiles, largest.
    ///
    /// ```rhai
    /// print(cells.metrics().describe());
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn describe(ctx: NativeCallContext, table: &mut Table) -> RhaiResultOf<Table> {
        table.described().at(&ctx)
    }

    /// The table with the columns of another, found by the rows' ids.
    ///
    /// ```rhai
    /// let patch = table::load("patch.csv", #{ id: "specimen" });
    /// let both = cells.metrics().join(patch.select(["rate"]));
    /// ```
    #[rhai_fn(name = "join", return_raw, pure)]
    pub fn join_plainly(ctx: NativeCallContext, table: &mut Table, other: Table) -> RhaiResultOf<Table> {
        join(ctx, table, other, Map::new())
    }

    /// The table with the columns of another, found by the rows' ids. Options: `how` (`"left"`: all rows stay;
    /// `"inner"`: those that both tables have), `suffix` (put behind names that both have).
    ///
    /// ```rhai
    /// let both = before.join(after, #{ how: "inner", suffix: "_after" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn join(ctx: NativeCallContext, table: &mut Table, other: Table, options: Map) -> RhaiResultOf<Table> {
        let options: JoinOptions = Options::new(&ctx, "join", options).parse()?;
        let (joined, unmatched) = table.joined(&other, &options).at(&ctx)?;
        if unmatched > 0 && options.how == How::Left {
            tracing::warn!("join: {unmatched} of {} rows are not in the other table", table.len());
        }
        Ok(joined)
    }

    /// The table with a column added, or replaced: labels, or an array of numbers or texts with `()` for missing ones.
    ///
    /// ```rhai
    /// let t = cells.metrics().with_column("cluster", groups.labels);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn with_column(ctx: NativeCallContext, table: &mut Table, name: &str, values: Dynamic) -> RhaiResultOf<Table> {
        column(name, &values).and_then(|column| table.with(column)).at(&ctx)
    }

    /// All columns of numbers as a matrix.
    ///
    /// ```rhai
    /// let x = cells.metrics().matrix();
    /// ```
    #[rhai_fn(name = "matrix", return_raw, pure)]
    pub fn whole_matrix(ctx: NativeCallContext, table: &mut Table) -> RhaiResultOf<Rows> {
        table.matrix().map(|(matrix, _)| Rc::new(matrix)).at(&ctx)
    }

    /// Some columns of numbers as a matrix.
    ///
    /// ```rhai
    /// let x = cells.metrics().matrix(["total_length", "n_tips"]);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn matrix(ctx: NativeCallContext, table: &mut Table, columns: Dynamic) -> RhaiResultOf<Rows> {
        table.matrix_of(&values::texts("the columns", &columns).at(&ctx)?).map(Rc::new).at(&ctx)
    }

    /// A column as labels.
    ///
    /// ```rhai
    /// plot::scatter(reduce::tsne(z), #{ labels: t.labels("layer") });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn labels(ctx: NativeCallContext, table: &mut Table, column: &str) -> RhaiResultOf<Rc<Labels>> {
        table.labels(column).map(Rc::new).at(&ctx)
    }

    /// Writes the table: `.csv` and `.tsv` (ids first), `.json` (an array of objects), `.parquet` (with units), or
    /// `.npy` (numbers only).
    ///
    /// ```rhai
    /// cells.metrics().save(out("metrics.csv"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_plainly(ctx: NativeCallContext, table: &mut Table, path: &str) -> RhaiResultOf<()> {
        table.save(path, false).at(&ctx)
    }

    /// Writes the table. Option: `units` (false): whether the headers of a text file name units, as in
    /// `total_length [um]`; they read back as units.
    ///
    /// ```rhai
    /// cells.metrics().save(out("metrics.csv"), #{ units: true });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn save(ctx: NativeCallContext, table: &mut Table, path: &str, options: Map) -> RhaiResultOf<()> {
        let mut given = Options::new(&ctx, "Table.save", options);
        let units = given.handle::<bool>("units")?.unwrap_or(false);
        given.finish()?;
        table.save(path, units).at(&ctx)
    }

    #[rhai_fn(name = "to_string", pure)]
    pub fn frame(table: &mut Table) -> String {
        show::table(table)
    }

    #[rhai_fn(name = "to_debug", pure)]
    pub fn one_line(table: &mut Table) -> String {
        table.to_string()
    }
}
