//! Morphometrics: fifteen ordinary features, and Sholl crossings of twenty spheres.
//!
//! Fifty neurons are grown here, of about 3,500 samples each, of all ten classes. Baseline, in the same run: NeuroM on the
//! same neurons, which are written as SWC for it. Both are timed on one core with the neurons in memory; NeuroM's time is
//! the CPU time of its process, ours is the shortest of several runs by the clock, so a busy machine counts against us.
//! Python with NeuroM is `$NMS_PYTHON`, or else `python3`; where it has no NeuroM, our times stand alone.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nms::morph::measure::{Convention, MetricOptions, ShollOptions};
use nms::morph::{Morphology, SynthesisOptions, classes, synthesize};

const CELLS: usize = 50;
const SAMPLES: f64 = 3500.0;
const SPHERES: usize = 20;

const FEATURES: [&str; 15] = [
    "total_length",
    "total_area",
    "total_volume",
    "number_of_sections",
    "number_of_bifurcations",
    "number_of_leaves",
    "section_lengths",
    "section_tortuosity",
    "section_path_distances",
    "section_branch_orders",
    "partition_asymmetry",
    "local_bifurcation_angles",
    "remote_bifurcation_angles",
    "section_taper_rates",
    "max_radial_distance",
];

/// NeuroM on a folder: seconds of CPU for each cell, for the features and for the spheres.
const BASELINE: &str = r#"
import glob, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
import neurom as nm
folder, names, radii = sys.argv[1], sys.argv[2].split(","), [float(r) for r in sys.argv[3].split(",")]
cells = [nm.load_morphology(f) for f in sorted(glob.glob(folder + "/*.swc"))]
def clock(of, cells):
    of(cells[0])
    start = time.process_time()
    for cell in cells:
        of(cell)
    return (time.process_time() - start) / len(cells)
print(clock(lambda m: [nm.get(n, m) for n in names], cells))
# Minutes for all cells: a fifth of them will do.
print(clock(lambda m: nm.get("sholl_crossings", m, center=[0, 0, 0, 0], radii=radii), cells[::5]))
"#;

/// Cells of all classes in turn, sampled so that each has about as many samples.
fn grow() -> Vec<Morphology> {
    let names: Vec<&str> = classes().map(|(name, _)| name).collect();
    (0..CELLS)
        .map(|k| {
            let grown = |step_um| {
                let options = SynthesisOptions { step_um, ..SynthesisOptions::default() };
                synthesize(names[k % names.len()], &options, k as u64).unwrap()
            };
            let step = SynthesisOptions::default().step_um;
            grown(step * grown(step).len() as f64 / SAMPLES)
        })
        .collect()
}

/// Seconds for each cell, the shortest of several runs.
fn per_cell(cells: &[Morphology], mut of: impl FnMut(&Morphology)) -> f64 {
    let run = |_| {
        let start = Instant::now();
        cells.iter().for_each(&mut of);
        start.elapsed().as_secs_f64() / cells.len() as f64
    };
    (0..10).map(run).fold(f64::INFINITY, f64::min)
}

/// What NeuroM takes, if it is there.
fn baseline(cells: &[Morphology], radii: &[f64]) -> Option<[f64; 2]> {
    let folder = tempfile::tempdir().unwrap();
    for (k, cell) in cells.iter().enumerate() {
        cell.write_swc(folder.path().join(format!("{k:03}.swc"))).unwrap();
    }
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let radii: Vec<String> = radii.iter().map(f64::to_string).collect();
    let (names, radii) = (FEATURES.join(","), radii.join(","));
    let arguments = [folder.path(), Path::new(&names), Path::new(&radii)];
    // One core: the numerical libraries under NeuroM may not start threads.
    let one = [("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")];
    let output = Command::new(&python).args(["-c", BASELINE]).args(arguments).envs(one).output().ok();
    let text = output.filter(|o| o.status.success()).map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
    let times: Vec<f64> = text?.lines().filter_map(|line| line.parse().ok()).collect();
    times.try_into().ok()
}

fn main() {
    let cells = grow();
    let samples = cells.iter().map(Morphology::len).sum::<usize>() / CELLS;
    println!("{CELLS} grown cells, {samples} samples each on average");
    let as_neurom = MetricOptions { convention: Convention::Neurom, ..MetricOptions::default() };
    let radii: Vec<f64> = (0..SPHERES).map(|k| 10.0 + 290.0 * k as f64 / (SPHERES - 1) as f64).collect();
    let spheres = ShollOptions { radii: Some(radii.clone()), ..ShollOptions::default() };

    let features = per_cell(&cells, |m| {
        black_box(m.metrics_named(&FEATURES, &as_neurom).unwrap());
    });
    let one_by_one = per_cell(&cells, |m| {
        FEATURES.iter().for_each(|name| drop(black_box(m.metric(name, &as_neurom).unwrap())));
    });
    let sholl = per_cell(&cells, |m| {
        black_box(m.sholl(&spheres).unwrap());
    });
    let summary = per_cell(&cells, |m| {
        black_box(m.summary());
    });
    let shown = |seconds: f64| format!("{:.1} µs", 1e6 * seconds);
    println!("fifteen features: {}; one by one {}", shown(features), shown(one_by_one));
    println!("Sholl, {SPHERES} spheres, with lengths: {}", shown(sholl));
    println!("summary of 35 numbers: {}", shown(summary));
    match baseline(&cells, &radii) {
        Some([neurom_features, neurom_sholl]) => {
            let ratio = |theirs: f64, ours: f64| format!("{:.1} ms, {:.0} times ours", 1e3 * theirs, theirs / ours);
            println!("NeuroM, fifteen features: {}", ratio(neurom_features, features));
            println!("NeuroM, one by one: {}", ratio(neurom_features, one_by_one));
            println!("NeuroM, Sholl: {}", ratio(neurom_sholl, sholl));
        }
        None => println!("no Python with NeuroM to compare with: set NMS_PYTHON to one (pip install neurom==4.0.6)"),
    }
}
