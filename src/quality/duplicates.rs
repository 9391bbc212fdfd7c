//! Cells that are in the population twice, also where one was moved, resampled a little or written with other digits.

use rayon::prelude::*;

use crate::data::Population;
use crate::error::Result;
use crate::interrupt;
use crate::morph::Morphology;

/// Two cells may be one where all measures that moving does not change differ by less than this share,
const MEASURES: f64 = 0.01;
/// and are one where the ends of either lie this near to ends of the other, on average and after moving both to the
/// same place, as a share of the extent.
const ENDS: f64 = 0.005;

/// For each cell the first cell before it that it is a copy of, if there is one. `measures` has one row per cell of
/// measures that moving the cell does not change; the first must be its length.
pub(super) fn duplicates(cells: &Population, measures: &[Vec<f64>]) -> Result<Vec<Option<usize>>> {
    let mut order: Vec<usize> = (0..measures.len()).collect();
    order.sort_by(|&a, &b| measures[a][0].total_cmp(&measures[b][0]).then(a.cmp(&b)));
    let near = |a: f64, b: f64| (a - b).abs() <= MEASURES * a.abs().max(b.abs());
    let pairs_of = |at: usize| {
        let a = order[at];
        let behind = order[at + 1..].iter().take_while(move |&&b| near(measures[a][0], measures[b][0]));
        behind.filter(move |&&b| measures[a].iter().zip(&measures[b]).all(|(&x, &y)| near(x, y))).map(move |&b| (a, b))
    };
    let pairs: Vec<(usize, usize)> = (0..order.len()).into_par_iter().flat_map_iter(pairs_of).collect();
    let same: Vec<Option<(usize, usize)>> = pairs
        .par_iter()
        .map(|&(a, b)| {
            interrupt::check()?;
            let is_copy = are_one(&*cells.cell(a)?, &*cells.cell(b)?);
            Ok(is_copy.then_some((a.min(b), a.max(b))))
        })
        .collect::<Result<_>>()?;
    let mut first = vec![None; measures.len()];
    for (original, copy) in same.into_iter().flatten() {
        first[copy] = Some(first[copy].map_or(original, |known: usize| known.min(original)));
    }
    Ok(first)
}

/// Whether the ends of two neurons lie in the same places, as seen from the neurons' centres.
fn are_one(a: &Morphology, b: &Morphology) -> bool {
    let (a_ends, b_ends) = (ends(a), ends(b));
    let limit = ENDS * a.extent().into_iter().fold(0.0, f64::max);
    distance(&a_ends, &b_ends) <= limit && distance(&b_ends, &a_ends) <= limit
}

/// The leaves' places, seen from the centre.
fn ends(neuron: &Morphology) -> Vec<[f64; 3]> {
    let (children, centre) = (neuron.child_counts(), neuron.centre());
    let seen = |i: usize| std::array::from_fn(|axis| neuron.position[i][axis] - centre[axis]);
    (0..neuron.len()).filter(|&i| children[i] == 0).map(seen).collect()
}

/// Mean distance of points to the nearest of others.
fn distance(points: &[[f64; 3]], others: &[[f64; 3]]) -> f64 {
    let squared = |a: &[f64; 3], b: &[f64; 3]| (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>();
    let nearest = |p: &[f64; 3]| others.iter().map(|o| squared(p, o)).fold(f64::INFINITY, f64::min).sqrt();
    points.iter().map(nearest).sum::<f64>() / points.len().max(1) as f64
}
