//! Learning to infer the edges of trajectories, by Neural Relational Inference (Kipf et al. 2018).

use rand::Rng as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tch::{Kind, Tensor};

use super::options::FitOptions;
use super::recipe::{self, Lesson, Part};
use crate::activity::RecordingSet;
use crate::error::{Error, Result};
use crate::nn::Weights;
use crate::nn::nri::{Inference, Nri, Sizes, decode, encode, follow, gumbel_softmax, learn};
use crate::run::seed::stream;
use crate::train::course::{self, Moment, Plan, Recipe};
use crate::train::history::History;
use crate::train::prefetch::{Supply, chosen};
use crate::train::ramp::Ramp;
use crate::train::step::Measured;

/// Trajectories that are computed together: fixed, so that sums are formed in the same order however many threads there
/// are.
const GROUP: usize = 32;

/// What learning to infer edges is told beside [`FitOptions`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InferenceOptions {
    /// Columns of a recording that belong to a node, side by side.
    pub columns: usize,
    /// Frames of a trajectory; longer recordings are cut into several.
    pub frames: usize,
    /// Variance of the Gaussian that errors are judged by: what edges have to be worth to be told. While a decoder predicts
    /// badly, a small one has the encoder use edges for what the decoder lacks; one that falls does not.
    pub variance: Ramp,
}

impl Default for InferenceOptions {
    fn default() -> Self {
        InferenceOptions { columns: 1, frames: 49, variance: Ramp::constant(5e-5) }
    }
}

impl FitOptions {
    /// What is apt for [`inference`]: longer, on fewer and whole trajectories, without noise.
    pub fn for_inference() -> FitOptions {
        FitOptions {
            steps: 2500,
            batch: 64,
            lr: 2e-3,
            noise: 0.0,
            offset: 0.0,
            scale: 0.0,
            weight_decay: 0.0,
            ..FitOptions::default()
        }
    }
}

/// A network that has learnt to infer edges, and what was measured meanwhile.
#[derive(Debug)]
pub struct Inferring {
    /// The network.
    pub network: Inference,
    /// Loss and its parts: `error`, the mean squared error of what the decoder predicts, and `divergence` from the prior,
    /// per node.
    pub history: History,
}

/// Trains a fresh network to infer edges. Nothing of the true edges is shown; of recordings, the last `validation` are
/// held out.
///
/// # Errors
/// When an option makes no sense, recordings have different or missing columns, or too few frames, and on a requested
/// stop, with the state in the checkpoint.
pub fn inference(
    options: &Nri,
    set: &RecordingSet,
    reading: &InferenceOptions,
    fit: &FitOptions,
    lesson: Lesson,
) -> Result<Inferring> {
    fit.check()?;
    if fit.noise > 0.0 || fit.offset > 0.0 || fit.scale > 0.0 {
        return Err(Error::value("trajectories are not varied: their edges would be others")
            .help("leave out `noise`, `offset` and `scale`"));
    }
    reading.variance.check("variance", "be greater than 0", |v| v > 0.0 && v.is_finite())?;
    let sizes = Sizes::of(set, reading.columns, reading.frames)?;
    let trajectories = Trajectories::new(set, &sizes, fit, options.types, lesson.seed)?;
    let mut network = Inference::new(options.clone(), sizes.clone(), lesson.seed, lesson.device)?;
    let architecture = network.described();
    let origin = set.origin("train::inference", reading, Some(lesson.seed));
    let mut recipe = Inferences { options, sizes: &sizes, variance: reading.variance };
    let plan = Plan {
        run: json!({
            "learns": { "recipe": "inference", "network": architecture, "variance": reading.variance },
            "options": fit, "seed": lesson.seed, "recordings": origin.data,
        }),
        architecture,
        options: &fit.loop_options(),
        checkpoint: lesson.checkpoint,
        observe: lesson.observe,
        half_precision: false,
        suspects: "give a larger `variance`",
    };
    let history = course::follow(&mut recipe, network.weights_mut(), &trajectories, plan)?;
    Ok(Inferring { network, history })
}

/// Trajectories that are computed together, and the chance of their edges.
#[derive(Debug)]
struct Group {
    rows: usize,
    /// Rows x frames x nodes x columns.
    values: Vec<f32>,
    /// Rows x pairs x types, from 0 to 1; in between where nothing is left to chance.
    uniform: Option<Vec<f32>>,
    /// Rows of the whole batch.
    of: usize,
}

/// The trajectories of a set, scaled.
struct Trajectories {
    values: Vec<Vec<f32>>,
    training: usize,
    batch: usize,
    /// Numbers that decide a trajectory's edges.
    chances: usize,
    seed: u64,
}

