//! The data of the page, as its program reads them.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::ExplorerOptions;
use super::sketch::Sketch;
use crate::data::table::{Column, Values};
use crate::data::{Labels, Matrix, Population};
use crate::error::{Error, Result, did_you_mean};
use crate::plot::arbor::Part;
use crate::plot::marker::MARKERS;
use crate::plot::theme::{max_classes, sequential, theme};

/// Colours of the ramp; between them the page interpolates.
const STOPS: usize = 17;
/// Bytes of all drawings together, which a page of many cells shares out; a third more as text.
const DRAWINGS: usize = 30_000_000;
/// Bytes of one drawing at least and at most.
const DRAWING: (usize, usize) = (300, 4_500);
/// The class number of cells without a class, and the look of classes that have none of their own.
const NONE: u16 = u16::MAX;

/// Everything that the page's program is told: arrays as base64 of little-endian numbers.
pub(super) fn scene(
    maps: &[(String, &Matrix)],
    cells: &Population,
    columns: &[Column],
    options: &ExplorerOptions,
) -> Result<Value> {
    let ids = maps[0].1.ids();
    let places = places(ids, cells)?;
    let shown = maps.iter().map(|(name, matrix)| map(name, matrix, ids)).collect::<Result<Vec<_>>>()?;
    if let Some(color) = options.color.as_deref().filter(|color| !columns.iter().any(|c| c.name == *color)) {
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let near = did_you_mean(color, names.iter().copied());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        return Err(Error::value(format!("`color` is `{color}`, which is no column"))
            .help(format!("{near}there are: {}", names.join(", "))));
    }
    let columns = columns.iter().map(|c| column(c, ids.len())).collect::<Result<Vec<_>>>()?;
    let budget = (DRAWINGS / ids.len()).clamp(DRAWING.0, DRAWING.1);
    let drawn = cells.select(&places)?.each("drawing cells", |neuron| Sketch::new(neuron, options.plane, budget))?;
    let drawings: Vec<Value> =
        drawn.iter().map(|s| json!([s.step, s.size, BASE64_STANDARD.encode(&s.bytes)])).collect();
    let ramp: Vec<String> = (0..STOPS).map(|i| sequential(i as f64 / (STOPS - 1) as f64).css()).collect();
    // Corners of markers of radius 1; none for the disc.
    let markers = MARKERS.map(|marker| marker.corners(1.0));
    let parts = [Part::Axon, Part::Other, Part::Dendrite, Part::Apical, Part::Soma];
    let part_colors: Map<String, Value> =
        parts.iter().map(|&part| ((part as u8).to_string(), part.color().css().into())).collect();
    Ok(json!({
        "title": options.title,
        "unit": options.unit,
        "color": options.color,
        "ids": ids[..],
        "maps": shown,
        "columns": columns,
        "drawings": drawings,
        "palette": theme().palette.colors().iter().map(|c| c.css()).collect::<Vec<_>>(),
        "markers": markers,
        "ramp": ramp,
        "missing": theme().missing.css(),
        "part_colors": part_colors,
    }))
}

/// The place in the population of each row's cell.
fn places(ids: &[String], cells: &Population) -> Result<Vec<usize>> {
    let known: HashMap<&str, usize> = cells.ids().iter().map(String::as_str).zip(0..).collect();
    let place = |(row, id): (usize, &String)| {
        known.get(id.as_str()).copied().ok_or_else(|| {
            Error::value(format!("row {} of the map is `{id}`, which is no cell", row + 1))
                .help("map and cells must have the same ids: embed and draw the same population")
        })
    };
    ids.iter().enumerate().map(place).collect()
}

/// One map: its rows in the order of `ids`.
fn map(name: &str, matrix: &Matrix, ids: &[String]) -> Result<Value> {
    if matrix.cols() != 2 {
        return Err(Error::value(format!("the map `{name}` has {} columns, expected 2", matrix.cols()))
            .help("reduce::tsne(z) or reduce::pca(z, #{ components: 2 }) give two"));
    }
    matrix.require_finite(&format!("the map `{name}`"))?;
    let rows: HashMap<&str, usize> = matrix.ids().iter().map(String::as_str).zip(0..).collect();
    let row = |id: &String| {
        rows.get(id.as_str()).copied().ok_or_else(|| {
            Error::value(format!("the map `{name}` has no row `{id}`, which the first map has"))
                .help("all maps must show the same cells")
        })
    };
    let rows = ids.iter().map(row).collect::<Result<Vec<_>>>()?;
    let points = rows.iter().flat_map(|&row| matrix.row(row)).flat_map(|v| (*v as f32).to_le_bytes());
    Ok(json!({ "name": name, "axes": matrix.columns()[..], "points": base64(points) }))
}

/// One column: classes with the number of each cell's class, or numbers.
fn column(column: &Column, n: usize) -> Result<Value> {
    if column.len() != n {
        return Err(Error::value(format!("column `{}` has {} values for {n} cells", column.name, column.len()))
            .help("columns and maps must come from the same cells in the same order"));
    }
    match &column.values {
        Values::Numbers(values) => {
            let values = base64(values.iter().flat_map(|v| (*v as f32).to_le_bytes()));
            // Files write `um`, for every program reads ASCII; people read µm.
            let unit = column.unit.as_deref().map(|unit| unit.replace("um", "µm"));
            Ok(json!({ "name": column.name, "unit": unit, "values": values }))
        }
        Values::Texts(texts) => {
            let labels = Labels::new(texts.iter().map(Option::as_deref));
            let codes = labels.codes().iter().map(|c| c.map_or(NONE, |c| c as u16)).flat_map(u16::to_le_bytes);
            let counts = labels.counts();
            if counts.len() >= usize::from(NONE) {
                return Err(Error::value(format!("column `{}` has {} different texts", column.name, counts.len())));
            }
            Ok(json!({
                "name": column.name,
                "classes": labels.classes(),
                "looks": looks(&counts),
                "codes": base64(codes),
            }))
        }
    }
}

/// The number of each class's look. As in a scatter plot, the smallest classes beyond those that a reader can tell apart
/// share one.
fn looks(counts: &[usize]) -> Vec<Option<usize>> {
    let own = if counts.len() <= max_classes() { counts.len() } else { max_classes() - 1 };
    let mut by_size: Vec<usize> = (0..counts.len()).collect();
    by_size.sort_by_key(|&class| std::cmp::Reverse(counts[class]));
    let mut shown = by_size[..own].to_vec();
    shown.sort_unstable();
    (0..counts.len()).map(|class| shown.binary_search(&class).ok()).collect()
}

fn base64(bytes: impl Iterator<Item = u8>) -> Value {
    BASE64_STANDARD.encode(bytes.collect::<Vec<u8>>()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_beyond_the_distinguishable_share_a_look() {
        assert_eq!(looks(&[5, 1, 2]), [Some(0), Some(1), Some(2)]);
        // 70 classes; class i has i cells, so that the first seven have no look of their own.
        let many = looks(&(0..70).collect::<Vec<_>>());
        assert!(many[..7].iter().all(Option::is_none));
        assert_eq!((many[7], many[69]), (Some(0), Some(62)));
    }
}
