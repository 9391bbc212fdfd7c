//! AC-Attention on the processor, without a matrix of scores in memory.
//!
//! Scores of a block of queries are made, turned into weights and used while they are in the cache; the adjacency enters
//! as a short list of neighbours per query. The backward pass makes the scores again instead of keeping them
//! (Dao et al. 2022). Graphs are independent and run in parallel; a graph's numbers do not depend on the threads.

use rayon::prelude::*;

use super::matrix::{Mat, MatMut, product};
use super::rows;
use crate::data::Adjacency;

/// Queries handled at once: with 1000 keys their scores fill a quarter of a megabyte.
const BLOCK: usize = 64;

/// What attention is computed from; all arrays row-major.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Queries, keys and values, `[graphs, tokens, 3, heads, width]`.
    pub qkv: &'a [f32],
    /// The trade-off `(g1, g2)` of each token, `[graphs, tokens, 2]`.
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
}

impl Shape {
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
        let (qkv, gamma) = (self.shape.tokens * self.shape.row(), self.shape.tokens * 2);
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
    let (attended, log_sums) = (queries * heads * width, queries * heads);
    let mut outputs = Outputs { attended: vec![0.0; graphs * attended], log_sums: vec![0.0; graphs * log_sums] };
    outputs
        .attended
        .par_chunks_exact_mut(attended)
        .zip(outputs.log_sums.par_chunks_exact_mut(log_sums))
        .enumerate()
        .for_each(|(index, (attended, log_sums))| inputs.graph(index).forward(attended, log_sums));
    outputs
}

