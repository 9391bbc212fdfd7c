//! Attention of one head.

use super::matrix::{Bundles, LANES, Lanes, ROWS, tile};
use super::{Graph, Rows, softmax};
use crate::simd;

/// What the forward pass of one head works with; kept between heads to spare allocations.
#[derive(Default)]
pub struct Forward {
    /// Queries times trade-off over the square root of the width, `[queries, width]`.
    q: Bundles<LANES>,
    /// Keys, `[keys, width]`.
    k: Bundles<ROWS>,
    /// Values, transposed, `[width, keys]`.
    v: Bundles<ROWS>,
    /// Scores, then weights, of the queries at hand.
    scores: Vec<Lanes>,
    rows: Rows,
}

impl Forward {
    /// One head's answers, `[queries, width]`, and the logarithms of its denominators.
    pub fn run(&mut self, graph: &Graph, head: usize, answers: &mut [f32], log_sums: &mut [f32]) {
        let width = graph.shape.width;
        self.pack(graph, head);
        let Forward { q, k, v, scores, .. } = self;
        for (first, q) in (0..graph.queries).step_by(LANES).zip(q.iter()) {
            let count = LANES.min(graph.queries - first);
            simd::vectorised(
                #[inline(always)]
                || {
                    k.multiply(q, scores);
                    for (lane, token) in (first..first + count).enumerate() {
                        let (_, g2, adjacent) = graph.favours(token, head);
                        adjacent.iter().for_each(|&key| scores[key as usize][lane] += g2);
                    }
                    let weights = &mut scores[..graph.keys];
                    let softmax::Denominator { log_sum, factor } = softmax::softmax(weights);
                    log_sums[first..first + count].copy_from_slice(&log_sum[..count]);
                    for (tile_of, values) in v.iter().enumerate() {
                        let sums = tile(values, weights);
                        for (column, sums) in (tile_of * ROWS..width).zip(&sums) {
                            for lane in 0..count {
                                answers[(first + lane) * width + column] = sums[lane] * factor[lane];
                            }
                        }
                    }
                },
            );
        }
    }

    fn pack(&mut self, graph: &Graph, head: usize) {
        let (width, scale) = (graph.shape.width, graph.scale());
        self.q.reset(graph.queries, width);
        self.k.reset(graph.keys, width);
        self.v.reset(width, graph.keys);
        self.scores.resize(graph.span(), [0.0; LANES]);
        for (token, query) in self.rows.gather(graph, 0, head, graph.queries).enumerate() {
            let scale = scale * graph.favours(token, head).0;
            self.q.set_row(token, query.iter().map(|q| q * scale));
        }
        for (token, key) in self.rows.gather(graph, 1, head, graph.keys).enumerate() {
            self.k.set_row(token, key.iter().copied());
        }
        for (token, value) in self.rows.gather(graph, 2, head, graph.keys).enumerate() {
            self.v.set_column(token, value);
        }
    }
}
