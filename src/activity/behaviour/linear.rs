//! Classifiers of frames that are linear in their features.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use super::{Classify, features};
use crate::activity::Recording;
use crate::error::{Error, Result};
use crate::evaluate::classify::{Block, Judge, Learn, LogisticModel, LogisticOptions};

/// A way to tell states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateModel {
    /// Always the most frequent state.
    Majority,
    /// Linear discriminants: one covariance within states (divisor: frames) plus `floor` on its diagonal, and the states'
    /// shares as priors.
    Lda {
        /// Differences over so many frames are features.
        lags: Vec<usize>,
        /// What is added to each variance; in squared units of the traces.
        floor: f64,
    },
    /// Multinomial logistic regression, penalised by the squared weights.
    Softmax {
        /// Differences over so many frames are features.
        lags: Vec<usize>,
        /// Trust in the frames: one over the penalty.
        c: f64,
        /// Whether every state weighs the same, whatever its number of frames.
        balanced: bool,
    },
}

impl StateModel {
    /// Discriminants on the neurons and their slopes over 5 frames.
    pub fn lda() -> Self {
        StateModel::Lda { lags: vec![5], floor: 0.1 }
    }

    /// Softmax on the neurons and their slopes over 1, 2, 4, 8 and 15 frames.
    pub fn softmax(c: f64) -> Self {
        StateModel::Softmax { lags: vec![1, 2, 4, 8, 15], c, balanced: false }
    }

    /// The word that scripts use.
    pub fn name(&self) -> &'static str {
        match self {
            StateModel::Majority => "majority",
            StateModel::Lda { .. } => "lda",
            StateModel::Softmax { .. } => "softmax",
        }
    }

    fn lags(&self) -> &[usize] {
        match self {
            StateModel::Majority => &[],
            StateModel::Lda { lags, .. } | StateModel::Softmax { lags, .. } => lags,
        }
    }

    /// Learns from frames of recordings with their states, numbers below `states`.
    ///
    /// # Errors
    /// When there is no frame, an option makes no sense, and on a requested stop.
    pub fn fit(&self, train: &[(Recording, Vec<usize>, Vec<usize>)], states: usize) -> Result<Trained> {
        let truth: Vec<usize> = train.iter().flat_map(|(_, _, truth)| truth.iter().copied()).collect();
        let mut counts = vec![0usize; states];
        truth.iter().for_each(|&s| counts[s] += 1);
        let seen: Vec<usize> = (0..states).filter(|&s| counts[s] > 0).collect();
        let most = (0..states).max_by_key(|&s| (counts[s], std::cmp::Reverse(s)));
        let Some(most) = most.filter(|_| !truth.is_empty()) else {
            return Err(Error::value("no frame to learn states from").help("are all frames without a state?"));
        };
        let neurons = train.first().map_or(0, |(r, _, _)| r.len());
        let rows = || -> Block {
            let blocks: Vec<Block> = train.iter().map(|(r, frames, _)| features(r, frames, self.lags())).collect();
            Block::new(neurons * (self.lags().len() + 1), blocks.iter().flat_map(|b| b.values()).copied().collect())
        };
        let place: Vec<usize> = (0..states).map(|s| seen.iter().position(|&k| k == s).unwrap_or(0)).collect();
        let codes = || truth.iter().map(|&s| place[s]).collect::<Vec<usize>>();
        let machine = match self {
            _ if seen.len() == 1 => Machine::Constant,
            StateModel::Majority => Machine::Constant,
            StateModel::Lda { floor, .. } => discriminants(&rows(), &codes(), seen.len(), *floor)?,
            StateModel::Softmax { c, balanced, .. } => {
                let options = LogisticOptions { c: *c, balanced: *balanced, tol: 1e-4, max_iter: 400 };
                Machine::Softmax(options.fit(&rows(), &codes(), seen.len())?)
            }
        };
        Ok(Trained { lags: self.lags().to_vec(), neurons, seen, most, machine })
    }
}

/// A classifier that has learnt.
#[derive(Clone, Debug)]
pub struct Trained {
    lags: Vec<usize>,
    neurons: usize,
    /// The states that occurred, which is what the machine tells apart.
    seen: Vec<usize>,
    most: usize,
    machine: Machine,
}

#[derive(Clone, Debug)]
enum Machine {
    Constant,
    /// A row of weights for each state, and what is added.
    Linear(Vec<f64>, Vec<f64>),
    Softmax(LogisticModel),
}

