//! A map of cells to walk about in: one HTML file that shows every cell's drawing where the mouse is.
//!
//! A scatter plot shows that two groups lie apart; what their cells look like, and which cells lie between, one has to
//! see. The page colours cells by any column, draws the one that is pointed at, pins drawings beside each other, takes
//! selections by box or lasso out as CSV, and moves between several maps of the same cells. It holds its data, style and
//! program and loads nothing.
//!
//! Drawings are made small for it ([`sketch`]): a neuron of 5,000 samples takes some two kilobytes, ten thousand of them
//! a page of 20 MB. What the page does is in `*.js`, here its data are made.

mod scene;
mod sketch;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::arbor::Plane;
use super::page::{self, embedded, escaped, filled};
use crate::data::table::Column;
use crate::data::{Matrix, Population};
use crate::error::{Error, Result};

/// How an [`Explorer`] is shown at first.
#[derive(Clone, Debug, Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExplorerOptions {
    /// Title above the controls and of the page.
    pub title: String,
    /// The column that colours mean at first; by default the first one.
    pub color: Option<String>,
    /// The plane that cells are drawn in: `xy`, `xz` or `zy`.
    pub plane: Plane,
    /// Unit of positions, for the scale bars.
    pub unit: String,
}

impl Default for ExplorerOptions {
    fn default() -> Self {
        ExplorerOptions { title: String::new(), color: None, plane: Plane::default(), unit: "µm".into() }
    }
}

/// A page with a map of cells and their drawings. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct Explorer {
    html: Arc<str>,
    cells: usize,
    maps: usize,
}

/// Most cells of one page: beyond them a browser no longer follows the mouse.
const MAX_CELLS: usize = 100_000;

/// Makes a page of maps, each with its name and a row of two columns for each cell, and of the cells' drawings. Rows and
/// cells belong together by id, so that a map of some cells only shows those; all maps show the cells of the first.
/// `columns` have a value for each row of the first map.
///
/// # Errors
/// When there is no map or no row, when a map has other than two columns or numbers that are not finite, when a row's id
/// is no cell's or another map lacks it, when columns differ in length or `color` names none, when a neuron cannot be
/// read or drawn, and when there are more than 100,000 cells.
pub fn explorer(
    maps: &[(String, &Matrix)],
    cells: &Population,
    columns: &[Column],
    options: &ExplorerOptions,
) -> Result<Explorer> {
    let [(_, first), ..] = maps else {
        return Err(Error::value("no map to show").help("give a matrix of two columns"));
    };
    let n = first.rows();
    if n == 0 {
        return Err(Error::value("the map has no rows to show"));
    }
    if n > MAX_CELLS {
        return Err(Error::value(format!("{n} cells are more than a page can show, which is {MAX_CELLS}"))
            .help("show a part: `z.select(…)` and `cells.select(…)`"));
    }
    let scene = scene::scene(maps, cells, columns, options)?;
    let title = escaped(if options.title.is_empty() { "cells" } else { &options.title });
    let script = [
        include_str!("data.js"),
        include_str!("map.js"),
        include_str!("cards.js"),
        include_str!("controls.js"),
        include_str!("hands.js"),
    ]
    .concat();
    let parts = [
        ("{{title}}", title.as_str()),
        ("{{style}}", include_str!("style.css")),
        ("{{scene}}", &embedded(&scene)),
        ("{{script}}", &script),
    ];
    let html = filled(include_str!("page.html"), &parts)?;
    Ok(Explorer { html: html.into(), cells: n, maps: maps.len() })
}

impl Explorer {
    /// The page.
    pub fn html(&self) -> &str {
        &self.html
    }

    /// Writes the page. The file appears complete or not at all.
    ///
    /// # Errors
    /// When the path does not end in `.html`, or cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let instead = "for a picture, use plot::scatter or plot::cells_at_points";
        page::save(&self.html, path.as_ref(), "an explorer", instead)
    }
}

