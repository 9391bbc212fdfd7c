//! Populations written, opened, chosen from, and damaged.

#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;
use crate::data::Labels;
use crate::data::Table;
use crate::data::table::{Condition, LoadOptions};
use crate::error::Kind;
use crate::morph::testing::forest;
use crate::morph::{Morphology, SynthesisOptions, parse_swc, synthesize};
use crate::run::seed;

/// 150 cells: grown ones, forests whose numbers are no decimals, and odd single ones; three row groups.
fn population() -> Population {
    let mut cells: Vec<Arc<Morphology>> = Vec::new();
    for i in 0..150u64 {
        cells.push(Arc::new(match i % 3 {
            0 => synthesize("granule", &SynthesisOptions { step_um: 50.0, ..SynthesisOptions::default() }, i).unwrap(),
            1 => forest(&mut seed::stream(5, "stored", i), 30, 3),
            _ => parse_swc(&format!("odd{i}"), format!("{i} 7 -0 1e-12 {i} 0 -1\n").as_bytes()).unwrap().morphology,
        }));
    }
    let layers = Labels::new((0..150).map(|i| (i % 4 > 0).then(|| (i % 4).to_string())));
    let odd = Labels::new((0..150).map(|i| Some(if i % 2 == 0 { "é, \"x\"" } else { "y" })));
    Population::new(cells).with_labels("layer", &layers).unwrap().with_labels("n_nodes", &odd).unwrap()
}

fn saved(population: &Population) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.parquet");
    population.save(&path).unwrap();
    (folder, path)
}

#[test]
fn what_is_saved_opens_identical() {
    let cells = population();
    let (_folder, path) = saved(&cells);
    let again = open(&path).unwrap();
    assert!(again == cells);
    assert_eq!(again.to_string(), cells.to_string());
    assert!(again.metrics().unwrap() == cells.metrics().unwrap());
    let bits = |p: &Population| -> Vec<u64> {
        p.iter().flat_map(|c| c.unwrap().position.as_flattened().to_vec()).map(f64::to_bits).collect()
    };
    assert_eq!(bits(&again), bits(&cells));
    // In any order, and again from the file that is open.
    let some = again.select(&[149, 0, 70, 3]).unwrap();
    assert!(some == cells.select(&[149, 0, 70, 3]).unwrap());
    let (_folder, second) = saved(&some);
    assert!(open(second).unwrap() == some);
    assert!(again.centered() == cells.centered());
    assert!(again.centered().metrics().unwrap() == cells.centered().metrics().unwrap());
    let names: Vec<String> = cells.iter().map(|c| c.unwrap().name.to_string()).collect();
    assert_ne!(names, cells.ids().to_vec());
}

#[test]
fn cells_are_chosen_without_their_geometry() {
    let cells = population();
    let (_folder, path) = saved(&cells);
    // Where the geometry stands there is nothing any more: whoever reads it fails.
    let stored = open(&path).unwrap();
    let conditions = vec![
        ("layer".to_string(), Condition::OneOf(vec!["2".into(), "3".into()])),
        ("total_length".to_string(), Condition::Between(100.0, f64::INFINITY)),
    ];
    let expected = cells.filtered(&conditions).unwrap();
    assert!(expected.len() > 10 && expected.len() < 75);
    fs::write(&path, b"").unwrap();
    assert!(stored.cell(0).is_err());
    let labels = vec![conditions[0].clone()];
    assert_eq!(stored.filtered(&labels).unwrap().ids(), cells.filtered(&labels).unwrap().ids());

    population().save(&path).unwrap();
    let stored = open(&path).unwrap();
    assert_eq!(stored.filtered(&conditions).unwrap().ids(), expected.ids());
    let error = stored.filtered(&vec![("totl_length".to_string(), Condition::Missing)]).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("did you mean `total_length`?"));
    assert!(stored.filtered(&vec![("id".to_string(), Condition::OneOf(vec!["odd2".into()]))]).unwrap().len() == 1);
}

#[test]
fn other_programs_find_a_plain_table() {
    let (_folder, path) = saved(&population());
    let table = Table::load(&path, &LoadOptions::default()).unwrap();
    assert_eq!(table.len(), 150);
    let names: Vec<&str> = table.names().collect();
    assert_eq!(names[..4], ["layer", "label:n_nodes", "n_nodes", "n_roots"]);
    assert_eq!(table.column("total_length").unwrap().unit.as_deref(), Some("um"));
}

#[test]
fn a_writer_needs_ids_and_leaves_no_half_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.parquet");
    let neuron = parse_swc("a", b"1 1 0 0 0 1 -1\n").unwrap().morphology;
    let mut writer = Writer::create(&path, &["layer"], None).unwrap();
    for i in 0..100 {
        writer.push(&format!("c{i}"), &neuron, &[None]).unwrap();
    }
    assert!(writer.push("c7", &neuron, &[None]).unwrap_err().message.contains("`c7`"));
    assert!(writer.push("new", &neuron, &[]).is_err());
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(Writer::create(&path, &["a", "a"], None).is_err());
    Writer::create(&path, &[], None).unwrap().finish().unwrap();
    assert_eq!(open(&path).unwrap().len(), 0);
    assert_eq!(open(&path).unwrap().metrics().unwrap().len(), 0);
}

#[test]
fn other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    Table::new(["a".to_string()].into(), Vec::new()).unwrap().save(&path, false).unwrap();
    let error = open(&path).unwrap_err();
    assert!(error.message.starts_with("no stored population") && error.path.as_ref() == Some(&path), "{error}");
    fs::write(&path, "id,x\n").unwrap();
    assert!(open(&path).unwrap_err().message.contains("damaged or no Parquet file"));
    assert_eq!(open(folder.path().join("gone.parquet")).unwrap_err().kind, Kind::File);
}

/// Every single damage gives an error that names the file, or does not touch what is read; never a wrong number.
#[test]
fn damage_is_found() {
    let cells = population().select(&(0..30).collect::<Vec<_>>()).unwrap();
    let (_folder, path) = saved(&cells);
    let whole = fs::read(&path).unwrap();
    let (mut found, tries) = (0, 150);
    for i in 0..tries {
        let mut bytes = whole.clone();
        let at = (whole.len() - 1) * i / (tries - 1);
        bytes[at] ^= 1 << (i % 8);
        fs::write(&path, &bytes).unwrap();
        let read = open(&path).and_then(|stored| stored.neurons().map(|neurons| (stored, neurons)));
        match read {
            Err(error) => {
                assert!(error.path.is_some(), "byte {at}: {error}");
                found += 1;
            }
            Ok((_, neurons)) => {
                for (ours, theirs) in neurons.iter().zip(cells.iter()) {
                    let theirs = theirs.unwrap();
                    assert_eq!(
                        (&ours.position, &ours.parent, &ours.radius),
                        (&theirs.position, &theirs.parent, &theirs.radius)
                    );
                }
            }
        }
    }
    assert!(found > tries / 2, "{found} of {tries}");
    for length in [0, 4, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(open(&path).unwrap_err().path.is_some());
    }
}
