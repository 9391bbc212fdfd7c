//! A graph network that infers who acts on whom from the activity, and computes with these edges.
//!
//! For neuron `i`, with what is learnt in capitals and an identity `E_i` of its own:
//!
//! ```text
//! f_i  = [x_i(t), x_i(t) - x_i(t - lag) for each lag]
//! h_i  = relu(W_n [f_i, E_i]),   c_i = [h_i, E_i]
//! A_ij = tanh((W_q c_i)·(W_k c_j) / sqrt(d) + S_ij),   A_ii = 0         j sends, i receives
//! m_ij = relu(V h_j), or with `receiver` relu(U h_i + V h_j)
//! g_i  = sum_j A_ij m_ij / sqrt(N), or concatenated W_c [A_i1 m_i1, …, A_iN m_iN]
//! z_i  = relu(W_1 [h_i, g_i, E_i])
//! y_i  = W_2 z_i                                                        changes; of states, W_2 sees all z_i
//! ```
//!
//! An edge thus has a sign, a static part `S` and one that hangs on the activity; several `heads` have edges and messages
//! each of their own. Interaction networks (Battaglia et al. 2016) and Neural Relational Inference (Kipf et al. 2018) are
//! the models behind it; identities make neurons of different animals the same ones. With `messages: "attention"` neurons
//! attend to each other through the graph attention of the morphology side instead, whose edges have no sign.
//! `edges: false` is the same network without `g`.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::design::{Net, Outlook, Shape, Task, check_dropout, check_lags};
use super::summary::Layer;
use super::{dropout, features};
use crate::data::Adjacency;
use crate::error::{Error, Result};
use crate::nn::architecture::check_size;
use crate::nn::blocks::{Gat, GatVersion, attend};
use crate::nn::graphs::Edges;
use crate::nn::layers::Initialiser;
use crate::nn::weights::Scope;
use crate::run::seed::Rng;

/// How what arrives at a neuron becomes one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Messages {
    /// The sum over senders, weighted by signed edges.
    #[default]
    Sum,
    /// The weighted messages side by side, each sender with weights of its own: neurons are the same in all animals.
    Concatenate,
    /// Graph attention (`nn::gat`): a mean over senders with positive weights.
    Attention,
}

/// Options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relational {
    /// Differences that are seen beside the last frame, in frames.
    pub lags: Vec<usize>,
    /// Width of a neuron's identity.
    pub identity: usize,
    /// Width of a neuron's state and of a message.
    pub hidden: usize,
    /// Width of what an edge is inferred from.
    pub key: usize,
    /// Number of graphs, each with messages of its own.
    pub heads: usize,
    /// Width of the layer that is read.
    pub readout: usize,
    /// How messages become one.
    pub messages: Messages,
    /// Whether a message hangs on its receiver too, which costs pairs of neurons instead of neurons.
    pub receiver: bool,
    /// Whether there are edges at all.
    pub edges: bool,
    /// Whether edges have a static part.
    pub static_edges: bool,
    /// Whether edges have a part that hangs on the activity.
    pub dynamic_edges: bool,
    /// Share of the readout's units that are dropped in training.
    pub dropout: f64,
    /// How the horizon is reached.
    pub rollout: Outlook,
}

impl Default for Relational {
    fn default() -> Self {
        Relational {
            lags: vec![1, 2, 4, 8],
            identity: 12,
            hidden: 32,
            key: 16,
            heads: 2,
            readout: 64,
            messages: Messages::Sum,
            receiver: false,
            edges: true,
            static_edges: true,
            dynamic_edges: true,
            dropout: 0.0,
            rollout: Outlook::Direct,
        }
    }
}

/// Neurons' states, with identities beside them.
struct Nodes {
    /// `[rows, neurons, hidden]`.
    state: Tensor,
    /// `[rows, neurons, hidden + identity]`.
    known: Tensor,
    /// `[rows, neurons, identity]`.
    identity: Tensor,
}

impl Relational {
    fn known(&self) -> i64 {
        (self.hidden + self.identity) as i64
    }

    /// Width of what arrives at a neuron.
    fn arriving(&self) -> i64 {
        match (self.edges, self.messages) {
            (false, _) => 0,
            (true, Messages::Concatenate) => self.hidden as i64,
            (true, _) => (self.heads * self.hidden) as i64,
        }
    }

