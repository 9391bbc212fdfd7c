//! Diagnoses of hand-made files.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::{Morphology, read_swc};

/// A folder with these files, and its plan.
fn planned(files: &[(&str, &str)]) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let plan = diagnose(folder.path()).unwrap();
    (folder, plan)
}

/// The codes found in a text, in their order.
fn codes(text: &str) -> Vec<&'static str> {
    let (_folder, plan) = planned(&[("cell.swc", text)]);
    plan.files[0].findings.iter().map(|f| f.code.name()).collect()
}

/// What a plan makes of a text, after some changes to it.
fn repaired(text: &str, change: impl FnOnce(&mut Plan)) -> Morphology {
    let (folder, mut plan) = planned(&[("cell.swc", text)]);
    change(&mut plan);
    let out = folder.path().join("repaired");
    let applied = plan.apply(&out, &ApplyOptions::default()).unwrap();
    assert!(applied.files[0].written.is_some(), "{applied}");
    assert_eq!(std::fs::read_to_string(folder.path().join("cell.swc")).unwrap(), text);
    let m = read_swc(out.join("cell.swc")).unwrap().morphology;
    m.check_invariants().unwrap();
    m
}

fn settings(text: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str::<serde_json::Value>(text).unwrap().as_object().unwrap().clone()
}

const GOOD: &str = "1 1 0 0 0 5 -1\n2 3 0 5 0 1 1\n3 3 0 15 9 1 2\n4 3 8 25 0 1 3\n5 3 -8 25 3 1 3\n";

#[test]
fn a_good_file_has_no_findings_and_passes_all_thirteen_checks() {
    let (_folder, plan) = planned(&[("cell.swc", GOOD)]);
    assert!(plan.files[0].findings.is_empty(), "{}", plan.report());
    assert_eq!(plan.files[0].validation.len(), 13);
    assert!(plan.files[0].validation.iter().all(|check| check.passed), "{:?}", plan.files[0].validation);
}

#[test]
fn other_formats_collections_and_archives_are_looked_into() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let folder = tempfile::tempdir().unwrap();
    for name in ["one.h5", "collection.h5"] {
        std::fs::copy(fixtures.join(name), folder.path().join(name)).unwrap();
    }
    std::fs::write(folder.path().join("bad.asc"), "(Dendrite) (0 0 0 1) (").unwrap();
    std::fs::write(folder.path().join("notes.hoc"), "create soma").unwrap();
    let cells = fs_zip(folder.path(), &[("a/good.swc", GOOD), ("a/bad.swc", "1 1 0 0 0 5 -1\n2 3 0 5 0 1 7\n")]);
    let plan = diagnose(folder.path()).unwrap();
    let names: Vec<&str> = plan.files.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names[..2], ["bad.asc", "cells.zip"]);
    assert_eq!(names.last(), Some(&"one.h5.swc"));
    let collected: Vec<&&str> = names.iter().filter(|n| n.starts_with("collection.h5/")).collect();
    assert!(collected.len() > 1 && collected.iter().all(|n| n.ends_with(".swc")), "{names:?}");
    let code_of = |name: &str| plan.files.iter().find(|f| f.name == name).unwrap().findings[0].code;
    assert_eq!(code_of("bad.asc"), Code::Unreadable);
    assert_eq!(code_of("notes.hoc"), Code::NotSwc);
    // An archive within a folder is named, not looked into.
    assert_eq!(code_of("cells.zip"), Code::NotSwc);

    let out = folder.path().join("repaired");
    let applied = plan.apply(&out, &ApplyOptions { copy_unchanged: true }).unwrap();
    assert_eq!(applied.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), names);
    let whole = crate::morph::read(folder.path().join("one.h5")).unwrap().morphology;
    let copy = read_swc(out.join("one.h5.swc")).unwrap().morphology;
    assert_eq!(copy.position, whole.position);

    let plan = diagnose(&cells).unwrap();
    assert_eq!(plan.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a/bad.swc", "a/good.swc"]);
    assert_eq!(plan.files[0].findings[0].code, Code::MissingParent);
    plan.save(&folder.path().join("plan.json")).unwrap();
    let applied = load_plan(&folder.path().join("plan.json")).unwrap().apply(&out, &ApplyOptions::default()).unwrap();
    assert!(applied.files[0].written.is_some() && applied.files[1].written.is_none(), "{applied}");
    assert_eq!(read_swc(out.join("a/bad.swc")).unwrap().morphology.n_roots(), 2);
}

