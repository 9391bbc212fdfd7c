//! Folders of neurons made by hand, and the real data sets where they are.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::error::Kind;
use crate::morph::testing::{data, forest};
use crate::morph::{Format, JoinOptions, Kinds, Summary, parse_swc, write_parquet};
use crate::run::seed;

const CELL: &str = "1 1 5 5 5 4 -1\n2 3 8 5 5 1 1\n3 2 5 1 5 1 1\n4 2 5 0 5 1 3\n";

/// A folder with `a.swc`, `B.SWC`, `deep/c.swc`, a bad file, and things to leave out.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("a.swc", CELL);
    write("B.SWC", CELL);
    write("deep/c.swc", &format!("{CELL}5 2 5 -2 5 1 -1\n"));
    write("deep/bad.swc", "1 1 0 0 0 4 -1\n2 3 0 0 1\n");
    write("._a.swc", "junk of macOS");
    write("notes.txt", "");
    write("old.hoc", "create soma");
    write("labels.csv", "layer,file,label\n4,a.swc,x\n5,./deep\\c.swc,y\n,B,x\n2/3,gone.swc,y\n6,bad,z\n");
    folder
}

fn options(labels: Option<&str>) -> LoadOptions {
    LoadOptions { labels: labels.map(String::from), ..LoadOptions::default() }
}

#[test]
fn a_folder_is_read_in_order_and_what_is_left_over_is_reported() {
    let folder = folder();
    let Loaded { population, report, .. } = load_dir(folder.path(), &options(Some("labels.csv"))).unwrap();
    // By path: capitals first.
    assert_eq!(population.ids()[..], ["B", "a", "c"]);
    assert_eq!(population.columns().collect::<Vec<_>>(), ["layer", "label"]);
    let labels = population.labels(None).unwrap();
    assert_eq!((labels.get(0), labels.get(1), labels.get(2)), (Some("x"), Some("x"), Some("y")));
    let layers = population.labels(Some("layer")).unwrap();
    assert_eq!((layers.get(0), layers.get(1), layers.get(2)), (None, Some("4"), Some("5")));
    assert_eq!(population.to_string(), "Population(3 cells, 13 samples, labels: label (2 classes), layer (2))");

    assert_eq!((report.read, report.failed.len()), (3, 1));
    assert!(report.failed[0].path.as_ref().unwrap().ends_with("deep/bad.swc"));
    assert_eq!((report.failed[0].line, report.failed[0].kind), (Some(2), Kind::Format));
    assert_eq!(report.rows_without_file, ["gone.swc"]);
    assert_eq!(report.other_formats, [("hoc".to_string(), 1)]);
    assert!(!report.is_clean());
    let forests: Vec<_> = report.warnings.iter().map(|g| (g.code.name(), g.files, g.first.0.as_str())).collect();
    assert_eq!(forests, [("forest", 1, "c")]);
    let shown = report.to_string();
    assert!(shown.starts_with("read 3 files\n  1 file could not be read, the first: "), "{shown}");
    assert!(shown.contains("bad.swc:2: found 5 of 7 columns"), "{shown}");
    assert!(shown.lines().count() <= 6, "{shown}");
}

