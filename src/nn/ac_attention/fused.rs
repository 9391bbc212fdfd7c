//! AC-Attention by libtorch's fused attention, for CUDA: nothing of size tokens x tokens is written.
//!
//! The adjacency only adds `g` to the scores of a node's few neighbours, and `exp(s + g A) = exp(s) (1 + A (exp(g) - 1))`
//! for `A` of 0 and 1. So the fused operation attends without the adjacency, and gives the logarithm `L` of its
//! denominator; with `p` the weight that it puts on the neighbours, the true denominator's is
//! `L' = L + log(1 - p + p exp(g))`, and answers are corrected by a sum over the neighbours alone. Going back, the fused
//! backward pass is handed the corrected answers and `L'`, with which it makes the weights `exp(s - L')` of all pairs and
//! their exact gradients; what neighbours have more is added. `g1` is folded into the queries.
//!
//! The processor has a fused attention with the same interface, on which the arithmetic here is tested.

use std::sync::OnceLock;

use tch::{Device, Kind, Tensor};

use super::dense;
use crate::data::{Adjacency, Batch};
use crate::error::{Error, Result};
use crate::nn::graphs::Graphs;
use crate::nn::tape::{Tape, Var};

/// As [`attend`](super::attend), with a trade-off.
///
/// # Errors
/// When libtorch has no fused attention for these tensors.
pub fn attend(tape: &mut Tape, qkv: &Var, gamma: &Var, graphs: &Graphs, heads: usize, queries: usize) -> Result<Var> {
    let forward = Forward::new(&qkv.value.detach(), &gamma.value.detach(), graphs, heads, queries);
    let attended = tch::no_grad(|| forward.run())?;
    let value = attended.answers.reshape([forward.graphs, queries as i64, -1]).to_kind(qkv.value.kind());
    Ok(tape.native(&[qkv, gamma], value, move |gradient| tch::no_grad(|| forward.back(&attended, gradient))))
}

/// Whether the fused attention of a device gives what the formula gives; tried once on a small batch. A device or version
/// of libtorch on which it does not is served by the formula.
pub fn is_sound(device: Device) -> bool {
    static SOUND: OnceLock<bool> = OnceLock::new();
    *SOUND.get_or_init(|| match trial(device) {
        Ok(apart) if apart < 1e-3 => true,
        Ok(apart) => {
            tracing::warn!("fused attention is off by {apart} on this device; attention is computed densely");
            false
        }
        Err(error) => {
            tracing::warn!("fused attention does not run on this device ({error}); attention is computed densely");
            false
        }
    })
}

/// The largest difference to the formula, of answers and gradients up to 1, for a chain beside a shorter one.
fn trial(device: Device) -> Result<f64> {
    let chain = |nodes: u32| Adjacency::from_edges(nodes as usize, (1..nodes).map(|i| (i, i - 1)));
    let adjacency = vec![chain(20), chain(9)];
    let (features, encoding) = (vec![0.0; 40], vec![0.0; 40]);
    let cable = vec![0.05; features.len()];
    let batch = Batch { nodes: 20, feature_width: 1, encoding_width: 1, features, encoding, cable, adjacency };
    let graphs = Graphs::new(&batch, device);
    let (heads, width, tokens) = (2i64, 16i64, graphs.tokens as i64);
    let sines = |shape: &[i64], step: f64| {
        let count: i64 = shape.iter().product();
        (Tensor::arange(count, (Kind::Float, device)) * step).sin().reshape(shape)
    };
    let (qkv, gamma) = (sines(&[2, tokens, 3 * heads * width], 0.7), sines(&[2, tokens, 2 * heads], 0.3).exp());
    let asked = sines(&[2, tokens, heads * width], 1.1);
    let asked = asked.masked_fill(&graphs.padding().unsqueeze(2), 0.0);
    let forward = Forward::new(&qkv, &gamma, &graphs, heads as usize, tokens as usize);
    let attended = tch::no_grad(|| forward.run())?;
    let gradients = tch::no_grad(|| forward.back(&attended, &asked))?;
    let (q, g) = (qkv.detach().set_requires_grad(true), gamma.detach().set_requires_grad(true));
    let (adjacency, padding) = (graphs.dense_adjacency(), graphs.padding());
    let expected = tch::with_grad(|| dense(&q, Some(&g), &adjacency, &padding, heads as usize, tokens as usize));
    tch::with_grad(|| (&expected * &asked).sum(Kind::Float)).backward();
    let answers = attended.answers.reshape(expected.size()) * asked.ne(0.0);
    let pairs = [
        (answers, expected.detach() * asked.ne(0.0)),
        (gradients[0].shallow_clone(), q.grad()),
        (gradients[1].shallow_clone(), g.grad()),
    ];
    let apart = |(ours, theirs): &(Tensor, Tensor)| {
        let scale = theirs.abs().max().double_value(&[]).max(1e-6);
        (ours - theirs).abs().max().double_value(&[]) / scale
    };
    Ok(pairs.iter().map(apart).fold(0.0, f64::max))
}

