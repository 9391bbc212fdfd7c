//! What holds for any bytes that a reader is given: no panic, and whatever is read can be measured, written and read
//! again (neurons), or fits together (recordings).
//!
//! ```sh
//! cargo install cargo-fuzz
//! mkdir -p fuzz/corpus/asc && cp tests/fixtures/fuzz/asc/* fuzz/corpus/asc
//! cargo +nightly fuzz run asc -- -max_total_time=1800 -rss_limit_mb=2048 -timeout=10
//! ```
//!
//! The targets are `swc`, `asc`, `hdf5`, `neuroml` and `parquet`, and for recordings, whose seeds are in
//! `tests/fixtures/activity`, `recording_npz`, `recording_csv`, `recording_mat`, `recording_json` and `recording_nwb`. A finding is minimised with `cargo +nightly fuzz tmin`
//! and kept in `tests/fixtures/fuzz/FORMAT`, where `cargo test` reads it every time.

use std::sync::Once;
use std::{panic, process};

use nms::morph::{Place, parse_all, parse_swc};

/// Reads the bytes as a file with this ending; what must not happen aborts the program, which the fuzzer notes.
///
/// Readers catch the panics of libraries below them and report them as errors, so a panic alone is no finding: libFuzzer's
/// hook, which aborts at once, is replaced.
pub fn read(ending: &str, bytes: &[u8]) {
    guarded(|| check(ending, bytes));
}

/// Reads the bytes as a recording with this ending.
pub fn read_recordings(ending: &str, bytes: &[u8]) {
    guarded(|| {
        let Ok(found) = nms::activity::parse(format!("fuzz.{ending}").as_ref(), bytes) else { return };
        for recording in found {
            assert_eq!(recording.traces().len(), recording.frames() * recording.len());
            assert!(recording.states().is_none_or(|s| s.len() == recording.frames()));
        }
    });
}

fn guarded(check: impl FnOnce() + panic::UnwindSafe) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(|_| ())));
    if let Err(cause) = panic::catch_unwind(check) {
        let text = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
        eprintln!("{}", text.unwrap_or("a panic without a text"));
        process::abort();
    }
}

fn check(ending: &str, bytes: &[u8]) {
    let place = Place { file: format!("fuzz.{ending}").into(), member: None };
    let Ok(readings) = parse_all(&place, bytes) else { return };
    for reading in readings {
        let neuron = reading.morphology;
        assert!(!neuron.is_empty());
        assert!(neuron.total_length() >= 0.0);
        let text = neuron.to_swc().expect("what was read can be written");
        assert_eq!(parse_swc(&neuron.name, text.as_bytes()).expect("what was written can be read").morphology, neuron);
    }
}
