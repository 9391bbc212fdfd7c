//! Barcodes by hand and against published code; pictures, curves and distances against independent libraries.
#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::*;
use crate::morph::{Kinds, Morphology, NO_PARENT, Sample, kind, parse_swc, read_swc, testing};

fn barcode(pairs: &[[f64; 2]]) -> Barcode {
    let bar = |&[tip, merge]: &[f64; 2]| Bar { tip, merge, neurite: 0, kind: 3 };
    Barcode { bars: pairs.iter().map(bar).collect(), quantity: "t".into() }
}

fn pairs(barcode: &Barcode) -> Vec<[f64; 2]> {
    barcode.bars.iter().map(|bar| [bar.tip, bar.merge]).collect()
}

fn with(filter: Filter, from: Origin) -> PersistenceOptions {
    PersistenceOptions { filter, from, ..Default::default() }
}

/// The trunk 1-2 along y forks into arms of 10 along x and 4 along -x; a second neurite of one sample; an axon.
const NEURON: &[u8] = b"1 1 0 0 0 2 -1\n2 3 0 3 0 1 1\n3 3 0 13 0 1 2\n4 3 10 13 0 .5 3\n5 3 -4 13 0 .4 3\n\
    6 3 -3 0 0 1 1\n7 2 -4 18 0 .1 5\n";

#[test]
fn bars_of_a_small_neuron_by_hand() {
    let neuron = parse_swc("t", NEURON).unwrap().morphology;
    let path = neuron.persistence(&with(Filter::Path, Origin::Neurite)).unwrap();
    // The axon prolongs the short arm to 10 + 4 + 5 = 19 against 20.
    assert_eq!(pairs(&path), [[20.0, 0.0], [19.0, 10.0], [0.0, 0.0]]);
    assert_eq!(path.bars.iter().map(|bar| bar.neurite).collect::<Vec<_>>(), [0, 0, 1]);
    let from_soma = neuron.persistence(&with(Filter::Path, Origin::Soma)).unwrap();
    assert_eq!(pairs(&from_soma), [[23.0, 0.0], [22.0, 13.0], [3.0, 0.0]]);
    let dendrite = PersistenceOptions { kinds: Some(Kinds::one(3)), ..with(Filter::Path, Origin::Neurite) };
    assert_eq!(pairs(&neuron.persistence(&dendrite).unwrap()), [[20.0, 0.0], [14.0, 10.0], [0.0, 0.0]]);
    let axon = PersistenceOptions { kinds: Some(Kinds::one(2)), ..Default::default() };
    assert_eq!(pairs(&neuron.persistence(&axon).unwrap()), [[0.0, 0.0]]);
    let along_x =
        PersistenceOptions { axis: Direction::Vector([2.0, 0.0, 0.0]), ..with(Filter::Projection, Origin::Soma) };
    assert_eq!(pairs(&neuron.persistence(&along_x).unwrap()), [[10.0, 0.0], [-4.0, 0.0], [-3.0, 0.0]]);
    let order = neuron.persistence(&with(Filter::Order, Origin::Neurite)).unwrap();
    assert_eq!(pairs(&order), [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]);
    let radius = neuron.persistence(&with(Filter::Radius, Origin::Soma)).unwrap();
    assert_eq!(pairs(&radius), [[0.1, 1.0], [0.5, 1.0], [1.0, 1.0]]);
    let zero = PersistenceOptions { axis: Direction::Vector([0.0; 3]), ..with(Filter::Projection, Origin::Soma) };
    assert!(neuron.persistence(&zero).is_err());
}

#[test]
fn values_of_ones_own_give_the_filters_bars() {
    let neuron = testing::forest(&mut crate::run::seed::stream(1, "bars", 0), 400, 6);
    let radius = neuron.persistence(&with(Filter::Radius, Origin::Neurite)).unwrap();
    assert_eq!(pairs(&neuron.persistence_of(&neuron.radius, "radius", None).unwrap()), pairs(&radius));
    assert_eq!(radius.len(), neuron.n_tips());
    assert!(neuron.persistence_of(&[1.0], "radius", None).is_err());
    assert!(neuron.persistence_of(&vec![f64::NAN; neuron.len()], "radius", None).is_err());
}

