//! Neural Relational Inference (Kipf et al. 2018): from trajectories alone, which node acts on which.
//!
//! An encoder reads whole trajectories and gives each ordered pair of nodes probabilities of edge types; a decoder
//! predicts the trajectory with a sample of them, and can only do so well where the types are right. Both learn together
//! from the trajectories, with no edge ever shown:
//!
//! ```text
//! q(z_ij | x)   encoder
//! x(t + 1)      = x(t) + decoder(x(t), z)
//! loss          = sum |x - decoded|² / (2 variance) + KL(q(z | x) | prior)      both per trajectory and node
//! ```
//!
//! The encoder is normalised by batches (Ioffe & Szegedy 2015): in training by the statistics of the trajectories that are
//! computed together, afterwards by running means of them, which lie among the weights. [`Nri`] holds the options,
//! [`Inference`] a network with weights. Relations here belong to each trajectory by itself; networks of recordings
//! ([`Relational`](super::activity::Relational)) have relations that all animals share.

mod decoder;
mod encoder;
mod network;

pub use decoder::decode;
pub use encoder::{encode, follow, learn};
pub use network::{Inference, Sizes};

use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use super::architecture::check_size;
use crate::error::{Error, Result};

/// What reads trajectories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoder {
    /// Dense layers, over the whole trajectory of each node.
    #[default]
    Mlp,
    /// Convolutions over the frames of both nodes of a pair, where what tells of an edge is a matter of moments.
    Cnn,
}

/// What predicts trajectories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decoder {
    /// From the state of the moment alone, for systems that have no memory.
    #[default]
    Mlp,
    /// With a hidden state for each node.
    Recurrent,
}

/// Options.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nri {
    /// Width of the layers.
    pub hidden: usize,
    /// Number of edge types.
    pub types: usize,
    /// Whether the first type is that of pairs without an edge, along which nothing is sent.
    pub skip_first: bool,
    /// What reads.
    pub encoder: Encoder,
    /// What predicts.
    pub decoder: Decoder,
    /// Temperature of the samples of edge types (Gumbel-softmax, Jang et al. 2017).
    pub temperature: f64,
    /// Probabilities of the types before anything is seen; all alike where none are given.
    pub prior: Vec<f64>,
    /// In training, an mlp decoder starts anew from the truth after so many frames.
    pub steps: usize,
    /// In training, a recurrent decoder is shown so many frames before it goes on by itself.
    pub burn_in: usize,
}

impl Default for Nri {
    fn default() -> Self {
        Nri {
            hidden: 64,
            types: 2,
            skip_first: true,
            encoder: Encoder::Mlp,
            decoder: Decoder::Mlp,
            temperature: 0.5,
            prior: Vec::new(),
            steps: 10,
            burn_in: 30,
        }
    }
}

impl Nri {
    /// Refuses what no network can be.
    ///
    /// # Errors
    /// Names the first such option.
    pub fn check(&self) -> Result<()> {
        for (name, size) in [("hidden", self.hidden), ("steps", self.steps), ("burn_in", self.burn_in)] {
            check_size(name, size)?;
        }
        if !(2..=64).contains(&self.types) {
            return Err(Error::value(format!("`types` must lie between 2 and 64, not {}", self.types)));
        }
        if !(self.temperature > 0.0 && self.temperature.is_finite()) {
            return Err(Error::value(format!("`temperature` must be greater than 0, not {}", self.temperature)));
        }
        let sum: f64 = self.prior.iter().sum();
        let sound = self.prior.iter().all(|p| *p > 0.0) && (sum - 1.0).abs() < 1e-6;
        if !self.prior.is_empty() && (self.prior.len() != self.types || !sound) {
            return Err(Error::value(format!("a prior of {:?} for {} types", self.prior, self.types))
                .help("give a probability above 0 for each type; together they are 1"));
        }
        Ok(())
    }

    /// Probabilities of the types before anything is seen.
    pub fn prior(&self) -> Vec<f64> {
        if self.prior.is_empty() { vec![1.0 / self.types as f64; self.types] } else { self.prior.clone() }
    }
}

impl std::fmt::Display for Nri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let encoder = match self.encoder {
            Encoder::Mlp => "mlp",
            Encoder::Cnn => "cnn",
        };
        let decoder = match self.decoder {
            Decoder::Mlp => "decoder, mlp",
            Decoder::Recurrent => "decoder, recurrent",
        };
        write!(f, "nn::nri\n  {:24}  output", "layer")?;
        let (hidden, types) = (self.hidden, self.types);
        write!(f, "\n  {:24}  pairs x {types}", format!("encoder, {encoder}, width {hidden}"))?;
        write!(f, "\n  {:24}  nodes x columns, {} frames ahead", decoder, self.steps)
    }
}

/// All ordered pairs of nodes: which one sends and which receives, as matrices of 0 and 1.
struct Pairs {
    /// `[pairs, nodes]`.
    send: Tensor,
    /// `[pairs, nodes]`.
    receive: Tensor,
}

impl Pairs {
    /// Pairs by receiver, then by sender.
    fn new(nodes: usize, device: Device) -> Pairs {
        let (mut send, mut receive) = (Vec::new(), Vec::new());
        for (to, from) in ordered(nodes) {
            (0..nodes).for_each(|n| {
                send.push(f32::from(u8::from(n == from)));
                receive.push(f32::from(u8::from(n == to)));
            });
        }
        let matrix = |values: Vec<f32>| Tensor::from_slice(&values).reshape([-1, nodes as i64]).to_device(device);
        Pairs { send: matrix(send), receive: matrix(receive) }
    }

    /// What is known of senders and receivers side by side: `[…, nodes, width]` to `[…, pairs, 2 width]`.
    fn ends(&self, nodes: &Tensor) -> Tensor {
        Tensor::cat(&[self.send.matmul(nodes), self.receive.matmul(nodes)], -1)
    }

    /// The sum of what arrives at each node: `[…, pairs, width]` to `[…, nodes, width]`.
    fn arrive(&self, pairs: &Tensor) -> Tensor {
        self.receive.transpose(0, 1).matmul(pairs)
    }
}

/// Receivers and senders of all ordered pairs, in the order of [`Pairs`].
fn ordered(nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..nodes).flat_map(move |to| (0..nodes).filter(move |&from| from != to).map(move |from| (to, from)))
}

/// Logits of types, softened by noise that is Gumbel distributed, as samples that have gradients.
///
/// `uniform` are numbers from 0 to 1 of the logits' shape.
pub fn gumbel_softmax(logits: &Tensor, uniform: &Tensor, temperature: f64) -> Tensor {
    let gumbel = -(-(uniform + 1e-10).log() + 1e-10).log();
    ((logits + gumbel) / temperature).softmax(-1, Kind::Float)
}