#[test]
fn options_choose_files_and_strictness() {
    let folder = folder();
    let read = |o: &LoadOptions| load_dir(folder.path(), o);
    let flat = read(&LoadOptions { recursive: false, ..options(None) }).unwrap();
    assert_eq!(flat.population.ids()[..], ["B", "a"]);
    assert!(flat.population.labels(None).is_err());
    let some = read(&LoadOptions { pattern: Some("?.swc".into()), ..options(None) }).unwrap();
    assert_eq!(some.population.ids()[..], ["a", "c"]);
    let joined = read(&LoadOptions { join: true, ..options(None) }).unwrap();
    assert!(joined.population.iter().all(|c| c.unwrap().n_roots() == 1));
    assert_eq!(joined.report.joins.as_ref().map(|j| (j.cells, j.links)), Some((1, 1)));
    let strict = read(&LoadOptions { strict: true, ..options(None) }).unwrap_err();
    assert!(strict.to_string().contains("bad.swc:2: found 5 of 7 columns"), "{strict}");
    let unread = read(&LoadOptions { recursive: false, pattern: Some("z*".into()), ..options(None) }).unwrap_err();
    assert!(unread.message.contains("no file of neurons"));
    assert!(read(&LoadOptions { max_gap: Some(1.0), ..options(None) }).is_err());
    assert!(read(&LoadOptions { max_gap: Some(-1.0), join: true, ..options(None) }).is_err());
    let unknown: std::result::Result<LoadOptions, _> = serde_json::from_str(r#"{ "strickt": true }"#);
    assert!(unknown.is_err());
    let known: LoadOptions = serde_json::from_str(r#"{ "labels": "labels.csv", "join": true }"#).unwrap();
    assert!(known.join && known.recursive);
}

#[test]
fn the_first_bad_file_stops_a_strict_reading_however_many_threads_there_are() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..60 {
        let text = if i % 7 == 5 { "1 1 0 0\n" } else { CELL };
        fs::write(folder.path().join(format!("{i:02}.swc")), text).unwrap();
    }
    for _ in 0..10 {
        let error = load_dir(folder.path(), &LoadOptions { strict: true, ..options(None) }).unwrap_err();
        assert!(error.path.unwrap().ends_with("05.swc"));
    }
}

#[test]
fn mistakes_in_the_table_are_named() {
    let folder = folder();
    let refusal = |text: &str, label: Option<&str>| {
        fs::write(folder.path().join("t.csv"), text).unwrap();
        let label = label.map(String::from);
        let error = load_dir(folder.path(), &LoadOptions { label, ..options(Some("t.csv")) }).unwrap_err();
        format!("{error}").split("t.csv").last().unwrap_or_default().to_string()
    };
    let cases = [
        ("file,label\na,x\n", Some("labl"), ":1: no label column `labl` (help: did you mean `label`?"),
        ("files,label\na,x\n", None, ":1: no column `file`; there are: files, label (help: rename `files`"),
        (
            "file;label\na;x\n",
            None,
            ":1: no column `file`; there are: file;label (help: separate the columns by commas)",
        ),
        ("file,label\na,x\nB\n", None, ":3: found 1 of 2 columns"),
        ("file,label\na,x\n,y\n", None, ":3: column `file` is empty"),
        ("file,label,label\na,x,y\n", None, ":1: the column `label` occurs twice"),
        ("file,label\na,x\nB,y\na.swc,y\n", None, ":4: `a.swc` has two rows, the other on line 2"),
    ];
    for (text, label, expected) in cases {
        let said = refusal(text, label);
        assert!(said.starts_with(expected), "{said}\nexpected: {expected}");
    }
    let lost = load_dir(folder.path(), &options(Some("label.csv"))).unwrap_err();
    assert_eq!((lost.kind, lost.help.as_deref()), (Kind::File, Some("did you mean `labels.csv`?")));
    let missing = load_dir(folder.path().join("nowhere"), &options(Some("labels.csv"))).unwrap_err();
    assert!(missing.message.contains("no such file or folder"), "{missing}");
    // A byte-order mark, as spreadsheets write it, is no part of the first name.
    fs::write(folder.path().join("t.csv"), "\u{feff}file,label\na,x\n").unwrap();
    let read = load_dir(folder.path(), &options(Some("t.csv"))).unwrap();
    assert_eq!(read.report.files_without_row, ["B", "c"]);
}

#[test]
fn files_of_one_name_keep_ids_apart() {
    let folder = tempfile::tempdir().unwrap();
    for place in ["x", "y"] {
        fs::create_dir(folder.path().join(place)).unwrap();
        fs::write(folder.path().join(place).join("a.swc"), CELL).unwrap();
    }
    fs::write(folder.path().join("t.csv"), "file,label\nx/a.swc,1\n").unwrap();
    let read = load_dir(folder.path(), &options(Some("t.csv"))).unwrap();
    assert_eq!(read.population.ids()[..], ["x/a.swc", "y/a.swc"]);
    assert_eq!(read.report.files_without_row, ["y/a.swc"]);
    fs::write(folder.path().join("t.csv"), "file,label\na,1\n").unwrap();
    let error = load_dir(folder.path(), &options(Some("t.csv"))).unwrap_err();
    assert!(error.message.contains("`a` fits several files"), "{error}");
    saved_reads_back(&read.population);
}

fn cells(names: &[&str]) -> Vec<Arc<Morphology>> {
    names.iter().map(|name| Arc::new(parse_swc(name, CELL.as_bytes()).unwrap().morphology)).collect()
}

#[test]
fn cells_of_one_name_get_ids_of_their_own() {
    let population = Population::new(cells(&["a", "b", "a", "a_2", "a"]));
    assert_eq!(population.ids()[..], ["a", "b", "a_3", "a_2", "a_4"]);
}

#[test]
fn labels_are_added_selected_and_looked_up() {
    let population = Population::new(cells(&["a", "b", "c"]));
    assert_eq!(population.to_string(), "Population(3 cells, 12 samples)");
    assert!(population.labels(None).unwrap_err().help.unwrap().contains("labels.csv"));
    let types = Labels::new([Some("x"), None, Some("y")]);
    let labelled = population.with_labels("type", &types).unwrap();
    assert_eq!(labelled.labels(None).unwrap(), types);
    let error = labelled.labels(Some("typ")).unwrap_err();
    assert!(error.help.unwrap().starts_with("did you mean `type`?"));
    assert!(population.with_labels("type", &types.select(&[0])).is_err());
    let some = labelled.select(&[2, 0]).unwrap();
    assert_eq!(some.ids()[..], ["c", "a"]);
    assert_eq!(some.labels(None).unwrap().get(0), Some("y"));
    assert!(labelled.select(&[3]).unwrap_err().message.contains("there are 3 cells"));
    assert!(labelled.select(&[1, 1]).is_err());
}

#[test]
fn edits_keep_ids_and_labels_and_say_what_they_did() {
    let labels = Labels::new([Some("x"), Some("y")]);
    let population = Population::new(cells(&["a", "b"])).with_labels("label", &labels).unwrap();
    let (cut, report) = population.without(&Kinds::parse("axon").unwrap()).unwrap();
    assert_eq!((cut.cell(1).unwrap().len(), cut.ids()), (2, population.ids()));
    assert_eq!(cut.labels(None).unwrap(), labels);
    assert_eq!(report.to_string(), "removed 4 samples of type 2 (axon) from 2 cells");
    let (_, report) = cut.without(&Kinds::parse("dendrite").unwrap()).unwrap();
    assert_eq!(report.only_soma, ["a", "b"]);
    let shown = report.to_string();
    assert!(shown.ends_with("; only the soma is left of 2 cells, such as `a`"), "{shown}");
    assert!(population.centered().iter().all(|c| c.unwrap().centre() == [0.0; 3]));

    let axon = Arc::new(parse_swc("axon", b"1 2 0 0 0 1 -1\n").unwrap().morphology);
    let mixed = Population::new([cells(&["a"]), vec![axon]].concat());
    let error = mixed.without(&Kinds::parse("axon").unwrap()).unwrap_err();
    assert!(
        error.message.starts_with("nothing would be left of 1 of 2 cells, the first is `axon`: all samples"),
        "{error}"
    );
}

#[test]
fn metrics_are_a_named_row_per_cell() {
    let labels = Labels::new([Some("x"), None]);
    let population = Population::new(cells(&["a", "b"])).with_labels("n_nodes", &labels).unwrap();
    let table = population.metrics().unwrap();
    assert_eq!((table.len(), table.columns().len()), (2, 1 + Summary::NAMES.len()));
    assert_eq!(table.labels("label:n_nodes").unwrap(), labels);
    let (matrix, texts) = table.matrix().unwrap();
    assert_eq!(texts, ["label:n_nodes"]);
    // By their bits: these cells have no fork, so what is measured at forks is NaN.
    let bits = |row: usize| matrix.row(row).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(0), bits(1));
    let first = |name: &str| table.column(name).unwrap().as_numbers().unwrap()[0];
    assert_eq!((first("n_nodes"), first("total_length"), first("extent_y")), (4.0, 1.0, 5.0));
    assert_eq!(table.column("extent_y").unwrap().unit.as_deref(), Some("um"));
}

