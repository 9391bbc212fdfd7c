//! Reading real files: odd ones with what each must give, and whole data sets with counts made by a plain line parser.
//! They run where that data is (see [`crate::morph::testing::data`]).

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use super::*;
use crate::error::Kind;
use crate::morph::read;
use crate::morph::testing::{data, rows};
use crate::morph::{JoinOptions, Kinds, Morphology};

/// What a refusal must say: line (0 for none) and words.
const REFUSED: &[(&str, usize, &str)] = &[
    ("comments_only.swc", 0, "no samples"),
    ("NonStandard.swc", 6, "column `radius`: `NA` is not a number"),
    ("decimal_commas_big.swc", 4, "`-0,000` has a decimal comma"),
    ("six_columns.swc", 3, "found 6 of 7 columns"),
    ("comma_separated.swc", 1, "found commas"),
    ("git_lfs_pointer.swc", 1, "Git LFS pointer"),
    ("nul_bytes.swc", 9, "NUL bytes"),
    ("id_overflow.swc", 2, "does not fit into 64 bits"),
    ("truncated_last_line.swc", 4, "found 4 of 7 columns"),
    ("repeated_id.swc", 6, "`4` occurs twice, on lines 5 and 6"),
    ("Neuron_missing_ids.swc", 0, "sample `8` has parent `7`"),
    ("sample_no_root.swc", 3, "sample `0` is its own parent, and there is no root"),
    ("cycle_beside_tree.swc", 9, "8 -> 10 -> 9 -> 8"),
    ("Case1_orig.swc", 0, "`4` occurs twice"),
    ("negative_type.swc", 3, "`-1` is not a type"),
    ("invalid-incomplete.asc", 15, "a point stands behind the end of its branch"),
];

/// The warning that a file must give at least.
const WARNED: &[(&str, &str)] = &[
    ("720575940661205633.swc", "unit_header"),
    ("test_horta_swc.swc", "offset_header"),
    ("Neuron_disconnected_components.swc", "forest"),
    ("test_neuron_disconnected.swc", "forest"),
    ("toydata.swc", "branching_soma"),
    ("root_parent_zero.swc", "root_parent_zero"),
    ("multiple_soma.swc", "several_somata"),
    ("bifurcating_soma.swc", "branching_soma"),
    ("soma_with_neurite_parent.swc", "rooted_at_soma"),
    ("no_soma.swc", "no_soma"),
    ("Case2_orig.swc", "no_soma"),
    ("soma_three_points_cylinder.swc", "no_neurites"),
    ("soma_single_frustum.swc", "no_neurites"),
    ("soma_zero_radius.swc", "zero_radius"),
    ("single_sample.swc", "no_neurites"),
    ("Soma_origin.swc", "no_neurites"),
    ("undefined_type.swc", "undefined_type"),
    ("axon_only_with_soma.swc", "axon_only"),
    ("zero-diameter-end-of-neurite.swc", "zero_radius"),
    ("all_coincident.swc", "one_point"),
    ("sample.asc", "soma_contour"),
    ("morphio_simple.h5", "soma_contour"),
];

/// Counts of the files that the table, made by a parser of SWC lines, has none for: samples, roots, branch points, tips,
/// length. They are those of MorphIO 3.5 (sections and points), with one sample for the contour of the soma.
const COUNTED: &[(&str, [usize; 4], f64)] = &[
    ("sample.asc", [15, 1, 2, 3], 42.944272),
    // The same neuron as MorphIO's simple.swc, which the table has in four variants.
    ("morphio_simple.h5", [9, 1, 3, 4], 31.0),
];

/// Warnings that files of status OK may give: they are not what the table is about there.
const HARMLESS: [WarningCode; 3] = [WarningCode::ZeroRadius, WarningCode::AxonOnly, WarningCode::NoSoma];

fn count(row: &HashMap<String, String>, column: &str) -> usize {
    row[column].parse().unwrap()
}

