//! Barcodes, pictures and distances of grown cells, on one core.
//!
//! Baseline in the same run: TMD, on the same cells in memory, where the Python that `NMS_PYTHON` names (default
//! `python3`) has it.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use nms::morph::persistence::{DistanceOptions, Filter, ImageOptions, Metric, PersistenceOptions};
use nms::morph::{Morphology, SynthesisOptions, synthesize_population};

/// Times TMD on the cells of a folder; prints milliseconds per cell of radial barcodes, path barcodes and pictures.
const TMD: &str = r#"
import glob, sys, time, importlib.metadata, warnings
warnings.simplefilter("ignore")
import tmd
from tmd.Topology import vectorizations
cells = [tmd.io.load_neuron(f) for f in sorted(glob.glob(sys.argv[1] + "/*.swc"))]

def fresh():
    for cell in cells:
        for tree in cell.neurites:
            for cached in ("sections", "parents_children"):
                tree.__dict__.pop(cached, None)

def best(step):
    times = []
    for _ in range(5):
        fresh()
        start = time.perf_counter()
        result = step()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times) / len(cells), result

print(importlib.metadata.version("TMD"))
ms, barcodes = best(lambda: [tmd.methods.get_ph_neuron(cell, feature="radial_distances") for cell in cells])
print(ms, sum(map(len, barcodes)))
ms, _ = best(lambda: [tmd.methods.get_ph_neuron(cell, feature="path_distances") for cell in cells])
print(ms)
ms, _ = best(lambda: [vectorizations.persistence_image_data(barcode) for barcode in barcodes])
print(ms)
"#;

fn main() {
    let classes = ["pyramidal", "basket", "purkinje"];
    let options = SynthesisOptions { axon: true, ..Default::default() };
    let cells: Vec<Morphology> =
        synthesize_population(&classes, 10, &options, 1).unwrap().into_iter().map(|(cell, _)| cell).collect();
    let samples: usize = cells.iter().map(Morphology::len).sum();
    println!("{} cells of {} samples on average", cells.len(), samples / cells.len());

    let barcodes = |filter| {
        let options = PersistenceOptions { filter, ..Default::default() };
        cells.iter().map(|cell| cell.persistence(&options).unwrap()).collect::<Vec<_>>()
    };
    let found = barcodes(Filter::Radial);
    let bars: usize = found.iter().map(|barcode| barcode.len()).sum();
    let ours = [
        best(cells.len(), 100, || barcodes(Filter::Radial)),
        best(cells.len(), 100, || barcodes(Filter::Path)),
        best(cells.len(), 3, || found.iter().map(|b| b.image(&ImageOptions::default()).unwrap()).collect::<Vec<_>>()),
    ];
    let names = ["radial barcode", "path barcode", "picture of 100 x 100"];
    for (name, ms) in names.iter().zip(ours) {
        println!("{name}: {:.1} µs per cell", 1e3 * ms);
    }
    for metric in [Metric::Wasserstein, Metric::Bottleneck] {
        let options = DistanceOptions { metric, ..Default::default() };
        let pairs = found.len() * found.len();
        let all = || found.iter().flat_map(|a| found.iter().map(|b| a.distance(b, &options).unwrap())).sum::<f64>();
        println!("{metric:?} distance: {:.1} µs per pair of {} bars", 1e3 * best(pairs, 1, all), bars / found.len());
    }
    tmd(&cells, &names, ours, bars);
}

fn tmd(cells: &[Morphology], names: &[&str], ours: [f64; 3], bars: usize) {
    let folder = tempfile::tempdir().unwrap();
    for (i, cell) in cells.iter().enumerate() {
        cell.write_swc(folder.path().join(format!("{i:03}.swc"))).unwrap();
    }
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(&python).arg("-c").arg(TMD).arg(folder.path()).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        println!("TMD: not compared, `{python}` lacks it (name another with NMS_PYTHON)");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines();
    println!("TMD {}, same cells ({bars} bars here):", lines.next().unwrap());
    for ((name, line), ms) in names.iter().zip(lines).zip(ours) {
        let mut words = line.split(' ');
        let theirs: f64 = words.next().unwrap().parse().unwrap();
        let bars = words.next().map_or(String::new(), |bars| format!(", {bars} bars"));
        println!("{name}: {theirs:.2} ms per cell{bars}; nms is {:.0} times as fast", theirs / ms);
    }
}

/// Milliseconds per item of the fastest of five runs of some repeats each.
fn best<T>(items: usize, repeats: u32, mut step: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let start = Instant::now();
        for _ in 0..repeats {
            black_box(step());
        }
        1e3 * start.elapsed().as_secs_f64() / f64::from(repeats) / items as f64
    };
    (0..5).map(run).fold(f64::INFINITY, f64::min)
}
