//! What a second core brings: operations on a population of 200 grown cells of about 3,500 samples, on one thread and on
//! two, each the shortest of several runs by the clock. The baseline of each ratio is the same work on one thread.
//!
//! Two threads of one core, or two cores under a common limit of power, do not double anything: the first line is what the
//! machine gives to arithmetic in registers that shares nothing, and no ratio below can be expected to be better.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use nms::data::population::PersistenceImagesOptions;
use nms::data::{LoadOptions, Population, load_dir};
use nms::morph::measure::{MetricOptions, ShollOptions};
use nms::morph::nblast::NblastOptions;
use nms::morph::{ResampleOptions, SynthesisOptions, classes, synthesize};
use nms::quality::QcOptions;
use rayon::prelude::*;

const CELLS: usize = 200;
const SAMPLES: f64 = 3500.0;
const RUNS: usize = 5;

fn grow() -> Population {
    let names: Vec<&str> = classes().map(|(name, _)| name).collect();
    let grown = |k: usize, step_um| {
        let options = SynthesisOptions { step_um, ..SynthesisOptions::default() };
        synthesize(names[k % names.len()], &options, k as u64).unwrap()
    };
    let cell = |k| {
        let step = SynthesisOptions::default().step_um;
        Arc::new(grown(k, step * grown(k, step).len() as f64 / SAMPLES))
    };
    Population::new((0..CELLS).map(cell).collect())
}

/// Seconds on one thread and on two.
fn time(step: &(dyn Fn() + Sync)) -> [f64; 2] {
    [1, 2].map(|n| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
        let run = |_| {
            let start = Instant::now();
            pool.install(step);
            start.elapsed().as_secs_f64()
        };
        (0..RUNS).map(run).fold(f64::INFINITY, f64::min)
    })
}

/// Some work in registers.
fn mixed(seed: u64) -> u64 {
    (0..200_000u64).fold(seed, |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17))
}

fn main() {
    let cells = grow();
    let few = cells.select(&(0..40).collect::<Vec<_>>()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    cells.save(folder.path()).unwrap();
    let steps: [(&str, &(dyn Fn() + Sync)); 9] = [
        ("arithmetic, shared nothing", &|| {
            assert_ne!(black_box((0..CELLS as u64).into_par_iter().map(mixed).reduce(|| 0, |a, b| a ^ b)), 0)
        }),
        ("load_dir", &|| drop(black_box(load_dir(folder.path(), &LoadOptions::default()).unwrap()))),
        ("metrics", &|| drop(black_box(cells.metrics().unwrap()))),
        ("metric of sections", &|| {
            drop(black_box(cells.metric("mean_section_length", &MetricOptions::default()).unwrap()));
        }),
        ("sholl", &|| {
            let spheres =
                ShollOptions { radii: Some((1..30).map(|k| 10.0 * f64::from(k)).collect()), ..ShollOptions::default() };
            drop(black_box(cells.sholl(&spheres).unwrap()));
        }),
        ("persistence images", &|| {
            drop(black_box(cells.persistence_images(&PersistenceImagesOptions::default()).unwrap()));
        }),
        ("resample", &|| {
            drop(black_box(cells.edited("resampling", |m| m.resampled(2.0, &ResampleOptions::default())).unwrap()))
        }),
        ("nblast_knn, 40 cells", &|| drop(black_box(few.nblast_knn(5, &NblastOptions::default()).unwrap()))),
        ("qc", &|| drop(black_box(cells.qc(&QcOptions::default(), 0).unwrap()))),
    ];
    println!("{CELLS} cells; one thread, two threads, ratio");
    for (name, step) in steps {
        let [one, two] = time(step);
        println!("{name:<27} {:9.1} ms {:9.1} ms {:6.2}", 1e3 * one, 1e3 * two, one / two);
    }
}