#[test]
fn every_odd_file_gives_what_its_table_says() {
    let Some(data) = data() else { return };
    let table = rows(&data.join("odd/expected.csv"));
    assert_eq!(table.len(), 63);
    for row in &table {
        let (file, status) = (row["file"].trim_start_matches("files/"), row["status"].as_str());
        let path = data.join("odd").join(&row["file"]);
        let warned = WARNED.iter().find(|(name, _)| *name == file).map(|(_, code)| *code);
        match REFUSED.iter().find(|(name, ..)| *name == file) {
            Some(&(_, line, words)) => {
                assert!(matches!(status, "ERROR" | "CHOICE"), "{file} is refused but {status}");
                let error = read(&path).unwrap_err();
                assert!(error.message.contains(words), "{file}: {error}");
                assert_eq!((error.kind, error.path.as_deref()), (Kind::Format, Some(path.as_path())), "{file}");
                assert!(line == 0 || error.line == Some(line), "{file}: {error}");
                assert!(error.help.is_some(), "{file}: {error}");
            }
            None => {
                assert_ne!(status, "ERROR", "{file} must be refused");
                let reading = read(&path).unwrap();
                let neuron = &reading.morphology;
                let counts = [neuron.len(), neuron.n_roots(), neuron.n_branch_points(), neuron.n_leaves()];
                let (expected, length) = match COUNTED.iter().find(|(name, ..)| *name == file) {
                    Some(&(_, expected, length)) => (expected, length),
                    None => (
                        ["n_samples", "n_roots", "n_branch_points", "n_tips"].map(|column| count(row, column)),
                        row["length_all_edges"].parse().unwrap(),
                    ),
                };
                assert_eq!(counts, expected, "{file}");
                assert!((neuron.length_all_edges() - length).abs() <= 1e-4 * length, "{file}");
                let codes: Vec<_> = reading.warnings.iter().map(|w| w.code).collect();
                match warned {
                    Some(code) => assert!(codes.iter().any(|c| c.name() == code), "{file}: {codes:?}"),
                    None => {
                        assert_eq!(status, "OK", "{file} needs a warning");
                        assert!(codes.iter().all(|c| HARMLESS.contains(c)), "{file}: {codes:?}");
                    }
                }
                works_in_every_step(file, neuron);
            }
        }
    }
}

/// No step may panic, or give an infinite number, on anything that was read; NaN stands where there is nothing to measure.
fn works_in_every_step(file: &str, neuron: &Morphology) {
    let summary = neuron.summary();
    let values = summary.values();
    let (sizes, others) = values.split_at(15);
    assert!(sizes.iter().all(|v| v.is_finite()) && others.iter().all(|v| !v.is_infinite()), "{file}");
    let (joined, joins) = neuron.joined(&JoinOptions::default()).unwrap();
    assert_eq!((joined.n_roots(), joins.len()), (1, neuron.n_roots() - 1), "{file}");
    assert_eq!(neuron.centered().centre(), [0.0; 3], "{file}");
    if neuron.len() < 10_000 {
        let again = parse_swc(&neuron.name, neuron.to_swc().unwrap().as_bytes()).unwrap().morphology;
        assert_eq!(&again, neuron, "{file}");
    }
    let axon = Kinds::parse("axon").unwrap();
    if let Ok((rest, report)) = joined.without(&axon) {
        let others = neuron.kind.iter().filter(|&&k| k != 2).count();
        assert_eq!((rest.len(), report.removed), (others, neuron.len() - others), "{file}");
    }
}

/// Files that seven other readers were tried on: what we refuse, and variants of one good file that read the same.
#[test]
fn files_that_other_readers_disagree_on() {
    let Some(data) = data() else { return };
    let refused = [
        "commas",
        "cycle",
        "duplicate_id",
        "empty",
        "header_only",
        "missing_parent",
        "nan_coordinate",
        "self_parent",
        "six_columns",
        "type_negative",
        "word_as_number",
    ];
    let same = [
        "blank_lines",
        "float_ids",
        "gaps_in_ids",
        "header_latin1",
        "inline_comment",
        "leading_spaces",
        "nine_columns",
        "no_final_newline",
        "root_parent_zero",
        "scientific_notation",
        "tabs_crlf_trailing_space",
    ];
    let folder = data.join("morphometrics/swc_odd");
    let read = |name: &str| read_swc(folder.join(format!("{name}.swc")));
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = name_of(&entry.unwrap().path());
        assert_eq!(read(&name).is_err(), refused.contains(&name.as_str()), "{name}");
        count += 1;
    }
    assert_eq!(count, 42);
    let good = read("good").unwrap().morphology;
    // NeuroM and navis give these two lengths.
    assert!((good.total_length() - 42.627418518066406).abs() < 1e-5);
    assert!((good.length_all_edges() - 47.627418518066406).abs() < 1e-5);
    // Siblings stand in the order of their lines, so this one differs in nothing else.
    let reversed = read("child_before_parent").unwrap().morphology;
    assert_eq!((reversed.id.as_slice(), reversed.total_length()), (&[1, 2, 3, 4, 6, 5][..], good.total_length()));
    for name in same {
        let neuron = read(name).unwrap().morphology;
        assert_eq!((&neuron.position, &neuron.parent), (&good.position, &good.parent), "{name}");
    }
}

