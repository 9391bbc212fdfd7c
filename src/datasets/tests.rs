#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::check::Kind;
use super::*;
use crate::morph::{WriteOptions, classes};

fn set(name: &str) -> Dataset {
    named(name).unwrap()
}

/// The stand-in cells of a data set in a folder.
fn folder(set: &Dataset) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    grow(set, 1, 5).unwrap().save(folder.path()).unwrap();
    folder
}

fn messages(report: &Report, kind: Kind, about: &str) -> Vec<String> {
    let those = report.findings.iter().filter(|f| f.kind == kind && f.about == about);
    those.map(|f| f.message.clone()).collect()
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "no `{from}` in {}", path.display());
    std::fs::write(path, text.replace(from, to)).unwrap();
}

#[test]
fn declarations_hold_together() {
    let sets = all().unwrap();
    let mut names: Vec<&str> = sets.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 7);
    for set in &sets {
        assert!(set.columns.iter().any(|c| c.name == set.label), "{}", set.name);
        assert!(!set.sources.is_empty() && set.sources.iter().all(|s| s.url.starts_with("http")), "{}", set.name);
        assert!(set.geometry.extent[0] < set.geometry.extent[1]);
        for group in &set.grown.groups {
            assert!(classes().any(|(name, _)| name == group.class), "{}: {}", set.name, group.class);
            for (column, value) in &group.labels {
                let declared: Vec<&LabelColumn> = set.columns.iter().filter(|c| c.name == *column).collect();
                assert!(!declared.is_empty(), "{}: column {column}", set.name);
                let known = |c: &&LabelColumn| {
                    c.open || c.form.is_some() || c.classes().count() == 0 || c.classes().any(|(name, _)| name == value)
                };
                assert!(declared.iter().any(known), "{}: {column} {value}", set.name);
            }
        }
    }
}

#[test]
fn counts_add_up() {
    let sum = |set: &str, column: usize| set_columns(set)[column].counts.values().sum::<usize>();
    // The published split by dendrite type and by layer, M1's classes, and the three tasks of TreeMoCo's benchmark.
    assert_eq!((sum("act", 0), sum("act", 1), sum("act", 4)), (430, 430, 430));
    assert_eq!((sum("m1_patchseq", 0), sum("m1_patchseq", 1), sum("m1_patchseq", 2)), (275, 646, 646));
    assert_eq!([1, 2, 3].map(|column| sum("treemoco", column)), [495, 1279, 408]);
    let ids = set("act").ids();
    let part = |name: &str| ids.iter().filter(|(_, part)| *part == name).count();
    assert_eq!((ids.len(), part("training"), part("validation")), (430, 387, 43));
    assert!(ids.iter().all(|(id, _)| id.len() == 9 && id.bytes().all(|b| b.is_ascii_digit())));
    assert!(set("bbp").ids().is_empty());
}

fn set_columns(name: &str) -> Vec<LabelColumn> {
    set(name).columns
}

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let error = named("m1_patch_seq").unwrap_err();
    assert_eq!(error.message, "no data set `m1_patch_seq`");
    assert!(error.help.unwrap().starts_with("did you mean `m1_patchseq`?"));
}

#[test]
fn stand_ins_lie_as_declared() {
    // What is grown for a set must pass for it in everything but the number of cells.
    for set in all().unwrap() {
        let folder = folder(&set);
        let report = check(&set, folder.path()).unwrap();
        let odd: Vec<&Finding> = report.findings.iter().filter(|f| f.kind != Kind::Missing).collect();
        // The ids of ACT are real specimens, which nothing that is grown can be.
        let strange = |f: &&&Finding| !(set.ids && f.kind == Kind::Extra && f.about == "cells");
        assert_eq!(odd.iter().filter(strange).count(), 0, "{report}");
        let (cells, _) = load(&set, folder.path()).unwrap();
        assert_eq!(cells.len(), set.grown.groups.iter().map(|g| g.cells).sum::<usize>());
        assert_eq!(cells.labels(None).unwrap(), cells.labels(Some(&set.label)).unwrap());
        for cell in cells.iter() {
            let cell = cell.unwrap();
            assert_eq!((cell.centre(), cell.n_roots()), ([0.0; 3], 1), "{}: {}", set.name, cell.name);
        }
    }
}