impl Trajectories {
    fn new(set: &RecordingSet, sizes: &Sizes, fit: &FitOptions, types: usize, seed: u64) -> Result<Trajectories> {
        let out = match fit.validation {
            0.0 => 0,
            share => ((share * set.len() as f64).round() as usize).max(1),
        };
        if out >= set.len() {
            return Err(Error::value(format!(
                "`validation: {}` would leave none of {} recordings to learn from",
                fit.validation,
                set.len()
            ))
            .help("hold out a smaller share, or bring more recordings"));
        }
        let cut = |recordings: &[crate::activity::Recording]| -> Vec<Vec<f32>> {
            recordings.iter().flat_map(|r| sizes.starts(r).map(|from| sizes.scaled(r, from))).collect()
        };
        let (learn, held_out) = set.recordings().split_at(set.len() - out);
        let mut values = cut(learn);
        let training = values.len();
        values.extend(cut(held_out));
        let n = sizes.nodes.len();
        Ok(Trajectories { values, training, batch: fit.batch.min(training), chances: n * (n - 1) * types, seed })
    }

    fn group(&self, numbers: &[usize], of: usize, index: Option<u64>) -> Group {
        let values = numbers.iter().flat_map(|&i| self.values[i].iter().copied()).collect();
        let uniform = index.map(|index| {
            let mut rng = stream(self.seed, "edges", index);
            (0..numbers.len() * self.chances).map(|_| rng.gen_range(0.0..1.0)).collect()
        });
        Group { rows: numbers.len(), values, uniform, of }
    }
}

impl Supply<Group> for Trajectories {
    fn per_epoch(&self) -> u64 {
        (self.training / self.batch) as u64
    }

    fn batch(&self, number: u64) -> Vec<Group> {
        let chosen = chosen((0..self.training).collect(), self.batch, number, self.seed);
        let groups = chosen.chunks(GROUP).zip(number * self.batch as u64..);
        groups.map(|(numbers, index)| self.group(numbers, self.batch, Some(index))).collect()
    }

    fn holds_out(&self) -> bool {
        self.values.len() > self.training
    }

    fn held_out(&self) -> Vec<Group> {
        let numbers: Vec<usize> = (self.training..self.values.len()).collect();
        numbers.chunks(GROUP).map(|part| self.group(part, numbers.len(), None)).collect()
    }
}

struct Inferences<'a> {
    options: &'a Nri,
    sizes: &'a Sizes,
    variance: Ramp,
}

impl Inferences<'_> {
    /// The share of a group in the loss, and in the mean squared error, the divergence and, in training, the statistics of
    /// the batch.
    fn loss(&self, weights: &Weights, group: Group, at: Moment) -> Result<Part> {
        let (nodes, device) = (self.sizes.nodes.len(), weights.device());
        let shape = [group.rows, self.sizes.frames, nodes, self.sizes.columns].map(|s| s as i64);
        let x = Tensor::from_slice(&group.values).reshape(shape).to_device(device);
        let root = weights.scope("");
        let (logits, noted) = match &group.uniform {
            Some(_) => learn(self.options, &root, &x),
            None => (encode(self.options, &root, &x), Vec::new()),
        };
        let probability = logits.softmax(-1, Kind::Float);
        let edges = match &group.uniform {
            Some(uniform) => {
                let uniform = Tensor::from_slice(uniform).reshape_as(&logits).to_device(device);
                gumbel_softmax(&logits, &uniform, self.options.temperature)
            }
            None => probability.shallow_clone(),
        };
        let told = decode(self.options, &root, &x, &edges);
        let squares = (told - x.narrow(1, 1, shape[1] - 1)).square().sum(Kind::Float);
        let per_node = (group.of * nodes) as f64;
        let prior: Vec<f32> = self.options.prior().iter().map(|p| p.ln() as f32).collect();
        let prior = Tensor::from_slice(&prior).to_device(device);
        let divergence = (&probability * (logits.log_softmax(-1, Kind::Float) - prior)).sum(Kind::Float) / per_node;
        let loss = &squares / (2.0 * self.variance.at(at.step, at.steps) * per_node) + &divergence;
        let values = per_node * ((self.sizes.frames - 1) * self.sizes.columns) as f64;
        let mut sums = vec![squares.detach() / values, divergence.detach()];
        sums.extend(noted.into_iter().map(|statistic| statistic * (group.rows as f64 / group.of as f64)));
        Ok((loss, sums))
    }
}

impl Recipe for Inferences<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        recipe::measure(weights, groups, |weights, group| self.loss(weights, group, at))
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>> {
        let judged = recipe::judge(weights, groups, |weights, group| self.loss(weights, group, at))?;
        Ok(vec![("validation_loss", judged.loss), ("validation_error", judged.sums[0].double_value(&[]))])
    }

    fn follow(&mut self, weights: &Weights, measured: &Measured, _at: Moment) {
        follow(self.options, &weights.scope(""), &measured.sums[2..]);
    }

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        vec![("error", measured.sums[0].double_value(&[])), ("divergence", measured.sums[1].double_value(&[]))]
    }
}

impl std::fmt::Display for Inferring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{}", self.network, self.history)
    }
}