#[test]
fn members_cannot_lead_out_of_the_folder_and_names_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let cells = fs_zip(folder.path(), &[("/x.swc", GOOD), ("x.swc", GOOD)]);
    let plan = diagnose(&cells).unwrap();
    let mut names: Vec<&str> = plan.files.iter().map(|f| f.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["x.swc", "x_2.swc"]);
    let out = folder.path().join("deep/repaired");
    let applied = plan.apply(&out, &ApplyOptions { copy_unchanged: true }).unwrap();
    assert!(applied.files.iter().all(|f| f.written.as_ref().is_some_and(|path| path.starts_with(&out))), "{applied}");
}

/// A zip archive of these files in a folder.
fn fs_zip(folder: &Path, members: &[(&str, &str)]) -> PathBuf {
    use std::io::Write as _;
    let path = folder.join("cells.zip");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, text) in members {
        archive.start_file(*name, zip::write::FileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
    path
}

#[test]
fn every_fault_of_a_file_is_found_not_the_first_only() {
    let text = "id type x y z r p\n1,1,0,0,0,5,-1\n2 3 0 5,5 0 1 1\n3 -2 0 15 NA 1 2\n4 3 8 25 0 NA 3\n4 3 -8 25 3 1 77\n\
        6 3 1 1 1 1 6\n7 3 1 1\n8 3 50 0 0 1 9\n9 3 51 0 0 1 8\n";
    let expected = [
        "separators",
        "decimal_comma",
        "text_line",
        "missing_columns",
        "bad_type",
        "bad_coordinate",
        "missing_radius",
        "duplicate_id",
        "missing_parent",
        "self_parent",
        "cycle",
        "forest",
    ];
    let found = codes(text);
    assert!(expected.iter().all(|code| found.contains(code)), "{found:?}");
    let m = repaired(text, |_| {});
    // Nine rows, one of them cut short.
    assert_eq!((m.len(), m.n_roots()), (8, 4));
    let at = |id| m.index_of(id).unwrap();
    // Between 5.5 along y in line 3 and its own value; z from its neighbours, both 0.
    assert_eq!(m.position[at(3)], [0.0, 15.0, 0.0]);
    assert_eq!((m.kind[at(3)], m.radius[at(4)]), (0, 1.0));
}

#[test]
fn repeated_numbers_lead_to_the_nearest_sample_above() {
    // An outline and a dendrite that share the numbers 4 and 5 (as in a file of NeuroM's tests).
    let text = "1 1 -10 10 0 0.1 -1\n2 1 10 10 0 0.1 1\n3 1 10 -10 0 0.1 2\n4 1 -10 -10 0 0.1 3\n5 1 -10 9 0 0.1 4\n\
        4 3 10 0 0 2 1\n5 3 30 0 5 2 4\n6 3 40 10 0 2 5\n7 3 40 -10 0 2 5\n";
    assert_eq!(codes(text)[..2], ["duplicate_id", "soma_contour"]);
    let m = repaired(text, |_| {});
    assert_eq!((m.len(), m.n_roots(), m.n_bifurcations(), m.n_tips()), (9, 1, 1, 2));
    assert!(m.position[m.parent_of(m.index_of(6).unwrap()).unwrap()] == [30.0, 0.0, 5.0]);
    let m = repaired(text, |plan| assert_eq!(plan.accept("soma_contour", None).unwrap(), 1));
    assert_eq!((m.kind.iter().filter(|&&k| k == 1).count(), m.n_stems()), (1, 1));
    // The middle of the five corners, and their mean distance from it.
    assert_eq!(m.position[0], [-2.0, 1.8, 0.0]);
}

#[test]
fn rings_are_opened_where_it_is_stated() {
    let text = "1 1 0 0 0 5 -1\n2 3 10 0 0 1 4\n3 3 11 0 0 1 2\n4 3 12 0 0 1 3\n";
    assert_eq!(repaired(text, |_| {}).id, [1, 2, 3, 4]);
    let m = repaired(text, |plan| {
        plan.set("cycle", &settings("{\"sample\": 4}"), None).unwrap();
    });
    assert_eq!(m.id, [1, 4, 2, 3]);
    let m = repaired(text, |plan| {
        plan.accept("forest", None).unwrap();
    });
    assert_eq!(m.n_roots(), 1);
}

#[test]
fn radii_come_from_neighbours_by_path_length_or_are_stated() {
    let text = "1 1 0 0 0 5 -1\n2 3 10 0 0 2 1\n3 3 11 0 0 NA 2\n4 3 14 0 0 6 3\n5 3 15 0 0 0 4\n6 3 16 9 0 -1 4\n";
    let m = repaired(text, |_| {});
    // A quarter of the way from 2 to 6; the others wait to be accepted.
    assert_eq!(m.radius, [5.0, 2.0, 3.0, 6.0, 0.0, -1.0]);
    let m = repaired(text, |plan| {
        plan.accept("zero_radius", None).unwrap();
        plan.set("negative_radius", &settings("{\"value\": 0.5}"), None).unwrap();
    });
    assert_eq!(m.radius, [5.0, 2.0, 3.0, 6.0, 6.0, 0.5]);
}

#[test]
fn cures_that_were_accepted_are_done_and_no_others() {
    let text = "# units: nm\n5 3 0 0 0 1000 -1\n6 1 8000 0 0 5000 5\n7 0 0 9000 0 1000 5\n8 12 0 9000 0 1000 7\n";
    let found = ["soma_below_neurite", "zero_length", "undefined_type", "custom_type", "not_sequential", "unit_header"];
    let all = codes(text);
    assert!(found.iter().all(|code| all.contains(code)), "{all:?}");
    let (folder, plan) = planned(&[("cell.swc", text)]);
    let applied = plan.apply(&folder.path().join("out"), &ApplyOptions::default()).unwrap();
    assert_eq!(applied.files[0].why_not.as_deref(), Some("nothing is accepted"));
    let applied = plan.apply(&folder.path().join("out"), &ApplyOptions { copy_unchanged: true }).unwrap();
    let copy = applied.files[0].written.as_ref().unwrap();
    assert_eq!(std::fs::read_to_string(copy).unwrap(), text);
    let m = repaired(text, |plan| {
        for code in ["soma_below_neurite", "zero_length", "undefined_type", "unit_header", "not_sequential"] {
            plan.accept(code, None).unwrap();
        }
        plan.set("custom_type", &settings("{\"to\": 2}"), None).unwrap();
    });
    assert_eq!((m.id.as_slice(), m.kind.as_slice()), (&[1, 2, 3][..], &[1, 3, 3][..]));
    assert_eq!((m.position[0], m.radius[0]), ([8.0, 0.0, 0.0], 5.0));
}

#[test]
fn somata_can_be_written_in_every_convention() {
    let text = "1 1 0 0 0 5 -1\n2 1 0 -5 0 5 1\n3 1 0 5 0 5 1\n4 3 6 0 0 1 1\n5 3 16 2 3 1 4\n6 3 0 6 0 1 3\n";
    assert_eq!(codes(text), ["soma_convention"]);
    let soma = |to: &str| {
        let m = repaired(text, |plan| {
            plan.set("soma_convention", &settings(&format!("{{\"to\": \"{to}\"}}")), None).unwrap();
        });
        (m.kind.iter().filter(|&&k| k == 1).count(), m.n_stems(), m.n_roots(), m.len())
    };
    assert_eq!(soma("one_point"), (1, 2, 1, 4));
    assert_eq!(soma("three_points"), (3, 2, 1, 6));
    assert_eq!(soma("contour"), (9, 2, 1, 12));
    assert_eq!(soma("none"), (0, 0, 2, 3));
    let two = "1 1 0 0 0 5 -1\n2 3 9 0 0 1 1\n3 3 19 0 5 1 2\n4 1 29 0 3 4 3\n";
    let m = repaired(two, |plan| assert_eq!(plan.accept("several_somata", None).unwrap(), 1));
    assert_eq!(m.kind, [1, 3, 3, 3]);
}

#[test]
fn shapes_that_neurom_would_flag_are_notes_without_a_cure() {
    let jump = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15 9 0 1 2\n4 3 25 0 40 1 3\n";
    assert_eq!(codes(jump), ["jump"]);
    let fat = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15 9 0 1 2\n4 3 25 0 9 1 3\n5 3 35 0 9 2.1 4\n";
    assert_eq!(codes(fat), ["fat_end"]);
    let narrow = "1 1 0 0 0 5 -1\n2 3 5 0 0 0.8 1\n3 3 15 9 0 1 2\n4 3 25 0 9 1 3\n";
    assert_eq!(codes(narrow), ["narrow_start"]);
    let back = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15 0 9 1 2\n4 3 12 0.5 6.3 1 3\n5 3 12 19 9 1 4\n";
    assert_eq!(codes(back), ["back_tracking"]);
    let flat = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 15 9 0 1 2\n4 3 25 0 0 1 3\n5 3 35 9 0 1 4\n";
    assert_eq!(codes(flat), ["flat_neurite"]);
    let dangling = "1 1 0 0 0 5 -1\n2 3 18 0 0 1 1\n3 3 25 9 0 1 2\n4 3 35 0 9 1 3\n";
    assert_eq!(codes(dangling), ["dangling_branch"]);
    let (_folder, mut plan) = planned(&[("cell.swc", jump)]);
    assert!(plan.accept("jump", None).unwrap_err().message.contains("no cure"));
}

#[test]
fn a_plan_is_edited_stored_and_refused_when_the_file_has_changed() {
    let broken = GOOD.replace("5 3 -8 25 3 1 3", "5 3 -8 25 3 1 99");
    let (folder, mut plan) = planned(&[("a.swc", &broken), ("b.swc", &broken), ("c.swc", GOOD)]);
    assert_eq!(plan.reject("missing_parent", Some("b.swc")).unwrap(), 1);
    assert_eq!(plan.set("forest", &settings("{\"max_gap\": 30.0}"), None).unwrap(), 2);
    assert!(plan.accept("forrest", None).unwrap_err().help.unwrap().contains("`forest`"));
    assert!(plan.accept("cycle", None).unwrap_err().message.contains("no finding"));
    assert!(plan.accept("forest", Some("d.swc")).unwrap_err().message.contains("no file"));
    let unknown = plan.set("forest", &settings("{\"gap\": 1}"), None).unwrap_err();
    assert!(unknown.message.contains("`gap` is no setting of this cure"), "{unknown}");
    assert!(unknown.help.unwrap().contains("max_gap"));
    let path = folder.path().join("plan.json");
    plan.save(&path).unwrap();
    assert_eq!(load_plan(&path).unwrap(), plan);
    plan.save_csv(&folder.path().join("findings.csv")).unwrap();
    let csv = std::fs::read_to_string(folder.path().join("findings.csv")).unwrap();
    assert!(csv.contains("a.swc,missing_parent,error,5,5,1,its parent 99 is on no line,make it a root,true"), "{csv}");
    let out = folder.path().join("out");
    let applied = load_plan(&path).unwrap().apply(&out, &ApplyOptions::default()).unwrap();
    let why: Vec<_> = applied.files.iter().map(|f| f.why_not.clone().unwrap_or_default()).collect();
    assert!(why[0].is_empty() && why[1].contains("rejects") && why[2] == "nothing is accepted", "{why:?}");
    assert_eq!(read_swc(out.join("a.swc")).unwrap().morphology.n_roots(), 1);
    // Originals are neither replaced nor repaired behind one's back.
    let onto = plan.apply(folder.path(), &ApplyOptions::default()).unwrap();
    assert!(onto.files[0].why_not.as_ref().unwrap().contains("would replace the original"));
    std::fs::write(folder.path().join("a.swc"), GOOD).unwrap();
    let late = plan.apply(&out, &ApplyOptions::default()).unwrap();
    assert!(late.files[0].why_not.as_ref().unwrap().contains("has changed"));
    std::fs::write(&path, "{\"nms_plan\": 1, \"files\": [], \"else\": 2}").unwrap();
    assert!(load_plan(&path).unwrap_err().message.contains("no plan"));
    let mut twice = plan.clone();
    twice.files.push(twice.files[0].clone());
    twice.save(&path).unwrap();
    assert!(load_plan(&path).unwrap_err().message.contains("two files are named `a.swc`"));
}

#[test]
fn nothing_makes_a_diagnosis_fail() {
    let long = format!("1 1 0 0 0 5 -1\n{}", "2 1 0 0 0 5 1\n".repeat(2000));
    let ring: String = (1..3000).map(|i| format!("{i} 3 {i} 0 0 1 {}\n", i % 2999 + 1)).collect();
    let texts =
        ["", "#", "\0\0\0", "1", ",,,,,,,", "-1 -1 -1 -1 -1 -1 -1", "9223372036854775807 3 0 0 0 1 -1", &long, &ring];
    for text in texts {
        let (folder, mut plan) = planned(&[("cell.swc", text)]);
        for code in Code::ALL {
            // Whatever can be accepted is.
            drop(plan.accept(code.name(), None));
        }
        let applied = plan.apply(&folder.path().join("out"), &ApplyOptions::default()).unwrap();
        if let Some(path) = &applied.files[0].written {
            read_swc(path).unwrap();
        }
    }
}
