//! Many cells as one value: writing, opening, choosing, streaming a stored population, and what a cell takes in memory.
//!
//! `NMS_SCALE` is the number of cells (2,000); 100,000 take some minutes and GB of disk in the folder for temporary
//! files. Cells of 3,500 samples on average are grown 200 at a time and then moved, turned and shaken, so that making
//! them is not what is measured. Baselines, in the same run: plain neurons (46 bytes per sample), measuring without a
//! file, and one thread.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nms::data::Population;
use nms::data::population::{Writer, open};
use nms::data::table::Condition;
use nms::morph::{Morphology, SynthesisOptions, classes, synthesize};
use nms::run::seed;
use rand::Rng;

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = step();
    (value, start.elapsed())
}

/// 200 grown cells of about 3,500 samples: of every class as fine as that takes.
fn templates() -> Vec<Morphology> {
    let names: Vec<&str> = classes().map(|(name, _)| name).collect();
    let grow = |i: usize| {
        let at = |step_um| {
            let options = SynthesisOptions { step_um, ..SynthesisOptions::default() };
            synthesize(names[i % names.len()], &options, i as u64).unwrap()
        };
        let coarse = at(2.5);
        at((2.5 * coarse.len() as f64 / 3500.0).clamp(0.1, 100.0))
    };
    (0..200).map(grow).collect()
}

/// A template turned about the vertical, moved and shaken, with four digits as tracing tools write.
fn variant(template: &Morphology, index: u64) -> Morphology {
    let mut rng = seed::stream(7, "scale", index);
    let (sin, cos) = rng.gen_range(0.0..std::f64::consts::TAU).sin_cos();
    let offset: [f64; 3] = std::array::from_fn(|_| rng.gen_range(-500.0..500.0));
    let mut neuron = template.clone();
    for position in &mut neuron.position {
        let [x, y, z] = *position;
        let turned = [cos * x + sin * z, y, cos * z - sin * x];
        *position = std::array::from_fn(|axis| {
            let shaken = turned[axis] + offset[axis] + rng.gen_range(-0.2..0.2);
            (shaken * 1e4).round() / 1e4
        });
    }
    neuron
}

/// The largest resident memory of the process so far, in MB, where the system tells.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn write(path: &Path, cells: u64, templates: &[Morphology]) {
    let mut writer = Writer::create(path, &["label", "layer"], Some("label")).unwrap();
    for index in 0..cells {
        let neuron = variant(&templates[index as usize % templates.len()], index);
        let class = neuron.name.rsplit_once('_').map(|(class, _)| class.to_string());
        let layer = (1 + index % 6).to_string();
        writer.push(&format!("cell{index}"), &neuron, &[class.as_deref(), Some(&layer)]).unwrap();
    }
    writer.finish().unwrap();
}

fn main() {
    let cells: u64 = std::env::var("NMS_SCALE").ok().and_then(|n| n.parse().ok()).unwrap_or(2000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.parquet");
    let templates = templates();
    let ((), written) = timed(|| write(&path, cells, &templates));
    let size = std::fs::metadata(&path).unwrap().len() as f64;

    let (stored, opened) = timed(|| open(&path).unwrap());
    let samples: usize = stored.cells().iter().map(nms::data::population::Cell::n_nodes).sum();
    println!("{stored}");
    println!(
        "written in {written:.1?}, {:.0} cells/s, {:.2} GB, {:.1} bytes per sample",
        cells as f64 / written.as_secs_f64(),
        size / 1e9,
        size / samples as f64
    );
    println!("opened in {opened:.3?}; peak memory {:.0} MB", peak());

    let layer = ("layer".to_string(), Condition::OneOf(vec!["4".into()]));
    let length = ("total_length".to_string(), Condition::Between(4000.0, f64::INFINITY));
    let (some, labels) = timed(|| stored.filtered(&vec![layer.clone()]).unwrap());
    println!("{} cells by a label in {labels:.3?}", some.len());
    let (some, both) = timed(|| stored.filtered(&vec![layer, length]).unwrap());
    println!("{} cells by a label and a measure in {both:.3?}", some.len());
    let (_, table) = timed(|| stored.metrics().unwrap());
    println!("all stored measures as a table in {table:.3?}; peak memory {:.0} MB", peak());

    let threads = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    let stream = |n: usize| {
        let out = folder.path().join(format!("{n}.csv"));
        timed(|| threads(n).install(|| stored.metrics_to(&out, false).unwrap())).1
    };
    let (two, one) = (stream(2), stream(1));
    println!(
        "streamed through all measures: one thread {one:.2?}, two {two:.2?}: {:.2} times as fast, {:.0} cells/s; \
         peak memory {:.0} MB",
        one.as_secs_f64() / two.as_secs_f64(),
        cells as f64 / two.as_secs_f64(),
        peak()
    );

    let plain: Vec<Arc<Morphology>> = templates.iter().cloned().map(Arc::new).collect();
    let whole = Population::new(plain);
    let packed: Vec<_> = templates.iter().map(nms::data::population::Cell::packed).collect();
    let n: usize = templates.iter().map(Morphology::len).sum();
    let bytes: usize = packed.iter().map(nms::data::population::Cell::bytes).sum();
    let in_full: usize = whole.cells().iter().map(nms::data::population::Cell::bytes).sum();
    println!("{:.1} bytes per sample packed, {:.1} plain", bytes as f64 / n as f64, in_full as f64 / n as f64);
    let (_, unpacked) = timed(|| (0..10).for_each(|_| packed.iter().for_each(|c| drop(c.get().unwrap()))));
    println!("a cell is unpacked in {:.1?}", unpacked / (10 * packed.len() as u32));
    let measure = |n: usize| timed(|| threads(n).install(|| (0..5).for_each(|_| drop(whole.metrics().unwrap())))).1;
    let (two, one) = (measure(2), measure(1));
    println!(
        "measuring cells in memory: {:.0} cells/s on one thread, {:.2} times that on two",
        (5 * templates.len()) as f64 / one.as_secs_f64(),
        one.as_secs_f64() / two.as_secs_f64()
    );
}
