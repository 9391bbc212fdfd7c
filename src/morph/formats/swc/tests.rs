//! Reading text written by hand, and properties of reading and writing.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::*;
use crate::error::Kind;
use crate::morph::testing::forest;
use crate::morph::{Morphology, NO_PARENT, Sample, kind};
use crate::run::seed;
use rand::seq::SliceRandom;

fn read(text: &str) -> Reading {
    parse_swc("cell", text.as_bytes()).unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    read(text).warnings.iter().map(|w| w.code.name()).collect()
}

/// The refusal of a text: line, message and help in one string.
fn refusal(text: &[u8]) -> String {
    let error = parse_swc("cell", text).unwrap_err();
    assert_eq!(error.kind, Kind::Format);
    error.line.map_or(String::new(), |line| format!("{line}: ")) + error.to_string().as_str()
}

const GOOD: &str = "1 1 0 0 0 4 -1\n2 3 5 0 0 1 1\n3 3 10 1 0 1 2\n4 3 14 4 1 0.6 3\n5 3 14 -4 -1 0.6 3\n";

#[test]
fn a_plain_file() {
    let reading = read(GOOD);
    assert_eq!(reading.warnings, []);
    let neuron = reading.morphology;
    assert_eq!(&*neuron.name, "cell");
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1, 2, 2]);
    assert_eq!(neuron.position[4], [14.0, -4.0, -1.0]);
    assert_eq!(neuron.radius[3], 0.6);
    assert_eq!(neuron.kind[0], kind::SOMA);
}

#[test]
fn layouts_that_mean_the_same_read_the_same() {
    let same = [
        ("CR LF", GOOD.replace('\n', "\r\n")),
        ("CR", GOOD.replace('\n', "\r")),
        ("tabs", GOOD.replace(' ', "\t")),
        ("byte-order mark", format!("\u{feff}{GOOD}")),
        ("no line end at the end", GOOD.trim_end().to_string()),
        ("blanks", GOOD.replace('\n', "  \n\n  ").replace(' ', "  ")),
        ("comments", format!("# a\n{}#b", GOOD.replace('\n', " # c\n#\n"))),
        ("comment right behind a number", GOOD.replace('\n', "#c\n")),
        (
            "floats",
            "1.00 1.0 0 0 0 4.0 -1.0\n2e0 3.0 5 0. .0 1 +1\n3. 3 1e1 1 0 1 2.0\n4 3 14 4 1 .6 3\n5 3 14 -4 -1 0.60 3\n"
                .into(),
        ),
        ("last line first", {
            let mut lines: Vec<&str> = GOOD.lines().collect();
            lines.swap(0, 2);
            lines.swap(0, 1);
            lines.join("\n")
        }),
    ];
    for (what, text) in same {
        assert_eq!(read(&text), read(GOOD), "{what}");
    }
    // A Latin-1 byte in a comment is nobody's business.
    assert_eq!(parse_swc("cell", &[b"# caf\xe9\n", GOOD.as_bytes()].concat()).unwrap(), read(GOOD));
}

#[test]
fn far_apart_and_large_numbers_are_ids() {
    let neuron = read("9223372036854775807 1 0 0 0 4 -1\n0 3 1 0 0 1 9223372036854775807\n7 3 1 0 0 1 0\n").morphology;
    assert_eq!(neuron.id, [i64::MAX, 0, 7]);
    assert_eq!(neuron.parent, [NO_PARENT, 0, 1]);
}