    fn nodes(&self, weights: &Scope, seen: &Tensor) -> Nodes {
        let f = features(seen, &self.lags);
        let size = f.size();
        let identity = weights.get("identity").unsqueeze(0).expand([size[0], -1, -1], false);
        let state = weights.linear("node", &Tensor::cat(&[&f, &identity], -1)).relu();
        let known = Tensor::cat(&[&state, &identity], -1);
        Nodes { state, known, identity }
    }

    /// The edges `A`, `[rows, heads, receivers, senders]`; none where there are no signed ones.
    pub(super) fn signed_edges(&self, weights: &Scope, seen: &Tensor) -> Option<Tensor> {
        let signed = self.edges && self.messages != Messages::Attention;
        signed.then(|| self.infer(weights, &self.nodes(weights, seen)))
    }

    fn infer(&self, weights: &Scope, nodes: &Nodes) -> Tensor {
        let size = nodes.known.size();
        let (rows, n, heads) = (size[0], size[1], self.heads as i64);
        let device = nodes.known.device();
        let of_activity = self.dynamic_edges.then(|| {
            let by_head = |t: Tensor| t.reshape([rows, n, heads, self.key as i64]).transpose(1, 2);
            let query = by_head(weights.linear_without_bias("query", &nodes.known));
            let key = by_head(weights.linear_without_bias("key", &nodes.known));
            query.matmul(&key.transpose(-1, -2)) / (self.key as f64).sqrt()
        });
        let fixed = self.static_edges.then(|| weights.get("static").unsqueeze(0));
        let scores = match (of_activity, fixed) {
            (Some(of_activity), Some(fixed)) => of_activity + fixed,
            (Some(scores), None) | (None, Some(scores)) => scores,
            (None, None) => Tensor::zeros([1, 1, 1, 1], (Kind::Float, device)),
        };
        let others: Tensor = Tensor::ones([n, n], (Kind::Float, device)) - Tensor::eye(n, (Kind::Float, device));
        let edges: Tensor = scores.tanh() * others;
        edges.expand([rows, heads, n, n], false)
    }

    /// What arrives at each neuron, `[rows, neurons, arriving]`.
    fn exchange(&self, weights: &Scope, nodes: &Nodes) -> Tensor {
        let size = nodes.state.size();
        let (rows, n, heads, hidden) = (size[0], size[1], self.heads as i64, self.hidden as i64);
        if self.messages == Messages::Attention {
            return self.attend(weights, nodes);
        }
        let edges = self.infer(weights, nodes);
        // [rows, heads, senders, hidden]
        let sent = weights.linear("send", &nodes.state).reshape([rows, n, heads, hidden]).transpose(1, 2);
        if self.messages == Messages::Sum && !self.receiver {
            return edges.matmul(&sent.relu()).transpose(1, 2).reshape([rows, n, -1]) / (n as f64).sqrt();
        }
        // [rows, heads, receivers, senders, hidden]
        let received = self.receiver.then(|| {
            let received = weights.linear_without_bias("receive", &nodes.state);
            received.reshape([rows, n, heads, hidden]).transpose(1, 2).unsqueeze(3)
        });
        let pairs = match received {
            Some(received) => sent.unsqueeze(2) + received,
            None => sent.unsqueeze(2),
        };
        let pairs = pairs.relu();
        if self.messages == Messages::Sum {
            let sums = edges.unsqueeze(3).matmul(&pairs).squeeze_dim(3);
            return sums.transpose(1, 2).reshape([rows, n, -1]) / (n as f64).sqrt();
        }
        let weighted = (pairs * edges.unsqueeze(-1)).transpose(1, 2).reshape([rows, n, -1]);
        weights.linear_without_bias("gather", &weighted).relu()
    }

    /// Graph attention between all neurons of a row. Token 0 of a graph is a class token, which has no edges here.
    fn attend(&self, weights: &Scope, nodes: &Nodes) -> Tensor {
        let size = nodes.known.size();
        let (rows, n) = (size[0], size[1]);
        let device = nodes.known.device();
        let complete = Adjacency::from_edges(n as usize, (0..n as u32).flat_map(|i| (0..i).map(move |j| (i, j))));
        let graphs = vec![complete; rows as usize];
        let edges = Edges::new(&graphs, n as usize + 1, device);
        let class = Tensor::zeros([rows, 1, size[2]], (Kind::Float, device));
        let tokens = Tensor::cat(&[&class, &nodes.known], 1).flatten(0, 1);
        let attended = attend(&weights.scope("gat."), GatVersion::V2, self.heads, &tokens, &edges, None);
        attended.reshape([rows, n + 1, -1]).narrow(1, 1, n)
    }
}