/// What attention is computed from. Tensors of tokens are `[graphs, tokens, heads, …]`.
struct Forward {
    graphs: i64,
    queries: i64,
    /// Queries before and after they are multiplied with `g1`.
    q: Tensor,
    scaled_q: Tensor,
    k: Tensor,
    v: Tensor,
    /// `[graphs, queries, heads or 1]`.
    g1: Tensor,
    g2: Tensor,
    /// `1 / sqrt(width)`.
    scale: f64,
    /// The pairs of neighbours: places of queries and keys among those of all graphs.
    query: Tensor,
    key: Tensor,
    /// What is added to the scores of padding, `[graphs, heads, queries, tokens]`, where there is padding.
    mask: Option<Tensor>,
    /// 1 for real queries, 0 for padding, `[graphs * queries, 1, 1]`.
    real: Tensor,
}

/// What attention gives, a row per query of all graphs.
struct Attended {
    /// `[graphs * queries, heads, width]`.
    answers: Tensor,
    /// The logarithm of each softmax' denominator, `[graphs * queries, heads]`.
    log_sums: Tensor,
    /// The weight of each pair of neighbours, `[pairs, heads]`, and what it has more than without the adjacency.
    weights: Tensor,
    more: Tensor,
    /// What the fused operation wants back.
    kept: Vec<Tensor>,
}

impl Forward {
    fn new(qkv: &Tensor, gamma: &Tensor, graphs: &Graphs, heads: usize, queries: usize) -> Forward {
        let (count, tokens, row) = (qkv.size()[0], qkv.size()[1], qkv.size()[2]);
        let width = row / (3 * heads as i64);
        let parts = qkv.reshape([count, tokens, 3, heads as i64, width]);
        let q = parts.select(2, 0).narrow(1, 0, queries as i64);
        let pairs = gamma.narrow(1, 0, queries as i64).unflatten(2, [-1, 2]).to_kind(Kind::Float);
        let (g1, g2) = (pairs.select(3, 0), pairs.select(3, 1));
        let (mut query, mut key) = (Vec::new(), Vec::new());
        for (graph, adjacency) in graphs.adjacency.iter().enumerate() {
            for token in 0..queries.min(adjacency.tokens()) {
                for &neighbour in adjacency.row(token) {
                    query.push((graph * queries + token) as i64);
                    key.push((graph * graphs.tokens) as i64 + i64::from(neighbour));
                }
            }
        }
        let device = qkv.device();
        let padding = graphs.padding();
        let has_padding = graphs.adjacency.iter().any(|a| a.tokens() < graphs.tokens);
        Forward {
            graphs: count,
            queries: queries as i64,
            scaled_q: (&q * g1.unsqueeze(-1).to_kind(q.kind())).contiguous(),
            q,
            k: parts.select(2, 1).contiguous(),
            v: parts.select(2, 2).contiguous(),
            scale: 1.0 / (width as f64).sqrt(),
            query: Tensor::from_slice(&query).to_device(device),
            key: Tensor::from_slice(&key).to_device(device),
            mask: has_padding.then(|| additive(&padding, qkv.kind(), heads as i64, queries as i64)),
            real: padding.narrow(1, 0, queries as i64).logical_not().to_kind(Kind::Float).reshape([-1, 1, 1]),
            g1,
            g2,
        }
    }