fn saved_reads_back(population: &Population) {
    let folder = tempfile::tempdir().unwrap();
    population.save(folder.path()).unwrap();
    let again = load_dir(folder.path(), &options(Some("labels.csv"))).unwrap().population;
    assert_eq!(again.ids(), population.ids());
    assert_eq!(again.columns, population.columns);
    for (ours, theirs) in again.iter().zip(population.iter()) {
        let (ours, theirs) = (ours.unwrap(), theirs.unwrap());
        assert_eq!(ours.parent, theirs.parent);
        assert_eq!(
            (&ours.position, &ours.radius, &ours.kind, &ours.id),
            (&theirs.position, &theirs.radius, &theirs.kind, &theirs.id)
        );
    }
}

#[test]
fn what_is_saved_reads_back_identical() {
    let make = |i: u64| Arc::new(forest(&mut seed::stream(9, "save", i), 100, 3));
    let labels = Labels::new([Some("a, \"quoted\""), None, Some("é")]);
    // Ids sort like their files: `random.swc`, `random_2.swc`, `random_3.swc`.
    let population = Population::new((0..3).map(make).collect()).with_labels("label", &labels).unwrap();
    saved_reads_back(&population);
    let named = |name: &str| Population::new(cells(&[name])).save(tempfile::tempdir().unwrap().path());
    for name in ["../x", "/x", "", ".hidden", "a\0b"] {
        assert!(named(name).unwrap_err().message.contains("cannot be a file name"), "{name:?}");
    }
}