impl fmt::Display for Explorer {
    /// `Explorer(102 cells, 2 maps, 0.3 MB)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::morph::counted;
        let megabytes = self.html.len() as f64 / 1e6;
        write!(f, "Explorer({}, {}, {megabytes:.1} MB)", counted(self.cells, "cell"), counted(self.maps, "map"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::morph::{SynthesisOptions, synthesize, synthesize_population};

    fn map(ids: &[String], columns: usize) -> Matrix {
        let values = (0..ids.len() * columns).map(|i| ((i * 37) % 101) as f64).collect();
        Matrix::numbered(ids.into(), "tsne", columns, values).unwrap()
    }

    fn cells(n: usize) -> Population {
        let grown = synthesize_population(&["basket"], n, &SynthesisOptions::default(), 1).unwrap();
        Population::new(grown.into_iter().map(|(m, _)| Arc::new(m)).collect())
    }

    #[test]
    fn hostile_names_stay_data() {
        let bad = "</script><script>alert(1)</script>";
        let mut m = synthesize("granule", &SynthesisOptions::default(), 1).unwrap();
        m.name = bad.into();
        let cells = Population::new(vec![Arc::new(m)]);
        let labels = Column::texts("<b>label</b>", [Some(bad)]);
        let options = ExplorerOptions { title: "a <b> & {{scene}}".into(), ..ExplorerOptions::default() };
        let page = explorer(&[("<i>".into(), &map(cells.ids(), 2))], &cells, &[labels], &options).unwrap();
        assert_eq!(page.html().matches("<script").count(), 2);
        assert_eq!(page.html().matches("</script>").count(), 2);
        assert!(page.html().contains("<title>a &lt;b&gt; &amp; {{scene}}</title>"));
        assert!(!page.html().contains("<b>label") && !page.html().contains("<i>"));
    }

    #[test]
    fn the_page_names_no_other_place() {
        let cells = cells(3);
        let page = explorer(&[("t-SNE".into(), &map(cells.ids(), 2))], &cells, &[], &Default::default()).unwrap();
        for word in ["http://", "https://", "src=", "@import", "fetch(", "XMLHttpRequest"] {
            assert!(!page.html().contains(word), "{word}");
        }
        assert!(page.html().contains("default-src 'none'"));
        assert!(page.to_string().starts_with("Explorer(3 cells, 1 map, "), "{page}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let cells = cells(3);
        let two = map(cells.ids(), 2);
        let fails = |maps: &[(String, &Matrix)], columns: &[Column], options: &ExplorerOptions| {
            explorer(maps, &cells, columns, options).unwrap_err()
        };
        let plain = ExplorerOptions::default();
        assert!(fails(&[], &[], &plain).message.contains("no map"));
        assert!(fails(&[("a".into(), &two.select(&[]))], &[], &plain).message.contains("no rows"));
        let error = fails(&[("a".into(), &map(cells.ids(), 3))], &[], &plain);
        assert!(error.message.contains("3 columns") && error.help.unwrap().contains("tsne"));
        let strangers = map(&["x".into(), "y".into()], 2);
        assert!(fails(&[("a".into(), &strangers)], &[], &plain).message.contains("`x`"));
        let part = two.select(&[0, 2]);
        assert!(fails(&[("a".into(), &two), ("b".into(), &part)], &[], &plain).message.contains("`b`"));
        // The other way round it shows the cells that both have.
        assert!(explorer(&[("b".into(), &part), ("a".into(), &two)], &cells, &[], &plain).is_ok());
        let short = Column::numbers("size", vec![1.0]);
        assert!(fails(&[("a".into(), &two)], &[short], &plain).message.contains("`size`"));
        let size = Column::numbers("size", vec![1.0, f64::NAN, 3.0]);
        let unknown = ExplorerOptions { color: Some("sise".into()), ..plain.clone() };
        assert!(fails(&[("a".into(), &two)], &[size], &unknown).help.unwrap().contains("`size`"));
        let ids: Vec<String> = cells.ids().to_vec();
        let nan = Matrix::numbered(ids.into(), "t", 2, vec![f64::NAN; 6]).unwrap();
        assert!(fails(&[("a".into(), &nan)], &[], &plain).message.contains("finite"));
        let page = explorer(&[("a".into(), &two)], &cells, &[], &plain).unwrap();
        assert!(page.save("map.png").unwrap_err().message.contains(".html"));
    }
}