fn discriminants(x: &Block, y: &[usize], states: usize, floor: f64) -> Result<Machine> {
    if !(floor >= 0.0 && floor.is_finite()) {
        return Err(Error::value(format!("lda: floor `{floor}`")).help("give 0 or more"));
    }
    let (n, d) = (x.rows(), x.columns());
    let (mut means, mut counts) = (Mat::<f64>::zeros(d, states), vec![0.0; states]);
    for (row, &s) in x.iter().zip(y) {
        counts[s] += 1.0;
        row.iter().enumerate().for_each(|(j, v)| means[(j, s)] += v);
    }
    (0..states).for_each(|s| (0..d).for_each(|j| means[(j, s)] /= counts[s]));
    let centred = Mat::from_fn(n, d, |i, j| x.row(i)[j] - means[(j, y[i])]);
    let mut within = faer::Scale(1.0 / n as f64) * (centred.transpose() * &centred);
    (0..d).for_each(|j| within[(j, j)] += floor);
    let factor = within.llt(Side::Lower).map_err(|_| {
        Error::value("lda: the features depend on each other").help("give a `floor` above 0, such as 0.1")
    })?;
    let weights = factor.solve(&means);
    let shift = |s: usize| {
        let half: f64 = (0..d).map(|j| weights[(j, s)] * means[(j, s)]).sum::<f64>() / 2.0;
        (counts[s] / n as f64).ln() - half
    };
    let rows = (0..states * d).map(|i| weights[(i % d, i / d)]).collect();
    Ok(Machine::Linear(rows, (0..states).map(shift).collect()))
}

impl Classify for Trained {
    fn classify(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<usize>> {
        if recording.len() != self.neurons {
            return Err(Error::value(format!(
                "the classifier has learnt from {} neurons, recording `{}` has {}",
                self.neurons,
                recording.name(),
                recording.len()
            ))
            .help("`.aligned()` gives animals the same neurons"));
        }
        let told = match &self.machine {
            Machine::Constant => return Ok(vec![self.most; frames.len()]),
            Machine::Linear(weights, shifts) => {
                let x = features(recording, frames, &self.lags);
                let score = |row: &[f64], s: usize| {
                    let weights = &weights[s * row.len()..(s + 1) * row.len()];
                    shifts[s] + row.iter().zip(weights).map(|(v, w)| v * w).sum::<f64>()
                };
                let best = |row: &[f64]| {
                    let scores: Vec<f64> = (0..shifts.len()).map(|s| score(row, s)).collect();
                    (1..scores.len()).fold(0, |best, s| if scores[s] > scores[best] { s } else { best })
                };
                x.iter().map(best).collect()
            }
            Machine::Softmax(model) => model.judge(&features(recording, frames, &self.lags))?.predicted,
        };
        Ok(told.into_iter().map(|s| self.seen[s]).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Two neurons; the state is which of them is larger.
    fn recording(frames: usize) -> (Recording, Vec<usize>, Vec<usize>) {
        let value = |t: usize, k: usize| ((t * k) as f64 * 0.37).sin();
        let traces = (0..frames).flat_map(|t| [value(t, 3), value(t, 7)]).collect();
        let truth = (0..frames).map(|t| usize::from(value(t, 3) > value(t, 7)) * 2).collect();
        (Recording::new("w", vec!["A".into(), "B".into()], traces, 1.0).unwrap(), (0..frames).collect(), truth)
    }

    #[test]
    fn linear_models_find_a_line_and_keep_to_states_that_occur() {
        let train = [recording(400)];
        let models = [StateModel::Lda { lags: vec![], floor: 1e-6 }, StateModel::softmax(100.0), StateModel::Majority];
        for (model, least) in models.iter().zip([0.95, 0.97, 0.45]) {
            let told = model.fit(&train, 3).unwrap().classify(&train[0].0, &train[0].1).unwrap();
            let right = told.iter().zip(&train[0].2).filter(|(a, b)| a == b).count() as f64 / 400.0;
            assert!(right > least, "{} {right}", model.name());
            assert!(told.iter().all(|&s| s != 1));
        }
    }

    #[test]
    fn what_cannot_be_learnt_is_refused() {
        let (r, _, _) = recording(10);
        assert!(StateModel::lda().fit(&[(r.clone(), vec![], vec![])], 2).unwrap_err().message.contains("no frame"));
        let constant = Recording::new("c", vec!["A".into()], vec![1.0; 6], 1.0).unwrap();
        let flat = [(constant, (0..6).collect::<Vec<_>>(), vec![0, 1, 0, 1, 0, 1])];
        assert!(StateModel::Lda { lags: vec![], floor: 0.0 }.fit(&flat, 2).is_err());
        let trained = StateModel::Majority.fit(&flat, 2).unwrap();
        assert!(trained.classify(&r, &[0]).is_err());
    }
}
