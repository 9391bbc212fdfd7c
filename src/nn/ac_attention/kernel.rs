//! AC-Attention on the processor, without a matrix of scores in memory.
//!
//! Scores of a block of queries are made, turned into weights and used while they are in the cache; the adjacency enters
//! as a short list of neighbours per query. The backward pass makes the scores again instead of keeping them
//! (Dao et al. 2022). Graphs are independent and run in parallel; a graph's numbers do not depend on the threads.

use rayon::prelude::*;

use super::matrix::{Operand, Panel, Product, multiply, multiply_transposed, padded};
use super::rows;
use crate::data::Adjacency;
use crate::simd;

/// Queries handled at once: with 1000 keys their scores fill a quarter of a megabyte.
const BLOCK: usize = 64;

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
    let Shape { tokens, heads, width, queries, trade_offs } = inputs.shape;
    let (qkv, gamma) = (tokens * inputs.shape.row(), tokens * trade_offs * 2);
    let (attended, log_sums) = (queries * heads * width, queries * heads);
    let mut gradients = Gradients { qkv: vec![0.0; graphs * qkv], gamma: vec![0.0; graphs * gamma] };
    // Without trade-offs their gradient is empty, which cannot be cut into pieces.
    let d_gammas: Vec<&mut [f32]> = match gamma {
        0 => (0..graphs).map(|_| <&mut [f32]>::default()).collect(),
        size => gradients.gamma.chunks_exact_mut(size).collect(),
    };
    gradients.qkv.par_chunks_exact_mut(qkv).zip(d_gammas).enumerate().for_each(|(index, (d_qkv, d_gamma))| {
        let outputs = Saved {
            attended: &outputs.attended[index * attended..(index + 1) * attended],
            log_sums: &outputs.log_sums[index * log_sums..(index + 1) * log_sums],
            gradient: &gradient[index * attended..(index + 1) * attended],
        };
        inputs.graph(index).backward(&outputs, d_qkv, d_gamma);
    });
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

/// One head's queries, keys and values side by side, widths padded with zeros to whole tiles.
struct Head {
    /// Padded width.
    width: usize,
    /// Padded number of keys.
    span: usize,
    /// Queries over the square root of the width, `[queries, width]`.
    q: Vec<f32>,
    /// Keys, `[keys, width]`, and transposed, `[width, keys]`.
    k: Vec<f32>,
    kt: Vec<f32>,
    /// Values, likewise.
    v: Vec<f32>,
    vt: Vec<f32>,
}

