//! Archives made here, whole and damaged.

#![allow(clippy::unwrap_used)]

use std::io::Write;

use super::*;
use crate::morph::read;

const CELL: &[u8] = b"1 1 5 5 5 4 -1\n2 3 8 5 5 1 1\n";

const FILES: [(&str, &[u8]); 6] = [
    ("b/two.swc", CELL),
    ("a/one.swc", CELL),
    ("a/._one.swc", b"junk of macOS"),
    ("__MACOSX/a/one.swc", b"junk of macOS"),
    ("notes.txt", b""),
    ("bad.SWC", b"1 1 0 0\n"),
];

fn zip_of(path: &Path, files: &[(&str, &[u8])]) {
    let mut zip = ::zip::ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, ::zip::write::FileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn tar_of(writer: impl Write, files: &[(&str, &[u8])]) {
    let mut tar = tar::Builder::new(writer);
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *bytes).unwrap();
    }
    tar.into_inner().unwrap().flush().unwrap();
}

fn gzip(path: &Path) -> flate2::write::GzEncoder<File> {
    flate2::write::GzEncoder::new(File::create(path).unwrap(), flate2::Compression::default())
}

#[test]
fn members_are_found_whatever_the_packing_and_the_name() {
    let folder = tempfile::tempdir().unwrap();
    // Content tells: none of the names does.
    let [zip, tar, tar_gz] = ["one", "two", "three"].map(|name| folder.path().join(name));
    zip_of(&zip, &FILES);
    tar_of(File::create(&tar).unwrap(), &FILES);
    tar_of(gzip(&tar_gz), &FILES);
    for path in [zip, tar, tar_gz] {
        assert!(is_archive(&path));
        assert_eq!(members(&path).unwrap(), ["a/one.swc", "b/two.swc", "bad.SWC"]);
        assert_eq!(member(&path, "a/one.swc").unwrap(), CELL);
        let whole = path.display().to_string();
        let neuron = read(format!("{whole}!a/one.swc")).unwrap().morphology;
        assert_eq!((&*neuron.name, neuron.len()), ("one", 2));
        let error = read(format!("{whole}!bad.SWC")).unwrap_err();
        assert!(error.to_string().contains("!bad.SWC:1: found 4 of 7 columns"), "{error}");
        let error = read(format!("{whole}!a/on.swc")).unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `a/one.swc`?"), "{error}");
        assert!(read_all(&path).unwrap_err().to_string().contains("bad.SWC:1"));
    }
}

#[test]
fn several_neurons_are_not_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.zip");
    zip_of(&path, &FILES[..2]);
    let error = read(&path).unwrap_err();
    assert!(error.message.ends_with("holds 2 neurons"), "{error}");
    assert!(error.help.unwrap().ends_with("cells.zip!one`"));
    zip_of(&path, &FILES[..1]);
    assert_eq!(&*read(&path).unwrap().morphology.name, "two");
    zip_of(&path, &FILES[4..5]);
    assert!(read(&path).unwrap_err().message.contains("no file of neurons"));
    let single = folder.path().join("cell.swc.gz");
    gzip(&single).write_all(CELL).unwrap();
    assert_eq!(&*read(&single).unwrap().morphology.name, "cell");
}

#[test]
fn a_member_that_unpacks_to_too_much_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.gz");
    let mut file = gzip(&path);
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..=MAX_MEMBER_BYTES >> 20 {
        file.write_all(&zeros).unwrap();
    }
    file.finish().unwrap();
    assert!(path.metadata().unwrap().len() < 1 << 20);
    let error = read(&path).unwrap_err();
    assert_eq!(error.message, "the member unpacks to more than 256 MiB");
}

#[test]
fn damage_is_an_error_with_a_cure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.zip");
    let check = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        if let Err(error) = read_all(&path) {
            assert!(error.help.is_some() && error.path.is_some(), "{error:?}");
        }
    };
    let whole = |make: &dyn Fn(&Path)| {
        make(&path);
        std::fs::read(&path).unwrap()
    };
    let zip = whole(&|path| zip_of(path, &FILES[..2]));
    let tar = whole(&|path| tar_of(File::create(path).unwrap(), &FILES[..2]));
    let tar_gz = whole(&|path| tar_of(gzip(path), &FILES[..2]));
    for good in [zip, tar, tar_gz] {
        for cut in (0..good.len()).step_by(7) {
            check(&good[..cut]);
            let mut changed = good.clone();
            changed[cut] ^= 0x55;
            check(&changed);
        }
    }
}
