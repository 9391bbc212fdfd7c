//! UMAP's fuzzy graph: how surely each row belongs to the neighbourhood of each other (McInnes, Healy & Melville 2018, 3.1).
//!
//! Every row measures distance on a scale of its own, from its nearest neighbour outwards, so that it has the same number
//! of neighbours in the fuzzy sense as all others; the rows' views are then united.

use rayon::prelude::*;

use crate::distance::Neighbours;

use super::super::sparse::Sparse;
use crate::data::Labels;

/// Width of the bisection for a scale, and what counts as a whole step between neighbours; as in the authors' program.
const TOLERANCE: f64 = 1e-5;
/// Smallest scale, as a share of the mean distance.
const SMALLEST: f64 = 1e-3;
const STEPS: usize = 64;

/// What a row's distances are measured by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    /// Distance up to which neighbours belong fully.
    nearest: f64,
    /// Distance beyond that over which membership falls by a factor e.
    width: f64,
}

/// Memberships of the neighbours of each row, in the neighbourhood's order. `total` is the number of neighbours in the fuzzy
/// sense, of which a row's logarithm to base 2 is met; `connected` that of neighbours that belong fully.
pub(super) fn memberships(near: &Neighbours, total: f64, connected: f64) -> Vec<f64> {
    let sum: f64 = (0..near.len()).flat_map(|row| near.distances(row)).sum();
    // A row is its own nearest neighbour, at distance 0, which counts in the means.
    let mean = sum / (near.len() as f64 * total);
    let rows = (0..near.len()).into_par_iter().map(|row| {
        let distances = near.distances(row);
        let scale = scale(distances, total, connected, mean);
        let membership = |&d: &f64| {
            let beyond = d - scale.nearest;
            if beyond <= 0.0 || scale.width == 0.0 { 1.0 } else { (-beyond / scale.width).exp() }
        };
        distances.iter().map(membership).collect::<Vec<f64>>()
    });
    rows.collect::<Vec<_>>().concat()
}

/// The scale of a row (algorithm 3), by bisection of the width.
fn scale(distances: &[f64], total: f64, connected: f64, mean_of_all: f64) -> Scale {
    let positive: Vec<f64> = distances.iter().copied().filter(|&d| d > 0.0).collect();
    let nearest = if positive.len() as f64 >= connected {
        let (index, part) = (connected.floor() as usize, connected.fract());
        match index {
            0 => part * positive.first().unwrap_or(&0.0),
            _ if part > TOLERANCE && index < positive.len() => {
                positive[index - 1] + part * (positive[index] - positive[index - 1])
            }
            _ => positive[index - 1],
        }
    } else {
        positive.iter().fold(0.0, |m: f64, &d| m.max(d))
    };
    let target = total.log2();
    let (mut low, mut high, mut width) = (0.0, f64::INFINITY, 1.0);
    for _ in 0..STEPS {
        let share = |d: &f64| if *d > nearest { (-(d - nearest) / width).exp() } else { 1.0 };
        let sum: f64 = distances.iter().map(share).sum();
        if (sum - target).abs() < TOLERANCE {
            break;
        }
        (low, high) = if sum > target { (low, width) } else { (width, high) };
        width = if high.is_infinite() { 2.0 * width } else { 0.5 * (low + high) };
    }
    let mean = if nearest > 0.0 { distances.iter().sum::<f64>() / total } else { mean_of_all };
    Scale { nearest, width: width.max(SMALLEST * mean) }
}

/// The graph: memberships of both rows of a pair, united (`mix` 1: either sees the other), intersected (0: both do), or
/// between the two.
pub(super) fn fuzzy_graph(near: &Neighbours, memberships: &[f64], mix: f64) -> Sparse {
    Sparse::of(near, memberships, |a, b| mix * (a + b - a * b) + (1.0 - mix) * a * b)
}

