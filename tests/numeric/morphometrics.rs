//! Morphometrics against other tools, each within what its own precision allows: 1e-9 for an independent computation in
//! 64 bits, 1e-5 for NeuroM 4.0.6 and navis 1.12.0 (coordinates of 32 bits), 1e-4 for L-Measure 5.0 (six printed digits).
//! Differences are relative to the value, or absolute below 1.
//!
//! The eight neurons of `morphometrics.json` lie outside the project; NeuroM's whole set is also held to on neurons that
//! nms grew (`tests/fixtures/neurom`), so this part runs everywhere.

use std::path::{Path, PathBuf};

use nms::morph::measure::{Convention, MetricOptions, ShollOptions, Value, lmeasure, neurom};
use nms::morph::{Kinds, Morphology, read_swc};
use serde_json::Value as Json;

use super::fixture;

const REFERENCE: f64 = 1e-9;
const FLOAT32: f64 = 1e-5;
const PRINTED: f64 = 1e-4;

fn options(convention: Convention) -> MetricOptions {
    MetricOptions { convention, ..MetricOptions::default() }
}

fn read(path: &Path) -> Morphology {
    read_swc(path).unwrap().morphology
}

/// Numbers of a value in order; NaN for what is not finite, which JSON calls null.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Number(v) => vec![*v],
        Value::List(v) => v.clone(),
        Value::Rows(rows) => rows.concat(),
        Value::Stats(stats) => stats.fields().map(|(_, v)| v).to_vec(),
    }
    .into_iter()
    .map(|v| if v.is_finite() { v } else { f64::NAN })
    .collect()
}

fn expected(json: &Json) -> Vec<f64> {
    match json {
        Json::Array(items) => items.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect(),
        other => vec![other.as_f64().unwrap_or(f64::NAN)],
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The first disagreement in words; none where all agree.
fn disagreement(found: &[f64], expected: &[f64], tolerance: f64) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} values for {}", found.len(), expected.len()));
    }
    let differ = |(a, b): (&f64, &f64)| {
        (a.is_nan() != b.is_nan() || (a - b).abs() > tolerance * b.abs().max(1.0)).then(|| format!("{a} for {b}"))
    };
    found.iter().zip(expected).find_map(differ)
}

/// Collects disagreements so that one run shows all of them.
#[derive(Default)]
struct Report(Vec<String>, usize);

impl Report {
    fn check(&mut self, what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
        self.1 += 1;
        if let Some(difference) = disagreement(found, expected, tolerance) {
            self.0.push(format!("{what}: {difference}"));
        }
    }

    fn finish(self, at_least: usize) {
        assert!(self.0.is_empty(), "{} of {} comparisons:\n{}", self.0.len(), self.1, self.0.join("\n"));
        assert!(self.1 >= at_least, "only {} comparisons", self.1);
    }
}

/// The neurons outside the project and what was computed of them.
fn cases() -> Option<Vec<(String, Morphology, Json)>> {
    let folder = fixture::data("morphometrics")?;
    let json = fixture::json(&folder.join("morphometrics.json"));
    let cases = json["cases"].as_object().unwrap();
    Some(
        cases
            .iter()
            .map(|(name, c)| (name.clone(), read(&folder.join(c["file"].as_str().unwrap())), c.clone()))
            .collect(),
    )
}

#[test]
fn neurites_agree_with_the_reference() {
    let Some(cases) = cases() else { return };
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        let reference = &case["reference"]["neurites"];
        for (ours, theirs) in [
            ("total_length", "total_length"),
            ("total_length_per_neurite", "length_per_neurite"),
            ("n_sections", "n_sections"),
            ("n_bifurcations", "n_forks"),
            ("n_tips", "n_leaves"),
            ("section_lengths", "section_lengths"),
            ("section_tortuosity", "section_tortuosity"),
            ("mean_tortuosity", "section_tortuosity_mean"),
            ("strahler_order", "strahler_max_per_neurite"),
            ("section_term_branch_orders", "leaf_branch_order"),
            ("partition_asymmetry", "partition_asymmetry_by_sections"),
            ("tip_asymmetry", "partition_asymmetry_by_tips"),
            ("mean_partition_asymmetry", "partition_asymmetry_by_sections_mean"),
            ("mean_tip_asymmetry", "partition_asymmetry_by_tips_mean"),
            ("terminal_path_lengths", "leaf_path_distance_from_neurite_start"),
            ("section_term_radial_distances", "leaf_radial_distance_from_soma"),
            ("total_area", "area_frustum"),
            ("total_volume", "volume_frustum"),
        ] {
            let found = sorted(numbers(&neuron.metric(ours, &options(Convention::Nms)).unwrap()));
            report.check(&format!("{name} {ours}"), &found, &sorted(expected(&reference[theirs])), REFERENCE);
        }
        let stems = neuron.metric("number_of_neurites", &options(Convention::Neurom)).unwrap();
        report.check(&format!("{name} neurites"), &numbers(&stems), &expected(&reference["n_neurites"]), REFERENCE);
    }
    report.finish(150);
}

