//! Tables on a terminal: columns under their headings, as many as fit, and a line that says what does not.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Blanks between two columns.
const GAP: usize = 2;

/// Text longer than this is cut in a cell.
const LONGEST: usize = 40;

/// The width of the terminal, where standard output is one.
pub fn width() -> Option<usize> {
    // Some terminals do not know their width and say 0.
    Table::new().width().map(usize::from).filter(|width| *width > 0)
}

/// Columns and rows of the terminal, where there is one.
pub fn size() -> Option<(usize, usize)> {
    let size = terminal_size::terminal_size().map(|(columns, rows)| (usize::from(columns.0), usize::from(rows.0)));
    size.filter(|(columns, rows)| *columns > 0 && *rows > 0)
}

/// Lays out rows below headings within a width. Columns are left out from the right where they do not fit, never the
/// first; numbers (the headings' second value) stand at the right of their columns. A row of no texts becomes `…`. Of
/// `n_rows` rows in all, what is not shown is said in the last line.
pub fn frame(headings: &[(String, bool)], rows: &[Vec<String>], n_rows: usize, width: Option<usize>) -> String {
    let column = |at: usize| {
        let cells = rows.iter().map(|row| row.get(at).map_or("…", String::as_str));
        let own: Vec<String> = std::iter::once(headings[at].0.as_str()).chain(cells).map(cut).collect();
        let wide = own.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        (own, wide)
    };
    let columns: Vec<(Vec<String>, usize)> = (0..headings.len()).map(column).collect();
    let mut used = 0;
    let fits = |(_, wide): &&(Vec<String>, usize)| {
        used += wide + GAP;
        width.is_none_or(|width| used - GAP <= width)
    };
    let shown = columns.iter().take_while(fits).count().max(1).min(columns.len());
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for line in 0..=rows.len() {
        table.add_row(columns[..shown].iter().map(|(own, _)| own[line].as_str()));
    }
    for (at, (_, numeric)) in headings[..shown].iter().enumerate() {
        if let Some(column) = table.column_mut(at) {
            column.set_padding((0, if at + 1 == shown { 0 } else { GAP as u16 }));
            column.set_cell_alignment(if *numeric { CellAlignment::Right } else { CellAlignment::Left });
        }
    }
    let mut text: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    text += &left_out(headings, shown, rows, n_rows);
    text.trim_end().to_string()
}

/// The last line: how large the table is, and which columns are not shown.
fn left_out(headings: &[(String, bool)], shown: usize, rows: &[Vec<String>], n_rows: usize) -> String {
    let visible = rows.iter().filter(|row| !row.is_empty()).count();
    let hidden = &headings[shown..];
    let names: Vec<&str> = hidden.iter().take(6).map(|(name, _)| name.as_str()).collect();
    let more = if hidden.len() > 6 { ", …" } else { "" };
    match (visible < n_rows, hidden.is_empty()) {
        (false, true) => String::new(),
        (true, true) => format!("[{visible} of {n_rows} rows]"),
        (false, false) => format!("[{} columns left out: {}{more}]", hidden.len(), names.join(", ")),
        (true, false) => {
            format!("[{visible} of {n_rows} rows; {} columns left out: {}{more}]", hidden.len(), names.join(", "))
        }
    }
}

fn cut(text: &str) -> String {
    // A line break would tear the row apart.
    let text = text.replace(['\n', '\r', '\t'], " ");
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some(_) => text.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings() -> Vec<(String, bool)> {
        [("id", false), ("layer", false), ("length", true)].map(|(name, n)| (name.to_string(), n)).into()
    }

    fn rows() -> Vec<Vec<String>> {
        let row = |texts: [&str; 3]| texts.map(String::from).to_vec();
        vec![row(["a", "4", "1.5"]), Vec::new(), row(["long name", "2/3", "1034.0"])]
    }

    #[test]
    fn columns_are_aligned_and_what_is_left_out_is_said() {
        let text = frame(&headings(), &rows(), 7, None);
        let expected = "id         layer  length\na          4         1.5\n…          …           …\n\
                        long name  2/3    1034.0\n[2 of 7 rows]";
        assert_eq!(text, expected);
        let narrow = frame(&headings(), &rows(), 7, Some(20));
        assert_eq!(narrow.lines().next(), Some("id         layer"));
        assert_eq!(narrow.lines().last(), Some("[2 of 7 rows; 1 columns left out: length]"));
        assert_eq!(frame(&headings(), &[], 0, Some(5)), "id\n[2 columns left out: layer, length]");
    }

    #[test]
    fn long_and_broken_texts_stay_on_their_line() {
        let text = frame(&headings()[..1], &[vec![format!("a\nb{}", "x".repeat(60))]], 1, None);
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with("x…"), "{text}");
    }
}
