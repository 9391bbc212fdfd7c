//! From MorphIO's sections to linked samples.

use crate::error::{Error, Result};
use crate::morph::formats::table::Table;
use crate::morph::formats::{Reading, Warning, WarningCode, contour};
use crate::morph::{Sample, kind};

/// Links the points of all sections; samples are numbered from 1 in the order of the points, the soma first.
pub(super) fn link(
    name: &str,
    points: &[[f64; 4]],
    structure: &[[i64; 3]],
    mut warnings: Vec<Warning>,
) -> Result<Reading> {
    let mut table = Table::default();
    // The last sample of each section, where there is one on the way to it.
    let mut last: Vec<Option<i64>> = Vec::with_capacity(structure.len());
    let mut other_radius = 0usize;
    let outline = soma_points(points, structure)?;
    let soma = contour::one_sample(&outline, None).map(|(position, radius, warning)| {
        warnings.extend(warning);
        table.push(Sample { id: 1, kind: kind::SOMA, position, radius }, -1, 0).map(|()| 1)
    });
    let soma = soma.transpose()?;
    for (row, &[_, kind, parent]) in structure.iter().enumerate() {
        if row % 10_000 == 0 {
            crate::interrupt::check()?;
        }
        if is_outline(structure, row) {
            last.push(soma);
            continue;
        }
        let kind =
            u16::try_from(kind).map_err(|_| fault(row, format!("`{kind}` is not a type, expected 0 to 65535")))?;
        let above = match usize::try_from(parent) {
            Err(_) if parent == -1 => soma,
            Ok(parent) if parent < row => last[parent],
            _ => return Err(fault(row, format!("the parent `{parent}` is not a section before it"))),
        };
        let on_section = usize::try_from(parent).is_ok_and(|parent| !is_outline(structure, parent));
        let mut tip = above;
        for (place, &[x, y, z, diameter]) in range(points, structure, row)?.iter().enumerate() {
            let (position, radius) = ([x, y, z], diameter / 2.0);
            if place == 0
                && on_section
                && let Some(above) = above
            {
                // Samples are numbered from 1 without a gap.
                let from = &table.samples[above as usize - 1];
                if from.position == position {
                    other_radius += usize::from(from.radius != radius);
                    continue;
                }
            }
            let id = table.samples.len() as i64 + 1;
            table.push(Sample { id, kind, position, radius }, tip.unwrap_or(-1), 0)?;
            tip = Some(id);
        }
        last.push(tip);
    }
    if other_radius > 0 {
        let message = format!(
            "{other_radius} of the sections start with another radius than the sample they leave from, which keeps its own"
        );
        warnings.push(Warning { code: WarningCode::BranchRadius, line: None, message });
    }
    table.into_reading(name, warnings)
}

/// Whether a section is an outline of the soma rather than a part of the tree.
fn is_outline(structure: &[[i64; 3]], row: usize) -> bool {
    let [_, kind, parent] = structure[row];
    kind == i64::from(kind::SOMA) && parent == -1
}

/// The points of all outlines of the soma, with radii.
fn soma_points(points: &[[f64; 4]], structure: &[[i64; 3]]) -> Result<Vec<([f64; 3], f64)>> {
    let mut outline = Vec::new();
    for row in (0..structure.len()).filter(|&row| is_outline(structure, row)) {
        outline.extend(range(points, structure, row)?.iter().map(|&[x, y, z, d]| ([x, y, z], d / 2.0)));
    }
    Ok(outline)
}

/// The points of a section: from its first to the next section's first.
fn range<'a>(points: &'a [[f64; 4]], structure: &[[i64; 3]], row: usize) -> Result<&'a [[f64; 4]]> {
    let start = structure[row][0];
    let end = structure.get(row + 1).map_or(points.len() as i64, |next| next[0]);
    let range =
        usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(start, end)| points.get(start..end));
    range.ok_or_else(|| {
        fault(row, format!("its points `{start}` to `{end}` are not among the {} there are", points.len()))
    })
}

fn fault(row: usize, what: String) -> Error {
    Error::format(format!("section {row} of `structure`: {what}")).help("the file is damaged: export or copy it again")
}
