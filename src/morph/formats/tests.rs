//! The entry for all formats, and that they agree on one neuron.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use crate::error::Kind;
use crate::morph::testing::{data, forest};
use crate::run::seed;

#[test]
fn every_format_that_is_written_is_told_by_its_content_and_reads_back_identical() {
    let folder = tempfile::tempdir().unwrap();
    let mut neuron = forest(&mut seed::stream(13, "formats", 0), 80, 2);
    neuron.name = "cell".into();
    for format in Format::WRITTEN {
        let path = folder.path().join(format!("cell.{}", format.ending()));
        neuron.write(&path, &WriteOptions::default()).unwrap();
        assert_eq!(read(&path).unwrap().morphology, neuron, "{format:?}");
        // Content counts more than the ending, where it has a mark.
        if format != Format::Swc {
            let odd = folder.path().join("cell.swc");
            std::fs::copy(&path, &odd).unwrap();
            assert_eq!(read(&odd).unwrap().morphology, neuron, "{format:?}");
        }
    }
}

#[test]
fn endings_that_cannot_be_written_are_named_with_a_cure() {
    let neuron = forest(&mut seed::stream(13, "formats", 1), 5, 1);
    // A file is no folder to write into.
    let folder = tempfile::NamedTempFile::new().unwrap();
    let refusal = |name: &str| neuron.write(folder.path().join(name), &WriteOptions::default()).unwrap_err();
    assert_eq!(refusal("a.swcc").help.as_deref(), Some("did you mean `.swc`?"));
    assert_eq!(refusal("a.asc").message, "Neurolucida ASCII can be read but not written");
    assert!(refusal("a").message.contains("no ending"));
    assert_eq!(refusal("a.swc").kind, Kind::File);
    let unread = parse_all(&Place { file: "a.mtr".into(), member: None }, b"x").unwrap_err();
    assert_eq!(unread.message, "format not supported: TREES toolbox");
    let options: std::result::Result<WriteOptions, _> = serde_json::from_str(r#"{ "soma": "three_points" }"#);
    assert_eq!(options.unwrap().soma, SomaStyle::ThreePoints);
    assert!(serde_json::from_str::<WriteOptions>(r#"{ "somas": "x" }"#).is_err());
}

#[test]
fn names_lose_the_ending_of_their_format() {
    for (path, name) in
        [("a/x.CNG.swc", "x.CNG"), ("x.ASC", "x"), ("x.h5", "x"), ("x.nml", "x"), ("x.txt", "x.txt"), (".swc", ".swc")]
    {
        assert_eq!(name_of(Path::new(path)), name);
    }
}

/// MorphIO's test neuron `simple` as HDF5 and as SWC: same tree, same points.
#[test]
fn formats_agree_on_one_neuron() {
    let Some(data) = data() else { return };
    let of = |file: &str| read(data.join("odd/files").join(file)).unwrap().morphology;
    let (swc, hdf5) = (of("simple-windows-eol.swc"), of("morphio_simple.h5"));
    let shape = |m: &crate::morph::Morphology| {
        let mut edges: Vec<String> = (0..m.len())
            .map(|i| {
                format!(
                    "{:?} {} < {:?}",
                    m.position[i].map(|v| v + 0.0),
                    m.kind[i],
                    m.parent_of(i).map(|p| m.position[p].map(|v| v + 0.0))
                )
            })
            .collect();
        edges.sort();
        edges
    };
    assert_eq!(shape(&swc), shape(&hdf5));
}

#[test]
fn real_neurons_survive_every_format() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = std::fs::read_dir(data.join("bbp_rat_ssc/swc")).unwrap().take(10);
    for file in files.map(|f| f.unwrap().path()) {
        let neuron = read(&file).unwrap().morphology;
        for format in Format::WRITTEN {
            let path = folder.path().join(format!("{}.{}", neuron.name, format.ending()));
            neuron.write(&path, &WriteOptions::default()).unwrap();
            assert_eq!(read(&path).unwrap().morphology, neuron, "{}", path.display());
        }
    }
}