    /// Rows of all graphs' queries or keys, in single precision.
    fn rows(t: &Tensor) -> Tensor {
        t.flatten(0, 1).to_kind(Kind::Float)
    }

    fn run(&self) -> Result<Attended> {
        let (plain, log_sums, kept) = self.fused()?;
        let log_sums = Self::rows(&log_sums.transpose(1, 2).contiguous());
        let (scaled_q, k, v) = (Self::rows(&self.scaled_q), Self::rows(&self.k), Self::rows(&self.v));
        let scores = (scaled_q.index_select(0, &self.query) * k.index_select(0, &self.key)).sum_dim_intlist(
            -1,
            false,
            Kind::Float,
        ) * self.scale;
        let at_query = |t: &Tensor| t.index_select(0, &self.query);
        let gathered = |t: &Tensor, like: &Tensor| like.zeros_like().index_add(0, &self.query, t);
        // The weight on neighbours without the adjacency, and the denominators with it. Written with logarithms, since
        // exp(g) may be beyond single precision.
        let near = gathered(&(&scores - at_query(&log_sums)).exp(), &log_sums).clamp_max(1.0);
        let g2 = Self::rows(&self.g2).expand_as(&log_sums);
        let corrected = &log_sums + (-&near).log1p().logaddexp(&(near.log() + &g2));
        let plainly = (&scores - at_query(&corrected)).exp();
        let weights = (&scores + at_query(&g2) - at_query(&corrected)).exp();
        let more = &weights - plainly;
        let plain = Self::rows(&plain.transpose(1, 2).contiguous());
        let kept_share = (&log_sums - &corrected).exp().unsqueeze(-1);
        let from_neighbours = gathered(&(more.unsqueeze(-1) * v.index_select(0, &self.key)), &plain);
        let answers = (plain * kept_share + from_neighbours) * &self.real;
        Ok(Attended { answers, log_sums: corrected, weights, more, kept })
    }

    /// Gradients with respect to `qkv` and `gamma`.
    fn back(&self, attended: &Attended, gradient: &Tensor) -> Result<Vec<Tensor>> {
        let heads = self.k.size()[2];
        let answers = &attended.answers;
        let gradient = gradient.to_kind(Kind::Float).reshape(answers.size()) * &self.real;
        let (scaled_q, k, v) = (Self::rows(&self.scaled_q), Self::rows(&self.k), Self::rows(&self.v));
        let (d_q, d_k, d_v) = self.fused_back(attended, &gradient)?;
        let asked = gradient.index_select(0, &self.query);
        let delta = (&gradient * answers).sum_dim_intlist(-1, false, Kind::Float);
        let d_weights = (&asked * v.index_select(0, &self.key)).sum_dim_intlist(-1, false, Kind::Float)
            - delta.index_select(0, &self.query);
        let d_scores = (&attended.more * &d_weights * self.scale).unsqueeze(-1);
        let d_scaled_q = Self::rows(&d_q).index_add(0, &self.query, &(&d_scores * k.index_select(0, &self.key)));
        let d_k = Self::rows(&d_k).index_add(0, &self.key, &(d_scores * scaled_q.index_select(0, &self.query)));
        let d_v = Self::rows(&d_v).index_add(0, &self.key, &(attended.more.unsqueeze(-1) * asked));
        let d_g2 = delta.zeros_like().index_add(0, &self.query, &(&attended.weights * d_weights));
        let d_scaled_q = d_scaled_q.reshape(self.q.size());
        let d_g1 = (&d_scaled_q * &self.q).sum_dim_intlist(-1, false, Kind::Float);
        let d_q = d_scaled_q * self.g1.unsqueeze(-1);

        // Queries beyond those that were asked have no gradient.
        let (tokens, width) = (self.k.size()[1], self.k.size()[3]);
        let all = |t: &Tensor| t.constant_pad_nd([0, 0, 0, 0, 0, tokens - self.queries]);
        let like = [self.graphs, tokens, heads, width];
        let d_qkv = Tensor::stack(&[all(&d_q), d_k.reshape(like), d_v.reshape(like)], 2);
        let mut d_pairs = Tensor::stack(&[d_g1, d_g2.reshape([self.graphs, self.queries, heads])], -1);
        if self.g1.size()[2] == 1 {
            d_pairs = d_pairs.sum_dim_intlist(2, true, Kind::Float);
        }
        let d_gamma = all(&d_pairs).flatten(2, 3);
        Ok(vec![d_qkv.reshape([self.graphs, tokens, 3 * heads * width]).to_kind(self.q.kind()), d_gamma])
    }

