//! Values that a script prints as more than one line, fitted to the terminal.

use crate::data::table::Table;
use crate::term;

/// Rows of a table that are shown.
const ROWS: usize = 20;

/// A table as a data frame, as wide as the terminal is; `nms run … | less` gets all columns.
pub fn table(table: &Table) -> String {
    let frame = table.frame(ROWS);
    term::table::frame(&frame.columns, &frame.rows, frame.n_rows, term::table::width())
}