#[test]
fn preparing_scales_turns_and_removes() {
    let text = "1 1 0 0 0 5 -1\n2 3 0 10 0 1 1\n3 2 0 -10 0 1 1\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.swc"), text).unwrap();
    std::fs::write(folder.path().join("b.swc"), text).unwrap();
    std::fs::write(folder.path().join("labels.csv"), "file,label,upright_angle\na,spiny,90\nb,aspiny,\n").unwrap();
    let (cells, _) = load(&set("act"), folder.path()).unwrap();
    let tips: Vec<[f64; 3]> = cells.iter().map(|c| c.unwrap().position[1]).collect();
    assert!((tips[0][0] + 10.0).abs() < 1e-12 && tips[0][1].abs() < 1e-12, "{tips:?}");
    assert_eq!(tips[1], [0.0, 10.0, 0.0]);
    assert!(cells.iter().all(|c| c.unwrap().len() == 2));
    assert_eq!(cells.labels(None).unwrap().classes(), ["aspiny", "spiny"]);

    std::fs::write(folder.path().join("labels.csv"), "file,label,upright_angle\na,spiny,\"12,5\"\nb,aspiny,\n")
        .unwrap();
    let report = check(&set("act"), folder.path()).unwrap();
    assert!(
        messages(&report, Kind::Odd, "labels")
            .iter()
            .any(|m| m == "`upright_angle` is no number in 1 row, the first `a`")
    );
    let error = load(&set("act"), folder.path()).unwrap_err();
    assert_eq!(error.message, "`upright_angle` of `a` is `12,5`, expected a number of degrees");

    std::fs::rename(folder.path().join("b.swc"), folder.path().join("b__reg.swc")).unwrap();
    std::fs::write(folder.path().join("labels.csv"), "file,label\na,VPM\nb__reg,CP\n").unwrap();
    let (cells, _) = load(&set("bil"), folder.path()).unwrap();
    let lengths: Vec<f64> = cells.iter().map(|c| c.unwrap().extent().into_iter().fold(0.0, f64::max)).collect();
    assert!((lengths[0] - 10.0).abs() < 1e-9 && (lengths[1] - 1.14).abs() < 1e-9, "{lengths:?}");
}

#[test]
fn faults_of_a_folder_are_found() {
    let bbp = set("bbp");
    let folder = folder(&bbp);
    let table = folder.path().join("labels.csv");
    // A class of another form, a row without a file, a label gone, a damaged file, a copy, and one cell in voxels.
    replace(&table, "L23_PC", "PC23");
    replace(&table, "grown_010.swc,L4_SC", "grown_010.swc,");
    std::fs::write(&table, std::fs::read_to_string(&table).unwrap() + "gone.swc,L4_PC,west,PC,excitatory,L4\n")
        .unwrap();
    std::fs::write(folder.path().join("grown_020.swc"), "1 1 0 0 zero 5 -1\n").unwrap();
    std::fs::copy(folder.path().join("grown_021.swc"), folder.path().join("copy.swc")).unwrap();
    let small = load(&bbp, folder.path()).unwrap().0.cell(0).unwrap();
    let small = small.scaled(&crate::morph::ScaleOptions::by(0.04)).unwrap();
    small.write(folder.path().join("grown_001.swc"), &WriteOptions::default()).unwrap();
    let report = check(&bbp, folder.path()).unwrap();
    let has = |kind, about, part: &str| {
        let found = messages(&report, kind, about);
        assert!(found.iter().any(|m| m.contains(part)), "{kind:?} {about} {part}\n{report}");
    };
    has(Kind::Odd, "labels", "`label` has 1 class that is not declared: `PC23`");
    has(Kind::Odd, "labels", "`label` is empty in 1 row, the first `grown_010.swc`");
    has(Kind::Missing, "files", "1 file of the label table, the first `gone.swc`");
    has(Kind::Odd, "files", "1 file cannot be read, the first: ");
    has(Kind::Extra, "files", "1 neuron without a row in the label table, the first `copy`");
    has(Kind::Odd, "unit", "1 neuron has an extent beyond 37.5 to 4800 µm, such as `grown_001`: ");
    has(Kind::Odd, "unit", "; that looks like atlas voxels of 25 µm");
    has(Kind::Odd, "cells", "1 neuron is a copy of others, such as `grown_021` of `copy`");
    assert_eq!(report.table().unwrap().len(), report.findings.len());
    assert!(report.to_string().ends_with("findings"));
}

