//! Where UMAP's descent starts: the eigenvectors of the graph's normalised Laplacian (Belkin & Niyogi 2003).
//!
//! The graph may fall into parts. Each part is laid out by itself, within half of the way from its place to the next part's;
//! the places are the parts' means in the principal scores of the data.

use std::collections::VecDeque;

use super::super::lanczos::largest;
use super::super::sparse::Sparse;
use crate::error::Result;
use crate::run::seed;
use rand::Rng as _;

/// Residual of the eigenvectors: a start needs no more.
const TOLERANCE: f64 = 1e-5;

/// `dimensions` coordinates of each row. `scores` has as many principal scores of each.
///
/// # Errors
/// When a stop was asked for.
pub(super) fn layout(graph: &Sparse, scores: &[f64], dimensions: usize, seed: u64) -> Result<Vec<f64>> {
    let parts = parts(graph);
    if let [all] = &parts[..] {
        return eigenvectors(graph, all, dimensions, seed);
    }
    let places = places(&parts, scores, dimensions);
    let mut coordinates = vec![0.0; graph.len() * dimensions];
    for (number, (rows, place)) in parts.iter().zip(&places).enumerate() {
        let others = places.iter().enumerate().filter(|&(other, _)| other != number);
        let reach = 0.5 * others.map(|(_, p)| distance(p, place)).fold(f64::INFINITY, f64::min);
        let own = eigenvectors(graph, rows, dimensions, seed)?;
        let largest = own.iter().fold(f64::MIN_POSITIVE, |m, v| m.max(v.abs()));
        for (own, &row) in own.chunks_exact(dimensions).zip(rows) {
            let to = &mut coordinates[row * dimensions..(row + 1) * dimensions];
            to.iter_mut().zip(own.iter().zip(place)).for_each(|(to, (v, p))| *to = p + reach * v / largest);
        }
    }
    Ok(coordinates)
}