#[test]
fn chains_forests_and_points_have_bars() {
    let n = 100_000u32;
    let sample = |i: u32| Sample { id: i.into(), kind: kind::DENDRITE, position: [i.into(), 0.0, 0.0], radius: 0.0 };
    let parents: Vec<u32> = (0..n).map(|i| i.checked_sub(1).unwrap_or(NO_PARENT)).collect();
    let chain = Morphology::from_unordered("chain", &(0..n).map(sample).collect::<Vec<_>>(), &parents);
    for filter in [Filter::Radial, Filter::Path] {
        assert_eq!(pairs(&chain.persistence(&with(filter, Origin::Soma)).unwrap()), [[99_999.0, 0.0]]);
    }
    let soma = parse_swc("t", b"1 1 0 0 0 2 -1\n").unwrap().morphology;
    let none = soma.persistence(&PersistenceOptions::default()).unwrap();
    assert!(none.is_empty() && none.entropy() == 0.0 && none.image(&ImageOptions::default()).is_err());
    let point = parse_swc("t", b"1 3 0 0 0 2 -1\n").unwrap().morphology;
    let one = point.persistence(&PersistenceOptions::default()).unwrap();
    assert_eq!(pairs(&one), [[0.0, 0.0]]);
    assert_eq!(one.image(&ImageOptions { resolution: 3, ..Default::default() }).unwrap().values[4], 1.0);
    assert_eq!(one.vector(&VectorOptions::default()).unwrap(), [0.0; 100]);
}

#[test]
fn entropy_betti_and_landscape_by_hand() {
    assert_eq!(barcode(&[[5.0, 1.0]]).entropy(), 0.0);
    assert!((barcode(&[[5.0, 1.0], [9.0, 5.0], [0.0, 4.0]]).entropy() - 3f64.ln()).abs() < 1e-12);
    let bars = barcode(&[[4.0, 0.0], [4.0, 2.0]]);
    let options = |kind| VectorOptions { kind, samples: 5, layers: 2, ..Default::default() };
    assert_eq!(bars.vector(&options(VectorKind::Betti)).unwrap(), [1.0, 1.0, 2.0, 2.0, 0.0]);
    let landscape = bars.vector(&options(VectorKind::Landscape)).unwrap();
    assert_eq!(landscape, [0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let density = bars.vector(&VectorOptions { sigma: Some(1.0), ..options(VectorKind::Density) }).unwrap();
    assert!((density[1] - (4.0 * (-0.5f64).exp() + 2.0 * (-0.5f64).exp())).abs() < 1e-12);
    assert!(bars.vector(&VectorOptions { range: Some([2.0, 1.0]), ..Default::default() }).is_err());
}

#[test]
fn files_hold_the_bars_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.csv");
    barcode(&[[1.0 / 3.0, 0.1]]).save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "neurite,type,tip,merge\n0,3,0.3333333333333333,0.1\n");
    assert!(barcode(&[]).save(&folder.path().join("bars.npy")).is_err());
}

#[test]
fn distances_are_metrics() {
    let (a, b, c) = (barcode(&[[5.0, 0.0], [4.0, 2.0]]), barcode(&[[6.0, 1.0]]), barcode(&[]));
    for metric in [Metric::Bottleneck, Metric::Wasserstein] {
        for order in [1.0, 2.0, 3.5] {
            let options = DistanceOptions { metric, order, ..Default::default() };
            let d = |x: &Barcode, y: &Barcode| x.distance(y, &options).unwrap();
            assert_eq!([d(&a, &a), d(&b, &b), d(&c, &c)], [0.0; 3]);
            assert_eq!([d(&a, &b), d(&b, &c), d(&a, &c)], [d(&b, &a), d(&c, &b), d(&c, &a)]);
            assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c) + 1e-12);
        }
    }
    // One bar moves by 1 up and by 1 along, the other goes to the diagonal by 1.
    assert_eq!(a.distance(&b, &DistanceOptions::default()).unwrap(), 2.0);
    let bottleneck = DistanceOptions { metric: Metric::Bottleneck, ..Default::default() };
    assert_eq!(a.distance(&b, &bottleneck).unwrap(), 1.0);
    assert!(a.distance(&b, &DistanceOptions { order: 0.5, ..Default::default() }).is_err());
}

fn fixture(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text).unwrap()["cases"].as_array().unwrap().clone()
}

fn points(value: &Value) -> Vec<[f64; 2]> {
    serde_json::from_value(value.clone()).unwrap()
}

/// `tests/fixtures/shape/generate.py`: gudhi (exact bottleneck; Wasserstein by POT's network simplex) and persim.
#[test]
fn distances_agree_with_gudhi_and_persim() {
    for (number, case) in fixture(include_str!("../../../tests/fixtures/shape/barcodes.json")).iter().enumerate() {
        let (a, b) = (barcode(&points(&case["a"])), barcode(&points(&case["b"])));
        for (key, metric, order, ground) in [
            ("bottleneck", Metric::Bottleneck, 1.0, Ground::Max),
            ("persim_bottleneck", Metric::Bottleneck, 1.0, Ground::Max),
            ("wasserstein_1_max", Metric::Wasserstein, 1.0, Ground::Max),
            ("wasserstein_2_max", Metric::Wasserstein, 2.0, Ground::Max),
            ("wasserstein_2_euclidean", Metric::Wasserstein, 2.0, Ground::Euclidean),
            ("persim_wasserstein_1_euclidean", Metric::Wasserstein, 1.0, Ground::Euclidean),
        ] {
            let ours = a.distance(&b, &DistanceOptions { metric, order, ground }).unwrap();
            let theirs = case[key].as_f64().unwrap();
            assert!((ours / theirs - 1.0).abs() < 1e-9, "case {number}, {key}: {ours} for {theirs}");
        }
    }
}

