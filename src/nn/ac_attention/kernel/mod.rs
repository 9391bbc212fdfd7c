//! AC-Attention on the processor, without a matrix of scores in memory.
//!
//! Scores of sixteen queries, one in each lane of a vector, are made, turned into weights and used while they are in the
//! cache; the adjacency enters as a short list of neighbours per query. The backward pass makes the scores again instead
//! of keeping them (Dao et al. 2022). Graphs and, going forward, heads run in parallel; no number depends on the threads.

mod backward;
mod forward;
mod matrix;
mod softmax;

use rayon::prelude::*;

use self::backward::{Backward, Saved};
use self::forward::Forward;
use self::matrix::ROWS;
use crate::data::Adjacency;

/// What attention is computed from; all arrays row-major.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Queries, keys and values, `[graphs, tokens, 3, heads, width]`.
    pub qkv: &'a [f32],
    /// The trade-offs `(g1, g2)` of each token, `[graphs, tokens, trade_offs, 2]`.
    pub gamma: &'a [f32],
    /// Adjacency of each graph; says how many of its tokens are real.
    pub adjacency: &'a [Adjacency],
    /// The arrays' sizes.
    pub shape: Shape,
}

/// Sizes of the arrays.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Tokens per graph, padding included.
    pub tokens: usize,
    /// Number of heads.
    pub heads: usize,
    /// Width of one head.
    pub width: usize,
    /// Only the first `queries` tokens ask; the last block of an encoder needs the class token's answer only.
    pub queries: usize,
    /// Trade-offs per token: one for all heads, one per head, or none for plain attention, which ignores the edges.
    pub trade_offs: usize,
}

impl Shape {
    /// Where a token's trade-off for a head stands in a graph's `gamma`.
    #[inline(always)]
    fn trade_off(self, token: usize, head: usize) -> Option<usize> {
        (self.trade_offs > 0).then(|| 2 * (token * self.trade_offs + head % self.trade_offs))
    }

    /// Numbers per token in `qkv`.
    fn row(self) -> usize {
        3 * self.heads * self.width
    }
}

/// What attention gives.
pub struct Outputs {
    /// Weighted values, `[graphs, queries, heads, width]`; 0 for padding.
    pub attended: Vec<f32>,
    /// Logarithm of each softmax' denominator, `[graphs, heads, queries]`; the backward pass wants it.
    pub log_sums: Vec<f32>,
}

/// Gradients with respect to [`Inputs::qkv`] and [`Inputs::gamma`].
pub struct Gradients {
    /// As `qkv`.
    pub qkv: Vec<f32>,
    /// As `gamma`.
    pub gamma: Vec<f32>,
}

impl Inputs<'_> {
    /// One graph's part.
    fn graph(&self, index: usize) -> Graph<'_> {
        let adjacency = &self.adjacency[index];
        let (qkv, gamma) = (self.shape.tokens * self.shape.row(), self.shape.tokens * self.shape.trade_offs * 2);
        Graph {
            shape: self.shape,
            qkv: &self.qkv[index * qkv..(index + 1) * qkv],
            gamma: &self.gamma[index * gamma..(index + 1) * gamma],
            adjacency,
            keys: adjacency.tokens(),
            queries: self.shape.queries.min(adjacency.tokens()),
        }
    }
}

/// Computes attention.
pub fn forward(inputs: &Inputs) -> Outputs {
    let graphs = inputs.adjacency.len();
    let Shape { heads, width, queries, .. } = inputs.shape;
    let mut by_head = vec![0.0; graphs * heads * queries * width];
    let mut log_sums = vec![0.0; graphs * heads * queries];
    by_head
        .par_chunks_exact_mut(queries * width)
        .zip(log_sums.par_chunks_exact_mut(queries))
        .enumerate()
        .for_each_init(Forward::default, |scratch, (index, (answers, log_sums))| {
            scratch.run(&inputs.graph(index / heads), index % heads, answers, log_sums);
        });
    let mut attended = vec![0.0; by_head.len()];
    attended.par_chunks_exact_mut(heads * width).with_min_len(256).enumerate().for_each(|(token, row)| {
        let (graph, query) = (token / queries, token % queries);
        for (head, part) in row.chunks_exact_mut(width).enumerate() {
            part.copy_from_slice(&by_head[((graph * heads + head) * queries + query) * width..][..width]);
        }
    });
    Outputs { attended, log_sums }
}

