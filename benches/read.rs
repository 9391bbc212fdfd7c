//! Reading SWC: text in memory, and a folder of files.
//!
//! Baseline for text, in the same run: splitting lines at blanks and parsing with the standard library, into the same
//! columns, without any check, ordering or error message; the reader does all of that on top.
//!
//! Baselines for files: MorphIO and navis on the same folder of 1,000 grown cells of about 3,500 samples, where the Python
//! that `NMS_PYTHON` names (default `python3`) has them. One core each, in CPU time after a first reading (ours the shortest
//! of several runs). navis is given a tenth of the files. nms is timed with what `morph::load_dir` does on one thread,
//! labels aside.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nms::morph::{SynthesisOptions, classes, parse_swc, read, synthesize};
use nms::run::seed;
use rand::Rng;

/// 1 MB of samples with four decimals, as tracing tools write them.
fn text() -> String {
    let mut rng = seed::stream(1, "bench", 1);
    let mut text = String::from("# id type x y z radius parent\n1 1 0.0000 0.0000 0.0000 5.0000 -1\n");
    for id in 2..=22_000 {
        let mut number = |size: f64| rng.gen_range(-size..size);
        let (x, y, z, r) = (number(500.0), number(500.0), number(100.0), number(0.5) + 0.6);
        let parent = if id % 50 == 0 { id / 2 } else { id - 1 };
        writeln!(text, "{id} 3 {x:.4} {y:.4} {z:.4} {r:.4} {parent}").unwrap();
    }
    text
}

type Columns = (Vec<i64>, Vec<u16>, Vec<[f64; 3]>, Vec<f64>, Vec<i64>);

fn split_and_parse(text: &str) -> Columns {
    let mut columns = Columns::default();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap();
        columns.0.push(word().parse().unwrap());
        columns.1.push(word().parse().unwrap());
        columns.2.push([word().parse().unwrap(), word().parse().unwrap(), word().parse().unwrap()]);
        columns.3.push(word().parse().unwrap());
        columns.4.push(word().parse().unwrap());
    }
    columns
}

fn shortest<T>(mut step: impl FnMut() -> T) -> Duration {
    (0..30)
        .map(|_| {
            let start = Instant::now();
            black_box(step());
            start.elapsed()
        })
        .min()
        .unwrap()
}

/// Files, of which each of 50 grown cells is written twenty times, turned a little so that no two are alike.
const FILES: usize = 1000;
const CELLS: usize = 50;
const SAMPLES: f64 = 3500.0;

/// Seconds of CPU for each file: with MorphIO, then with navis; a line each, `nan` where it is not there.
const PEERS: &str = r#"
import glob, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
files = sorted(glob.glob(sys.argv[1] + "/*.swc"))
def clock(read, files):
    read(files[0])
    start = time.process_time()
    for file in files:
        read(file)
    return (time.process_time() - start) / len(files)
def peer(of):
    try:
        print(of())
    except ImportError:
        print("nan")
def morphio():
    import morphio
    morphio.set_maximum_warnings(0)
    return clock(morphio.Morphology, files)
def navis():
    import navis
    navis.set_pbars(hide=True)
    return clock(lambda f: navis.read_swc(f, parallel=False), files[::10])
peer(morphio)
peer(navis)
"#;

fn write_cells(folder: &Path) -> Vec<PathBuf> {
    let names: Vec<&str> = classes().map(|(name, _)| name).collect();
    let grown = |k: usize, step_um| {
        let options = SynthesisOptions { step_um, ..SynthesisOptions::default() };
        synthesize(names[k % names.len()], &options, k as u64).unwrap()
    };
    let mut files = Vec::with_capacity(FILES);
    for k in 0..CELLS {
        let step = SynthesisOptions::default().step_um;
        let cell = grown(k, step * grown(k, step).len() as f64 / SAMPLES);
        for turn in 0..FILES / CELLS {
            let mut cell = cell.clone();
            let (sin, cos) = (0.3 * turn as f64).sin_cos();
            for [x, y, z] in &mut cell.position {
                // Four digits, as tracing tools write them.
                let round = |v: f64| (v * 1e4).round() / 1e4;
                (*x, *y, *z) = (round(cos * *x + sin * *z), round(*y), round(cos * *z - sin * *x));
            }
            cell.radius.iter_mut().for_each(|r| *r = (*r * 1e4).round() / 1e4);
            let file = folder.join(format!("{k:02}_{turn:02}.swc"));
            cell.write_swc(&file).unwrap();
            files.push(file);
        }
    }
    files
}

/// CPU time of this thread, as Linux counts it.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts the time of threads");
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn files_beside_peers() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_cells(folder.path());
    let size: u64 = files.iter().map(|f| std::fs::metadata(f).unwrap().len()).sum();
    let samples: usize = files.iter().map(|f| read(f).unwrap().morphology.len()).sum();
    let run = |_| {
        let start = cpu_seconds();
        files.iter().for_each(|f| drop(black_box(read(f).unwrap())));
        (cpu_seconds() - start) / FILES as f64
    };
    let ours = (0..5).map(run).fold(f64::INFINITY, f64::min);
    println!(
        "{FILES} files of {} samples: {:.3} ms each, {:.0} MB/s",
        samples / FILES,
        1e3 * ours,
        size as f64 / FILES as f64 / ours / 1e6
    );
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let one = [("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")];
    let output = Command::new(&python).args(["-c", PEERS]).arg(folder.path()).envs(one).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for (name, line) in ["MorphIO", "navis"].iter().zip(text.lines()) {
        match line.trim().parse::<f64>() {
            Ok(theirs) if theirs.is_finite() => {
                println!("{name}: {:.3} ms each, {:.1} times ours", 1e3 * theirs, theirs / ours);
            }
            _ => println!("no {name} to compare with: `NMS_PYTHON` may name a Python that has it"),
        }
    }
}

fn bench(c: &mut Criterion) {
    let text = text();
    let mut group = c.benchmark_group("read");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse_swc", |b| b.iter(|| parse_swc("x", text.as_bytes()).unwrap()));
    group.bench_function("split and parse", |b| b.iter(|| split_and_parse(&text)));
    group.finish();

    let ours = shortest(|| parse_swc("x", text.as_bytes()).unwrap());
    let plain = shortest(|| split_and_parse(&text));
    let rate = |time: Duration| text.len() as f64 / time.as_secs_f64() / 1e6;
    println!(
        "parse_swc {:.0} MB/s, split and parse {:.0} MB/s: {:.2} of its time",
        rate(ours),
        rate(plain),
        ours.as_secs_f64() / plain.as_secs_f64()
    );
    files_beside_peers();
}

criterion_group!(benches, bench);
criterion_main!(benches);
