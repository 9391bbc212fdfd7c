//! The gradient of attention of one head.

use super::matrix::{Bundles, LANES, Lanes, ROWS, add_over_lanes, tile};
use super::{Graph, Rows, softmax};
use crate::simd;

/// One graph's part of the forward pass, and the gradient that comes back.
pub struct Saved<'a> {
    pub attended: &'a [f32],
    pub log_sums: &'a [f32],
    pub gradient: &'a [f32],
}

/// What the backward pass of one head works with. `_t` are transposed.
#[derive(Default)]
pub struct Backward {
    /// Queries over the square root of the width, `[queries, width]`, and the gradients of their answers.
    q: Bundles<LANES>,
    q_t: Bundles<LANES>,
    d_answers: Bundles<LANES>,
    d_answers_t: Bundles<LANES>,
    /// Keys and values, `[keys, width]`.
    k: Bundles<ROWS>,
    k_t: Bundles<ROWS>,
    v: Bundles<ROWS>,
    /// Products, weights and their gradients, for the queries at hand.
    products: Vec<Lanes>,
    weights: Vec<Lanes>,
    d_products: Vec<Lanes>,
    /// Gradients of keys and values: `[width over lanes, keys, lanes]`.
    d_k: Vec<Lanes>,
    d_v: Vec<Lanes>,
    rows: Rows,
}

/// The queries that the backward pass has at hand, one in each lane.
struct Block {
    head: usize,
    first: usize,
    count: usize,
    /// Their trade-offs for the products.
    g1: Lanes,
    log_sum: Lanes,
    /// Sum over keys of weight times its gradient: the answer's product with its own, so no pass over the keys is needed.
    delta: Lanes,
}

impl Block {
    fn new(graph: &Graph, first: usize, head: usize, saved: &Saved) -> Block {
        let count = LANES.min(graph.queries - first);
        let mut block = Block { head, first, count, g1: [0.0; LANES], log_sum: [0.0; LANES], delta: [0.0; LANES] };
        for (lane, token) in (first..first + count).enumerate() {
            block.g1[lane] = graph.favours(token, head).0;
            block.log_sum[lane] = saved.log_sums[head * graph.shape.queries + token];
            let at = graph.answer(token, head);
            block.delta[lane] = saved.attended[at.clone()].iter().zip(&saved.gradient[at]).map(|(a, d)| a * d).sum();
        }
        block
    }
}

impl Backward {
    /// Adds one head's part to the gradients of the graph.
    pub fn run(&mut self, graph: &Graph, head: usize, saved: &Saved, d_qkv: &mut [f32], d_gamma: &mut [f32]) {
        self.pack(graph, head, saved);
        for first in (0..graph.queries).step_by(LANES) {
            let block = Block::new(graph, first, head, saved);
            simd::vectorised(
                #[inline(always)]
                || {
                    self.back_to_products(graph, &block, d_gamma);
                    self.back_to_queries(graph, &block, d_qkv);
                    self.back_to_keys_and_values(&block);
                },
            );
        }
        for (part, gradients) in [(1, &self.d_k), (2, &self.d_v)] {
            for token in 0..graph.keys {
                let to = &mut d_qkv[graph.place(part, token, head)];
                for (to, from) in to.chunks_mut(LANES).zip(gradients.chunks_exact(graph.span())) {
                    to.copy_from_slice(&from[token][..to.len()]);
                }
            }
        }
    }