impl Graph<'_> {
    fn new_head(&self) -> Head {
        let (width, span) = (padded(self.shape.width), padded(self.keys));
        let zeros = |n: usize| vec![0.0; n];
        Head {
            width,
            span,
            q: zeros(self.queries * width),
            k: zeros(self.keys * width),
            kt: zeros(width * span),
            v: zeros(self.keys * width),
            vt: zeros(width * span),
        }
    }

    /// Where part 0 (queries), 1 (keys) or 2 (values) of a head stands in a token's row.
    fn column(&self, part: usize, head: usize) -> usize {
        (part * self.shape.heads + head) * self.shape.width
    }

    /// A token's trade-off `(g1, g2)` for a head, and the tokens that the second term favours.
    #[inline(always)]
    fn favours(&self, token: usize, head: usize) -> (f32, f32, &[u32]) {
        match self.shape.trade_off(token, head) {
            Some(at) => (self.gamma[at], self.gamma[at + 1], self.adjacency.row(token)),
            None => (1.0, 0.0, &[]),
        }
    }

    fn pack(&self, head: usize, into: &mut Head) {
        let Shape { width, .. } = self.shape;
        let scale = 1.0 / (width as f32).sqrt();
        let part = |part: usize, token: usize| &self.qkv[token * self.shape.row() + self.column(part, head)..][..width];
        for token in 0..self.queries {
            let to = &mut into.q[token * into.width..][..width];
            to.iter_mut().zip(part(0, token)).for_each(|(t, q)| *t = q * scale);
        }
        for token in 0..self.keys {
            let (k, v) = (part(1, token), part(2, token));
            into.k[token * into.width..][..width].copy_from_slice(k);
            into.v[token * into.width..][..width].copy_from_slice(v);
            for d in 0..width {
                into.kt[d * into.span + token] = k[d];
                into.vt[d * into.span + token] = v[d];
            }
        }
    }

    fn forward(&self, attended: &mut [f32], log_sums: &mut [f32]) {
        let Shape { heads, width, queries: padded, .. } = self.shape;
        let (mut packed, mut panel) = (self.new_head(), Panel::default());
        let mut scores = vec![0.0; BLOCK * packed.span];
        let mut answers = vec![0.0; BLOCK * packed.width];
        for head in 0..heads {
            self.pack(head, &mut packed);
            for first in (0..self.queries).step_by(BLOCK) {
                let count = BLOCK.min(self.queries - first);
                simd::vectorised(
                    #[inline(always)]
                    || {
                        packed.scores(first, count, &mut scores, &mut panel);
                        for (i, row) in scores.chunks_exact_mut(packed.span).take(count).enumerate() {
                            let token = first + i;
                            let (g1, g2, adjacent) = self.favours(token, head);
                            let row = &mut row[..self.keys];
                            log_sums[head * padded + token] = rows::softmax(row, g1, g2, adjacent);
                        }
                        let into = Product { data: &mut answers, stride: packed.width, add: false };
                        let weights = Operand { data: &scores, stride: packed.span };
                        let values = Operand { data: &packed.v, stride: packed.width };
                        multiply(into, weights, values, (count, self.keys, packed.width), &mut panel);
                    },
                );
                for i in 0..count {
                    let to = &mut attended[((first + i) * heads + head) * width..][..width];
                    to.copy_from_slice(&answers[i * packed.width..][..width]);
                }
            }
        }
    }

    fn backward(&self, saved: &Saved, d_qkv: &mut [f32], d_gamma: &mut [f32]) {
        let Shape { heads, width, queries: padded, .. } = self.shape;
        let keys = self.keys;
        let (mut packed, mut panel) = (self.new_head(), Panel::default());
        let (span, wide) = (packed.span, packed.width);
        let mut raw = vec![0.0; BLOCK * span];
        let mut weights = vec![0.0; BLOCK * span];
        let mut d_raw = vec![0.0; BLOCK * span];
        let mut gradient = vec![0.0; BLOCK * wide];
        let mut d_q = vec![0.0; BLOCK * wide];
        let mut d_k = vec![0.0; keys * wide];
        let mut d_v = vec![0.0; keys * wide];
        for head in 0..heads {
            self.pack(head, &mut packed);
            d_k.fill(0.0);
            d_v.fill(0.0);
            for first in (0..self.queries).step_by(BLOCK) {
                let count = BLOCK.min(self.queries - first);
                let answer = |token: usize, of: &'_ [f32]| -> std::ops::Range<usize> {
                    let at = (token * heads + head) * width;
                    debug_assert!(at + width <= of.len());
                    at..at + width
                };
                for i in 0..count {
                    let from = &saved.gradient[answer(first + i, saved.gradient)];
                    gradient[i * wide..][..width].copy_from_slice(from);
                }
                simd::vectorised(
                    #[inline(always)]
                    || {
                        packed.scores(first, count, &mut raw, &mut panel);
                        let gradients = Operand { data: &gradient, stride: wide };
                        let into = Product { data: &mut d_raw, stride: span, add: false };
                        multiply(
                            into,
                            gradients,
                            Operand { data: &packed.vt, stride: span },
                            (count, wide, span),
                            &mut panel,
                        );
                        for i in 0..count {
                            let token = first + i;
                            let row = i * span..i * span + keys;
                            let (g1, g2, adjacent) = self.favours(token, head);
                            let log_sum = saved.log_sums[head * padded + token];
                            rows::weights_again(
                                &raw[row.clone()],
                                &mut weights[row.clone()],
                                g1,
                                g2,
                                adjacent,
                                log_sum,
                            );
                            // Sum over keys of weight times its gradient, without a pass over the keys.
                            let at = answer(token, saved.attended);
                            let delta = rows::product(&saved.attended[at.clone()], &saved.gradient[at]);
                            let d_row = &mut d_raw[row.clone()];
                            let (d1, d2) =
                                rows::softmax_backward(d_row, &weights[row.clone()], &raw[row], g1, adjacent, delta);
                            if let Some(at) = self.shape.trade_off(token, head) {
                                d_gamma[at] += d1;
                                d_gamma[at + 1] += d2;
                            }
                        }
                        let scores = Operand { data: &d_raw, stride: span };
                        let into = Product { data: &mut d_q, stride: wide, add: false };
                        multiply(
                            into,
                            scores,
                            Operand { data: &packed.k, stride: wide },
                            (count, keys, wide),
                            &mut panel,
                        );
                        let queries = Operand { data: &packed.q[first * wide..], stride: wide };
                        let into = Product { data: &mut d_k, stride: wide, add: true };
                        multiply_transposed(into, scores, queries, (keys, count, wide), &mut panel);
                        let into = Product { data: &mut d_v, stride: wide, add: true };
                        let weights = Operand { data: &weights, stride: span };
                        multiply_transposed(into, weights, gradients, (keys, count, wide), &mut panel);
                    },
                );
                // The packed queries carry the scale, so the keys' gradient has it already.
                let scale = 1.0 / (width as f32).sqrt();
                for (i, d_q) in d_q.chunks_exact(wide).take(count).enumerate() {
                    let to = &mut d_qkv[(first + i) * self.shape.row() + self.column(0, head)..][..width];
                    to.iter_mut().zip(d_q).for_each(|(t, d)| *t = d * scale);
                }
            }
            for (part, gradients) in [(1, &d_k), (2, &d_v)] {
                for (token, row) in gradients.chunks_exact(wide).enumerate() {
                    let to = &mut d_qkv[token * self.shape.row() + self.column(part, head)..][..width];
                    to.copy_from_slice(&row[..width]);
                }
            }
        }
    }
}

impl Head {
    /// Products of `count` queries with all keys, `[count, span]`.
    #[inline(always)]
    fn scores(&self, first: usize, count: usize, into: &mut [f32], panel: &mut Panel) {
        let queries = Operand { data: &self.q[first * self.width..], stride: self.width };
        let into = Product { data: into, stride: self.span, add: false };
        multiply(into, queries, Operand { data: &self.kt, stride: self.span }, (count, self.width, self.span), panel);
    }
}
