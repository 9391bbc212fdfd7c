//! Cleaning a fragmented neuron: reading, joining its pieces, removing its axon.
//!
//! The neuron is made here: 15,000 samples of which 12,000 are axon in 177 pieces apart from the soma's tree, like the
//! worst real tracings. Baseline, in the same run: the published cleaning of GraphDINO (Weis et al. 2023), which in each
//! pass compares every leaf of every piece with every sample outside the piece, and links both partners. Its reference
//! code also builds a dense matrix of all distances in each pass; the baseline here does not, so the ratio is a lower
//! bound of what a port of that code would give.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use nms::data::{LoadOptions, load_dir};
use nms::morph::{JoinOptions, Kinds, Morphology, NO_PARENT, Sample, kind, parse_swc};
use nms::run::seed;
use rand::Rng;

const SAMPLES: usize = 15_000;
const DENDRITE: usize = 3_000;
const PIECES: usize = 178;

/// A random walk that branches: dendrites and an axon from one soma, the axon then cut into pieces.
fn fragmented() -> Morphology {
    let mut rng = seed::stream(1, "bench", 0);
    let mut samples = vec![Sample { id: 1, kind: kind::SOMA, position: [0.0; 3], radius: 6.0 }];
    let mut parent = vec![NO_PARENT];
    for i in 1..SAMPLES {
        let kind = if i < DENDRITE { kind::DENDRITE } else { kind::AXON };
        let first = if i < DENDRITE { 0 } else { DENDRITE };
        // One sample in 60 starts a branch, the others go on from the sample before.
        let above = match i {
            DENDRITE => 0,
            _ if i == first + 1 || rng.gen_bool(59.0 / 60.0) => i - 1,
            _ => rng.gen_range(first..i),
        };
        let from = samples[above].position;
        let step = |from: f64| from + rng.gen_range(-1.5..1.5);
        samples.push(Sample { id: i as i64 + 1, kind, position: from.map(step), radius: 0.3 });
        parent.push(above as u32);
    }
    let mut cut = 1;
    while cut < PIECES {
        let at = rng.gen_range(DENDRITE..SAMPLES);
        if parent[at] != NO_PARENT {
            parent[at] = NO_PARENT;
            cut += 1;
        }
    }
    Morphology::from_unordered("fragmented", &samples, &parent)
}

fn clean(text: &[u8]) -> Morphology {
    let read = parse_swc("fragmented", text).unwrap().morphology;
    let (joined, _) = read.joined(&JoinOptions::default()).unwrap();
    joined.without(&Kinds::one(kind::AXON)).unwrap().0
}

/// Neighbour lists with the pieces linked as the published cleaning does it.
fn published_join(neuron: &Morphology) -> Vec<Vec<u32>> {
    let n = neuron.len();
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); n];
    for i in 0..n {
        if let Some(p) = neuron.parent_of(i) {
            neighbours[i].push(p as u32);
            neighbours[p].push(i as u32);
        }
    }
    loop {
        let (group, groups) = components(&neighbours);
        if groups == 1 {
            return neighbours;
        }
        let mut best = vec![(f64::INFINITY, 0, 0); groups];
        for leaf in (0..n).filter(|&i| neighbours[i].len() == 1) {
            let own = group[leaf];
            for other in (0..n).filter(|&o| group[o] != own) {
                let [a, b] = [neuron.position[leaf], neuron.position[other]];
                let squared: f64 = (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum();
                if squared < best[own].0 {
                    best[own] = (squared, leaf, other);
                }
            }
        }
        for (squared, leaf, other) in best {
            if squared.is_finite() {
                neighbours[leaf].push(other as u32);
                neighbours[other].push(leaf as u32);
            }
        }
    }
}

fn components(neighbours: &[Vec<u32>]) -> (Vec<usize>, usize) {
    let mut group = vec![usize::MAX; neighbours.len()];
    let mut groups = 0;
    for start in 0..neighbours.len() {
        if group[start] != usize::MAX {
            continue;
        }
        group[start] = groups;
        let mut waiting = vec![start];
        while let Some(at) = waiting.pop() {
            for &next in &neighbours[at] {
                if group[next as usize] == usize::MAX {
                    group[next as usize] = groups;
                    waiting.push(next as usize);
                }
            }
        }
        groups += 1;
    }
    (group, groups)
}

/// The shortest of several runs.
fn shortest<T>(runs: usize, mut step: impl FnMut() -> T) -> Duration {
    (0..runs)
        .map(|_| {
            let start = Instant::now();
            black_box(step());
            start.elapsed()
        })
        .min()
        .unwrap()
}

fn bench(c: &mut Criterion) {
    let neuron = fragmented();
    assert_eq!((neuron.len(), neuron.n_roots()), (SAMPLES, PIECES));
    let text = neuron.to_swc().unwrap();
    assert_eq!(clean(text.as_bytes()).len(), DENDRITE);

    let mut group = c.benchmark_group("clean");
    group.sample_size(20);
    group.bench_function("read", |b| b.iter(|| parse_swc("x", text.as_bytes()).unwrap()));
    group.bench_function("join", |b| b.iter(|| neuron.joined(&JoinOptions::default()).unwrap()));
    group.bench_function("read, join, remove axon", |b| b.iter(|| clean(text.as_bytes())));
    group.finish();

    let ours = shortest(10, || neuron.joined(&JoinOptions::default()).unwrap());
    let published = shortest(3, || published_join(&neuron));
    let all = shortest(10, || clean(text.as_bytes()));
    println!(
        "joining {PIECES} pieces of {SAMPLES} samples: {ours:.1?}, published algorithm without its dense matrix \
         {published:.1?}: {:.1} times faster; with reading and axon removal {all:.1?}",
        published.as_secs_f64() / ours.as_secs_f64()
    );
    real_cells();
}

/// The same on real cells, where `$NMS_DATA` holds the Allen cells: reading all of them, and cleaning the worst forests.
fn real_cells() {
    let Some(folder) = std::env::var_os("NMS_DATA").map(|d| Path::new(&d).join("act_allen")).filter(|f| f.is_dir())
    else {
        return;
    };
    let options = LoadOptions { labels: Some("labels.csv".into()), ..LoadOptions::default() };
    let cells = load_dir(&folder, &options).unwrap().population;
    let time = shortest(5, || load_dir(&folder, &options).unwrap());
    println!("{cells}: read in {time:.1?}");
    let mut worst: Vec<usize> = (0..cells.len()).collect();
    worst.sort_by_key(|&i| std::cmp::Reverse(cells.cell(i).unwrap().n_roots()));
    for &i in &worst[..4] {
        let path = folder.join(format!("swc/{}.swc", cells.ids()[i]));
        let time = shortest(10, || clean(&std::fs::read(&path).unwrap()));
        let published = shortest(1, || published_join(&cells.cell(i).unwrap()));
        println!(
            "{}: read, joined, axon removed in {time:.1?}; published join {published:.1?}",
            cells.cell(i).unwrap()
        );
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
