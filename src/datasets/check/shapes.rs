//! Unit, axes and compartments, judged by the shapes: no file of neurons says them.

use super::Report;
use crate::data::Population;
use crate::data::population::Cell;
use crate::datasets::declaration::{Dataset, Geometry, Named, Upright};
use crate::datasets::prepare::{kept, kinds, placed};
use crate::error::Result;
use crate::morph::{Kinds, Morphology, Unit, counted, kind};
use crate::quality::{QcOptions, median};

/// A direction is told of apical dendrites with so many samples or more.
const APICAL_SAMPLES: usize = 30;
/// A single cell may be smaller or larger than the range of medians by this factor.
const STRAY: f64 = 4.0;
/// Cells are upright where the median angle to the vertical is below this, in degrees,
const UPRIGHT: f64 = 25.0;
/// and no more than a tenth of them lies farther off than this.
const FALLEN: f64 = 45.0;
/// Another axis is the slice's depth where the cells are flatter along it by this factor.
const FLATTER: f64 = 1.25;
/// The fewest cells that say anything of axes.
const FEW: usize = 5;

/// What one cell shows.
struct Shape {
    roots: usize,
    soma: bool,
    /// What preparing leaves of it; nothing where only soma or nothing is left.
    kept: Option<Morphology>,
    /// Where its apical dendrites (or all of it) lie, as seen from the soma (or root): a unit vector.
    up: Option<[f64; 3]>,
}

/// Judges the shapes of all cells.
pub(super) fn check(set: &Dataset, cells: &Population, report: &mut Report) -> Result<()> {
    let cells = match placed(set, cells) {
        Ok(placed) => placed,
        Err(error) if error.is_interrupt() => return Err(error),
        Err(error) => {
            report.odd("axes", error.message.clone(), error.help.as_deref().unwrap_or("mend the angles"));
            cells.clone()
        }
    };
    let without = kinds(&set.prepare.without)?;
    let shapes = cells.each("looking at shapes", |cell| Ok(shape(set, cell, &without)))?;
    compartments(set, &cells, &shapes, report);
    let whole: Vec<usize> = (0..cells.len()).filter(|&i| shapes[i].kept.is_some()).collect();
    if whole.is_empty() {
        return Ok(());
    }
    let extents: Vec<[f64; 3]> = shapes.iter().filter_map(|s| s.kept.as_ref().map(Morphology::extent)).collect();
    let ids: Vec<&str> = whole.iter().map(|&i| cells.ids()[i].as_str()).collect();
    unit(set, &ids, &extents, report);
    slice(&set.geometry, &extents, report);
    vertical(set, &cells, &shapes, report);
    copies(&cells, &shapes, &whole, report)
}

fn shape(set: &Dataset, cell: &Morphology, without: &Kinds) -> Shape {
    let left = kept(cell, without).filter(|left| left.kind.iter().any(|&k| k != kind::SOMA));
    let of: fn(u16) -> bool = match set.geometry.vertical_of {
        Upright::Apical => |k| k == kind::APICAL,
        Upright::All => |k| k != kind::SOMA,
    };
    let positions: Vec<[f64; 3]> = (0..cell.len()).filter(|&i| of(cell.kind[i])).map(|i| cell.position[i]).collect();
    let centre = cell.centre();
    let mean: [f64; 3] = std::array::from_fn(|k| {
        positions.iter().map(|p| p[k] - centre[k]).sum::<f64>() / positions.len().max(1) as f64
    });
    let length = mean.iter().map(|v| v * v).sum::<f64>().sqrt();
    let told = positions.len() >= APICAL_SAMPLES && length > 0.0;
    Shape { roots: cell.n_roots(), soma: cell.soma().is_some(), kept: left, up: told.then(|| mean.map(|v| v / length)) }
}