#[test]
fn refusals_name_line_value_and_cure() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "the file is empty"),
        (b"# only\n\n#comments", "no samples"),
        (b"1 1 0 0 0 4 -1\n\n3 3 9 0 0 2\n4 3 1 1 1 1 1\n", "3: found 6 of 7 columns"),
        (b"1 1 0 0 0 4 -1\n2 3 1", "2: found 3 of 7 columns (help: the file ends within this line"),
        (b"id,type,x,y,z,radius,parent\n1,1,0,0,0,4,-1\n", "1: expected 7 numbers separated by blanks, found commas"),
        (b"1;1;0,0;0;0;4;-1\n", "1: expected 7 numbers separated by blanks, found semicolons"),
        (b"1, 1, 0, 0, 0, 4, -1\n", "1: expected 7 numbers separated by blanks, found commas"),
        (b"1 1 -0,000 1,5 0,0 20,149 -1\n", "1: column `x`: `-0,000` has a decimal comma"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "1: this is a Git LFS pointer"),
        (b"1 1 0 0 0 4 -1\n\0\0 2 3 4\n", "2: the line holds NUL bytes"),
        (b"1 1 0 0 0 4 -1\n99999999999999999999 3 5 0 0 1 1\n", "2: column `id`: `99999999999999999999` does not fit"),
        (b"1 1 0 0 0 NA -1\n", "1: column `radius`: `NA` is not a number"),
        (b"1 1 0 nan 0 1 -1\n", "1: column `y`: `nan` is not a number"),
        (b"1 1 0 1e40 0 1 -1\n", "1: column `y`: `1e40` is out of range"),
        (b"1 1.5 0 1 0 1 -1\n", "1: column `type`: `1.5` is not a whole number"),
        (b"1 -1 0 1 0 1 -1\n", "1: column `type`: `-1` is not a type"),
        (b"1 70000 0 1 0 1 -1\n", "1: column `type`: `70000` is not a type"),
        (b"-4 1 0 1 0 1 -1\n", "1: column `id`: `-4` is negative"),
        (b"4 1 0 1 0 1 -2\n", "1: column `parent`: `-2`, expected the number of a sample, or -1"),
        (b"id type x y z r parent\n", "1: column `id`: `id` is not a number"),
        (b"#\n4 3 0 0 0 1 -1\n4 3 1 0 0 1 4\n", "3: sample number `4` occurs twice, on lines 2 and 3"),
        (b"1 1 0 0 0 1 -1\n8 3 1 0 0 1 7\n", "2: sample `8` has parent `7`, which no line defines"),
        // Parent 0 is a root only where no root has -1.
        (b"1 1 0 0 0 1 -1\n8 3 1 0 0 1 0\n", "2: sample `8` has parent `0`, which no line defines"),
        (b"0 1 0 0 0 1 0\n1 3 1 0 0 1 0\n", "1: sample `0` is its own parent, and there is no root"),
        (
            b"1 1 0 0 0 1 -1\n8 3 1 0 0 1 10\n9 3 1 0 0 1 8\n10 3 1 0 0 1 9\n11 3 1 0 0 1 10\n",
            "2: 3 samples are each other's parents: 8 -> 10 -> 9 -> 8",
        ),
        (b"((Color Red) (Axon)", "format not supported: Neurolucida ASCII"),
        (b"; a comment\n(Sections)", "format not supported: Neurolucida ASCII"),
        (b"\x89HDF\r\n\x1a\n\0\0", "format not supported: HDF5"),
        (b"<!DOCTYPE html>", "format not supported: XML or HTML"),
        (b"\x1f\x8b\x08\0", "format not supported: compressed"),
        (b"\xff\xfe1\0 \0", "the text is UTF-16"),
    ];
    for (text, expected) in cases {
        let said = refusal(text);
        assert!(said.starts_with(expected), "{said}\nexpected: {expected}");
    }
    // Repeated numbers that are far apart take another way.
    let far = b"1 1 0 0 0 1 -1\n900000000 3 1 0 0 1 1\n5 3 1 0 0 1 1\n5 3 1 0 0 1 1\n900000000 3 1 0 0 1 1\n";
    assert!(refusal(far).starts_with("4: sample number `5` occurs twice, on lines 3 and 4"));
}