#[test]
fn all_edges_agree_with_the_reference() {
    let Some(cases) = cases() else { return };
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        let reference = &case["reference"]["edges"];
        for (ours, theirs) in [
            ("cable_length", "cable_length"),
            ("strahler_max", "strahler_max_from_root"),
            ("root_distances", "leaf_path_distance_from_root"),
        ] {
            let found = sorted(numbers(&neuron.metric(ours, &options(Convention::Navis)).unwrap()));
            report.check(&format!("{name} {ours}"), &found, &sorted(expected(&reference[theirs])), REFERENCE);
        }
    }
    report.finish(24);
}

/// The reference and NeuroM agree on spheres that no sample lies on. navis 1.12 counts inward crossings only and so
/// finds none in any of these neurons; it is not compared.
#[test]
fn sholl_crossings_agree_with_the_reference_and_with_neurom() {
    let Some(cases) = cases() else { return };
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        let radii = expected(&case["sholl_radii"]);
        let crossings = |centre, soma_edges| {
            let options = ShollOptions { radii: Some(radii.clone()), centre, soma_edges, ..Default::default() };
            neuron.sholl(&options).unwrap().crossings.iter().map(|&n| n as f64).collect::<Vec<_>>()
        };
        let about_soma = crossings(None, false);
        report.check(
            &format!("{name} sholl"),
            &about_soma,
            &expected(&case["reference"]["neurites"]["sholl"]),
            REFERENCE,
        );
        report.check(
            &format!("{name} NeuroM's sholl"),
            &about_soma,
            &expected(&case["neurom"]["sholl_crossings"]),
            REFERENCE,
        );
        let about_root = crossings(Some(neuron.position[0]), true);
        let reference = expected(&case["reference"]["edges"]["sholl_from_root"]);
        report.check(&format!("{name} sholl of all edges"), &about_root, &reference, REFERENCE);
        let navis = expected(&case["navis"]["sholl_root"]);
        assert!(navis.iter().all(|&n| n == 0.0), "{name}: navis has learnt to count");
        if let Some(tie) = case.get("sholl_tie") {
            let options = ShollOptions { radii: Some(expected(&tie["radius"])), ..Default::default() };
            let half_open = neuron.sholl(&options).unwrap().crossings[0] as f64;
            report.check(&format!("{name} tie"), &[half_open], &expected(&tie["reference_half_open"]), REFERENCE);
        }
    }
    report.finish(26);
}

#[test]
fn neurom_s_numbers_come_out_in_its_convention() {
    let Some(cases) = cases() else { return };
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        for (feature, json) in case["neurom"].as_object().unwrap() {
            if neurom::feature(feature).is_none() || feature == "sholl_crossings" || json.get("error").is_some() {
                continue;
            }
            let found = neuron.metric(feature, &options(Convention::Neurom)).unwrap();
            let what = format!("{name} {feature}");
            match json.get("n") {
                // Long lists are kept as number, mean and largest value.
                Some(n) => {
                    let list = numbers(&found);
                    let mean = list.iter().sum::<f64>() / list.len() as f64;
                    let largest = list.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let kept = [n, &json["mean"], &json["max"]].map(|v| v.as_f64().unwrap_or(f64::NAN));
                    report.check(&what, &[list.len() as f64, mean, largest], &kept, FLOAT32);
                }
                None => report.check(&what, &sorted(numbers(&found)), &sorted(expected(json)), FLOAT32),
            }
        }
        let uylings = neuron.metric("partition_asymmetry_uylings", &options(Convention::Nms)).unwrap();
        let json = expected(&case["neurom"]["partition_asymmetry_uylings"]);
        report.check(&format!("{name} uylings"), &sorted(numbers(&uylings)), &sorted(json), FLOAT32);
        for (word, json) in case["neurom"]["by_type"].as_object().unwrap() {
            let typed = MetricOptions { kinds: Some(Kinds::parse(word).unwrap()), ..options(Convention::Neurom) };
            for (feature, json) in json.as_object().unwrap() {
                let found = numbers(&neuron.metric(feature, &typed).unwrap());
                report.check(&format!("{name} {word} {feature}"), &found, &expected(json), FLOAT32);
            }
        }
    }
    report.finish(350);
}