fn compartments(set: &Dataset, cells: &Population, shapes: &[Shape], report: &mut Report) {
    let those = |which: &dyn Fn(&Shape) -> bool| -> Option<(usize, String)> {
        let found: Vec<usize> = (0..shapes.len()).filter(|&i| which(&shapes[i])).collect();
        found.first().map(|&first| (found.len(), cells.ids()[first].clone()))
    };
    if let Some((n, first)) = those(&|s| s.kept.is_none()) {
        let message = format!(
            "{} nothing but soma once {} is removed, such as `{first}`",
            have(n),
            set.prepare.without.join(", ")
        );
        report.odd(
            "compartments",
            message,
            "the types of these files are not as declared; leave them out, or mend the types",
        );
    }
    let needs_soma = set.geometry.vertical_of == Upright::Apical;
    if let Some((n, first)) = those(&|s| needs_soma && !s.soma) {
        let message = format!("{} no soma, such as `{first}`", have(n));
        report.odd("compartments", message, "they are centred on their first root");
    }
    let nodes = set.views.subsample;
    if let Some((n, first)) = those(&|s| s.kept.as_ref().is_some_and(|kept| kept.len() < nodes)) {
        let message = format!("{} fewer than the {nodes} samples of a view, such as `{first}`", have(n));
        report.odd("compartments", message, "the published code drops such cells silently; nms keeps them whole");
    }
    if let Some((n, first)) = those(&|s| s.roots > 1) {
        let pieces = shapes.iter().map(|s| s.roots).max().unwrap_or(0);
        let text = format!("{} of up to {pieces} pieces, such as `{first}`", counted(n, "forest"));
        match set.prepare.join {
            true => report.note(format!("{text}; loading by preset joins them")),
            false => report.odd("compartments", text, "join them: `join: true`"),
        }
    }
}

fn have(n: usize) -> String {
    if n == 1 { "1 neuron has".into() } else { format!("{n} neurons have") }
}

/// Units in which files are found, as multiples of the coordinates in µm.
const UNITS: [(f64, &str); 5] = [
    (1e3, "nanometres"),
    (0.04, "atlas voxels of 25 µm"),
    (0.01, "micrometres divided by 100"),
    (1e-3, "millimetres"),
    (1e-6, "metres"),
];

/// Judges the unit by the median extent, and by each cell's: files of several units come together easily.
fn unit(set: &Dataset, ids: &[&str], extents: &[[f64; 3]], report: &mut Report) {
    let enlarged = set.prepare.enlarge.unwrap_or(1.0);
    let largest: Vec<f64> = extents.iter().map(|e| e.iter().copied().fold(0.0, f64::max) / enlarged).collect();
    let middle = median(&mut largest.clone());
    let name = symbol(set.geometry.unit);
    let [low, high] = set.geometry.extent;
    if !(low..=high).contains(&middle) {
        report.odd(
            "unit",
            format!(
                "the median extent is {} where {low:.0} to {high:.0} {name} are expected{}",
                short(middle),
                guess(&set.geometry, middle)
            ),
            "scale the cells (`cells.scale(…)`) and save them, or fetch the files from the archive",
        );
        return;
    }
    report.note(format!("median extent {} {name}, as expected of this unit ({low:.0} to {high:.0})", short(middle)));
    let (least, most) = (low / STRAY, high * STRAY);
    let strays: Vec<usize> = (0..largest.len()).filter(|&i| !(least..=most).contains(&largest[i])).collect();
    if let Some(&first) = strays.first() {
        let of = median(&mut strays.iter().map(|&i| largest[i]).collect::<Vec<_>>());
        report.odd(
            "unit",
            format!(
                "{} an extent beyond {} to {} {name}, such as `{}`: {}{}",
                have(strays.len()),
                short(least),
                short(most),
                ids[first],
                short(largest[first]),
                guess(&set.geometry, of)
            ),
            "units are mixed, or pieces of cells are among the files: scale them, or leave them out",
        );
    }
}

/// The unit that would put an extent nearest to the middle of the expected range, on a scale of ratios.
fn guess(geometry: &Geometry, extent: f64) -> String {
    let ([low, high], micrometres) = (geometry.extent, geometry.unit.micrometres());
    let middle = (low * high).sqrt();
    let fits = UNITS.iter().map(|(factor, unit)| (extent / (factor * micrometres), unit));
    let fits = fits.filter(|(extent, _)| (low..=high).contains(extent));
    let nearest = fits.min_by(|a, b| (a.0 / middle).ln().abs().total_cmp(&(b.0 / middle).ln().abs()));
    nearest.map_or(String::new(), |(_, unit)| format!("; that looks like {unit}"))
}

/// A length with about three digits.
fn short(length: f64) -> String {
    match length {
        l if l >= 100.0 => format!("{l:.0}"),
        l if l >= 1.0 => format!("{l:.1}"),
        l => format!("{l:.4}"),
    }
}

