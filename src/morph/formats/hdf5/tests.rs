//! Files made with h5py (`tests/fixtures/formats/make.py`), and files made here that no program would write.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::morph::NO_PARENT;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/formats/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn one_cell() {
    let readings = parse("one", &fixture("one.h5")).unwrap();
    let [Reading { morphology: neuron, warnings }] = &readings[..] else { panic!("{readings:?}") };
    assert_eq!(&*neuron.name, "one");
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 2, 2, 0, 5]);
    assert_eq!(neuron.kind, [1, 3, 3, 3, 3, 2, 2]);
    // MorphIO 3.5 gives the same centre and points, each branch point once more per section.
    assert_eq!(neuron.position[0], [0.0; 3]);
    assert_eq!(neuron.position[3..5], [[4.0, 10.0, 1.0], [-4.0, 10.0, -1.0]]);
    // Stored as 32-bit floats.
    assert_eq!(neuron.radius[6], f64::from(0.6f32) / 2.0);
    let codes: Vec<_> = warnings.iter().map(|w| w.code.name()).collect();
    assert_eq!(codes, ["skipped", "soma_contour", "branch_radius"]);
    assert_eq!(warnings[0].message, "not read: spines");
}

#[test]
fn a_collection_has_cells_by_name() {
    let readings = parse("file", &fixture("collection.h5")).unwrap();
    let names: Vec<_> = readings.iter().map(|r| &*r.morphology.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(readings[0].morphology.position, readings[1].morphology.position);
}

/// A file with these tables.
fn made(points: &[[f64; 4]], structure: &[[i32; 3]]) -> Vec<u8> {
    let mut file = hdf5_pure::FileBuilder::new();
    let shape = |n: usize, columns| [n as u64, columns];
    file.create_dataset("points").with_f64_data(points.as_flattened()).with_shape(&shape(points.len(), 4));
    file.create_dataset("structure").with_i32_data(structure.as_flattened()).with_shape(&shape(structure.len(), 3));
    file.finish().unwrap()
}

const POINTS: [[f64; 4]; 4] = [[0.0, 0.0, 0.0, 8.0], [0.0, 5.0, 0.0, 2.0], [0.0, 9.0, 0.0, 2.0], [0.0, 9.0, 0.0, 2.0]];

#[test]
fn sections_that_do_not_fit_are_refused() {
    // A section of nothing but the repeated point adds none.
    let neuron = parse("x", &made(&POINTS, &[[0, 1, -1], [1, 3, 0], [3, 3, 1]])).unwrap().remove(0).morphology;
    assert_eq!((neuron.len(), neuron.radius[0]), (3, 4.0));
    let cases: [(&[[i32; 3]], &str); 5] = [
        (&[[0, 1, -1], [1, 3, 2], [3, 3, 1]], "section 1 of `structure`: the parent `2` is not a section before it"),
        (&[[0, 1, -1], [1, 3, -2]], "the parent `-2` is not a section before it"),
        (&[[0, 1, -1], [9, 3, 0]], "its points `0` to `9` are not among the 4"),
        (&[[0, 1, -1], [1, -3, 0]], "`-3` is not a type"),
        (&[[3, 1, -1], [1, 3, 0]], "its points `3` to `1` are not among the 4"),
    ];
    for (structure, expected) in cases {
        let error = parse("x", &made(&POINTS, structure)).unwrap_err();
        assert!(error.message.contains(expected) && error.help.is_some(), "{error}");
    }
    let error = parse("x", &made(&[[f64::NAN, 0.0, 0.0, 1.0]], &[[0, 3, -1]])).unwrap_err();
    assert!(error.message.contains("x is `NaN`"), "{error}");
    let mut other = hdf5_pure::FileBuilder::new();
    other.create_dataset("volume").with_f64_data(&[1.0]);
    let error = parse("x", &other.finish().unwrap()).unwrap_err();
    assert_eq!(error.help.as_deref(), Some("the file has: volume"));
    assert!(parse("x", b"\x89HDF\r\n\x1a\n").is_err());
}
