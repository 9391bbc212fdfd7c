//! The attention kernel against the dense formula in double precision, forward and backward: trade-offs per node, per
//! head and none, with padding, and for fewer queries than tokens.

use nms::data::{Adjacency, Batch};
use nms::morph::NO_PARENT;
use nms::nn::ac_attention::{attend, dense, fused};
use nms::nn::{Graphs, Tape};
use rand::Rng as _;
use tch::{Device, Kind, Tensor};

const HEADS: usize = 3;
const WIDTH: usize = 8;

/// A tree of seven nodes and a forest of three.
fn graphs() -> Graphs {
    let trees = [vec![NO_PARENT, 0, 1, 1, 0, 4, 5], vec![NO_PARENT, 0, NO_PARENT]];
    let adjacency: Vec<Adjacency> = trees.iter().map(|t| Adjacency::from_parents(t)).collect();
    let (features, encoding) = (vec![0.0; 42], vec![0.0; 14]);
    let cable = vec![1.0 / 7.0; encoding.len()];
    let batch = Batch { nodes: 7, feature_width: 3, encoding_width: 1, features, encoding, cable, adjacency };
    Graphs::new(&batch, Device::Cpu)
}

/// What computes attention.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Kernel,
    Fused,
}

/// `trade_offs` is the number of pairs per token: none, one, or one per head. Their logarithms go up to `reach`.
fn compare(by: By, trade_offs: usize, queries: usize, reach: f64) {
    let graphs = graphs();
    // Not libtorch's generator: other tests draw from it at the same time.
    let mut rng = nms::run::seed::stream(1, "kernel test", (10 * trade_offs + queries) as u64);
    let mut random = |shape: &[i64]| {
        let values: Vec<f32> = (0..shape.iter().product::<i64>()).map(|_| rng.gen_range(-1.7..1.7)).collect();
        Tensor::from_slice(&values).reshape(shape)
    };
    let qkv = random(&[2, 8, (3 * HEADS * WIDTH) as i64]);
    let gamma = (trade_offs > 0).then(|| (random(&[2, 8, 2 * trade_offs as i64]) * (reach / 1.7)).exp());
    let weights = random(&[2, queries as i64, (HEADS * WIDTH) as i64]);
    // Padding tokens answer nothing that anyone asks for.
    let weights = weights.masked_fill(&graphs.padding().narrow(1, 0, queries as i64).unsqueeze(2), 0.0);
    let reference = {
        let leaf = |t: &Tensor| t.to_kind(Kind::Double).set_requires_grad(true);
        let (q, g) = (leaf(&qkv), gamma.as_ref().map(leaf));
        let adjacency = graphs.dense_adjacency().to_kind(Kind::Double);
        let out = dense(&q, g.as_ref(), &adjacency, &graphs.padding(), HEADS, queries);
        (&out * weights.to_kind(Kind::Double)).sum(Kind::Double).backward();
        (out, q.grad(), g.map(|g| g.grad()))
    };
    let mut tape = Tape::recording();
    let q = qkv.detach().set_requires_grad(true);
    let g = gamma.as_ref().map(|g| g.detach().set_requires_grad(true));
    let [q_var] = tape.segment([], |[]| [&q * 1.0]);
    let g_var = g.as_ref().map(|g| {
        let [var] = tape.segment([], |[]| [g * 1.0]);
        var
    });
    let out = match (by, &g_var) {
        (By::Fused, Some(g)) => fused::attend(&mut tape, &q_var, g, &graphs, HEADS, queries).expect("attends"),
        _ => attend(&mut tape, &q_var, g_var.as_ref(), &graphs, HEADS, queries).expect("attends"),
    };
    tape.backward_from(&[(&out, weights.shallow_clone())]).expect("goes back");
    let asked = weights.ne(0.0);
    let mut compared = vec![("out", &out.value * &asked, &reference.0 * &asked), ("qkv", q.grad(), reference.1)];
    if let (Some(g), Some(expected)) = (&g, reference.2) {
        compared.push(("gamma", g.grad(), expected));
    }
    for (what, ours, theirs) in compared {
        let apart = (ours.to_kind(Kind::Double) - &theirs).abs().max().double_value(&[]);
        let scale = theirs.abs().max().double_value(&[]).max(1.0);
        // Large trade-offs multiply the rounding of scores.
        let tolerance = match by {
            By::Kernel => 5e-6,
            By::Fused if reach < 2.0 => 2e-5,
            By::Fused => 2e-3,
        };
        assert!(
            apart < tolerance * scale,
            "{what} by {by:?} with {trade_offs} trade-offs, {queries} queries: {apart}, numbers up to {scale}"
        );
    }
}

#[test]
fn the_kernel_agrees_with_the_dense_formula() {
    for trade_offs in [0, 1, HEADS] {
        for queries in [8, 1] {
            compare(By::Kernel, trade_offs, queries, 1.7);
        }
    }
}

/// libtorch's fused attention with the neighbours' correction, on the processor, where it has the interface that it has
/// on CUDA. The second reach takes trade-offs beyond what single precision holds as `exp(g)`.
#[test]
fn fused_attention_agrees_with_the_dense_formula() {
    for trade_offs in [1, HEADS] {
        for queries in [8, 1] {
            compare(By::Fused, trade_offs, queries, 1.7);
            compare(By::Fused, trade_offs, queries, 5.0);
        }
    }
    assert!(fused::is_sound(Device::Cpu));
}

/// The dense formula's own gradient against finite differences in double precision.
#[test]
fn the_dense_formula_agrees_with_finite_differences() {
    let graphs = graphs();
    let mut rng = nms::run::seed::stream(2, "finite differences", 0);
    let mut random = |shape: &[i64]| {
        let values: Vec<f64> = (0..shape.iter().product::<i64>()).map(|_| rng.gen_range(-1.0..1.0)).collect();
        Tensor::from_slice(&values).reshape(shape)
    };
    let (qkv, gamma) = (random(&[2, 8, 72]), random(&[2, 8, 6]).exp());
    let weights = random(&[2, 8, 24]);
    let adjacency = graphs.dense_adjacency().to_kind(Kind::Double);
    let value = |q: &Tensor, g: &Tensor| {
        (dense(q, Some(g), &adjacency, &graphs.padding(), HEADS, 8) * &weights).sum(Kind::Double)
    };
    let (q, g) = (qkv.detach().set_requires_grad(true), gamma.detach().set_requires_grad(true));
    value(&q, &g).backward();
    let step = 1e-5;
    for at in (0..qkv.numel() as i64).step_by(97) {
        let moved = |by: f64| {
            let moved = qkv.copy();
            let _ = moved.view([-1]).narrow(0, at, 1).f_add_scalar_(by).expect("a number");
            value(&moved, &gamma).double_value(&[])
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        assert!((slope - q.grad().view([-1]).double_value(&[at])).abs() < 1e-8);
    }
    for at in 0..gamma.numel() as i64 {
        let moved = |by: f64| {
            let moved = gamma.copy();
            let _ = moved.view([-1]).narrow(0, at, 1).f_add_scalar_(by).expect("a number");
            value(&qkv, &moved).double_value(&[])
        };
        let slope = (moved(step) - moved(-step)) / (2.0 * step);
        assert!((slope - g.grad().view([-1]).double_value(&[at])).abs() < 1e-8);
    }
}