#[test]
fn removing_axons_from_odd_files_orphans_nothing_silently() {
    let Some(data) = data() else { return };
    let axon = Kinds::parse("axon").unwrap();
    let cut = |file: &str| read_swc(data.join("odd/files").join(file)).unwrap().morphology.without(&axon).unwrap();
    let (neuron, report) = cut("heterogeneous_morphology.swc");
    assert_eq!((neuron.n_roots(), report.reattached, report.new_roots), (1, 0, 0));
    let (neuron, report) = cut("simple-heterogeneous-neurite.swc");
    assert_eq!(neuron.n_roots(), 1);
    assert_eq!(report.reattached + report.new_roots, 2);
    let (neuron, _) = cut("axon_only_with_soma.swc");
    assert_eq!(neuron.len(), 1);
    let (neuron, report) = cut("no-axon.swc");
    assert_eq!((neuron.len(), report.removed), (9, 0));
}

#[test]
fn every_file_of_every_data_set_has_the_counts_of_its_table() {
    let Some(data) = data() else { return };
    let sets = [
        ("act_allen", 102),
        ("bbp_rat_ssc", 144),
        ("fly_medulla", 180),
        ("four_families", 32),
        ("v1_l4_interneurons", 8),
        ("wholebrain_mixed", 13),
    ];
    for (set, n) in sets {
        let table = rows(&data.join(set).join("labels.csv"));
        assert_eq!(table.len(), n, "{set}");
        for row in &table {
            let file = &row["file"];
            let neuron = read_swc(data.join(set).join(file)).unwrap().morphology;
            assert_eq!(neuron.len(), count(row, "n_nodes"), "{set}/{file}");
            assert_eq!(neuron.n_roots(), count(row, "n_roots"), "{set}/{file}");
            assert_eq!(neuron.n_branch_points(), count(row, "n_branch_points"), "{set}/{file}");
            assert_eq!(neuron.n_leaves(), count(row, "n_tips"), "{set}/{file}");
        }
    }
}

/// Both conventions of lengths and counts against an independent float64 implementation, tolerance 1e-9.
#[test]
fn measures_agree_with_the_morphometric_reference() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("morphometrics/morphometrics.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = cases["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 8);
    for (name, case) in cases {
        let neuron = read_swc(data.join(format!("morphometrics/swc/{name}.swc"))).unwrap().morphology;
        let close = |ours: f64, reference: &serde_json::Value| {
            let reference = reference.as_f64().unwrap();
            assert!((ours - reference).abs() <= 1e-9 * reference, "{name}: {ours} {reference}");
        };
        let (edges, neurites) = (&case["reference"]["edges"], &case["reference"]["neurites"]);
        close(neuron.len() as f64, &case["reference"]["n_nodes"]);
        close(neuron.length_all_edges(), &edges["cable_length"]);
        close(neuron.n_leaves() as f64, &edges["n_leaves"]);
        close(neuron.n_branch_points() as f64, &edges["n_forks"]);
        close(neuron.total_length(), &neurites["total_length"]);
        close(neuron.n_tips() as f64, &neurites["n_leaves"]);
        close(neuron.n_bifurcations() as f64, &neurites["n_forks"]);
        let mut paths: Vec<f64> = neuron.path_lengths();
        let children = neuron.child_counts();
        let mut at = 0..;
        paths.retain(|_| at.next().is_some_and(|i: usize| children[i] == 0));
        paths.sort_by(f64::total_cmp);
        let reference = edges["leaf_path_distance_from_root"].as_array().unwrap();
        assert_eq!(paths.len(), reference.len(), "{name}");
        paths.iter().zip(reference).for_each(|(&ours, theirs)| close(ours, theirs));
    }
}
