//! Reading the files that were found, in parallel: files each by itself, archives as a stream.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::morph::{Place, Reading, archive, parse_all, read_place};
use crate::progress::Meter;
use crate::{interrupt, progress};

/// What was read of one file.
type Readings = Result<Vec<Reading>>;

/// Members of an archive are gathered up to this many bytes, then parsed in parallel.
const BATCH_BYTES: usize = 64 << 20;

/// Reads all places; results are in their order. With `strict` the first error in that order ends it.
pub(super) fn all(places: &[Place], strict: bool) -> Result<Vec<Readings>> {
    let meter = progress::begin("reading neurons", places.len() as u64);
    let progress =
        Progress { meter: &*meter, done: AtomicU64::new(0), first_bad: AtomicUsize::new(usize::MAX), strict };
    let mut readings = Vec::with_capacity(places.len());
    for run in runs(places) {
        let first = &places[run.start];
        match first.member {
            None => readings.par_extend(run.into_par_iter().map(|at| progress.step(at, || read_place(&places[at])))),
            Some(_) => readings.extend(from_archive(&first.file, places, run, &progress)?),
        }
    }
    let stops = |e: &&Error| strict || e.is_interrupt();
    match readings.iter().find_map(|r| r.as_ref().err().filter(stops)) {
        Some(error) => Err(error.clone()),
        None => Ok(readings),
    }
}

/// Stretches of places: files on the disk, or members of one archive.
fn runs(places: &[Place]) -> Vec<Range<usize>> {
    let together = |a: &Place, b: &Place| match (&a.member, &b.member) {
        (None, None) => true,
        (Some(_), Some(_)) => a.file == b.file,
        _ => false,
    };
    let mut start = 0;
    let chunks = places.chunk_by(together).map(|chunk| {
        start += chunk.len();
        start - chunk.len()..start
    });
    chunks.collect()
}

/// Reads members of one archive in one pass over it.
fn from_archive(file: &Path, places: &[Place], run: Range<usize>, progress: &Progress<'_>) -> Result<Vec<Readings>> {
    let names: HashMap<&str, usize> =
        run.clone().filter_map(|at| places[at].member.as_deref().map(|member| (member, at))).collect();
    let missing = |at: usize| Err(Error::format("the archive changed while it was read").in_file(&places[at].path()));
    let mut readings: Vec<Readings> = run.clone().map(missing).collect();
    let mut batch: Vec<(usize, Result<Vec<u8>>)> = Vec::new();
    let mut bytes = 0;
    let parse = |batch: &mut Vec<(usize, Result<Vec<u8>>)>, readings: &mut Vec<Readings>| {
        let parsed: Vec<(usize, Readings)> = std::mem::take(batch)
            .into_par_iter()
            .map(|(at, bytes)| (at, progress.step(at, || parse_all(&places[at], &bytes?))))
            .collect();
        for (at, reading) in parsed {
            readings[at - run.start] = reading;
        }
    };
    archive::visit(file, &|name| names.contains_key(name), &mut |name, member| {
        let Some(&at) = names.get(name) else { return Ok(()) };
        bytes += member.as_ref().map_or(0, Vec::len);
        batch.push((at, member));
        if bytes >= BATCH_BYTES {
            bytes = 0;
            parse(&mut batch, &mut readings);
        }
        Ok(())
    })?;
    parse(&mut batch, &mut readings);
    Ok(readings)
}

/// How far the reading is.
struct Progress<'a> {
    meter: &'a dyn Meter,
    done: AtomicU64,
    /// Files behind a bad one need not be read when strict; files before it must, for one of them may be the first.
    first_bad: AtomicUsize,
    strict: bool,
}

impl Progress<'_> {
    fn step(&self, at: usize, read: impl FnOnce() -> Readings) -> Readings {
        interrupt::check()?;
        if self.strict && at > self.first_bad.load(Ordering::Relaxed) {
            return Err(Error::internal("not read, for a file before it is bad"));
        }
        let readings = read();
        if readings.is_err() {
            self.first_bad.fetch_min(at, Ordering::Relaxed);
        }
        self.meter.set(self.done.fetch_add(1, Ordering::Relaxed) + 1, "");
        readings
    }
}