impl Net for Relational {
    fn check(&self, context: usize) -> Result<()> {
        let sizes = [
            ("identity", self.identity),
            ("hidden", self.hidden),
            ("key", self.key),
            ("heads", self.heads),
            ("readout", self.readout),
        ];
        sizes.iter().try_for_each(|&(name, size)| check_size(name, size))?;
        check_size("heads * hidden", self.heads.saturating_mul(self.hidden))?;
        check_dropout(self.dropout)?;
        if self.edges && !self.static_edges && !self.dynamic_edges {
            return Err(Error::value("edges with neither a static part nor one that hangs on the activity")
                .help("give `edges: false` for a network without edges"));
        }
        check_lags(&self.lags, context)
    }

    fn initialise(&self, init: &mut Initialiser, shape: &Shape) {
        let (n, heads, hidden) = (shape.count(), self.heads as i64, self.hidden as i64);
        let (identity, known) = (self.identity as i64, self.known());
        // Uniform values of standard deviation 0.5 and, for edges, 0.1.
        init.uniform("identity", &[n, identity], -0.87, 0.87);
        init.linear("node", 1 + self.lags.len() as i64 + identity, hidden);
        if self.edges && self.messages == Messages::Attention {
            Gat { heads: self.heads, ..Gat::default() }.initialise_attention(init, "gat.", known, heads * hidden, 0);
        } else if self.edges {
            if self.dynamic_edges {
                init.linear_without_bias("query", known, heads * self.key as i64);
                init.linear_without_bias("key", known, heads * self.key as i64);
            }
            if self.static_edges {
                init.uniform("static", &[heads, n, n], -0.17, 0.17);
            }
            init.linear("send", hidden, heads * hidden);
            if self.receiver {
                init.linear_without_bias("receive", hidden, heads * hidden);
            }
            if self.messages == Messages::Concatenate {
                init.linear_without_bias("gather", heads * n * hidden, hidden);
            }
        }
        init.linear("readout", hidden + self.arriving() + identity, self.readout as i64);
        match &shape.task {
            Task::Forecast { .. } => init.linear("out", self.readout as i64, shape.ahead(self.rollout)),
            Task::States { states } => init.linear("out", n * self.readout as i64, states.len() as i64),
        }
    }

    fn forward(&self, weights: &Scope, seen: &Tensor, shape: &Shape, chance: Option<&mut Rng>) -> Tensor {
        let nodes = self.nodes(weights, seen);
        let mut read = vec![nodes.state.shallow_clone()];
        if self.edges {
            read.push(self.exchange(weights, &nodes));
        }
        read.push(nodes.identity.shallow_clone());
        let z = dropout(weights.linear("readout", &Tensor::cat(&read, -1)).relu(), self.dropout, chance);
        match &shape.task {
            Task::Forecast { .. } => weights.linear("out", &z).transpose(1, 2),
            Task::States { .. } => weights.linear("out", &z.flatten(1, 2)),
        }
    }

    fn layers(&self, shape: Option<&Shape>) -> Vec<Layer> {
        let per = |width: usize| Layer::per_neuron(shape, width);
        let mut layers = vec![
            Layer::new("features", per(1 + self.lags.len()), &[]),
            Layer::new("identities", per(self.identity), &["identity"]),
            Layer::new("states", per(self.hidden), &["node."]),
        ];
        if self.edges {
            let heads = self.heads;
            match self.messages {
                Messages::Attention => layers.push(Layer::new(
                    format!("graph attention, {heads} heads"),
                    per(self.arriving() as usize),
                    &["gat."],
                )),
                _ => {
                    let pairs = Layer::pairs(shape, heads);
                    if self.static_edges {
                        layers.push(Layer::new("edges, static", pairs.clone(), &["static"]));
                    }
                    if self.dynamic_edges {
                        layers.push(Layer::new("edges, of activity", pairs, &["query.", "key."]));
                    }
                    let how =
                        if self.messages == Messages::Sum { "messages, summed" } else { "messages, concatenated" };
                    let parts = ["send.", "receive.", "gather."];
                    layers.push(Layer::new(how, per(self.arriving() as usize), &parts));
                }
            }
        }
        layers.push(Layer::new("readout", per(self.readout), &["readout."]));
        layers.push(Layer::new("answers", Layer::answers(shape, self.rollout), &["out."]));
        layers
    }

    fn outlook(&self) -> Outlook {
        self.rollout
    }
}