#[test]
fn unusual_files_are_read_with_a_warning() {
    let cases: &[(&str, &[&str])] = &[
        ("1 3 0 0 0 1 -1\n2 3 1 0 0 1 1\n", &["no_soma"]),
        ("1 1 0 0 0 4 -1\n", &["no_neurites"]),
        ("1 1 0 0 0 4 -1\n2 2 1 0 0 1 1\n", &["axon_only"]),
        ("1 1 0 0 0 4 0\n2 3 1 0 0 1 1\n", &["root_parent_zero"]),
        ("1 1 0 0 0 4 -1\n2 3 1 0 0 0 1\n", &["zero_radius"]),
        ("1 1 0 0 0 4 -1\n2 3 1 0 0 -1 1\n", &["negative_radius"]),
        ("1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n3 0 1 1 0 1 1\n", &["undefined_type"]),
        ("1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n3 3 1 1 0 1 -1\n", &["forest"]),
        ("1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n3 1 1 1 0 1 -1\n", &["several_somata", "forest"]),
        ("1 1 0 0 0 4 -1\n2 3 0 0 0 1 1\n", &["one_point"]),
        ("1 1 0 0 0 4 -1 7 8\n2 3 1 0 0 1 1\n", &["extra_columns"]),
        ("# units: 1 nanometer\n1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n", &["unit_header"]),
        ("# Units: um\n1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n", &[]),
        ("# SCALE 1.0 1.0 1.0\n1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n", &[]),
        ("# SCALE 0.5 0.5 1\n1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n", &["scale_header"]),
        ("# OFFSET 50 50 50\n1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n", &["offset_header"]),
        // The three-point soma of NeuroMorpho.Org, a soma in a row, and a branching one.
        ("1 1 0 0 0 4 -1\n2 1 0 4 0 4 1\n3 1 0 -4 0 4 1\n4 3 5 0 0 1 1\n", &[]),
        ("1 1 0 0 0 4 -1\n2 1 0 4 0 4 1\n3 1 0 8 0 4 2\n4 3 5 0 0 1 2\n", &[]),
        ("1 1 0 0 0 4 -1\n2 1 0 4 0 4 1\n3 1 0 8 0 4 1\n4 1 5 0 0 1 2\n5 3 9 0 0 1 4\n", &["branching_soma"]),
        ("1 1 0 0 0 4 -1\n2 16 1 0 0 1 1\n", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(codes(text), *expected, "{text}");
    }
    let forest = &read("1 1 0 0 0 4 -1\n2 3 1 0 0 1 1\n3 3 1 1 0 1 -1\n").warnings[0];
    assert_eq!(
        (forest.line, forest.message.as_str()),
        (Some(3), "2 roots: a forest of 2 pieces that are not connected")
    );
}

#[test]
fn a_soma_on_a_neurite_becomes_the_root() {
    // 1 - 2 - soma 3 - soma 4 - 5, rooted at 1.
    let reading = read("1 3 1 0 0 1 -1\n2 3 2 0 0 1 1\n3 1 3 0 0 4 2\n4 1 4 0 0 4 3\n5 3 5 0 0 1 4\n");
    assert_eq!(reading.warnings.iter().map(|w| w.code).collect::<Vec<_>>(), [WarningCode::RootedAtSoma]);
    assert_eq!(reading.warnings[0].line, Some(3));
    assert_eq!(reading.morphology.id, [3, 2, 1, 4, 5]);
    assert_eq!(reading.morphology.parent, [NO_PARENT, 0, 1, 0, 3]);
    assert_eq!(reading.morphology.soma(), Some(0));
}

#[test]
fn files_have_names_and_other_formats_are_named() {
    assert_eq!(name_of(Path::new("a/C01.CNG.swc")), "C01.CNG");
    assert_eq!(name_of(Path::new("a/B.SWC")), "B");
    assert_eq!(name_of(Path::new("a/.swc")), ".swc");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cell.asc");
    assert_eq!(read_swc(&path).unwrap_err().kind, Kind::File);
    std::fs::write(&path, "(Axon)").unwrap();
    let error = read_swc(&path).unwrap_err();
    assert_eq!((error.kind, error.line, error.path.as_deref()), (Kind::Format, None, Some(path.as_path())));
    assert!(error.message.starts_with("format not supported: Neurolucida ASCII"));
    let path = folder.path().join("cell.SWC");
    std::fs::write(&path, "1 1 0 0 0 4 -1\n2 3 5 0 0 1\n").unwrap();
    assert!(read_swc(&path).unwrap_err().to_string().contains("cell.SWC:2: found 6 of 7 columns"));
}

#[test]
fn a_long_chain_in_any_order_does_not_exhaust_the_stack() {
    let n = 100_000;
    let chain = |order: &mut dyn Iterator<Item = usize>| -> String {
        order.map(|i| format!("{i} 3 {i} 0 0 1 {}\n", if i == 1 { -1 } else { i as i64 - 1 })).collect()
    };
    let forward = read(&chain(&mut (1..=n))).morphology;
    let backward = read(&chain(&mut (1..=n).rev())).morphology;
    assert_eq!(forward, backward);
    assert_eq!((forward.n_leaves(), forward.length_all_edges()), (1, (n - 1) as f64));
}

/// What a neuron is, whatever its ids and the order of its lines: each sample with its parent, sorted.
fn shape(neuron: &Morphology) -> Vec<String> {
    let shown = |i: usize| format!("{:?} {} {}", neuron.position[i], neuron.radius[i], neuron.kind[i]);
    let mut all: Vec<String> =
        (0..neuron.len()).map(|i| format!("{} < {:?}", shown(i), neuron.parent_of(i).map(shown))).collect();
    all.sort();
    all
}

#[test]
fn the_order_of_lines_and_the_ids_do_not_change_the_neuron() {
    for case in 0..20 {
        let mut rng = seed::stream(5, "lines", case);
        let neuron = forest(&mut rng, 200, 1 + case as usize % 4);
        let text = neuron.to_swc().unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.shuffle(&mut rng);
        let shuffled = read(&lines.join("\n")).morphology;
        assert_eq!(shape(&shuffled), shape(&neuron));
        let samples: Vec<Sample> = neuron.samples().into_iter().map(|s| Sample { id: s.id * 1_000_003, ..s }).collect();
        let other = Morphology::from_unordered("cell", &samples, &neuron.parent);
        let other = read(&other.to_swc().unwrap()).morphology;
        assert_eq!(shape(&other), shape(&neuron));
    }
}

#[test]
fn what_is_written_reads_back_identical() {
    for case in 0..20 {
        let neuron = forest(&mut seed::stream(6, "round trip", case), 300, 1 + case as usize % 5);
        let again = parse_swc(&neuron.name, neuron.to_swc().unwrap().as_bytes()).unwrap().morphology;
        assert_eq!(again, neuron);
    }
}

#[test]
fn damaged_text_is_read_or_refused_and_never_panics() {
    use rand::Rng as _;
    let good = forest(&mut seed::stream(7, "damage", 0), 60, 3).to_swc().unwrap().into_bytes();
    for case in 0..3000 {
        let mut rng = seed::stream(7, "damage", case);
        let mut text = good.clone();
        for _ in 0..rng.gen_range(1..6) {
            let at = rng.gen_range(0..text.len());
            match rng.gen_range(0..4) {
                0 => text[at] = rng.r#gen(),
                1 => text[at] = *b"0123456789 -+.eE#\n\r\t,".choose(&mut rng).unwrap(),
                2 => drop(text.remove(at)),
                _ => text.truncate(at + 1),
            }
        }
        match parse_swc("cell", &text) {
            Err(error) => assert!(!error.message.contains("found 7 of 7"), "{error}"),
            Ok(reading) => {
                let neuron = reading.morphology;
                assert_eq!(parse_swc("cell", neuron.to_swc().unwrap().as_bytes()).unwrap().morphology, neuron);
            }
        }
    }
}
