//! Values that a script prints as more than one line, fitted to the terminal.

use crate::data::table::Table;
use crate::error::Result;
use crate::term;

/// Rows of a table that are shown.
const ROWS: usize = 20;

/// A table as a data frame, as wide as the terminal is; `nms run … | less` gets all columns.
pub fn table(table: &Table) -> String {
    let frame = table.frame(ROWS);
    term::table::frame(&frame.columns, &frame.rows, frame.n_rows, term::table::width())
}

/// Shows a picture, given as PNG, where standard output is a terminal; elsewhere prints what it is.
///
/// # Errors
/// When it is no PNG.
pub fn picture(png: &[u8], what: &str) -> Result<()> {
    if !term::picture::show(png)? {
        print(what);
    }
    Ok(())
}

/// Columns and rows that a drawing in characters may take: most of the terminal, or of one of 80 by 24.
pub fn room() -> (usize, usize) {
    let (columns, rows) = term::table::size().unwrap_or((80, 24));
    (columns.clamp(8, 160), rows.saturating_sub(2).clamp(3, 60))
}

/// Prints as a script's `print` does.
pub fn print(text: &str) {
    term::printer::line(text);
}