    fn pack(&mut self, graph: &Graph, head: usize, saved: &Saved) {
        let (width, scale, keys, span) = (graph.shape.width, graph.scale(), graph.keys, graph.span());
        let queries = graph.queries.next_multiple_of(LANES);
        self.q.reset(queries, width);
        self.q_t.reset(width, queries);
        self.d_answers.reset(queries, width);
        self.d_answers_t.reset(width, queries);
        self.k.reset(keys, width);
        self.k_t.reset(width, keys);
        self.v.reset(keys, width);
        for lanes in [&mut self.products, &mut self.weights, &mut self.d_products] {
            lanes.resize(span, [0.0; LANES]);
        }
        for gradients in [&mut self.d_k, &mut self.d_v] {
            gradients.clear();
            gradients.resize(width.div_ceil(LANES) * span, [0.0; LANES]);
        }
        let mut scaled = vec![0.0; width];
        for (token, query) in self.rows.gather(graph, 0, head, graph.queries).enumerate() {
            scaled.iter_mut().zip(query).for_each(|(scaled, q)| *scaled = q * scale);
            self.q.set_row(token, scaled.iter().copied());
            self.q_t.set_column(token, &scaled);
            let gradient = &saved.gradient[graph.answer(token, head)];
            self.d_answers.set_row(token, gradient.iter().copied());
            self.d_answers_t.set_column(token, gradient);
        }
        for (token, key) in self.rows.gather(graph, 1, head, keys).enumerate() {
            self.k.set_row(token, key.iter().copied());
            self.k_t.set_column(token, key);
        }
        for (token, value) in self.rows.gather(graph, 2, head, keys).enumerate() {
            self.v.set_row(token, value.iter().copied());
        }
    }

    /// Makes products and weights again, and the gradient of the products from that of the weights; adds that of the
    /// trade-offs.
    #[inline(always)]
    fn back_to_products(&mut self, graph: &Graph, block: &Block, d_gamma: &mut [f32]) {
        let index = block.first / LANES;
        self.k.multiply(self.q.bundle(index), &mut self.products);
        self.v.multiply(self.d_answers.bundle(index), &mut self.d_products);
        let Backward { products, weights, d_products, .. } = self;
        let products = &products[..graph.keys];
        softmax::weights(products, &block.g1, &block.log_sum, weights);
        let edges = |lane: usize| graph.favours(block.first + lane, block.head);
        for lane in 0..block.count {
            let (g1, g2, adjacent) = edges(lane);
            for &key in adjacent {
                let score = g1.mul_add(products[key as usize][lane], g2);
                weights[key as usize][lane] = softmax::weight(score, block.log_sum[lane]);
            }
        }
        let d_scores = &mut d_products[..graph.keys];
        softmax::gradient_of_scores(d_scores, weights, &block.delta);
        let d_g2 = |lane: usize| edges(lane).2.iter().map(|&key| d_scores[key as usize][lane]).sum::<f32>();
        let d_g2: Lanes = std::array::from_fn(|lane| if lane < block.count { d_g2(lane) } else { 0.0 });
        let d_g1 = softmax::gradient_of_products(d_scores, products, &block.g1);
        for lane in 0..block.count {
            if let Some(at) = graph.shape.trade_off(block.first + lane, block.head) {
                d_gamma[at] += d_g1[lane];
                d_gamma[at + 1] += d_g2[lane];
            }
        }
    }

    #[inline(always)]
    fn back_to_queries(&self, graph: &Graph, block: &Block, d_qkv: &mut [f32]) {
        let scale = graph.scale();
        for (tile_of, k) in self.k_t.iter().enumerate() {
            let sums = tile(k, &self.d_products[..graph.keys]);
            for (column, sums) in (tile_of * ROWS..graph.shape.width).zip(&sums) {
                for lane in 0..block.count {
                    d_qkv[graph.place(0, block.first + lane, block.head).start + column] = sums[lane] * scale;
                }
            }
        }
    }

    #[inline(always)]
    fn back_to_keys_and_values(&mut self, block: &Block) {
        let Backward { q_t, d_answers_t, products, weights, d_products, d_k, d_v, .. } = self;
        let span = products.len();
        // The packed queries carry the scale, so the keys' gradient has it already.
        for (into, left, right) in [(d_k, d_products, q_t), (d_v, weights, d_answers_t)] {
            for (into, right) in into.chunks_exact_mut(span).zip(right.iter()) {
                if let Some(right) = right[block.first..].first_chunk() {
                    add_over_lanes(into, left, right);
                }
            }
        }
    }
}