/// `tests/fixtures/shape/generate.py`: scipy's gaussian_kde.
#[test]
fn pictures_agree_with_scipys_kernel_density() {
    for case in fixture(include_str!("../../../tests/fixtures/shape/images.json")) {
        let bars = barcode(&points(&case["bars"]));
        let plain = ImageOptions { resolution: 7, scale: ImageScale::Density, ..Default::default() };
        for (key, options) in [
            ("density", plain.clone()),
            ("density_bandwidth_0.3", ImageOptions { bandwidth: Some(0.3), ..plain.clone() }),
            ("density_weighted", ImageOptions { weight: ImageWeight::Length, ..plain.clone() }),
        ] {
            let theirs: Vec<f64> = serde_json::from_value(case[key].clone()).unwrap();
            let ours = bars.image(&options).unwrap().values;
            assert_eq!(ours.len(), theirs.len());
            let largest = theirs.iter().copied().fold(0.0, f64::max);
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-12 * largest), "{key}");
        }
    }
}

#[test]
fn pictures_add_up_and_degenerate_ones_are_round() {
    let bars = barcode(&[[50.0, 10.0], [80.0, 0.0]]);
    let options = ImageOptions {
        resolution: 81,
        limits: Some([0.0, 160.0, -80.0, 80.0]),
        scale: ImageScale::Total,
        ..Default::default()
    };
    // Two bars have no covariance; their Gaussians are 8 µm wide, and grid points 2 µm apart.
    let sum = bars.image(&options).unwrap().values.iter().sum::<f64>() * 4.0;
    assert!((sum - 2.0).abs() < 1e-6, "{sum}");
    let narrow = ImageOptions { sigma: Some(5.0), bandwidth: Some(1.0), ..options.clone() };
    assert!(bars.image(&narrow).is_err());
    assert!(bars.image(&ImageOptions { limits: Some([1.0, 0.0, 0.0, 1.0]), ..options.clone() }).is_err());
    assert!(bars.image(&ImageOptions { resolution: 1, ..options }).is_err());
}

/// The fixture's own reference (1e-9) and TMD 2.4.3 (1e-5, it computes in 32 bits), barcodes as multisets.
#[test]
fn barcodes_agree_with_the_reference_and_with_tmd() {
    let Some(folder) = testing::data() else { return };
    let text = std::fs::read_to_string(folder.join("morphometrics/morphometrics.json")).unwrap();
    let doc: Value = serde_json::from_str(&text).unwrap();
    let mut compared = 0;
    for (name, case) in doc["cases"].as_object().unwrap() {
        let neuron = read_swc(folder.join("morphometrics").join(case["file"].as_str().unwrap())).unwrap().morphology;
        for (filter, ours, theirs) in [
            (Filter::Radial, "barcode_radial_from_neurite_start", "barcode_radial_distances"),
            (Filter::Path, "barcode_path_from_neurite_start", "barcode_path_distances"),
        ] {
            let barcode = neuron.persistence(&with(filter, Origin::Neurite)).unwrap();
            for (reference, tolerance) in [(&case["reference"]["neurites"][ours], 1e-9), (&case["tmd"][theirs], 1e-5)] {
                let reference: Vec<Vec<[f64; 2]>> = serde_json::from_value(reference.clone()).unwrap();
                let found: Vec<_> = barcode.neurites().iter().map(pairs).collect();
                assert_same(&format!("{name} {ours}"), &found.concat(), &reference.concat(), tolerance);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 8 * 4);
}

/// Pairs each bar with the nearest one that is left.
fn assert_same(what: &str, found: &[[f64; 2]], reference: &[[f64; 2]], tolerance: f64) {
    assert_eq!(found.len(), reference.len(), "{what}");
    let mut left = reference.to_vec();
    for bar in found {
        let gap =
            |other: &[f64; 2]| (0..2).map(|k| (bar[k] - other[k]).abs() / other[k].abs().max(1.0)).fold(0.0, f64::max);
        let nearest = (0..left.len()).min_by(|&i, &j| gap(&left[i]).total_cmp(&gap(&left[j]))).unwrap();
        assert!(gap(&left[nearest]) <= tolerance, "{what}: {bar:?} has no partner");
        left.swap_remove(nearest);
    }
}