#[test]
fn a_wrong_unit_and_wrong_axes_are_told() {
    let act = set("act");
    let folder = tempfile::tempdir().unwrap();
    let cells = grow(&act, 1, 5).unwrap();
    let turned = cells.edited("turning", |cell| {
        let fallen = cell.rotated(crate::morph::Direction::X, 90.0, &crate::morph::About::default())?;
        fallen.scaled(&crate::morph::ScaleOptions::by(1000.0))
    });
    turned.unwrap().save(folder.path()).unwrap();
    let report = check(&act, folder.path()).unwrap();
    let unit = messages(&report, Kind::Odd, "unit");
    assert!(unit.len() == 1 && unit[0].ends_with("that looks like nanometres"), "{report}");
    let axes = messages(&report, Kind::Odd, "axes");
    assert!(axes.iter().any(|m| m.starts_with("apical dendrites of 12 neurons lie ")), "{report}");
}

#[test]
fn a_label_table_alone_is_checked_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("labels.csv"), "file,label,cell_class\na.swc,tufted,exc\nb.swc,,inh\n").unwrap();
    let report = check(&set("m1_patchseq"), folder.path()).unwrap();
    assert_eq!((report.cells, report.rows), (0, Some(2)));
    assert!(messages(&report, Kind::Missing, "cells")[0].contains("all 646 cells"));
    let labels = messages(&report, Kind::Missing, "labels");
    assert!(
        labels
            .iter()
            .any(|m| m == "`label` where `cell_class` is exc: other 0 of 33, tufted 1 of 135, untufted 0 of 107"),
        "{report}"
    );
    assert!(labels.iter().any(|m| m.starts_with("no column `rna_family`")), "{report}");
    // Inhibitory cells need no label.
    assert!(messages(&report, Kind::Odd, "labels").is_empty(), "{report}");
    let error = check(&set("m1_patchseq"), &folder.path().join("nowhere")).unwrap_err();
    assert!(error.message.starts_with("cannot open"));
}

#[test]
fn growing_repeats_and_multiplies() {
    let trees = set("trees");
    assert_eq!(grow(&trees, 1, 3).unwrap(), grow(&trees, 1, 3).unwrap());
    assert_ne!(grow(&trees, 1, 3).unwrap(), grow(&trees, 1, 4).unwrap());
    assert_eq!(grow(&trees, 2, 3).unwrap().len(), 48);
    assert!(grow(&trees, 0, 3).unwrap_err().message.starts_with("`times` is 0"));
    // Trees stand on the ground, are some metres high, and know one type.
    for tree in grow(&trees, 1, 3).unwrap().iter() {
        let tree = tree.unwrap();
        assert!(tree.extent()[2] > 2.0 && tree.extent()[2] < 40.0, "{:?}", tree.extent());
        assert!(tree.kind.iter().all(|&k| k == 3) && tree.n_roots() == 1);
    }
}
