//! Points, tangents and nearest points against plain computations; scores against published code.
#![allow(clippy::unwrap_used)]

use rand::Rng;
use serde_json::Value;

use super::*;
use crate::morph::{Morphology, parse_swc, read_swc, testing};
use crate::run::seed;

fn cloud(n: usize, index: u64) -> Vec<[f64; 3]> {
    let mut rng = seed::stream(2, "cloud", index);
    let mut at = [0.0; 3];
    (0..n)
        .map(|_| {
            at = at.map(|v| v + rng.gen_range(-2.0..2.0));
            at
        })
        .collect()
}

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum()
}

#[test]
fn the_tree_finds_what_comparing_all_points_finds() {
    for (n, m) in [(1, 1), (7, 100), (100, 9), (8, 8), (500, 777), (65, 64)] {
        let (a, b) = (cloud(n, n as u64), cloud(m, 1000 + m as u64));
        let (of_a, of_b) = (tree::Tree::new(&a), tree::Tree::new(&b));
        let mut seen = vec![false; n];
        of_b.nearest_of_all(&of_a, |query, target, distance| {
            let (query, target) = (query as usize, target as usize);
            assert!(!std::mem::replace(&mut seen[query], true));
            let least = b.iter().map(|&p| squared(a[query], p)).fold(f64::INFINITY, f64::min);
            assert!((distance * distance - least).abs() < 1e-9 && (squared(a[query], b[target]) - least).abs() < 1e-12);
        });
        assert!(seen.into_iter().all(|s| s));
        let mut found = Vec::new();
        for &point in a.iter().take(50) {
            of_b.nearest_to(point, 6, &mut found);
            let mut all: Vec<(f64, u32)> = b.iter().zip(0..).map(|(&p, i)| (squared(point, p), i)).collect();
            all.sort_by(|x, y| x.partial_cmp(y).unwrap());
            all.truncate(6);
            assert_eq!(found, all);
        }
    }
}

#[test]
fn coincident_points_and_single_samples_have_scores() {
    for points in [vec![[1.0; 3]], vec![[1.0; 3]; 40], vec![[0.0; 3], [1e6, 0.0, 0.0]]] {
        let cell = Dotprops::of_points(points, 5).unwrap();
        let other = Dotprops::of_points(cloud(30, 0), 5).unwrap();
        for use_alpha in [false, true] {
            let options = NblastOptions { use_alpha, ..Default::default() };
            assert!(score(&cell, &other, &options).is_finite());
            assert!(score(&other, &cell, &options).is_finite());
        }
    }
    assert!(Dotprops::of_points(vec![], 5).is_err());
    assert!(Dotprops::of_points(vec![[f64::NAN; 3]], 5).is_err());
    assert!(Dotprops::of_points(vec![[0.0; 3]], 1).is_err());
}

#[test]
fn a_straight_neurite_has_its_direction() {
    let line: Vec<[f64; 3]> = (0..20).map(|i| [2.0 * f64::from(i), f64::from(i), -2.0 * f64::from(i)]).collect();
    let cell = Dotprops::of_points(line, 5).unwrap();
    for (tangent, alpha) in cell.tangents.iter().zip(&cell.alpha) {
        let along = (2.0 * tangent[0] + tangent[1] - 2.0 * tangent[2]).abs() / 3.0;
        assert!((along - 1.0).abs() < 1e-12 && (alpha - 1.0).abs() < 1e-12);
    }
}

#[test]
fn neighbours_are_the_best_of_each_row_on_any_number_of_threads() {
    let cells: Vec<Dotprops> = (0..12).map(|i| Dotprops::of_points(cloud(60, i), 5).unwrap()).collect();
    for scores in [Direction::Forward, Direction::Mean, Direction::Min, Direction::Max] {
        let options = NblastOptions { scores, ..Default::default() };
        let all = all_by_all(&cells, &options).unwrap();
        for i in 0..12 {
            assert_eq!(all[i * 12 + i], 1.0);
            for j in (0..12).filter(|&j| j != i) {
                assert_eq!(all[i * 12 + j], score(&cells[i], &cells[j], &options));
                assert!(scores == Direction::Forward || all[i * 12 + j] == all[j * 12 + i]);
            }
        }
        let near = nearest_neighbours(&cells, 4, &options).unwrap();
        for (i, row) in near.iter().enumerate() {
            let mut order: Vec<usize> = (0..12).filter(|&j| j != i).collect();
            order.sort_by(|&a, &b| all[i * 12 + b].total_cmp(&all[i * 12 + a]));
            assert_eq!(row.iter().map(|n| n.cell).collect::<Vec<_>>(), order[..4]);
        }
        let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(single.install(|| all_by_all(&cells, &options)).unwrap(), all);
        assert_eq!(single.install(|| nearest_neighbours(&cells, 4, &options)).unwrap(), near);
    }
    assert_eq!(nearest_neighbours(&cells[..1], 4, &NblastOptions::default()).unwrap(), [vec![]]);
    assert!(nearest_neighbours(&cells, 0, &NblastOptions::default()).is_err());
}

