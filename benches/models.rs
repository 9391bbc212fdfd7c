//! Training and embedding with the published GraphDINO, and its positional encodings, beside the same computed with
//! plain libtorch operations on dense matrices, which is what the published code does: in one run, on as many threads.
//! `RAYON_NUM_THREADS=1` compares them on one. Memory is the peak of a process that takes one training step.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use nms::augment::View;
use nms::data::Batch;
use nms::morph::NO_PARENT;
use nms::nn::ac_attention::dense;
use nms::nn::{Architecture, GraphDinoOptions, Graphs, Scope, Tape, Weights, encode, initialise};
use nms::run::seed::{Rng, stream};
use nms::train::loss::{Answers, Centring, DinoLoss, Objective};
use nms::train::{Adam, Dino, DinoOptions, Group, Moment};
use rand::Rng as _;
use rayon::prelude::*;
use tch::{Device, Kind, Tensor};

const CELLS: usize = 32;
const NODES: usize = 200;
/// Cells computed together, as training does on the processor.
const GROUP: usize = 4;

/// A random tree in depth-first order.
fn view(nodes: usize, rng: &mut Rng) -> View {
    let (mut parent, mut path) = (vec![NO_PARENT], vec![0u32]);
    while parent.len() < nodes {
        if path.len() > 1 && rng.gen_bool(0.05) {
            let keep = rng.gen_range(1..path.len());
            path.truncate(keep);
        }
        parent.push(path[path.len() - 1]);
        path.push(parent.len() as u32 - 1);
    }
    View {
        position: (0..nodes).map(|_| std::array::from_fn(|_| rng.gen_range(-100.0..100.0))).collect(),
        radius: vec![1.0; nodes],
        kind: vec![3; nodes],
        parent,
        sample: (0..nodes as u32).collect(),
        anchor: 0,
    }
}

fn views(count: usize, nodes: usize) -> Vec<View> {
    (0..count).map(|i| view(nodes, &mut stream(1, "bench", i as u64))).collect()
}

/// The published model with dense matrices: latents and prototypes' scores.
fn dense_model(architecture: &Architecture, weights: &Weights, batch: &Batch, graphs: &Graphs) -> (Tensor, Tensor) {
    let root = weights.scope("");
    let shape = |width: usize| [batch.graphs() as i64, batch.nodes as i64, width as i64];
    let features = Tensor::from_slice(&batch.features).reshape(shape(batch.feature_width));
    let encoding = Tensor::from_slice(&batch.encoding).reshape(shape(batch.encoding_width));
    let (adjacency, padding) = (graphs.dense_adjacency(), graphs.padding());
    let hidden = root.linear("to_node_embedding.0", &features).relu();
    let nodes = root.linear("to_node_embedding.2", &hidden) + root.linear("to_pos_embedding", &encoding);
    let class = (root.get("cls_token") + root.get("cls_pos_embedding")).expand([shape(1)[0], -1, -1], false);
    let mut x = Tensor::cat(&[class, nodes], 1);
    for number in 0..architecture.blocks.len() {
        x = dense_block(&weights.scope(&format!("blocks.{number}.")), &x, &adjacency, &padding);
    }
    let latent = root.linear("mlp_head.1", &root.layer_norm("mlp_head.0", &x.select(1, 0)));
    let mut z = latent.shallow_clone();
    for layer in ["projector.0", "projector.2", "projector.4"] {
        z = root.linear(layer, &z).gelu("none");
    }
    let scores = root.linear("projector.7", &root.layer_norm("projector.6", &z));
    (latent, scores)
}

fn dense_block(w: &Scope, x: &Tensor, adjacency: &Tensor, padding: &Tensor) -> Tensor {
    let u = w.layer_norm("norm1", x);
    let qkv = w.linear_without_bias("attn.qkv_projection", &u);
    let gamma = w.linear("attn.predict_gamma", &u).exp();
    let tokens = x.size()[1] as usize;
    let v = &u + w.linear("attn.proj", &dense(&qkv, Some(&gamma), adjacency, padding, 8, tokens));
    let n = w.layer_norm("norm2", &v);
    w.linear("mlp.net.2", &w.linear("mlp.net.0", &n).gelu("none")) + n
}