#[test]
fn navis_numbers_come_out_in_its_convention() {
    let Some(cases) = cases() else { return };
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        for (ours, theirs) in [
            ("n_nodes", "n_nodes"),
            ("n_trees", "n_trees"),
            ("n_branches", "n_branches"),
            ("n_leafs", "n_leafs"),
            ("n_small_segments", "n_small_segments"),
            ("cable_length", "cable_length"),
            ("volume", "volume"),
            ("sampling_resolution", "sampling_resolution"),
            ("strahler_max", "strahler_max"),
            ("tortuosity", "tortuosity_mean"),
            ("root_distances", "leaf_path_distance_from_root"),
        ] {
            let found = sorted(numbers(&neuron.metric(ours, &options(Convention::Navis)).unwrap()));
            report.check(&format!("{name} {ours}"), &found, &sorted(expected(&case["navis"][theirs])), FLOAT32);
        }
        let table = neuron.segments().matrix().unwrap();
        for column in ["length", "tortuosity", "root_dist"] {
            let at = table.columns().iter().position(|c| c == column).unwrap();
            let found = sorted(table.iter_rows().map(|row| row[at]).collect());
            let json = sorted(expected(&case["navis"]["segment_analysis"][column]));
            report.check(&format!("{name} segments' {column}"), &found, &json, FLOAT32);
        }
    }
    report.finish(100);
}

/// What L-Measure does in ways that its documents and numbers do not settle: see the module `lmeasure`.
const OTHERWISE: [&str; 5] = ["Width", "Height", "Depth", "Pk", "Fractal_Dim"];

#[test]
fn l_measure_s_statistics_come_out_in_its_convention() {
    let Some(cases) = cases() else { return };
    let neurites: Kinds = (2..8).map(Kinds::one).collect();
    let mut report = Report::default();
    for (name, neuron, case) in &cases {
        let tree = lmeasure::Tree::of(neuron);
        for (key, kinds) in [("lmeasure_all", None), ("lmeasure_type_gt_1", Some(&neurites))] {
            for (function, json) in case[key].as_object().unwrap() {
                // L-Measure refuses one file.
                if OTHERWISE.contains(&function.as_str()) || json.get("error").is_some() {
                    continue;
                }
                let found = lmeasure::function(function).unwrap().stats(&tree, kinds);
                let kept = ["total", "n", "min", "mean", "max"].map(|k| json[k].as_f64().unwrap());
                let found = [found.total, found.count, found.min, found.mean, found.max];
                report.check(&format!("{name} {function} ({key})"), &found, &kept, PRINTED);
            }
        }
    }
    report.finish(400);
}

/// All 71 features of NeuroM on neurons that nms grew, and for each type, in NeuroM's order.
#[test]
fn the_whole_of_neurom_on_grown_neurons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/neurom");
    let report = against_neurom(&folder, &fixture::json(&folder.join("features.json")));
    report.finish(3 * 71);
}

/// The same on any folder that `tests/fixtures/neurom/generate.py` was run on: `$NMS_NEUROM` names it.
#[test]
fn the_whole_of_neurom_on_a_folder() {
    let Some(folder) = std::env::var_os("NMS_NEUROM").map(PathBuf::from) else { return };
    against_neurom(&folder, &fixture::json(&folder.join("features.json"))).finish(71);
}

/// A neuron with the coordinates and radii that NeuroM has of it. Far from the origin their rounding shows in short edges.
fn in_32_bits(mut neuron: Morphology) -> Morphology {
    let rounded = |v: &mut f64| *v = f64::from(*v as f32);
    neuron.position.iter_mut().flatten().for_each(rounded);
    neuron.radius.iter_mut().for_each(rounded);
    neuron
}

fn against_neurom(folder: &Path, json: &Json) -> Report {
    let mut report = Report::default();
    for (name, kept) in json["neurons"].as_object().unwrap() {
        let neuron = in_32_bits(read(&folder.join(format!("{name}.swc"))));
        let all = std::iter::once((None, &kept["features"]));
        let typed = kept["by_type"].as_object().unwrap().iter().map(|(word, json)| (Some(word.as_str()), json));
        for (word, features) in all.chain(typed) {
            let kinds = word.map(|w| Kinds::parse(w).unwrap());
            for (feature, json) in features.as_object().unwrap() {
                let found =
                    neuron.metric(feature, &MetricOptions { kinds: kinds.clone(), ..options(Convention::Neurom) });
                let what = format!("{name} {} {feature}", word.unwrap_or("all"));
                // Its first sphere has the soma's radius, on which grown neurites begin: there the rounding of 32 bits
                // decides which edges touch. The spheres beyond it are free of ties.
                if feature.starts_with("sholl_") {
                    if let Ok(found) = found {
                        let beyond = |v: Vec<f64>| v.into_iter().skip(1).collect::<Vec<_>>();
                        report.check(&what, &beyond(numbers(&found)), &beyond(expected(json)), FLOAT32);
                    }
                    continue;
                }
                match (found, json.get("error")) {
                    (Ok(found), None) => report.check(&what, &numbers(&found), &expected(json), FLOAT32),
                    (Err(error), None) => report.0.push(format!("{what}: {error}")),
                    // Where NeuroM stops with an error, any answer without a panic will do.
                    (_, Some(_)) => {}
                }
            }
        }
    }
    report
}
