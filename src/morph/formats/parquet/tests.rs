//! Files made with navis 1.12 (`tests/fixtures/formats/make.py`), and files written here.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::testing::forest;
use crate::morph::{Morphology, NO_PARENT, parse_swc};
use crate::run::seed;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/formats/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn files_of_navis() {
    let two = parse("file", &fixture("navis_two.parquet")).unwrap();
    let names: Vec<_> = two.iter().map(|r| &*r.morphology.name).collect();
    assert_eq!(names, ["11", "22"]);
    let neuron = &two[0].morphology;
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 2, 2, 0, 5]);
    // navis writes no labels, but which node is the soma.
    assert_eq!(neuron.kind, [1, 0, 0, 0, 0, 0, 0]);
    assert_eq!((neuron.position[4], neuron.radius[4]), ([-4.0, 16.0, -1.0], 0.5));
    let codes = |at: usize| two[at].warnings.iter().map(|w| w.code.name()).collect::<Vec<_>>();
    assert_eq!((codes(0), codes(1)), (vec!["undefined_type"], vec!["unit_header", "undefined_type"]));
    assert!(two[1].warnings[0].message.contains("`8 nanometer`"));
    let one = parse("file", &fixture("navis_one.parquet")).unwrap();
    assert_eq!((&*one[0].morphology.name, one.len()), ("file", 1));
    assert_eq!(one[0].morphology.kind, neuron.kind);
}

fn written(neurons: &[(&str, &Morphology)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.parquet");
    write_parquet(&path, neurons.iter().copied()).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn what_is_written_reads_back_identical() {
    for case in 0..5 {
        let neuron = forest(&mut seed::stream(11, "parquet", case), 200, 1 + case as usize);
        let again = parse(&neuron.name, &written(&[("a", &neuron)])).unwrap();
        assert_eq!(again[0].morphology, neuron);
    }
    let text = b"7 1 -0.0 1e-300 123456.78901234567 1e-8 -1\n3 300 0.1 -999999999999999.9 2 0.30000000000000004 7\n";
    let first = parse_swc("x", text).unwrap().morphology;
    let several = parse("x", &written(&[("a b", &first), ("c", &first)])).unwrap();
    for (reading, name) in several.iter().zip(["a b", "c"]) {
        assert_eq!(reading.morphology, Morphology { name: name.into(), ..first.clone() });
        assert!(reading.morphology.position[0][0].is_sign_negative());
    }
}

#[test]
fn what_no_reader_could_take_is_refused() {
    let good = parse_swc("x", b"1 1 0 0 0 4 -1\n2 3 5 0 0 1 1\n").unwrap().morphology;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let twice = Morphology { id: vec![1, 1], ..good.clone() };
    assert!(write_parquet(&path, [("x", &twice)]).unwrap_err().message.contains("sample number 1"));
    assert!(write_parquet(&path, []).unwrap_err().message.contains("no neuron"));
    assert!(!path.exists());
    assert_eq!(parse("x", &written(&[("x", &good)])).unwrap()[0].warnings, []);
    let cut = &written(&[("x", &good)])[..200];
    assert!(parse("x", cut).is_err() && parse("x", b"PAR1").is_err());
}