#[test]
fn a_graph_keeps_the_order_of_neighbours_and_exports_them() {
    let near = [vec![(2, 0.9), (1, 0.5)], vec![(0, 0.5), (2, 0.1)], vec![(0, 0.9), (1, 0.1)]]
        .map(|row| row.into_iter().map(|(cell, score)| Neighbour { cell, score }).collect());
    let graph = KnnGraph::new(["a", "b", "c,d"].map(String::from).into(), &near);
    assert_eq!((graph.neighbours(0), graph.neighbours(9)), (near[0].clone(), vec![]));
    assert_eq!(graph.to_string(), "KnnGraph(3 cells, 2 neighbours each, 6 edges)");
    let folder = tempfile::tempdir().unwrap();
    graph.save(&folder.path().join("g.csv")).unwrap();
    let text = std::fs::read_to_string(folder.path().join("g.csv")).unwrap();
    assert!(text.starts_with("source,target,rank,score\na,\"c,d\",1,0.9\na,b,2,0.5\n"), "{text}");
}

#[test]
fn points_along_a_neuron_keep_tips_and_forks() {
    let text = b"1 1 0 0 0 1 -1\n2 3 0 10 0 1 1\n3 3 2.4 10 0 1 2\n4 3 -0.3 10 0 1 2\n";
    let neuron = crate::morph::parse_swc("t", text).unwrap().morphology;
    let points = resample::points(&neuron, 1.0, None).unwrap();
    // The root; ten parts down from the fork; two parts of 1.2; a stub that is shorter than a step.
    assert_eq!(points.len(), 1 + 10 + 2 + 1);
    for at in [[0.0; 3], [0.0, 10.0, 0.0], [2.4, 10.0, 0.0], [1.2, 10.0, 0.0], [-0.3, 10.0, 0.0]] {
        assert!(points.iter().any(|&p| squared(p, at) < 1e-24), "{at:?}");
    }
    assert_eq!(resample::points(&neuron, 0.0, None).unwrap().len(), 4);
    let dendrite = crate::morph::Kinds::one(3);
    assert_eq!(resample::points(&neuron, 1.0, Some(&dendrite)).unwrap().len(), 4);
    assert!(resample::points(&neuron, -1.0, None).is_err());
    assert!(resample::points(&neuron, 1e-9, None).is_err());
}

fn published() -> Option<(Value, Vec<Morphology>)> {
    let folder = testing::data()?.join("morphometrics");
    let doc: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("nblast.json")).unwrap()).unwrap();
    let names: Vec<String> = serde_json::from_value(doc["names"].clone()).unwrap();
    let read = |name: &String| read_swc(folder.join(format!("swc/{name}.swc"))).unwrap().morphology;
    let neurons = names.iter().map(read).collect();
    Some((doc, neurons))
}

/// `tests/fixtures/shape/generate_nblast.py`: navis 1.12 with both of its back ends on random trees.
#[test]
fn scores_agree_with_navis() {
    let doc: Value = serde_json::from_str(include_str!("../../../tests/fixtures/shape/nblast.json")).unwrap();
    let texts: Vec<String> = serde_json::from_value(doc["swc"].clone()).unwrap();
    let neurons = texts.iter().map(|text| parse_swc("t", text.as_bytes()).unwrap().morphology);
    let cells: Vec<Dotprops> = neurons.map(|m| Dotprops::new(&m, &NblastOptions::default()).unwrap()).collect();
    let counts: Vec<usize> = serde_json::from_value(doc["n_points"].clone()).unwrap();
    assert_eq!(cells.iter().map(Dotprops::len).collect::<Vec<_>>(), counts);
    for (key, normalised, use_alpha) in [
        ("raw", false, false),
        ("normalised", true, false),
        ("raw_alpha", false, true),
        ("normalised_alpha", true, true),
    ] {
        let options = NblastOptions { normalised, use_alpha, scores: Direction::Forward, ..Default::default() };
        let ours = all_by_all(&cells, &options).unwrap();
        for key in [key.to_string(), format!("fastcore_{key}")] {
            let theirs: Vec<Vec<f64>> = serde_json::from_value(doc["scores"][&key].clone()).unwrap();
            for (a, b) in ours.iter().zip(theirs.concat()) {
                assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{key}: {a} for {b}");
            }
        }
    }
}

