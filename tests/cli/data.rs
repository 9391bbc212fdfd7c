//! `nms data`: what is declared, and what a folder holds of it.

use super::{folder, nms, said};

/// Grows the stand-in cells of a data set into the folder `cells`.
fn grown(set: &str) -> tempfile::TempDir {
    let folder = folder(&[]);
    let code = format!("datasets::grow(\"{set}\", #{{ seed: 1 }}).save(\"cells\")");
    let said = said(nms(folder.path(), &["-q", "-c", &code]));
    assert!(said.starts_with("exit 0"), "{said}");
    folder
}

#[test]
fn the_data_sets_are_listed() {
    let folder = folder(&[]);
    insta::assert_snapshot!(said(nms(folder.path(), &["data", "list"])), @r"
    exit 0
    --- stdout
    name         cells  label                         what
    act            430  dendrite type                 Allen Cell Types, mouse visual cortex
    bbp              ?  layer and morphological type  Blue Brain, rat somatosensory cortex
    m1_patchseq    646  shape of the apical dendrite  M1 Patch-seq, mouse motor cortex
    bil          1 741  region and layer of the soma  BICCN whole-brain reconstructions
    jml          1 227  region and layer of the soma  Janelia MouseLight, whole mouse brain
    treemoco     3 478  ACT-4                         TreeMoCo's benchmark: ACT, BIL and JML
    trees            ?  species                       Botanical trees from laser scans
    --- stderr
    ");
}

#[test]
fn a_page_says_what_to_fetch() {
    let folder = folder(&[]);
    for name in ["act", "bbp", "m1_patchseq", "bil", "jml", "treemoco", "trees"] {
        let page = said(nms(folder.path(), &["data", "show", name]));
        for heading in ["Fetch", "Lay out", "Columns of labels.csv", "Cells", "Settings", "Traps", "Cite"] {
            assert!(page.lines().any(|line| line.starts_with(heading)), "{name}: {heading}\n{page}");
        }
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    }
    insta::assert_snapshot!(said(nms(folder.path(), &["data", "show", "atc"])), @r"
    exit 2
    --- stdout
    --- stderr
    error: no data set `atc`
       = help: did you mean `act`? there are act, bbp, m1_patchseq, bil, jml, treemoco, trees
    ");
}

#[test]
fn a_folder_is_checked() {
    let folder = grown("trees");
    // Everything that is declared of botanical trees is there.
    insta::assert_snapshot!(said(nms(folder.path(), &["-q", "data", "check", "trees", "cells"])), @r"
    exit 0
    --- stdout
    trees: Botanical trees from laser scans, in `cells`
      24 neurons, a label table of 24 rows
      `label`: beech 8, oak 8, spruce 8
      median extent 8.4 m, as expected of this unit (2 to 80)
      all samples of 24 neurons lie 6° (median) off the z axis, most towards +z
    all as declared
    --- stderr
    ");

    let folder = grown("jml");
    std::fs::remove_file(folder.path().join("cells/grown_003.swc")).unwrap();
    insta::assert_snapshot!(said(nms(folder.path(), &["-q", "data", "check", "jml", "cells"])), @r"
    exit 1
    --- stdout
    jml: Janelia MouseLight, whole mouse brain, in `cells`
      39 neurons, a label table of 40 rows
      `treemoco_fold`: 0 4, 1 4, 2 4, 3 4, 4 4, 5 4, 6 4, 7 4, 8 4, 9 4
      median extent 495 µm, as expected of this unit (150 to 2000)
    missing  labels: `label`: Isocortex_layer2/3 10 of 78, Isocortex_layer5 10 of 186, Isocortex_layer6 10 of 116, VPM 10 of 28
             = help: scores on a part do not compare with the whole
    missing  cells: 1 188 of 1 227
             = help: `nms data show jml` says where they come from
    missing  files: 1 file of the label table, the first `grown_003.swc`
             = help: fetch them, or drop their rows; `file` is a path below the folder or a bare name
    3 findings
    --- stderr
    ");

    let json = nms(folder.path(), &["-q", "data", "check", "jml", "cells", "--json"]).output().unwrap();
    assert_eq!(json.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((report["dataset"].as_str(), report["cells"].as_u64()), (Some("jml"), Some(39)));
    assert!(report["findings"].as_array().unwrap().iter().any(|f| f["kind"] == "missing" && f["about"] == "files"));

    insta::assert_snapshot!(said(nms(folder.path(), &["data", "check", "jml", "nowhere"])), @r"
    exit 2
    --- stdout
    --- stderr
    error: cannot open `nowhere`: no such file or folder
       = help: a relative path starts at the folder that nms was started in
    ");
}

#[test]
fn scripts_check_and_load_alike() {
    let folder = grown("trees");
    let script = r#"
        let report = datasets::check("trees", "cells");
        print([report.clean, report.findings.len, report.notes.len()]);
        let set = datasets::get("trees");
        print([set]);
        print([set.name, set.ids.len(), set.settings.geometry.unit]);
        let trees = datasets::load("trees", "cells");
        print([trees.len(), trees[0].centered().extent == trees[0].extent, trees.labels().classes]);
    "#;
    std::fs::write(folder.path().join("script.rhai"), script).unwrap();
    insta::assert_snapshot!(said(nms(folder.path(), &["-q", "run", "script.rhai", "--out", "out"])), @r#"
    exit 0
    --- stdout
    [true, 0, 3]
    [Dataset(trees: Botanical trees from laser scans)]
    ["trees", 0, "m"]
    [24, true, ["beech", "oak", "spruce"]]
    --- stderr
    warning: read 24 files
      24 files with no_soma, such as `grown_001`: no soma sample (type 1): the first root is taken as the centre
    "#);
    let unknown = said(nms(folder.path(), &["-c", "datasets::load(\"tree\", \"cells\")"]));
    assert!(unknown.contains("error: no data set `tree`") && unknown.contains("did you mean `trees`?"), "{unknown}");
}

/// What the check says of real cells and real label tables, where they are at hand.
#[test]
fn the_truth_is_told_of_real_data() {
    let checked = |set: &str, name: &str| {
        let data = crate::numeric::fixture::data(name)?;
        let folder = folder(&[]);
        Some(said(nms(folder.path(), &["-q", "data", "check", set, &data.display().to_string()])))
    };
    let has = |said: &str, parts: &[&str]| parts.iter().for_each(|part| assert!(said.contains(part), "{part}\n{said}"));
    if let Some(act) = checked("act", "act_allen") {
        has(
            &act,
            &["exit 1", "missing  cells: 360 of 430, the first", "extra    cells: 32 neurons that the published split"],
        );
        has(&act, &["18 forests of up to 178 pieces", "aspiny 47 of 165, sparsely_spiny 4 of 35, spiny 51 of 230"]);
        has(&act, &["missing  labels: no column `upright_angle`", "most towards -y; 11 of them more than 45°"]);
        assert!(!act.contains("odd      unit"), "{act}");
    }
    if let Some(bbp) = checked("bbp", "bbp_rat_ssc") {
        has(
            &bbp,
            &[
                "exit 1",
                "144 neurons, a label table of 144 rows",
                "2 neurons have fewer than the 200 samples",
                "1 finding",
            ],
        );
        has(&bbp, &["apical dendrites of 70 neurons lie 13° (median) off the y axis, most towards +y"]);
    }
    if let Some(m1) = checked("m1_patchseq", "m1_patchseq_labels_only") {
        has(
            &m1,
            &[
                "other 33",
                "tufted 135",
                "untufted 107",
                "`cell_class`: inh 371, exc 275",
                "missing  cells: all 646 cells",
            ],
        );
        assert!(!m1.contains("labels: "), "{m1}");
    }
    if let Some(all) = checked("treemoco", "treemoco_labels_only") {
        has(&all, &["`set`: BIL 1 741, JML 1 227, ACT 510", "missing  cells: all 3 478 cells"]);
        assert!(!all.contains("labels: "), "{all}");
    }
    if let Some(mixed) = checked("bil", "wholebrain_mixed") {
        has(&mixed, &["4 neurons have an extent beyond 37.5 to 8000 µm", "that looks like atlas voxels of 25 µm"]);
    }
    if let Some(fly) = checked("act", "fly_medulla") {
        has(&fly, &["178 neurons have nothing but soma once axon is removed"]);
    }
}