/// Computes the gradients, given that of the attended values.
pub fn backward(inputs: &Inputs, outputs: &Outputs, gradient: &[f32]) -> Gradients {
    let graphs = inputs.adjacency.len();
    let Shape { tokens, heads, width, queries, trade_offs } = inputs.shape;
    let (qkv, gamma) = (tokens * inputs.shape.row(), tokens * trade_offs * 2);
    let (attended, log_sums) = (queries * heads * width, queries * heads);
    let mut gradients = Gradients { qkv: vec![0.0; graphs * qkv], gamma: vec![0.0; graphs * gamma] };
    // Without trade-offs their gradient is empty, which cannot be cut into pieces.
    let d_gammas: Vec<&mut [f32]> = match gamma {
        0 => (0..graphs).map(|_| <&mut [f32]>::default()).collect(),
        size => gradients.gamma.chunks_exact_mut(size).collect(),
    };
    gradients.qkv.par_chunks_exact_mut(qkv).zip(d_gammas).enumerate().for_each_init(
        Backward::default,
        |scratch, (index, (d_qkv, d_gamma))| {
            let saved = Saved {
                attended: &outputs.attended[index * attended..(index + 1) * attended],
                log_sums: &outputs.log_sums[index * log_sums..(index + 1) * log_sums],
                gradient: &gradient[index * attended..(index + 1) * attended],
            };
            let graph = inputs.graph(index);
            for head in 0..heads {
                scratch.run(&graph, head, &saved, d_qkv, d_gamma);
            }
        },
    );
    gradients
}

struct Graph<'a> {
    shape: Shape,
    qkv: &'a [f32],
    gamma: &'a [f32],
    adjacency: &'a Adjacency,
    keys: usize,
    queries: usize,
}

/// One part of the tokens for one head, side by side. In the whole array they stand far apart, and plain copies wait for
/// many of them at once, where a loop that spreads each over its places waits for one after the other.
#[derive(Default)]
struct Rows(Vec<f32>);

impl Rows {
    fn gather(&mut self, graph: &Graph, part: usize, head: usize, tokens: usize) -> std::slice::ChunksExact<'_, f32> {
        self.0.clear();
        for token in 0..tokens {
            self.0.extend_from_slice(&graph.qkv[graph.place(part, token, head)]);
        }
        self.0.chunks_exact(graph.shape.width)
    }
}

impl Graph<'_> {
    /// Where part 0 (queries), 1 (keys) or 2 (values) of a token stands for a head.
    fn place(&self, part: usize, token: usize, head: usize) -> std::ops::Range<usize> {
        let start = token * self.shape.row() + (part * self.shape.heads + head) * self.shape.width;
        start..start + self.shape.width
    }

    /// Where a token's answer for a head stands.
    fn answer(&self, token: usize, head: usize) -> std::ops::Range<usize> {
        let start = (token * self.shape.heads + head) * self.shape.width;
        start..start + self.shape.width
    }

    /// A token's trade-off `(g1, g2)` for a head, and the tokens that the second term favours.
    #[inline(always)]
    fn favours(&self, token: usize, head: usize) -> (f32, f32, &[u32]) {
        match self.shape.trade_off(token, head) {
            Some(at) => (self.gamma[at], self.gamma[at + 1], self.adjacency.row(token)),
            None => (1.0, 0.0, &[]),
        }
    }

    /// What products are divided by.
    fn scale(&self) -> f32 {
        1.0 / (self.shape.width as f32).sqrt()
    }

    /// Keys, with room for whole tiles.
    fn span(&self) -> usize {
        self.keys.next_multiple_of(ROWS)
    }
}
