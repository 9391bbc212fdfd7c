//! Readers on damaged files: never a panic, a hang or memory without bound, and what is read can be written again.
//!
//! Every file below `tests/fixtures/fuzz/FORMAT` (recordings: `tests/fixtures/activity`) is read as it is and with some
//! hundred random damages, the same in every run. `NMS_FUZZ_SECONDS=180 cargo test --test main fuzz:: -- --nocapture` goes on for that long per reader, with
//! damages on top of damages that changed the outcome. Coverage-guided fuzzing is in `fuzz/`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nms::error::Error;
use nms::morph::{Place, parse_all, parse_swc};
use nms::run::seed::{self, Rng};
use rand::Rng as _;
use rand::seq::SliceRandom as _;

/// Damages of every seed file in a normal test run.
const DAMAGES: usize = 150;

/// The longest that a reader may take for one of these small files, in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn swc() {
    fuzz("fuzz/swc", "swc", cell, b"0123456789 -+.eE#\n\r\t,");
}

#[test]
fn asc() {
    fuzz("fuzz/asc", "asc", cell, b"()|<>\";0123456789 -.e\n");
}

#[test]
fn hdf5() {
    fuzz("fuzz/hdf5", "h5", cell, b"\0\x01\x02\x08\x10\x7f\x80\xff");
}

#[test]
fn neuroml() {
    fuzz("fuzz/neuroml", "nml", cell, b"<>/=\"'&;0123456789-.e \n");
}

#[test]
fn parquet() {
    fuzz("fuzz/parquet", "parquet", cell, b"\0\x01\x02\x08\x10\x15\x7f\x80\xff");
}

#[test]
fn activity_npz() {
    fuzz("activity", "npz", recordings, b"\0\x01\x02PK\x7f\x80\xff{'<>(),f8i4U");
}

#[test]
fn activity_csv() {
    fuzz("activity", "csv", recordings, b"0123456789,.-e\"\n\r ");
}

#[test]
fn activity_mat() {
    fuzz("activity", "mat", recordings, b"\0\x01\x02\x06\x0e\x0f\x10\x7f\x80\xff");
}

#[test]
fn activity_json() {
    fuzz("activity", "json", recordings, b"0123456789,.-e\"[]{}:n \n");
}

#[test]
fn activity_nwb() {
    fuzz("activity", "nwb", recordings, b"\0\x01\x02\x08\x10\x7f\x80\xff");
}

/// Reads bytes as a file with an ending, checks what holds of all that is read, and says in a few words what came of it.
type Reader = fn(&str, &[u8]) -> Result<String, Error>;

#[allow(clippy::print_stderr)] // whoever runs it for long wants to know how far it came
fn fuzz(folder: &str, ending: &str, read: Reader, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == ending));
    files.sort();
    let mut corpus: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    assert!(!corpus.is_empty());
    let mut outcomes: HashSet<String> = corpus.iter().map(|seed| outcome(read, ending, seed)).collect();
    let seconds = std::env::var("NMS_FUZZ_SECONDS").ok().map(|s| s.parse().expect("a number of seconds"));
    let end = seconds.map(|s| Instant::now() + Duration::from_secs(s));
    let goes_on = |case: usize| end.map_or(case < DAMAGES * files.len(), |end| Instant::now() < end);
    let mut case = 0;
    while goes_on(case) {
        let mut rng = seed::stream(21, ending, case as u64);
        let damaged = damage(&mut rng, &corpus, bytes);
        // A new outcome shows a new way through the reader: go on from there.
        if outcomes.insert(outcome(read, ending, &damaged)) && seconds.is_some() {
            corpus.push(damaged);
        }
        case += 1;
    }
    eprintln!("{ending}: {case} damaged files, {} outcomes", outcomes.len());
}

/// What came of reading the bytes, without the numbers.
fn outcome(read: Reader, ending: &str, bytes: &[u8]) -> String {
    let start = Instant::now();
    let keep = |what: &str| {
        let path = std::env::temp_dir().join(format!("nms-fuzz.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        format!("{what}; the file is {}", path.display())
    };
    let found = std::panic::catch_unwind(|| read(ending, bytes));
    let found = found.unwrap_or_else(|_| panic!("{}", keep("a reader panicked, or broke a rule")));
    assert!(start.elapsed() < PATIENCE, "{}", keep("a reader took long"));
    let shown = found.unwrap_or_else(|error| {
        assert!(error.help.is_some(), "{}", keep(&format!("no cure for: {error}")));
        error.message
    });
    shown.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(80).collect()
}

/// Neurons: what was read can be written, and read again.
fn cell(ending: &str, bytes: &[u8]) -> Result<String, Error> {
    let place = Place { file: format!("fuzz.{ending}").into(), member: None };
    let readings = parse_all(&place, bytes)?;
    for reading in &readings {
        let neuron = &reading.morphology;
        let text = neuron.to_swc().expect("what was read can be written");
        let again = parse_swc(&neuron.name, text.as_bytes()).expect("what was written can be read").morphology;
        assert_eq!(again, *neuron, "a neuron changed");
    }
    Ok(readings.iter().flat_map(|r| r.warnings.iter().map(|w| w.code.name())).collect::<Vec<_>>().join(" "))
}

/// Recordings: traces, names and states fit each other.
fn recordings(ending: &str, bytes: &[u8]) -> Result<String, Error> {
    let found = nms::activity::parse(Path::new(&format!("fuzz.{ending}")), bytes)?;
    assert!(!found.is_empty());
    for r in &found {
        assert_eq!(r.traces().len(), r.frames() * r.len());
        assert!(r.identified().len() == r.len() && r.dt() > 0.0);
        assert!(r.states().is_none_or(|s| s.len() == r.frames()));
        assert_eq!(r.zscore().traces().len(), r.traces().len());
    }
    Ok(found.iter().map(ToString::to_string).collect())
}

/// A file of the corpus with some damage: bytes changed, left out, doubled, cut off, or taken from another file.
fn damage(rng: &mut Rng, corpus: &[Vec<u8>], bytes: &[u8]) -> Vec<u8> {
    let mut file = corpus.choose(rng).expect("there are files").clone();
    for _ in 0..rng.gen_range(1..6) {
        if file.is_empty() {
            break;
        }
        let at = rng.gen_range(0..file.len());
        let to = (at + rng.gen_range(1..40)).min(file.len());
        match rng.gen_range(0..8) {
            0 => file[at] = rng.r#gen(),
            1 | 2 => file[at] = *bytes.choose(rng).expect("there are bytes"),
            3 => file[at] ^= 1 << rng.gen_range(0..8),
            4 => drop(file.drain(at..to)),
            5 => {
                let piece = file[at..to].to_vec();
                let place = rng.gen_range(0..=file.len());
                file.splice(place..place, piece);
            }
            6 => {
                let other = corpus.choose(rng).expect("there are files");
                let start = rng.gen_range(0..other.len().max(1)).min(other.len());
                let piece = &other[start..other.len().min(start + 60)];
                file.splice(at..at, piece.iter().copied());
            }
            _ if rng.gen_bool(0.3) => file.truncate(at),
            _ => file[at] = file[at].wrapping_add(1),
        }
        // Damage upon damage must not grow without end.
        file.truncate(64 << 10);
    }
    file
}
