//! What benchmarks beside Python share: data like embeddings, the CPU time of one thread, and Python's answer.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use nms::data::{Labels, Matrix};
use nms::run::seed;
use rand::Rng;
use rand_distr::StandardNormal;

/// Rows of ten unbalanced, stretched classes in 32 dimensions, of length 1; and their classes.
pub fn embedding(rows: usize) -> (Matrix, Labels) {
    const COLUMNS: usize = 32;
    let mut rng = seed::stream(32, "embedding", 0);
    let mut normal = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.sample(StandardNormal)).collect() };
    let centres: Vec<Vec<f64>> = (0..10).map(|_| normal(COLUMNS)).collect();
    let spreads: Vec<Vec<f64>> =
        (0..10).map(|_| normal(COLUMNS).iter().map(|v| 0.9 * (0.6 * v).exp()).collect()).collect();
    let (mut values, mut classes) = (Vec::with_capacity(rows * COLUMNS), Vec::with_capacity(rows));
    for row in 0..rows {
        // Class c has a share that falls with c.
        let class = ((row as f64 * 0.618_034).fract().powf(1.7) * 10.0) as usize;
        let noise = normal(COLUMNS);
        let point: Vec<f64> = (0..COLUMNS).map(|j| centres[class][j] + spreads[class][j] * noise[j]).collect();
        let length = point.iter().map(|v| v * v).sum::<f64>().sqrt();
        values.extend(point.iter().map(|v| v / length));
        classes.push(class);
    }
    let ids = (0..rows).map(|i| format!("cell{i}")).collect();
    (Matrix::numbered(ids, "z", COLUMNS, values).unwrap(), Labels::from_clusters(&classes))
}

/// Shortest time that a run lasts: the system counts CPU time in steps of some milliseconds.
const LONG_ENOUGH: f64 = 0.2;

/// Median seconds of CPU that one thread takes for `work`, and what the last call gave. Where the system tells no CPU time,
/// seconds by the clock. Short work is repeated within a run.
pub fn one_thread<T: Send>(runs: usize, work: impl Fn() -> T + Sync) -> (f64, T) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let timed = || {
        pool.install(|| {
            let (cpu, clock) = (cpu_seconds(), Instant::now());
            let mut calls = 0.0;
            let found = loop {
                let found = work();
                calls += 1.0;
                if clock.elapsed().as_secs_f64() > LONG_ENOUGH {
                    break found;
                }
            };
            let seconds = match (cpu, cpu_seconds()) {
                (Some(before), Some(after)) => after - before,
                _ => clock.elapsed().as_secs_f64(),
            };
            (seconds / calls, found)
        })
    };
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..runs {
        let (seconds, found) = timed();
        times.push(seconds);
        last = Some(found);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], last.unwrap())
}

/// Seconds that this thread has run for.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse::<f64>().ok().map(|nanoseconds| 1e-9 * nanoseconds)
}

/// Numbers as a file that numpy's `fromfile` reads.
pub fn write(path: &Path, values: &[f64]) {
    std::fs::write(path, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
}

/// What a Python program prints as `name seconds` lines, or nothing where there is no such Python. `$NMS_PYTHON`, else
/// `python3`, runs it in the folder, on one thread.
pub fn python(program: &str, folder: &Path) -> Vec<(String, f64)> {
    let python = std::env::var("NMS_PYTHON").unwrap_or_else(|_| "python3".into());
    let threads = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"];
    let output =
        Command::new(python).args(["-c", program]).current_dir(folder).envs(threads.map(|t| (t, "1"))).output();
    let Ok(output) = output else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(n, s)| Some((n.into(), s.parse().ok()?)))
        .collect()
}

/// A line with our time, the peer's, and the ratio.
pub fn compare(name: &str, ours: f64, peers: &[(String, f64)]) -> String {
    let mut line = format!("{name}: {ours:.5} s");
    for (peer, seconds) in peers.iter().filter(|(peer, _)| peer.starts_with(name)) {
        line += &format!("; {} {seconds:.5} s, ratio {:.3}", peer[name.len()..].trim(), ours / seconds);
    }
    line
}