fn symbol(unit: Unit) -> &'static str {
    match unit {
        Unit::Nm => "nm",
        Unit::Um => "µm",
        Unit::Mm => "mm",
        Unit::M => "m",
    }
}

/// The axis along which the cells are flattest.
fn slice(geometry: &Geometry, extents: &[[f64; 3]], report: &mut Report) {
    let Some(expected) = geometry.slice.filter(|_| extents.len() >= FEW) else { return };
    let sides: [f64; 3] = std::array::from_fn(|k| median(&mut extents.iter().map(|e| e[k]).collect::<Vec<_>>()));
    let flattest =
        [Named::X, Named::Y, Named::Z].into_iter().min_by(|&a, &b| sides[a as usize].total_cmp(&sides[b as usize]));
    let said = format!("the median box is {:.0} x {:.0} x {:.0}", sides[0], sides[1], sides[2]);
    match flattest {
        Some(axis) if sides[expected as usize] > FLATTER * sides[axis as usize] => report.odd(
            "axes",
            format!("{said}: {} is the slice's depth, expected {}", axis.letter(), expected.letter()),
            "other axes than declared: turn the cells, or rotate views about another axis",
        ),
        _ => report.note(said),
    }
}

/// Whether the cells stand upright.
fn vertical(set: &Dataset, cells: &Population, shapes: &[Shape], report: &mut Report) {
    let Some(axis) = set.geometry.vertical else { return };
    let ups: Vec<(usize, [f64; 3])> = (0..shapes.len()).filter_map(|i| shapes[i].up.map(|up| (i, up))).collect();
    let what = match set.geometry.vertical_of {
        Upright::Apical => "apical dendrites",
        Upright::All => "all samples",
    };
    if ups.len() < FEW {
        report.note(format!("too few neurons with {what} ({}) to tell the vertical by", ups.len()));
        return;
    }
    let off = |up: &[f64; 3]| up[axis as usize].abs().min(1.0).acos().to_degrees();
    let angle = median(&mut ups.iter().map(|(_, up)| off(up)).collect::<Vec<_>>());
    let fallen: Vec<usize> = ups.iter().filter(|(_, up)| off(up) > FALLEN).map(|(i, _)| *i).collect();
    let upwards = ups.iter().filter(|(_, up)| up[axis as usize] > 0.0).count();
    let sign = if 2 * upwards >= ups.len() { '+' } else { '-' };
    let said = format!(
        "{what} of {} lie {angle:.0}° (median) off the {} axis, most towards {sign}{}",
        counted(ups.len(), "neuron"),
        axis.letter(),
        axis.letter()
    );
    if angle <= UPRIGHT && fallen.len() * 10 <= ups.len() {
        report.note(said);
        return;
    }
    let first = fallen.first().map_or(String::new(), |&i| format!(", such as `{}`", cells.ids()[i]));
    let absent = set.prepare.turn.iter().find(|turn| !cells.columns().any(|column| column == turn.column));
    let help = match absent {
        Some(turn) => format!("they are not turned upright: put `{}` into the label table", turn.column),
        None => "turn the cells upright, or rotate views about another axis".to_string(),
    };
    report.odd("axes", format!("{said}; {} of them more than {FALLEN:.0}°{first}", fallen.len()), &help);
}

/// Copies, which are in a collection twice under two names.
fn copies(cells: &Population, shapes: &[Shape], whole: &[usize], report: &mut Report) -> Result<()> {
    let kept = shapes.iter().filter_map(|s| s.kept.as_ref()).map(Cell::packed).collect();
    let ids: Vec<String> = whole.iter().map(|&i| cells.ids()[i].clone()).collect();
    let table = Population::from_parts(kept, ids, Vec::new(), None).qc(&QcOptions::default(), 0)?.table;
    let original = table.column("duplicate_of")?;
    let copies: Vec<usize> = (0..table.len()).filter(|&row| !original.is_missing(row)).collect();
    if let Some(&row) = copies.first() {
        let what = if copies.len() == 1 {
            "1 neuron is a copy".into()
        } else {
            format!("{} neurons are copies", copies.len())
        };
        let of = original.text_at(row).unwrap_or_default();
        report.odd(
            "cells",
            format!("{what} of others, such as `{}` of `{of}`", table.ids()[row]),
            "keep one of each: a copy in another fold makes scores too good",
        );
    }
    Ok(())
}