/// The graph where labels are known (section 3.4 and the authors' program): pairs of different labels are made unlikely,
/// the more the larger `weight` is (1: all but impossible), and pairs with a cell without a label somewhat. Then each row is
/// brought back to belonging fully to its nearest.
pub(super) fn supervised(graph: &Sparse, labels: &Labels, weight: f64) -> Sparse {
    let far = if weight < 1.0 { 2.5 / (1.0 - weight) } else { 1e12 };
    let codes = labels.codes();
    let mut graph = graph.clone();
    for (row, &own) in codes.iter().enumerate() {
        let range = graph.starts[row]..graph.starts[row + 1];
        for at in range.clone() {
            let distance = match (own, codes[graph.columns[at] as usize]) {
                (Some(a), Some(b)) if a == b => 0.0,
                (Some(_), Some(_)) => far,
                _ => 1.0,
            };
            graph.values[at] *= f64::exp(-distance);
        }
        let largest = graph.values[range.clone()].iter().fold(0.0f64, |m, &v| m.max(v));
        if largest > 0.0 {
            graph.values[range].iter_mut().for_each(|v| *v /= largest);
        }
    }
    graph.symmetric(|a, b| a + b - a * b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    #[test]
    fn graphs_are_umap_learns() {
        // umap-learn 0.5.12 on the same neighbours, in single precision: see tests/fixtures/stats.
        let reference: Value = serde_json::from_str(include_str!("../../../tests/fixtures/stats/umap.json")).unwrap();
        let k = reference["k"].as_u64().unwrap() as usize;
        let rows = serde_json::from_value(reference["rows"].clone()).unwrap();
        let near = Neighbours::new(k - 1, rows, serde_json::from_value(reference["distances"].clone()).unwrap());
        let labels: Vec<Option<String>> = serde_json::from_value(reference["labels"].clone()).unwrap();
        let labels = Labels::new(labels);
        let (mut all, mut off) = (0, 0);
        for case in reference["graphs"].as_array().unwrap() {
            let number = |key: &str| case[key].as_f64().unwrap();
            let own = memberships(&near, k as f64, number("local_connectivity"));
            let mut graph = fuzzy_graph(&near, &own, number("set_op_mix_ratio"));
            if let Some(weight) = case["target_weight"].as_f64() {
                graph = supervised(&graph, &labels, weight);
            }
            let list = |key: &str| serde_json::from_value::<Vec<f64>>(case[key].clone()).unwrap();
            let (columns, values) = (list("columns"), list("values"));
            let starts: Vec<usize> = list("starts").iter().map(|v| *v as usize).collect();
            for row in 0..near.len() {
                let found: std::collections::BTreeMap<u32, f64> = graph.row(row).collect();
                let expected: std::collections::BTreeMap<u32, f64> =
                    (starts[row]..starts[row + 1]).map(|at| (columns[at] as u32, values[at])).collect();
                // Weights below single precision's resolution of 1 may be there or not. The bisection stops within 1e-5 of
                // its goal, and where it is just there, single precision may stop it a step sooner or later.
                for column in found.keys().chain(expected.keys()) {
                    let (a, b) = (found.get(column).unwrap_or(&0.0), expected.get(column).unwrap_or(&0.0));
                    assert!((a - b).abs() < 1e-5, "{row}, {column}: {a}, expected {b}");
                    all += 1;
                    off += usize::from((a - b).abs() > 1e-6);
                }
            }
        }
        assert!(100 * off < all, "{off} of {all} weights differ by more than 1e-6");
    }

    #[test]
    fn coincident_and_equidistant_rows_belong_fully() {
        let near = Neighbours::new(3, vec![1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2], vec![0.0; 12]);
        assert_eq!(memberships(&near, 4.0, 1.0), [1.0; 12]);
        let near = Neighbours::new(3, vec![1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2], vec![2.0; 12]);
        assert_eq!(memberships(&near, 4.0, 1.0), [1.0; 12]);
    }
}
