//! AC-Attention forward and backward on the processor: the kernel against the dense formula with autograd, which is what
//! the published code computes.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use nms::data::{Adjacency, Batch};
use nms::morph::NO_PARENT;
use nms::nn::ac_attention::{attend, dense};
use nms::nn::{Graphs, Tape};
use tch::{Device, Kind, Tensor};

const GRAPHS: usize = 16;
const NODES: usize = 200;
const HEADS: usize = 8;
const WIDTH: usize = 32;

fn main() {
    let tree: Vec<u32> =
        (0..NODES as u32).map(|i| if i == 0 { NO_PARENT } else { i - 1 - i % 3 * u32::from(i > 3) }).collect();
    let batch = Batch {
        nodes: NODES,
        feature_width: 3,
        encoding_width: 1,
        features: vec![0.0; GRAPHS * NODES * 3],
        encoding: vec![0.0; GRAPHS * NODES],
        cable: vec![1.0 / NODES as f32; GRAPHS * NODES],
        adjacency: vec![Adjacency::from_parents(&tree); GRAPHS],
    };
    let graphs = Graphs::new(&batch, Device::Cpu);
    let tokens = (NODES + 1) as i64;
    let random = |shape: &[i64]| Tensor::randn(shape, (Kind::Float, Device::Cpu));
    let qkv = random(&[GRAPHS as i64, tokens, (3 * HEADS * WIDTH) as i64]);
    let gamma = random(&[GRAPHS as i64, tokens, 2]).exp();
    let adjacency = graphs.dense_adjacency();

    let kernel = || {
        let mut tape = Tape::recording();
        let (q, g) = (qkv.detach().set_requires_grad(true), gamma.detach().set_requires_grad(true));
        let [q, g] = tape.segment([], |[]| [q * 1.0, g * 1.0]);
        let Ok(out) = attend(&mut tape, &q, Some(&g), &graphs, HEADS, tokens as usize) else { return };
        let [sum] = tape.segment([&out], |[out]| [out.sum(Kind::Float)]);
        drop(black_box(tape.backward(&sum)));
    };
    let formula = || {
        let (q, g) = (qkv.detach().set_requires_grad(true), gamma.detach().set_requires_grad(true));
        dense(&q, Some(&g), &adjacency, &graphs.padding(), HEADS, tokens as usize).sum(Kind::Float).backward();
    };
    let forward = || {
        drop(black_box(attend(
            &mut Tape::silent(),
            &Tape::constant(qkv.shallow_clone()),
            Some(&Tape::constant(gamma.shallow_clone())),
            &graphs,
            HEADS,
            tokens as usize,
        )))
    };

    // As many threads for libtorch as for the kernel; RAYON_NUM_THREADS=1 compares them on one.
    let threads = rayon::current_num_threads();
    tch::set_num_threads(threads as i32);
    let mut rounds: Vec<(f64, f64, f64)> =
        (0..7).map(|_| (seconds(kernel), seconds(formula), seconds(forward))).collect();
    rounds.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (fast, slow, forward) = rounds[3];
    println!(
        "{GRAPHS} graphs, {NODES} nodes, {threads} threads: kernel {:.1} ms (forward {:.1} ms), dense formula {:.1} ms, \
         {:.1} times faster (median of 7)",
        fast * 1e3,
        forward * 1e3,
        slow * 1e3,
        slow / fast
    );
}

fn seconds(work: impl Fn()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
