//! What tests of several files need: random neurons (plain random walks, without any claim to look like neurons), and
//! the way to real data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rand::Rng as _;

use crate::morph::{Morphology, NO_PARENT, Sample, kind};
use crate::run::seed::Rng;

/// A forest of `pieces` trees with `n` samples in all, the first with a soma; types 1 to 4, ids with gaps.
pub(crate) fn forest(rng: &mut Rng, n: usize, pieces: usize) -> Morphology {
    let mut samples: Vec<Sample> = Vec::with_capacity(n);
    let mut parent: Vec<u32> = Vec::with_capacity(n);
    for i in 0..n {
        let id = 3 * i as i64 + i64::from(i % 2 == 0);
        let radius = rng.gen_range(0.1..2.0);
        if i < pieces {
            let kind = if i == 0 { kind::SOMA } else { rng.gen_range(2..5) };
            let position = std::array::from_fn(|_| rng.gen_range(-100.0..100.0));
            samples.push(Sample { id, kind, position, radius });
            parent.push(NO_PARENT);
        } else {
            let above = rng.gen_range(0..i);
            let position = samples[above].position.map(|v| v + rng.gen_range(-10.0..10.0));
            samples.push(Sample { id, kind: rng.gen_range(2..5), position, radius });
            parent.push(above as u32);
        }
    }
    Morphology::from_unordered("random", &samples, &parent)
}

/// The folder of real data that some tests read, where there is one: `$NMS_DATA`, else `../shared/data` beside the
/// project. Says so where there is none.
#[allow(clippy::print_stderr)]
pub(crate) fn data() -> Option<PathBuf> {
    let given = std::env::var_os("NMS_DATA").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no real data at {} (set NMS_DATA)", folder.display());
    None
}

/// The rows of a CSV file as maps from column to value.
pub(crate) fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("the table of a data folder is there");
    reader.deserialize().map(|row| row.expect("the table of a data folder is sound")).collect()
}