/// A training step of either kind: both networks on all views, loss, gradient, optimiser, teacher.
struct Steps {
    architecture: Architecture,
    student: Weights,
    batch: Batch,
    groups: Vec<Group>,
}

impl Steps {
    fn new() -> Steps {
        let architecture = GraphDinoOptions::default().architecture().expect("the published sizes");
        let views = views(2 * CELLS, NODES);
        let layout = architecture.layout();
        let group = |cells: std::ops::Range<usize>| {
            let pick: Vec<View> =
                cells.clone().chain(cells.start + CELLS..cells.end + CELLS).map(|i| views[i].clone()).collect();
            Group { batch: Batch::new(&pick, &layout), cells: cells.collect() }
        };
        let groups = (0..CELLS / GROUP).map(|g| group(g * GROUP..(g + 1) * GROUP)).collect();
        let student = initialise(&architecture, 1);
        Steps { batch: Batch::new(&views, &layout), groups, student, architecture }
    }

    fn ours(&self) -> impl FnMut() + '_ {
        let mut student = self.student.copied();
        let mut recipe = Dino::new(&self.architecture, &student, DinoOptions::default(), false);
        let mut adam = Adam::new(&student);
        move || {
            let at = Moment { step: 0, steps: 1, scale: 1.0 };
            let measured = recipe.measure(&student, self.groups.clone(), at).expect("a step");
            adam.step(&mut student, measured.gradient.as_ref().expect("asked for"), 1e-4, 0.0);
            recipe.follow(&student, &measured, at);
        }
    }

    fn baseline(&self) -> impl FnMut() + '_ {
        let leaves: Vec<Tensor> =
            self.student.tensors().iter().map(|t| t.detach().copy().set_requires_grad(true)).collect();
        let mut teacher: Vec<Tensor> = self.student.tensors().iter().map(Tensor::copy).collect();
        let mut moments: Vec<(Tensor, Tensor)> = leaves.iter().map(|t| (t.zeros_like(), t.zeros_like())).collect();
        let graphs = Graphs::new(&self.batch, Device::Cpu);
        let loss = DinoLoss {
            student_temperature: 0.9,
            teacher_temperature: 0.06,
            centring: Centring::Mean,
            sinkhorn_steps: 1,
            koleo: 0.0,
        };
        let named = |tensors: &[Tensor]| self.student.referring(tensors);
        move || {
            let taught = tch::no_grad(|| dense_model(&self.architecture, &named(&teacher), &self.batch, &graphs).1);
            let (latent, scores) = dense_model(&self.architecture, &named(&leaves), &self.batch, &graphs);
            let centre = Some(Tensor::zeros([1, 1000], (Kind::Float, Device::Cpu)));
            let answers = Answers { latent, scores: Some(scores), taught: Some(taught), centre, cells: Vec::new() };
            loss.loss(&answers, 2.0 * CELLS as f64).value.backward();
            tch::no_grad(|| {
                for ((leaf, teacher), (mean, square)) in leaves.iter().zip(&mut teacher).zip(&mut moments) {
                    let mut gradient = leaf.grad();
                    let _ = mean.lerp_(&gradient, 0.1);
                    let _ = square.lerp_(&gradient.square(), 0.001);
                    let mut weight = leaf.detach();
                    weight -= &*mean / (square.sqrt() + 1e-8) * 1e-4;
                    let _ = teacher.lerp_(leaf, 0.001);
                    let _ = gradient.zero_();
                }
            });
        }
    }
}

/// Peak resident memory of this process in MiB, where the system tells.
fn peak() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// What a process of its own needs for nothing, one step of ours, one of the baseline.
fn memory(what: &str) -> f64 {
    let output = Command::new(std::env::current_exe().expect("this program")).args(["--memory", what]).output();
    let text = String::from_utf8(output.expect("this program runs").stdout).expect("a number");
    text.trim().parse().unwrap_or(f64::NAN)
}

