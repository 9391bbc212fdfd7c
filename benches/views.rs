//! Drawing a pair of 200-node views from a 1000-node neuron, on one core.
//!
//! The baseline does what the published code does, in Rust: neighbour sets in hash maps that are copied for every view,
//! a traversal for every cut, and a dense adjacency matrix written entry by entry.
#![allow(clippy::print_stdout)]

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::Criterion;
use nms::augment::rotate::{Axis, Mode};
use nms::augment::{DropBranches, Jitter, Pipeline, Rotate, Subsample, Translate, View};
use nms::morph::NO_PARENT;
use nms::run::seed::{Rng, stream};
use rand::Rng as _;
use rand::seq::SliceRandom;

const NODES: usize = 1000;
const KEEP: usize = 200;

fn neuron() -> View {
    let mut rng = stream(1, "neuron", 0);
    let (mut parent, mut path) = (vec![NO_PARENT], vec![0u32]);
    while parent.len() < NODES {
        if path.len() > 1 && rng.gen_bool(0.05) {
            let keep = rng.gen_range(1..path.len());
            path.truncate(keep);
        }
        parent.push(path[path.len() - 1]);
        path.push(parent.len() as u32 - 1);
    }
    View {
        position: (0..NODES).map(|_| std::array::from_fn(|_| rng.gen_range(-100.0..100.0))).collect(),
        radius: vec![1.0; NODES],
        kind: vec![3; NODES],
        parent,
        sample: (0..NODES as u32).collect(),
        anchor: 0,
    }
}

type Neighbours = HashMap<usize, HashSet<usize>>;

fn sets(view: &View) -> Neighbours {
    let mut map: Neighbours = (0..view.len()).map(|i| (i, HashSet::new())).collect();
    for (node, &above) in view.parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT) {
        map.entry(node).or_default().insert(above as usize);
        map.entry(above as usize).or_default().insert(node);
    }
    map
}

fn baseline(neighbours: &Neighbours, depth: &[usize], position: &[[f32; 3]], rng: &mut Rng) -> (Vec<f64>, Vec<f64>) {
    let mut map = neighbours.clone();
    let mut tips: Vec<usize> = map.iter().filter(|(_, n)| n.len() == 1).map(|(&i, _)| i).collect();
    tips.sort_unstable();
    for _ in 0..10 {
        let Some(&start) = tips.choose(rng) else { break };
        let Some(&near) = map[&start].iter().next() else { continue };
        let (near, far) = if depth[near] < depth[start] { (near, start) } else { (start, near) };
        let (mut beyond, mut queue) = (HashSet::from([far]), vec![far]);
        while let Some(node) = queue.pop() {
            queue.extend(map[&node].iter().copied().filter(|&n| n != near && beyond.insert(n)));
        }
        if map.len() - beyond.len() >= KEEP && !beyond.contains(&0) {
            for node in &beyond {
                for other in map.remove(node).unwrap_or_default() {
                    if let Some(set) = map.get_mut(&other) {
                        set.remove(node);
                    }
                }
            }
            tips.retain(|t| !beyond.contains(t));
        }
    }
    while map.len() > KEEP {
        let mut pool: Vec<usize> = map.keys().copied().collect();
        pool.sort_unstable();
        pool.shuffle(rng);
        for node in pool {
            if map.len() == KEEP {
                break;
            }
            if node == 0 || map[&node].len() > 2 {
                continue;
            }
            let around: Vec<usize> = map.remove(&node).unwrap_or_default().into_iter().collect();
            for &other in &around {
                if let Some(set) = map.get_mut(&other) {
                    set.remove(&node);
                }
            }
            if let [a, b] = around[..] {
                map.entry(a).or_default().insert(b);
                map.entry(b).or_default().insert(a);
            }
        }
    }
    let order: HashMap<usize, usize> = map.keys().copied().enumerate().map(|(i, n)| (n, i)).collect();
    let n = order.len();
    let mut adjacency = vec![0.0; n * n];
    for (node, around) in &map {
        for other in around {
            adjacency[order[node] * n + order[other]] = 1.0;
            adjacency[order[node] * n + order[node]] = 1.0;
        }
    }
    let mut features = vec![0.0; n * 3];
    for (node, &at) in &order {
        for k in 0..3 {
            features[at * 3 + k] = f64::from(position[*node][k]);
        }
    }
    (features, adjacency)
}

fn main() {
    let view = neuron();
    let pipeline = Pipeline::new(vec![
        Arc::new(DropBranches { count: 10 }),
        Arc::new(Subsample::to(KEEP)),
        Arc::new(Rotate { axis: Axis::Fixed(1), mode: Mode::Proper }),
        Arc::new(Jitter { sd: 1.0 }),
        Arc::new(Translate { sd: 10.0 }),
    ]);
    let neighbours = sets(&view);
    let mut depth = vec![0; NODES];
    for node in 1..NODES {
        depth[node] = depth[view.parent[node] as usize] + 1;
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut index = 0;
    let mut pair = || {
        index += 2;
        [index, index + 1].map(|i| pipeline.draw(&view, &mut stream(1, "views", i)))
    };
    let mut slow_index = 0;
    let mut slow_pair = || {
        slow_index += 2;
        [0, 1].map(|i| baseline(&neighbours, &depth, &view.position, &mut stream(1, "baseline", slow_index + i)))
    };
    criterion.bench_function("view pair", |b| b.iter(|| black_box(pair())));
    criterion.bench_function("view pair, neighbour sets and dense adjacency", |b| b.iter(|| black_box(slow_pair())));

    // The ratio from interleaved rounds, so that a change of the machine's speed hits both.
    let mut ratios: Vec<(f64, f64)> = (0..31)
        .map(|_| (seconds(20, || drop(black_box(pair()))), seconds(20, || drop(black_box(slow_pair())))))
        .collect();
    ratios.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (fast, slow) = ratios[15];
    println!(
        "view pair: {:.3} ms, baseline {:.3} ms, {:.1} times faster (median of 31)",
        fast * 1e3,
        slow * 1e3,
        slow / fast
    );
}

fn seconds(rounds: u32, mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..rounds).for_each(|_| work());
    start.elapsed().as_secs_f64() / f64::from(rounds)
}
