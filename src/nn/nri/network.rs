//! A network that infers edges of trajectories.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tch::{Device, Kind, Tensor};

use super::{Nri, decoder, encode, encoder, ordered};
use crate::activity::connectome::Relations;
use crate::activity::{Recording, RecordingSet};
use crate::data::Matrix;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::checkpoint::{Archive, read_archive};
use crate::nn::device::{as_slice, name};
use crate::nn::layers::Initialiser;
use crate::nn::model::ARCHITECTURE;
use crate::nn::weights::Weights;
use crate::run::seed::stream;

/// Trajectories that are encoded together.
const TOGETHER: usize = 64;

/// The trajectories that a network reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sizes {
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// Columns of each node: they lie side by side in a recording.
    pub columns: usize,
    /// Frames of a trajectory.
    pub frames: usize,
    /// Least and largest value of each column of a node, which become -1 and 1.
    pub range: Vec<(f64, f64)>,
}

impl Sizes {
    /// The sizes of a set of recordings of the same nodes, cut into trajectories of `frames`.
    ///
    /// # Errors
    /// When recordings differ in their columns, have missing values, are shorter than a trajectory, or the columns do not
    /// make up two whole nodes.
    pub fn of(set: &RecordingSet, columns: usize, frames: usize) -> Result<Sizes> {
        let first = set.require_aligned("inferring relations")?.to_vec();
        if columns == 0 || first.len() % columns != 0 || first.len() / columns < 2 {
            return Err(Error::value(format!("{} columns are no two nodes of {columns} columns", first.len()))
                .help("`columns` says how many columns of a recording belong to a node"));
        }
        if frames < 3 {
            return Err(Error::value(format!("trajectories of {frames} frames")).help("give 3 or more"));
        }
        let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); columns];
        for recording in set.recordings() {
            recording.require_finite("inferring relations")?;
            if recording.frames() < frames {
                return Err(Error::value(format!(
                    "recording `{}` has {} frames, and a trajectory {frames}",
                    recording.name(),
                    recording.frames()
                ))
                .help("give fewer `frames`"));
            }
            for (at, &v) in recording.traces().iter().enumerate() {
                let (low, high) = &mut range[at % columns];
                (*low, *high) = (low.min(v), high.max(v));
            }
        }
        let nodes = first.iter().step_by(columns).map(|n| if columns == 1 { n.clone() } else { stem(n) }).collect();
        Ok(Sizes { nodes, columns, frames, range })
    }

    /// Frames of a recording from one on, scaled: frames x nodes x columns.
    pub fn scaled(&self, recording: &Recording, from: usize) -> Vec<f32> {
        let n = recording.len();
        let values = &recording.traces()[from * n..(from + self.frames) * n];
        let scale = |(at, v): (usize, &f64)| {
            let (low, high) = self.range[at % self.columns];
            (2.0 * (v - low) / (high - low).max(f64::MIN_POSITIVE) - 1.0) as f32
        };
        values.iter().enumerate().map(scale).collect()
    }

    /// Where a recording's trajectories begin.
    pub fn starts(&self, recording: &Recording) -> impl Iterator<Item = usize> {
        (0..=recording.frames() - self.frames).step_by(self.frames)
    }
}

/// The node of a column such as `p1_vx`.
fn stem(column: &str) -> String {
    column.rsplit_once('_').map_or(column, |(node, _)| node).to_string()
}

/// An encoder and a decoder with weights.
#[derive(Debug)]
pub struct Inference {
    options: Nri,
    sizes: Sizes,
    weights: Weights,
}

impl Inference {
    /// A network with fresh weights.
    ///
    /// # Errors
    /// On options that no network can have.
    pub fn new(options: Nri, sizes: Sizes, seed: u64, device: Device) -> Result<Inference> {
        options.check()?;
        let least = options.encoder.least_frames();
        if sizes.frames < least {
            return Err(Error::value(format!("trajectories of {} frames for convolutions", sizes.frames))
                .help(format!("`encoder: \"cnn\"` reads {least} frames or more")));
        }
        let mut rng = stream(seed, "init", 0);
        let mut init = Initialiser::new(&mut rng);
        encoder::initialise(&options, &mut init, sizes.frames as i64, sizes.columns as i64);
        decoder::initialise(&options, &mut init, sizes.columns as i64);
        let weights = Weights::new(init.finish()).to(device);
        Ok(Inference { options, sizes, weights })
    }

    /// What it is made of.
    pub fn options(&self) -> &Nri {
        &self.options
    }

    /// What it reads.
    pub fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// The weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The weights, to be trained in place.
    pub fn weights_mut(&mut self) -> &mut Weights {
        &mut self.weights
    }

    /// What its file says that its weights belong to.
    pub fn described(&self) -> serde_json::Value {
        json!({ "nri": self.options, "sizes": self.sizes })
    }

