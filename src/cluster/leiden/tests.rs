#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use super::*;
use crate::cluster::testing::{data, references};
use crate::distance::Space;
use crate::morph::nblast::Neighbour;

#[test]
fn quality_is_at_least_leidenalgs() {
    // leidenalg 0.12.0, the best of 20 seeds on the same graph: see tests/fixtures/stats.
    let all = references(include_str!("../../../tests/fixtures/stats/leiden.json"));
    assert_eq!(all.len(), 16);
    for reference in &all {
        let options = LeidenOptions {
            k: reference["k"].as_u64().unwrap() as usize,
            weights: serde_json::from_value(reference["weights"].clone()).unwrap(),
            objective: serde_json::from_value(reference["objective"].clone()).unwrap(),
            resolution: reference["resolution"].as_f64().unwrap(),
            starts: 20,
            ..Default::default()
        };
        let x = data(reference["data"].as_str().unwrap());
        let found = leiden(&x, &options, 3).unwrap();
        assert_eq!(found.edges as u64, reference["edges"].as_u64().unwrap());
        // Theirs counts either direction; CPM's leaves a row's pair with itself out.
        let own = match options.objective {
            Objective::Modularity => 2.0 * found.quality,
            Objective::Cpm => 2.0 * found.quality + options.resolution * x.rows() as f64,
        };
        let expected = reference["quality"].as_f64().unwrap();
        assert!(own >= expected * (1.0 - 1e-9), "{options:?}: {own}, leidenalg {expected}");
        // Far better would mean that the two measure different things.
        assert!(own <= expected * 1.005, "{options:?}: {own}, leidenalg {expected}");
        if options.objective == Objective::Modularity {
            let total = reference["total"].as_f64().unwrap();
            assert!((found.modularity - own / (2.0 * total)).abs() < 1e-9);
        }
    }
}

#[test]
fn communities_are_connected() {
    let x = data("moons");
    for resolution in [0.05, 0.5, 1.0, 4.0] {
        for seed in 0..10 {
            let options = LeidenOptions { k: 4, resolution, starts: 1, ..Default::default() };
            let found = leiden(&x, &options, seed).unwrap();
            let space = Space::new(&x, Metric::Euclidean, "here").unwrap();
            let edges = edges_of_rows(&space, 4, options.weights).unwrap();
            let graph = Graph::new(x.rows(), &edges, vec![0.0; x.rows()], vec![1.0; x.rows()]);
            let community: Vec<usize> = found.labels.codes().iter().map(|c| c.unwrap() as usize).collect();
            let parts: HashSet<usize> = graph.connected_parts(&community).into_iter().collect();
            assert_eq!(parts.len(), found.labels.classes().len(), "resolution {resolution}, seed {seed}");
        }
    }
}

#[test]
fn numbers_hang_on_the_seed_alone() {
    let options = LeidenOptions::default();
    let first = leiden(&data("blobs"), &options, 11).unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = one.install(|| leiden(&data("blobs"), &options, 11)).unwrap();
    assert_eq!((&again.labels, again.quality), (&first.labels, first.quality));
    assert!(first.labels.counts().windows(2).all(|w| w[0] >= w[1]));
}

#[test]
fn aggregation_keeps_the_quality() {
    let x = data("blobs");
    let edges = edges_of_rows(&Space::new(&x, Metric::Cosine, "here").unwrap(), 7, EdgeWeights::Score).unwrap();
    let graph = Graph::new(160, &edges, vec![0.0; 160], (0..160).map(|i| 1.0 + f64::from(i % 3)).collect());
    let group: Vec<usize> = (0..160).map(|i| i % 13).collect();
    let small = graph.aggregate(&group, 13);
    let community: Vec<usize> = (0..13).map(|i| i % 4).collect();
    let of_rows: Vec<usize> = group.iter().map(|&g| community[g]).collect();
    assert!((quality(&small, &community, 0.01) - quality(&graph, &of_rows, 0.01)).abs() < 1e-9);
    assert!((small.total() - graph.total()).abs() < 1e-9);
}

#[test]
fn graphs_of_scores_have_communities_too() {
    // Two rings of five cells each; scores across are negative.
    let ids: Arc<[String]> = (0..10).map(|i| format!("cell{i}")).collect();
    let ring = |cell: usize, step: usize| cell / 5 * 5 + (cell + step) % 5;
    let near = |cell: usize| {
        let score = |cell, score| Neighbour { cell, score };
        vec![score(ring(cell, 1), 0.8), score(ring(cell, 4), 0.7), score((cell + 5) % 10, -0.2)]
    };
    let graph = KnnGraph::new(ids, &(0..10).map(near).collect::<Vec<_>>());
    let options = LeidenOptions { weights: EdgeWeights::Score, resolution: 0.5, ..Default::default() };
    let found = leiden_of_graph(&graph, &options, 1).unwrap();
    assert_eq!((found.labels.counts(), found.edges), (vec![5, 5], 10));
    assert_eq!((found.origin().rows, found.origin().columns), (10, 3));
    assert!(found.to_string().starts_with("Leiden(2 communities of 10 cells, modularity"));
}

#[test]
fn bad_options_are_refused() {
    let refuse = |options| leiden(&data("moons"), &options, 0).unwrap_err().message;
    assert_eq!(refuse(LeidenOptions { k: 155, ..Default::default() }), "leiden: `155` neighbours among 155 rows");
    assert!(refuse(LeidenOptions { resolution: -1.0, ..Default::default() }).contains("`resolution` is `-1`"));
    assert!(refuse(LeidenOptions { starts: 0, ..Default::default() }).contains("at least 1"));
}