fn main() {
    let threads = rayon::current_num_threads();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "--memory") {
        let steps = Steps::new();
        match arguments.get(at + 1).map(String::as_str) {
            Some("ours") => steps.ours()(),
            Some("dense") => steps.baseline()(),
            _ => {}
        }
        return println!("{}", peak().unwrap_or(f64::NAN));
    }
    println!("{threads} threads, median of 3 interleaved rounds");
    let steps = Steps::new();
    let (mut ours, mut baseline) = (steps.ours(), steps.baseline());
    compare("training step, 32 cells x 2 views of 200 nodes", 3, threads, &mut ours, &mut baseline);

    let architecture = &steps.architecture;
    let large = Batch::new(&views(1, 1000), &architecture.layout());
    let graphs = Graphs::new(&large, Device::Cpu);
    let mut ours = || {
        let encoded = encode(architecture, &steps.student, &graphs, &mut Tape::silent(), false);
        drop(black_box(encoded));
    };
    let mut baseline = || {
        drop(black_box(tch::no_grad(|| dense_model(architecture, &steps.student, &large, &graphs))));
    };
    compare("embedding of a neuron of 1000 nodes", 7, threads, &mut ours, &mut baseline);

    // Of a collection each thread takes a neuron; the threads share a single one's heads.
    let layout = architecture.layout();
    let neurons = views(threads, 1000);
    let apart: Vec<Batch> = neurons.iter().map(|v| Batch::new(std::slice::from_ref(v), &layout)).collect();
    let together = Batch::new(&neurons, &layout);
    let graphs = Graphs::new(&together, Device::Cpu);
    let mut ours = || {
        let jobs: Vec<_> = apart.iter().map(|batch| (batch, steps.student.shared())).collect();
        jobs.into_par_iter().for_each(|(batch, weights)| {
            let graphs = Graphs::new(batch, Device::Cpu);
            drop(black_box(encode(architecture, &weights, &graphs, &mut Tape::silent(), false)));
        });
    };
    let mut baseline = || {
        drop(black_box(tch::no_grad(|| dense_model(architecture, &steps.student, &together, &graphs))));
    };
    compare("embedding of as many such neurons as there are threads", 7, threads, &mut ours, &mut baseline);

    let trees = views(128, NODES);
    let laplacians = Tensor::stack(&trees.iter().map(|v| laplacian(&v.parent)).collect::<Vec<_>>(), 0);
    let mut ours = || {
        drop(black_box(trees.par_iter().map(|v| layout.encoding.encode(&v.parent)).collect::<Vec<_>>()));
    };
    let mut baseline = || drop(black_box(laplacians.linalg_eigh("L")));
    compare("positional encodings of 128 trees of 200 nodes", 3, threads, &mut ours, &mut baseline);

    let (start, ours, dense) = (memory("nothing"), memory("ours"), memory("dense"));
    println!(
        "peak memory of a training step above the start's {start:.0} MiB: {:.0} MiB, dense {:.0} MiB, {:.1} times less",
        ours - start,
        dense - start,
        (dense - start) / (ours - start)
    );
}

/// The normalised Laplacian with self loops as a dense matrix.
fn laplacian(parent: &[u32]) -> Tensor {
    let n = parent.len();
    let mut adjacency = vec![0f32; n * n];
    for (node, &above) in parent.iter().enumerate().filter(|(_, p)| **p != NO_PARENT) {
        for (a, b) in [(node, above as usize), (above as usize, node), (node, node), (above as usize, above as usize)] {
            adjacency[a * n + b] = 1.0;
        }
    }
    let adjacency = Tensor::from_slice(&adjacency).reshape([n as i64, n as i64]);
    let scale = adjacency.sum_dim_intlist(1, true, Kind::Float).clamp_min(1.0).rsqrt();
    Tensor::eye(n as i64, (Kind::Float, Device::Cpu)) - adjacency * &scale * scale.tr()
}

/// Times both in turns, libtorch on one thread where graphs are spread over ours, else on as many as we have.
fn compare(what: &str, rounds: usize, threads: usize, ours: &mut dyn FnMut(), baseline: &mut dyn FnMut()) {
    let seconds = |torch_threads: usize, work: &mut dyn FnMut()| {
        tch::set_num_threads(torch_threads as i32);
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let mut times: Vec<(f64, f64)> = (0..rounds).map(|_| (seconds(1, ours), seconds(threads, baseline))).collect();
    times.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (fast, slow) = times[rounds / 2];
    println!("{what}: {:.1} ms, dense {:.1} ms, {:.1} times faster", fast * 1e3, slow * 1e3, slow / fast);
}