    /// The probability of an edge between every ordered pair of nodes, for each recording: the mean over its trajectories
    /// of the probability that the type is not the first.
    ///
    /// # Errors
    /// When recordings have other columns or too few frames, and on a requested stop.
    pub fn edges(&self, set: &RecordingSet) -> Result<Vec<Relations>> {
        let own = Sizes::of(set, self.sizes.columns, self.sizes.frames)?;
        if own.nodes != self.sizes.nodes {
            return Err(Error::value(format!(
                "the network has learnt {} nodes, and these recordings have {} or others",
                self.sizes.nodes.len(),
                own.nodes.len()
            ))
            .help("infer in recordings of the nodes that were learnt from"));
        }
        let (options, sizes, device) = (&self.options, &self.sizes, self.weights.device());
        let n = sizes.nodes.len();
        let places = set.recordings().iter().enumerate();
        let all: Vec<(usize, usize)> = places.flat_map(|(i, r)| sizes.starts(r).map(move |from| (i, from))).collect();
        let jobs: Vec<_> = all.chunks(TOGETHER).map(|part| (part, self.weights.shared())).collect();
        let answers = jobs.into_par_iter().map(|(part, weights)| {
            interrupt::check()?;
            let values: Vec<f32> =
                part.iter().flat_map(|&(i, from)| sizes.scaled(&set.recordings()[i], from)).collect();
            let shape = [part.len(), sizes.frames, n, sizes.columns].map(|s| s as i64);
            let x = Tensor::from_slice(&values).reshape(shape).to_device(device);
            let first = tch::no_grad(|| encode(options, &weights.scope(""), &x).softmax(-1, Kind::Float).select(-1, 0));
            let first = first.to_device(Device::Cpu).contiguous();
            as_slice(&first).map(<[f32]>::to_vec)
        });
        let first: Vec<f32> = answers.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        let mut sums = vec![(vec![0.0; n * n], 0.0); set.len()];
        for (&(recording, _), row) in all.iter().zip(first.chunks_exact(n * (n - 1))) {
            let (sum, count) = &mut sums[recording];
            *count += 1.0;
            ordered(n).zip(row).for_each(|((to, from), &p)| sum[to * n + from] += 1.0 - f64::from(p));
        }
        let names: Arc<[String]> = self.sizes.nodes.clone().into();
        let one = |(recording, (sum, count)): (&Recording, (Vec<f64>, f64))| {
            let mean = sum.into_iter().map(|s| s / count).collect();
            Relations::new(format!("nri, {}", recording.name()), Arc::clone(&names), mean)
        };
        set.recordings().iter().zip(sums).map(one).collect()
    }

    /// The share of ordered pairs whose edge or absence of one is told right, given the true edges of each recording
    /// (receivers x senders, 0 where there is none). Where no type is that without edges, types have no names of their own:
    /// the better of both ways to name them counts, as in the paper.
    ///
    /// # Errors
    /// As [`edges`](Self::edges), and when truth is not given for every recording and node.
    pub fn accuracy(&self, set: &RecordingSet, truth: &[Matrix]) -> Result<f64> {
        let n = self.sizes.nodes.len();
        if truth.len() != set.len() || truth.iter().any(|m| m.rows() != n || m.cols() != n) {
            return Err(Error::value(format!(
                "{} matrices of edges for {} recordings of {n} nodes",
                truth.len(),
                set.len()
            ))
            .help("give `simulation.edges` of the same simulation"));
        }
        let (mut right, mut all) = (0usize, 0usize);
        for (told, edges) in self.edges(set)?.iter().zip(truth) {
            for (to, from) in ordered(n) {
                right += usize::from((told.weight(to, from) > 0.5) == (edges.row(to)[from] != 0.0));
                all += 1;
            }
        }
        let share = right as f64 / all as f64;
        Ok(if self.options.skip_first { share } else { share.max(1.0 - share) })
    }

    /// Writes options, sizes and weights as safetensors.
    ///
    /// # Errors
    /// When the file cannot be written, or its name does not end in `.safetensors`.
    pub fn save(&self, path: &Path) -> Result<()> {
        if path.extension().is_none_or(|e| e != "safetensors") {
            return Err(Error::value(format!(
                "a network is saved as a .safetensors file, not as `{}`",
                path.display()
            )));
        }
        Archive::write(path, self.weights.named("").collect(), &json!({ ARCHITECTURE: self.described() }))
    }

    /// Reads a network that was saved.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else.
    pub fn load(path: &Path, device: Device) -> Result<Inference> {
        let archive = read_archive(path)?;
        let other = || Error::format("holds no network of `nn::nri`").in_file(path);
        let part = |name: &str| archive.note.get(ARCHITECTURE).and_then(|a| a.get(name)).cloned().ok_or_else(other);
        let options: Nri = serde_json::from_value(part("nri")?).map_err(|_| other())?;
        let sizes: Sizes = serde_json::from_value(part("sizes")?).map_err(|_| other())?;
        let mut network = Inference::new(options, sizes, 0, device).map_err(|e| e.in_file(path))?;
        network.weights.load(&archive.tensors, "").map_err(|e| e.in_file(path))?;
        Ok(network)
    }
}

/// A line about the whole, and a table of its parts.
impl std::fmt::Display for Inference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Sizes { nodes, columns, frames, .. } = &self.sizes;
        let (n, types) = (nodes.len(), self.options.types);
        let device = name(self.weights.device());
        write!(
            f,
            "Inference({n} nodes x {columns} columns, {frames} frames, {} weights, {device})",
            self.weights.count()
        )?;
        write!(f, "\n  {:7}  {:16}  {:>9}", "layer", "output", "weights")?;
        let rows = [
            ("encoder", format!("{} x {types}", n * (n - 1)), "encoder."),
            ("decoder", format!("{} x {n} x {columns}", frames - 1), "decoder."),
        ];
        rows.iter().try_for_each(|(layer, output, part)| {
            write!(f, "\n  {layer:7}  {output:16}  {:>9}", self.weights.count_below(part))
        })
    }
}