    /// Queries, keys and values as the fused operation wants them, `[graphs, heads, tokens, width]`.
    fn by_head(&self) -> [Tensor; 3] {
        [&self.scaled_q, &self.k, &self.v].map(|t| t.transpose(1, 2))
    }

    /// Attention without the adjacency: answers `[graphs, heads, queries, width]`, logarithms of the denominators
    /// `[graphs, heads, queries]`, and what the backward pass wants.
    fn fused(&self) -> Result<(Tensor, Tensor, Vec<Tensor>)> {
        let [q, k, v] = self.by_head();
        let (mask, scale) = (self.mask.as_ref(), self.scale);
        if q.device() == Device::Cpu {
            let both =
                Tensor::f_internal_scaled_dot_product_flash_attention_for_cpu(&q, &k, &v, 0.0, false, mask, scale);
            let (answers, log_sums) = both.map_err(refused)?;
            return Ok((answers, log_sums, Vec::new()));
        }
        let all = Tensor::f_internal_scaled_dot_product_efficient_attention(&q, &k, &v, mask, true, 0.0, false, scale);
        let (answers, padded, seed, offset) = all.map_err(refused)?;
        // The operation rounds the number of queries up.
        let log_sums = padded.narrow(2, 0, self.queries);
        Ok((answers, log_sums, vec![padded, seed, offset]))
    }

    /// Gradients of queries, keys and values, `[graphs, tokens, heads, width]`.
    fn fused_back(&self, attended: &Attended, gradient: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
        let kind = self.q.kind();
        let like = self.q.size();
        let log_sums = attended.log_sums.reshape([self.graphs, self.queries, -1]).transpose(1, 2);
        let [answers, gradient] = [&attended.answers, gradient].map(|t| t.reshape(like.as_slice()).to_kind(kind));
        let mask = self.mask.as_ref();
        let [padded, seed, offset] = &attended.kept[..] else {
            let [q, k, v] = self.by_head();
            let [answers, gradient] = [&answers, &gradient].map(|t| t.transpose(1, 2));
            let all = Tensor::f_internal_scaled_dot_product_flash_attention_for_cpu_backward(
                &gradient, &q, &k, &v, &answers, &log_sums, 0.0, false, mask, self.scale,
            );
            let (d_q, d_k, d_v) = all.map_err(refused)?;
            return Ok((d_q.transpose(1, 2), d_k.transpose(1, 2), d_v.transpose(1, 2)));
        };
        let whole = padded.copy();
        whole.narrow(2, 0, self.queries).copy_(&log_sums);
        let all = Tensor::f_internal_efficient_attention_backward(
            &gradient,
            &self.scaled_q,
            &self.k,
            &self.v,
            mask,
            &answers,
            None,
            None,
            self.queries,
            self.k.size()[1],
            &whole,
            0.0,
            seed,
            offset,
            0,
            false,
            self.scale,
            None,
            None,
            false,
        );
        let (d_q, d_k, d_v, _) = all.map_err(refused)?;
        Ok((d_q, d_k, d_v))
    }
}

fn refused(error: tch::TchError) -> Error {
    Error::internal(format!("libtorch's fused attention: {error}"))
}

/// Minus infinity for padding, else 0, `[graphs, heads, queries, tokens]`, in rows as far apart as GPUs read them.
fn additive(padding: &Tensor, kind: Kind, heads: i64, queries: i64) -> Tensor {
    let (graphs, tokens) = (padding.size()[0], padding.size()[1]);
    let rows = Tensor::zeros([graphs, (tokens as usize).next_multiple_of(16) as i64], (kind, padding.device()));
    let rows = rows.narrow(1, 0, tokens).masked_fill_(padding, f64::NEG_INFINITY);
    rows.unsqueeze(1).unsqueeze(1).expand([graphs, heads, queries, tokens], false)
}
