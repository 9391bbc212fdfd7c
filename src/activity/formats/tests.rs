//! Readers on small files made here, whole and damaged.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;

use super::*;
use npyz::WriterBuilder;

fn npy<T: npyz::AutoSerialize + Copy>(shape: &[u64], values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// An array of texts of at most eight characters, as NumPy writes `<U8`.
fn texts(values: &[&str]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<U8', 'fortran_order': False, 'shape': ({},), }}", values.len());
    while (header.len() + 11) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for value in values {
        let mut letters: Vec<u32> = value.chars().map(u32::from).collect();
        letters.resize(8, 0);
        letters.iter().for_each(|l| bytes.extend(l.to_le_bytes()));
    }
    bytes
}

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(format!("{name}.npy"), zip::write::FileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn members() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("traces", npy(&[3, 2], &[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ("neuron_names", texts(&["AVAL", "unk001"])),
        ("identified", npy(&[2], &[true, false])),
        ("states", npy(&[3], &[-1i8, 1, 0])),
        ("state_names", texts(&["fwd", "rev"])),
        ("dt", npy(&[], &[0.25f64])),
    ]
}

fn parsed(file: &str, bytes: &[u8]) -> Result<Vec<Recording>> {
    parse(Path::new(file), bytes)
}

#[test]
fn archives_give_traces_names_states_and_interval() {
    let recording = parsed("w1.npz", &archive(&members())).unwrap().remove(0);
    assert_eq!(recording.to_string(), "Recording(w1, 3 frames of 0.250 s, 2 neurons, 1 identified, 2 states)");
    assert_eq!(recording.trace(1), [2.0, 4.0, 6.0]);
    let states = recording.states().unwrap();
    assert_eq!([states.get(0), states.get(1), states.get(2)], [None, Some("rev"), Some("fwd")]);
}

#[test]
fn archives_that_do_not_fit_say_what_was_expected() {
    let with = |name: &str, bytes: Vec<u8>| {
        let mut all = members();
        all.iter_mut().find(|m| m.0 == name).unwrap().1 = bytes;
        parsed("w.npz", &archive(&all)).unwrap_err()
    };
    assert!(with("traces", npy(&[6], &[0.0f32; 6])).message.contains("1 dimensions, expected 2"));
    assert!(with("traces", npy(&[2, 3], &[0.0f32; 6])).message.contains("2 neuron names for 3 columns"));
    assert!(with("states", npy(&[2], &[0i8; 2])).message.contains("2 states for 3 frames"));
    assert!(with("states", npy(&[3], &[7i8; 3])).message.contains("state 7, but there are 2"));
    assert!(with("dt", npy(&[2], &[1.0f64; 2])).message.contains("expected 1"));
    assert!(with("dt", npy(&[], &[0.0f64])).message.contains("sampling interval"));
    assert!(with("dt", texts(&["fast"])).message.contains("holds texts"));
    let missing = parsed("w.npz", &archive(&members()[1..])).unwrap_err();
    assert!(missing.message.contains("no `traces`") && missing.help.is_some());
    let whole = archive(&members());
    for end in 0..whole.len() {
        assert!(parsed("w.npz", &whole[..end]).unwrap_err().help.is_some(), "cut at {end}");
    }
}

#[test]
fn csv_has_time_states_and_neurons() {
    let text = "t_s,state,AVAL,velocity_mm,unk1\n0.0,,1,9,2\n0.5,fwd,3,9,\n1.0,rev,5,9,6\n";
    let recording = parsed("w.csv", text.as_bytes()).unwrap().remove(0);
    assert_eq!(recording.to_string(), "Recording(w, 3 frames of 0.500 s, 2 neurons, 1 identified, 2 states)");
    assert_eq!(recording.trace(0), [1.0, 3.0, 5.0]);
    assert!(recording.trace(1)[1].is_nan());
    assert!(recording.require_finite("x").unwrap_err().message.contains("frame 1 of `unk1`"));
}

#[test]
fn csv_faults_are_found_with_their_lines() {
    let fault = |text: &str| parsed("w.csv", text.as_bytes()).unwrap_err();
    assert_eq!(fault("t_s,A\n0,1\n1,x\n").line, Some(3));
    assert_eq!(fault("t_s,A\n0,1\n0,2\n").line, Some(3));
    assert_eq!(fault("t_s,A\n0,1\n1,2,3\n").line, Some(3));
    assert!(fault("A,B\n0,1\n1,2\n").message.contains("no column of time"));
    assert!(fault("t_s,A\n").message.contains("no frame"));
    assert!(fault("t_s,A\n0,1\n").message.contains("a single frame"));
    assert!(fault("").message.contains("no column of time"));
    assert!(parsed("w.csv", b"t_s,A\n\xff\xfe,1\n").unwrap_err().message.contains("UTF-8"));
    assert!(parsed("w.xyz", b"").unwrap_err().help.unwrap().contains("`.npz`"));
}

#[test]
fn a_folder_is_read_in_order_and_what_fails_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "t_s,state,AVAL,aval\n0,a,1,2\n1,b,3,4\n2,a,5,6\n";
    for (name, text) in [("b.csv", csv), ("a.csv", csv), ("edges.csv", "from,to\nA,B\n"), ("notes.txt", "x")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (set, notes) = load_dir(folder.path(), &LoadOptions::default()).unwrap();
    assert_eq!(set.recordings().iter().map(Recording::name).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes[0].contains("edges.csv") && notes[1].contains("case") && notes[2].contains("one animal"));
    let strict = LoadOptions { strict: true, ..Default::default() };
    assert!(load_dir(folder.path(), &strict).unwrap_err().message.contains("no column of time"));
    let some = LoadOptions { pattern: Some("a*".into()), ..Default::default() };
    assert_eq!(load_dir(folder.path(), &some).unwrap().0.len(), 1);
    let none = LoadOptions { pattern: Some("q*".into()), ..Default::default() };
    assert!(load_dir(folder.path(), &none).is_err());
    assert!(load(folder.path().join("absent.npz")).is_err());
}