/// The rows that hang together, in the order of their first rows.
fn parts(graph: &Sparse) -> Vec<Vec<usize>> {
    let mut seen = vec![false; graph.len()];
    let mut parts = Vec::new();
    for first in 0..graph.len() {
        if seen[first] {
            continue;
        }
        seen[first] = true;
        let (mut part, mut open) = (Vec::new(), VecDeque::from([first]));
        while let Some(row) = open.pop_front() {
            part.push(row);
            for (other, _) in graph.row(row) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    open.push_back(other as usize);
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}

/// A place for each part: its mean score, no two of them at one place.
fn places(parts: &[Vec<usize>], scores: &[f64], dimensions: usize) -> Vec<Vec<f64>> {
    let mean = |rows: &Vec<usize>| -> Vec<f64> {
        let sum = |axis: usize| rows.iter().map(|&row| scores[row * dimensions + axis]).sum::<f64>();
        (0..dimensions).map(|axis| sum(axis) / rows.len() as f64).collect()
    };
    let mut places: Vec<Vec<f64>> = parts.iter().map(mean).collect();
    let largest = places.iter().flatten().fold(0.0f64, |m, v| m.max(v.abs()));
    for (number, place) in places.iter_mut().enumerate() {
        place.iter_mut().for_each(|v| *v /= largest.max(f64::MIN_POSITIVE));
        // Parts whose means agree in the leading scores are told apart by a small turn each.
        let angle = number as f64 * 2.399_963;
        place[0] += 0.05 * angle.cos();
        place[dimensions - 1] += 0.05 * angle.sin();
    }
    places
}

/// The `dimensions` eigenvectors of the normalised Laplacian's smallest eigenvalues but the first, on the rows of one part.
///
/// They belong to the largest eigenvalues of the normalised adjacency; the first, known one is the root of the degrees.
fn eigenvectors(graph: &Sparse, rows: &[usize], dimensions: usize, seed: u64) -> Result<Vec<f64>> {
    let n = rows.len();
    let mut rng = seed::stream(seed, "spectral", rows[0] as u64);
    if n <= dimensions + 1 {
        return Ok((0..n * dimensions).map(|_| rng.gen_range(-1.0..1.0)).collect());
    }
    let mut place = vec![u32::MAX; graph.len()];
    rows.iter().zip(0u32..).for_each(|(&row, at)| place[row] = at);
    let degree: Vec<f64> = rows.iter().map(|&row| graph.row(row).map(|(_, v)| v).sum::<f64>().sqrt()).collect();
    let scaled: Vec<Vec<(u32, f64)>> = rows
        .iter()
        .zip(&degree)
        .map(|(&row, own)| {
            let entry =
                |(other, v): (u32, f64)| (place[other as usize], v / own / degree[place[other as usize] as usize]);
            graph.row(row).map(entry).collect()
        })
        .collect();
    let apply = |v: &[f64], out: &mut [f64]| {
        for (out, row) in out.iter_mut().zip(&scaled) {
            *out = row.iter().map(|&(other, weight)| weight * v[other as usize]).sum();
        }
    };
    let length = degree.iter().map(|d| d * d).sum::<f64>().sqrt();
    let first: Vec<f64> = degree.iter().map(|d| d / length).collect();
    let start = (0..n).map(|_| rng.gen_range(-1.0..1.0)).collect();
    let vectors = largest(dimensions, apply, &[first], start, TOLERANCE)?;
    Ok((0..n).flat_map(|row| vectors.iter().map(move |v| v[row])).collect())
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Rings of these sizes, side by side, all weights 1.
    fn rings(sizes: &[usize]) -> Sparse {
        let mut graph = Sparse { starts: vec![0], columns: Vec::new(), values: Vec::new() };
        let mut first = 0;
        for &size in sizes {
            for at in 0..size {
                let mut pair = [first + (at + 1) % size, first + (at + size - 1) % size];
                pair.sort_unstable();
                graph.columns.extend(pair.map(|v| v as u32));
                graph.values.extend([1.0; 2]);
                graph.starts.push(graph.columns.len());
            }
            first += size;
        }
        graph
    }

    #[test]
    fn a_ring_is_laid_out_as_a_circle() {
        let mut graph = rings(&[60]);
        // Uneven weights: the method finds one vector of each eigenvalue, and an even ring has each twice.
        for row in 0..60 {
            for at in graph.starts[row]..graph.starts[row + 1] {
                let other = graph.columns[at] as usize;
                graph.values[at] = 1.0 + 0.1 * ((row * other + row + other) as f64).sin();
            }
        }
        let found = layout(&graph, &vec![0.0; 120], 2, 5).unwrap();
        let points = found.as_chunks::<2>().0;
        let mean = points.iter().map(|p| p[0].hypot(p[1])).sum::<f64>() / 60.0;
        for (i, p) in points.iter().enumerate() {
            assert!((p[0].hypot(p[1]) / mean - 1.0).abs() < 0.3, "{p:?} of {mean}");
            // On a circle, neighbours are 0.105 radii apart.
            assert!(distance(p, &points[(i + 1) % 60]) < 0.25 * mean, "{p:?}");
        }
    }

    #[test]
    fn parts_lie_apart() {
        let graph = rings(&[30, 3, 50]);
        assert_eq!(parts(&graph).iter().map(Vec::len).collect::<Vec<_>>(), [30, 3, 50]);
        let found = layout(&graph, &vec![0.0; 2 * 83], 2, 5).unwrap();
        let centre = |range: std::ops::Range<usize>| -> Vec<f64> {
            let n = range.len() as f64;
            (0..2).map(|axis| range.clone().map(|row| found[2 * row + axis]).sum::<f64>() / n).collect()
        };
        let centres = [centre(0..30), centre(30..33), centre(33..83)];
        assert!(distance(&centres[0], &centres[1]) > 0.01 && distance(&centres[1], &centres[2]) > 0.01);
        assert!(found.iter().all(|v| v.is_finite()));
    }
}
