//! Hulls by hand, of degenerate clouds, and against scipy.
#![allow(clippy::unwrap_used)]

use rand::Rng;

use super::*;
use crate::morph::{NO_PARENT, Sample, kind};
use crate::run::seed;

fn cloud(points: &[[f64; 3]]) -> Morphology {
    let sample =
        |(i, &position): (usize, &[f64; 3])| Sample { id: i as i64, kind: kind::DENDRITE, position, radius: 1.0 };
    let samples: Vec<Sample> = points.iter().enumerate().map(sample).collect();
    let parents: Vec<u32> = (0..points.len() as u32).map(|i| i.checked_sub(1).unwrap_or(NO_PARENT)).collect();
    Morphology::from_unordered("cloud", &samples, &parents)
}

fn solid(points: &[[f64; 3]]) -> Hull {
    cloud(points).hull(&HullOptions::default()).unwrap()
}

fn flat(points: &[[f64; 3]]) -> Hull {
    cloud(points).hull(&HullOptions { plane: HullPlane::Xy, kinds: None }).unwrap()
}

/// All points of a lattice of `n` points a side.
fn lattice(n: i32, scale: f64) -> Vec<[f64; 3]> {
    let axis = || (0..n).map(|v| f64::from(v) * scale);
    axis().flat_map(|x| axis().flat_map(move |y| axis().map(move |z| [x, y, z]))).collect()
}

#[test]
fn a_cube_full_of_coplanar_points_has_the_measures_of_a_cube() {
    for (n, scale) in [(2, 1.0), (3, 0.1), (9, 7.3)] {
        let side = f64::from(n - 1) * scale;
        let hull = solid(&lattice(n, scale));
        assert!((hull.volume.unwrap() / side.powi(3) - 1.0).abs() < 1e-10, "{n}: {:?}", hull.volume);
        assert!((hull.area / (6.0 * side * side) - 1.0).abs() < 1e-9, "{n}: {}", hull.area);
        let square = flat(&lattice(n, scale));
        assert_eq!(square.corners.len(), 4);
        assert!((square.area / (side * side) - 1.0).abs() < 1e-12);
        assert!((square.perimeter.unwrap() / (4.0 * side) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn thin_clouds_are_the_limit_of_ever_thinner_ones() {
    let square = [[0.0, 0.0, 0.0], [2.0, 0.0, 2.0], [2.0, 1.0, 2.0], [0.0, 1.0, 0.0], [1.0, 0.5, 1.0]];
    let hull = solid(&square);
    assert_eq!(hull.volume, Some(0.0));
    assert!((hull.area - 2.0 * 8f64.sqrt()).abs() < 1e-12);
    let line = [[0.0; 3], [3.0, 4.0, 0.0], [1.5, 2.0, 0.0]];
    assert_eq!(solid(&line), Hull { volume: Some(0.0), area: 0.0, perimeter: None, corners: vec![0, 1] });
    assert_eq!((flat(&line).area, flat(&line).perimeter), (0.0, Some(10.0)));
    for points in [vec![[5.0; 3]], vec![[5.0; 3]; 4]] {
        assert_eq!((solid(&points).volume, solid(&points).area), (Some(0.0), 0.0));
        assert_eq!((flat(&points).area, flat(&points).perimeter), (0.0, Some(0.0)));
    }
}

#[test]
fn hulls_far_from_the_origin_keep_their_digits() {
    let far: Vec<[f64; 3]> = lattice(4, 2.0).into_iter().map(|p| p.map(|v| v + 1048576.0)).collect();
    assert!((solid(&far).volume.unwrap() / 216.0 - 1.0).abs() < 1e-10);
    assert!((flat(&far).area / 36.0 - 1.0).abs() < 1e-12);
}

#[test]
fn every_point_lies_inside() {
    let mut rng = seed::stream(5, "hull", 0);
    for round in 0..20 {
        // Half of the clouds stand on few planes, as optical sections make them.
        let step = if round % 2 == 0 { 0.0 } else { 1.0 };
        let coordinate = |rng: &mut seed::Rng| {
            let v: f64 = rng.gen_range(-5.0..5.0);
            if step > 0.0 { (v / step).round() * step } else { v }
        };
        let points: Vec<[f64; 3]> = (0..200).map(|_| std::array::from_fn(|_| coordinate(&mut rng))).collect();
        let hull = solid(&points);
        let corners: Vec<[f64; 3]> = hull.corners.iter().map(|&i| points[i]).collect();
        // The hull of the corners is the hull of all.
        let again = solid(&corners);
        assert!((again.volume.unwrap() / hull.volume.unwrap() - 1.0).abs() < 1e-9, "{round}");
        let more: Vec<[f64; 3]> = corners.iter().chain(&points).copied().collect();
        assert!((solid(&more).volume.unwrap() / hull.volume.unwrap() - 1.0).abs() < 1e-9, "{round}");
    }
}

#[test]
fn bad_positions_and_absent_types_are_refused() {
    assert!(cloud(&[[f64::NAN, 0.0, 0.0]]).hull(&HullOptions::default()).is_err());
    let axon = HullOptions { kinds: Some(Kinds::one(kind::AXON)), ..Default::default() };
    assert!(cloud(&[[0.0; 3]]).hull(&axon).is_err());
}

/// `tests/fixtures/shape/generate.py`: scipy's ConvexHull on clouds of four sorts.
#[test]
fn parity_with_scipy() {
    let text = include_str!("../../../tests/fixtures/shape/hulls.json");
    let doc: serde_json::Value = serde_json::from_str(text).unwrap();
    for case in doc["cases"].as_array().unwrap() {
        let points: Vec<[f64; 3]> = serde_json::from_value(case["points"].clone()).unwrap();
        let (name, number) = (&case["name"], |key: &str| case[key].as_f64().unwrap());
        let near = |ours: f64, theirs: f64| (ours / theirs - 1.0).abs() < 1e-9;
        let hull = solid(&points);
        assert!(near(hull.volume.unwrap(), number("volume")), "{name}: {:?}", hull.volume);
        assert!(near(hull.area, number("area")), "{name}: {}", hull.area);
        let planar = flat(&points);
        assert!(near(planar.area, number("planar_area")), "{name}: {}", planar.area);
        assert!(near(planar.perimeter.unwrap(), number("planar_perimeter")), "{name}: {:?}", planar.perimeter);
    }
}