/// The shared fixture, navis 1.12 on regular shapes 1 µm apart. A few points there have a fifth and a sixth neighbour
/// at one distance, or two nearest points in a target; either choice is right, and what it can change is allowed for. All
/// other points together must agree to 1e-9.
#[test]
fn scores_agree_with_the_shared_fixture() {
    let Some((doc, neurons)) = published() else { return };
    let set = &doc["sets"]["resampled_1um"];
    let counts: Vec<usize> = serde_json::from_value(set["n_points"].clone()).unwrap();
    // Both the positions of samples and of points are 32-bit numbers there, which breaks other ties.
    let single = |p: [f64; 3]| p.map(|v| f64::from(v as f32));
    let points = |m: &Morphology| {
        let mut m = m.clone();
        m.position.iter_mut().for_each(|p| *p = single(*p));
        resample::points(&m, 1.0, None).unwrap().into_iter().map(single).collect()
    };
    let cells: Vec<Dotprops> = neurons.iter().map(|m| Dotprops::of_points(points(m), 5).unwrap()).collect();
    assert_eq!(cells.iter().map(Dotprops::len).collect::<Vec<_>>(), counts);
    let tied: Vec<Vec<bool>> =
        cells.iter().map(|cell| cell.points.iter().map(|&p| gap_after(p, cell, 5) < 1e-6).collect()).collect();
    let mut exact = 0;
    for use_alpha in [false, true] {
        let options = NblastOptions { normalised: false, use_alpha, scores: Direction::Forward, ..Default::default() };
        let ours = all_by_all(&cells, &options).unwrap();
        let key = if use_alpha { "_raw_alpha" } else { "_raw" };
        for back_end in ["builtin", "fastcore"] {
            let theirs: Vec<Vec<f64>> = serde_json::from_value(set[format!("{back_end}{key}")].clone()).unwrap();
            for (at, (a, b)) in ours.iter().zip(theirs.concat()).enumerate() {
                let (query, target) = (at / cells.len(), at % cells.len());
                let open = match query == target {
                    true => tied[query].iter().filter(|&&tied| use_alpha && tied).count(),
                    false => open_points(&cells[query], &tied[query], &cells[target], &tied[target]),
                };
                // The widest row of the tables spans 5 points of score; most span 1.
                let slack = 5.0 * open as f64;
                exact += usize::from((a - b).abs() <= 1e-9 * b.abs().max(1.0));
                assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0) + slack, "{query} in {target}: {a} for {b}");
            }
        }
    }
    assert!(exact >= 96, "{exact} of 144 scores are exact");
}

/// How much farther than its `k`-th nearest point the next one is.
fn gap_after(p: [f64; 3], cell: &Dotprops, k: usize) -> f64 {
    let mut found = Vec::new();
    cell.tree.nearest_to(p, k + 1, &mut found);
    found.get(k).map_or(f64::INFINITY, |next| next.0.sqrt() - found[k - 1].0.sqrt())
}

/// Points of a query whose score depends on a choice: of their own tangent, of the nearest point, or of its tangent.
fn open_points(query: &Dotprops, own: &[bool], target: &Dotprops, theirs: &[bool]) -> usize {
    let mut found = Vec::new();
    let open = |(p, &own): (&[f64; 3], &bool)| {
        target.tree.nearest_to(*p, 2, &mut found);
        own || theirs[found[0].1 as usize] || found[1].0.sqrt() - found[0].0.sqrt() < 1e-6
    };
    query.points.iter().zip(own).map(open).filter(|&open| open).count()
}

/// Tangents and alpha of one neuron on its own samples; the reference computes positions in 32 bits.
#[test]
fn tangents_agree_with_published_ones() {
    let Some((doc, neurons)) = published() else { return };
    let reference = &doc["sets"]["nodes_as_points"]["tangents_of_trifurcation"];
    let points: Vec<[f64; 3]> = serde_json::from_value(reference["points"].clone()).unwrap();
    let vectors: Vec<[f64; 3]> = serde_json::from_value(reference["vect_sign_free"].clone()).unwrap();
    let alpha: Vec<f64> = serde_json::from_value(reference["alpha"].clone()).unwrap();
    let options = NblastOptions { resample: 0.0, ..Default::default() };
    let cell = Dotprops::new(&neurons[0], &options).unwrap();
    let mut compared = 0;
    for (i, point) in points.iter().enumerate() {
        let at = (0..cell.len()).find(|&k| squared(cell.points[k], *point) < 1e-8).unwrap();
        let distances: Vec<f64> = cell.points.iter().map(|&p| squared(p, cell.points[at]).sqrt()).collect();
        let mut sorted = distances.clone();
        sorted.sort_by(f64::total_cmp);
        // Where the fifth and the sixth neighbour are equally far, either choice is right.
        if sorted[5] - sorted[4] < 1e-3 {
            continue;
        }
        let along: f64 = (0..3).map(|k| vectors[i][k] * cell.tangents[at][k]).sum::<f64>().abs();
        assert!((along - 1.0).abs() < 1e-5 && (cell.alpha[at] - alpha[i]).abs() < 1e-5, "point {i}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared}");
}