/// Computes the gradients, given that of the attended values.
pub fn backward(inputs: &Inputs, outputs: &Outputs, gradient: &[f32]) -> Gradients {
    let graphs = inputs.adjacency.len();
    let Shape { tokens, heads, width, queries } = inputs.shape;
    let (qkv, gamma) = (tokens * inputs.shape.row(), tokens * 2);
    let (attended, log_sums) = (queries * heads * width, queries * heads);
    let mut gradients = Gradients { qkv: vec![0.0; graphs * qkv], gamma: vec![0.0; graphs * gamma] };
    gradients.qkv.par_chunks_exact_mut(qkv).zip(gradients.gamma.par_chunks_exact_mut(gamma)).enumerate().for_each(
        |(index, (d_qkv, d_gamma))| {
            let outputs = Saved {
                attended: &outputs.attended[index * attended..(index + 1) * attended],
                log_sums: &outputs.log_sums[index * log_sums..(index + 1) * log_sums],
                gradient: &gradient[index * attended..(index + 1) * attended],
            };
            inputs.graph(index).backward(&outputs, d_qkv, d_gamma);
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

/// One graph's part of the forward pass, and the gradient that comes back.
struct Saved<'a> {
    attended: &'a [f32],
    log_sums: &'a [f32],
    gradient: &'a [f32],
}

impl<'a> Graph<'a> {
    /// Queries (`part` 0), keys (1) or values (2) of one head from token `first` on.
    fn part(&self, part: usize, head: usize, first: usize, count: usize) -> Mat<'a> {
        let Shape { heads, width, .. } = self.shape;
        let row = self.shape.row();
        let start = first * row + (part * heads + head) * width;
        Mat::new(&self.qkv[start..], count, width, row)
    }

    fn forward(&self, attended: &mut [f32], log_sums: &mut [f32]) {
        let Shape { heads, width, queries: padded, .. } = self.shape;
        let scale = 1.0 / (width as f32).sqrt();
        let keys = self.keys;
        let mut scores = vec![0.0; BLOCK * keys];
        for head in 0..heads {
            let (all_keys, values) = (self.part(1, head, 0, keys), self.part(2, head, 0, keys));
            for first in (0..self.queries).step_by(BLOCK) {
                let count = BLOCK.min(self.queries - first);
                let scores = &mut scores[..count * keys];
                let queries = self.part(0, head, first, count);
                product(rows_mut(scores, count, keys), 0.0, queries, all_keys.t(), scale);
                pulp::Arch::new().dispatch(|| {
                    for (i, row) in scores.chunks_exact_mut(keys).enumerate() {
                        let token = first + i;
                        let (g1, g2) = (self.gamma[2 * token], self.gamma[2 * token + 1]);
                        log_sums[head * padded + token] = rows::softmax(row, g1, g2, self.adjacency.row(token));
                    }
                });
                let into = head_rows_mut(attended, first, count, head, heads, width);
                product(into, 0.0, rows_ref(scores, count, keys), values, 1.0);
            }
        }
    }

    fn backward(&self, saved: &Saved, d_qkv: &mut [f32], d_gamma: &mut [f32]) {
        let Shape { heads, width, queries: padded, .. } = self.shape;
        let scale = 1.0 / (width as f32).sqrt();
        let keys = self.keys;
        let mut raw = vec![0.0; BLOCK * keys];
        let mut weights = vec![0.0; BLOCK * keys];
        let mut d_raw = vec![0.0; BLOCK * keys];
        for head in 0..heads {
            let (all_keys, values) = (self.part(1, head, 0, keys), self.part(2, head, 0, keys));
            for first in (0..self.queries).step_by(BLOCK) {
                let count = BLOCK.min(self.queries - first);
                let (raw, weights, d_raw) =
                    (&mut raw[..count * keys], &mut weights[..count * keys], &mut d_raw[..count * keys]);
                let queries = self.part(0, head, first, count);
                let gradient = head_rows(saved.gradient, first, count, head, heads, width);
                product(rows_mut(raw, count, keys), 0.0, queries, all_keys.t(), scale);
                product(rows_mut(d_raw, count, keys), 0.0, gradient, values.t(), 1.0);
                pulp::Arch::new().dispatch(|| {
                    for i in 0..count {
                        let token = first + i;
                        let span = i * keys..(i + 1) * keys;
                        let (g1, g2) = (self.gamma[2 * token], self.gamma[2 * token + 1]);
                        let adjacent = self.adjacency.row(token);
                        let log_sum = saved.log_sums[head * padded + token];
                        rows::weights_again(&raw[span.clone()], &mut weights[span.clone()], g1, g2, adjacent, log_sum);
                        // Sum over keys of weight times its gradient, without a pass over the keys.
                        let at = (token * heads + head) * width;
                        let delta = rows::product(&saved.attended[at..at + width], &saved.gradient[at..at + width]);
                        let row = &mut d_raw[span.clone()];
                        let (d1, d2) =
                            rows::softmax_backward(row, &weights[span.clone()], &raw[span], g1, adjacent, delta);
                        d_gamma[2 * token] += d1;
                        d_gamma[2 * token + 1] += d2;
                    }
                });
                let (weights, d_raw) = (rows_ref(weights, count, keys), rows_ref(d_raw, count, keys));
                let d_values = self.part_mut(d_qkv, 2, head, 0, keys);
                product(d_values, 1.0, weights.t(), gradient, 1.0);
                let d_queries = self.part_mut(d_qkv, 0, head, first, count);
                product(d_queries, 0.0, d_raw, all_keys, scale);
                let d_keys = self.part_mut(d_qkv, 1, head, 0, keys);
                product(d_keys, 1.0, d_raw.t(), queries, scale);
            }
        }
    }

    fn part_mut<'b>(&self, qkv: &'b mut [f32], part: usize, head: usize, first: usize, count: usize) -> MatMut<'b> {
        let Shape { heads, width, .. } = self.shape;
        let row = self.shape.row();
        let start = first * row + (part * heads + head) * width;
        MatMut::new(&mut qkv[start..], count, width, row)
    }
}

fn rows_ref(values: &[f32], rows: usize, cols: usize) -> Mat<'_> {
    Mat::new(values, rows, cols, cols)
}

fn rows_mut(values: &mut [f32], rows: usize, cols: usize) -> MatMut<'_> {
    MatMut::new(values, rows, cols, cols)
}

/// One head's part of rows `[tokens, heads, width]`.
fn head_rows(values: &[f32], first: usize, count: usize, head: usize, heads: usize, width: usize) -> Mat<'_> {
    let start = (first * heads + head) * width;
    Mat::new(&values[start..], count, width, heads * width)
}

fn head_rows_mut(
    values: &mut [f32],
    first: usize,
    count: usize,
    head: usize,
    heads: usize,
    width: usize,
) -> MatMut<'_> {
    let start = (first * heads + head) * width;
    MatMut::new(&mut values[start..], count, width, heads * width)
}