#[test]
fn folders_in_other_formats_read_back_identical() {
    let make = |i: u64| Arc::new(forest(&mut seed::stream(10, "save", i), 60, 2));
    let labels = Labels::new([Some("a"), None, Some("b")]);
    let population = Population::new((0..3).map(make).collect()).with_labels("label", &labels).unwrap();
    for format in [Format::Neuroml, Format::Parquet] {
        let folder = tempfile::tempdir().unwrap();
        population.save_with(folder.path(), &SaveOptions { format, ..SaveOptions::default() }).unwrap();
        let again = load_dir(folder.path(), &options(Some("labels.csv"))).unwrap().population;
        assert_eq!((again.ids(), &again.columns), (population.ids(), &population.columns), "{format:?}");
        let pairs = again.neurons().unwrap().into_iter().zip(population.neurons().unwrap());
        assert!(pairs.into_iter().all(|(a, b)| a.position == b.position && a.parent == b.parent));
    }
    let options = SaveOptions { format: Format::Asc, ..SaveOptions::default() };
    let error = population.save_with(tempfile::tempdir().unwrap().path(), &options).unwrap_err();
    assert_eq!(error.message, "Neurolucida ASCII can be read but not written");
}

/// Packs the files of a folder into `cells.tar.gz` beside them.
fn pack(folder: &Path, names: &[&str]) -> std::path::PathBuf {
    let path = folder.join("cells.tar.gz");
    let gzip = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for name in names {
        tar.append_path_with_name(folder.join(name), name).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    path
}

#[test]
fn archives_and_patterns_read_as_the_folder_does() {
    let folder = folder();
    let whole = load_dir(folder.path(), &options(Some("labels.csv"))).unwrap();
    let archive = pack(folder.path(), &["a.swc", "B.SWC", "deep/c.swc", "deep/bad.swc", "._a.swc", "notes.txt"]);
    let packed = load_dir(&archive, &options(Some("labels.csv"))).unwrap();
    assert_eq!(packed.population, whole.population);
    assert_eq!(packed.report.rows_without_file, whole.report.rows_without_file);
    let shown = packed.report.failed[0].to_string();
    assert!(shown.contains("cells.tar.gz!deep/bad.swc:2: found 5 of 7 columns"), "{shown}");
    let strict = load_dir(&archive, &LoadOptions { strict: true, ..options(None) }).unwrap_err();
    assert!(strict.to_string().contains("cells.tar.gz!deep/bad.swc:2"), "{strict}");

    let matched = |pattern: &str| load_dir(folder.path().join(pattern), &options(None));
    assert_eq!(matched("*.swc").unwrap().population.ids()[..], ["a"]);
    assert_eq!(matched("d*/c.swc").unwrap().population.ids()[..], ["c"]);
    assert_eq!(matched("**/[ac].swc").unwrap().population.ids()[..], ["a", "c"]);
    assert_eq!(matched("*.gz").unwrap().population.len(), 3);
    assert_eq!(matched("a.swc").unwrap().population.ids()[..], ["a"]);
    assert!(matched("*.h5").unwrap_err().message.starts_with("no file of neurons in"));
    assert!(matched("[").unwrap_err().message.contains("is no pattern"));
}

#[test]
fn files_of_several_neurons_give_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let some = cells(&["x", "y"]);
    write_parquet(folder.path().join("two.parquet"), some.iter().map(|c| (&*c.name, &**c))).unwrap();
    fs::write(folder.path().join("y.swc"), CELL).unwrap();
    fs::write(folder.path().join("t.csv"), "file,label\nx,1\ntwo.parquet,2\n").unwrap();
    let read = load_dir(folder.path(), &options(Some("t.csv"))).unwrap();
    assert_eq!(read.population.ids()[..], ["x", "two.parquet!y", "y.swc"]);
    assert_eq!(read.population.labels(None).unwrap().get(0), Some("1"));
    assert_eq!((read.report.read, read.report.rows_without_file), (2, vec!["two.parquet".to_string()]));
}

#[test]
fn real_folders_are_read_joined_and_freed_of_axons() {
    let Some(data) = data() else { return };
    let read = load_dir(data.join("act_allen"), &LoadOptions { join: true, ..options(Some("labels.csv")) }).unwrap();
    assert_eq!((read.population.len(), read.report.failed.len()), (102, 0));
    let labels = read.population.labels(None).unwrap();
    assert_eq!(labels.classes(), ["aspiny", "sparsely_spiny", "spiny"]);
    assert_eq!(labels.counts(), [47, 4, 51]);
    assert_eq!(read.population.labels(Some("layer")).unwrap().classes(), ["2/3", "4", "5", "6a"]);
    let joins = read.report.joins.unwrap();
    assert_eq!((joins.cells, joins.still_forests.len()), (18, 0));
    let (cut, report) = read.population.without(&Kinds::parse("axon").unwrap()).unwrap();
    // Every forest of this set is axon pieces only, so what is left of each cell is one tree.
    assert_eq!((report.total.new_roots, report.cells), (0, 102));
    assert!(cut.iter().flatten().all(|c| c.n_roots() == 1 && c.soma() == Some(0)));
    assert_eq!(cut.metrics().unwrap().len(), 102);

    let fly = load_dir(data.join("fly_medulla"), &options(Some("labels.csv"))).unwrap().population;
    // Two of its 180 files also have a sample of type 0.
    let error = fly.without(&Kinds::parse("axon").unwrap()).unwrap_err();
    assert!(error.message.starts_with("nothing would be left of 178 of 180 cells"), "{error}");
}

#[test]
fn the_folder_of_odd_files_goes_through_with_its_report() {
    let Some(data) = data() else { return };
    let read = load_dir(data.join("odd/files"), &options(None)).unwrap();
    // 60 SWC files, of which 15 are refused, one of two ASC files, and one HDF5 file; see the table of odd files.
    assert_eq!((read.population.len(), read.report.failed.len()), (47, 16));
    assert!(read.population.ids().iter().any(|id| id == "Sample1"));
    assert!(read.report.other_formats.is_empty());
    assert!(read.report.failed.iter().all(|e| e.path.is_some() && e.help.is_some()));
    let lines = read.report.to_string().lines().count();
    assert!(lines < 25, "{}", read.report);
    let (joined, _) = read.population.joined(&JoinOptions::default()).unwrap();
    // Sizes are there for every neuron; what is measured at forks and sections is NaN where there is none.
    let metrics = joined.metrics().unwrap();
    assert!(metrics.matrix_of(&Summary::NAMES[..15]).unwrap().require_finite("metrics").is_ok());
    assert!(metrics.matrix().unwrap().0.values().iter().all(|v| !v.is_infinite()));
    assert!(Path::new(read.report.failed[0].path.as_ref().unwrap()).is_file());
}
