//! How well states are told in animals that were not learnt from.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Classify, FOUR_STATES, StateModel};
use crate::activity::intervals::{Parts, intervals};
use crate::activity::{IntervalOptions, Intervals, Recording, RecordingSet};
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::metrics::Confusion;

/// How classifiers of states are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeaveOneOutOptions {
    /// States that are left out, of what is learnt from and of what is judged; frames without a state always are.
    pub drop: Vec<String>,
    /// Neurons that are left out.
    pub without: Vec<String>,
    /// Frames that a model must see: with 16, judging begins with the 16th frame.
    pub context: usize,
    /// Coarser states by the names of the states, for a second accuracy; where there are none, Kato's four if all states
    /// are Kato's.
    pub coarse: BTreeMap<String, String>,
    /// Values of `c` to choose from for softmax, by leaving out each animal of those learnt from in turn.
    pub choose: Vec<f64>,
}

impl Default for LeaveOneOutOptions {
    fn default() -> Self {
        LeaveOneOutOptions {
            drop: vec!["nostate".into()],
            without: Vec::new(),
            context: 1,
            coarse: BTreeMap::new(),
            choose: Vec::new(),
        }
    }
}

/// What is said of one animal.
#[derive(Clone, Debug, PartialEq)]
pub struct AnimalStates {
    /// The animal.
    pub name: String,
    /// Number of frames judged.
    pub frames: usize,
    /// Share of the frames told right.
    pub accuracy: f64,
    /// Mean recall of the states that occur in it.
    pub balanced: f64,
    /// Share told right of the coarser states; none without.
    pub coarse: Option<f64>,
    /// Frames judged, in order.
    pub judged: Vec<usize>,
    /// The state in each, a number of the states.
    pub truth: Vec<usize>,
    /// What was told in each.
    pub told: Vec<usize>,
    /// What was chosen, in words.
    pub chosen: Option<String>,
}

/// How well states are told, animal by animal.
#[derive(Clone, Debug, PartialEq)]
pub struct StateScores {
    /// The model.
    pub model: String,
    /// The states.
    pub states: Vec<String>,
    /// The animals.
    pub animals: Vec<AnimalStates>,
    /// Number of neurons.
    pub neurons: usize,
    /// All frames of all animals: true against told states.
    pub confusion: Confusion,
    origin: Origin,
}

/// Frames of a recording and their states.
type Frames = (Recording, Vec<usize>, Vec<usize>);

/// Judges a model on each animal in turn, learnt from the others.
///
/// # Errors
/// As [`leave_one_out_with`] and [`StateModel::fit`].
pub fn leave_one_out(set: &RecordingSet, model: &StateModel, options: &LeaveOneOutOptions) -> Result<StateScores> {
    let origin = set.origin("evaluate::leave_one_out", &(options, model), None);
    leave_one_out_with(set, model.name().to_string(), options, origin, &mut |train, states| {
        let StateModel::Softmax { lags, balanced, .. } = model else {
            return Ok((Box::new(model.fit(train, states)?) as Box<dyn Classify>, None));
        };
        if options.choose.is_empty() || train.len() < 2 {
            return Ok((Box::new(model.fit(train, states)?) as Box<dyn Classify>, None));
        }
        let softmax = |c: f64| StateModel::Softmax { lags: lags.clone(), c, balanced: *balanced };
        // Every value of `c` with every animal left out of those learnt from.
        let (n, tries) = (train.len(), options.choose.len() * train.len());
        let right = |i: usize| -> Result<f64> {
            crate::interrupt::check()?;
            let (c, inner) = (options.choose[i / n], i % n);
            let others: Vec<Frames> =
                train.iter().enumerate().filter(|(i, _)| *i != inner).map(|(_, f)| f.clone()).collect();
            let (recording, frames, truth) = &train[inner];
            Ok(share_right(&softmax(c).fit(&others, states)?.classify(recording, frames)?, truth))
        };
        let right: Vec<f64> = (0..tries).into_par_iter().map(right).collect::<Result<_>>()?;
        let scores: Vec<f64> = right.chunks_exact(n).map(|of_c| of_c.iter().sum()).collect();
        let best = (1..scores.len()).fold(0, |best, i| if scores[i] > scores[best] { i } else { best });
        let c = options.choose[best];
        Ok((Box::new(softmax(c).fit(train, states)?) as Box<dyn Classify>, Some(format!("c {c}"))))
    })
}

/// Judges any classifier on each animal in turn: `learn` is given the others' frames with their states and the number of
/// states, and gives the classifier with what it chose, in words.
///
/// # Errors
/// When there are fewer than two animals, their neurons differ, states are missing, an animal has no frame to judge, and
/// those of `learn`.
#[allow(clippy::type_complexity)] // the closure is the interface
pub fn leave_one_out_with(
    set: &RecordingSet,
    model: String,
    options: &LeaveOneOutOptions,
    origin: Origin,
    learn: &mut dyn FnMut(&[Frames], usize) -> Result<(Box<dyn Classify>, Option<String>)>,
) -> Result<StateScores> {
    if set.len() < 2 {
        return Err(Error::value("one animal cannot be left out of one").help("give two recordings or more"));
    }
    let set = if options.without.is_empty() { set.clone() } else { set.map(|r| r.without(&options.without))? };
    let neurons = set.require_aligned("telling states")?.len();
    set.recordings().iter().try_for_each(|r| r.require_finite("telling states"))?;
    let mut states = set.state_names("telling states")?;
    states.retain(|s| !options.drop.contains(s));
    let frames: Vec<Frames> = set.recordings().iter().map(|r| judged(r, &states, options)).collect::<Result<_>>()?;
    let occurs = |s: usize| frames.iter().any(|(_, _, truth)| truth.contains(&s));
    if (0..states.len()).filter(|&s| occurs(s)).count() < 2 {
        return Err(Error::value("telling states takes two or more").help("are they dropped, or all frames in one?"));
    }
    let coarse = coarse(&states, &options.coarse)?;
    let mut confusion = Confusion::empty(states.clone().into());
    let meter = crate::progress::begin(&format!("{model}: animals"), frames.len() as u64);
    let mut animals = Vec::with_capacity(frames.len());
    for (left_out, (recording, judged, truth)) in frames.iter().enumerate() {
        crate::interrupt::check()?;
        let others: Vec<Frames> =
            frames.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, f)| f.clone()).collect();
        let (classifier, chosen) = learn(&others, states.len())?;
        let told = classifier.classify(recording, judged)?;
        if told.len() != truth.len() || told.iter().any(|&s| s >= states.len()) {
            return Err(Error::internal("a classifier told states that are not there"));
        }
        let merged = coarse.as_ref().map(|of| {
            let of = |codes: &[usize]| codes.iter().map(|&s| of[s]).collect::<Vec<usize>>();
            share_right(&of(&told), &of(truth))
        });
        let mut own = Confusion::empty(states.clone().into());
        for (&t, &p) in truth.iter().zip(&told) {
            own.add(t, p);
            confusion.add(t, p);
        }
        animals.push(AnimalStates {
            name: recording.name().to_string(),
            frames: truth.len(),
            accuracy: own.accuracy(),
            balanced: own.balanced_accuracy(),
            coarse: merged,
            judged: judged.clone(),
            truth: truth.clone(),
            told,
            chosen,
        });
        meter.set(left_out as u64 + 1, recording.name());
    }
    Ok(StateScores { model, states, animals, neurons, confusion, origin })
}

fn share_right(told: &[usize], truth: &[usize]) -> f64 {
    told.iter().zip(truth).filter(|(a, b)| a == b).count() as f64 / truth.len().max(1) as f64
}

/// The frames that have one of the states, with its number.
fn judged(recording: &Recording, states: &[String], options: &LeaveOneOutOptions) -> Result<Frames> {
    let of = recording.require_states("telling states")?;
    let place: Vec<Option<usize>> = of.names().iter().map(|n| states.iter().position(|s| s == n)).collect();
    let first = options.context.max(1) - 1;
    let known =
        (first..recording.frames()).filter_map(|t| of.codes()[t].and_then(|c| place[c as usize]).map(|s| (t, s)));
    let (frames, truth): (Vec<usize>, Vec<usize>) = known.unzip();
    if frames.is_empty() {
        return Err(Error::value(format!("recording `{}` has no frame with a state to judge", recording.name()))
            .help("leave the recording out of the set"));
    }
    Ok((recording.clone(), frames, truth))
}

/// The coarser state of each state, as a number.
fn coarse(states: &[String], given: &BTreeMap<String, String>) -> Result<Option<Vec<usize>>> {
    let find = |state: &String| -> Option<String> {
        match given.is_empty() {
            true => FOUR_STATES.iter().find(|(fine, _)| fine == state).map(|(_, coarse)| (*coarse).to_string()),
            false => given.get(state).cloned(),
        }
    };
    let names: Option<Vec<String>> = states.iter().map(find).collect();
    let Some(names) = names else {
        if given.is_empty() {
            return Ok(None);
        }
        let lacking: Vec<&str> = states.iter().filter(|s| !given.contains_key(*s)).map(String::as_str).collect();
        return Err(Error::value(format!("`coarse` has nothing for {}", lacking.join(", ")))
            .help("name a coarser state for every state"));
    };
    Ok(Some(names.iter().map(|n| names.iter().position(|m| m == n).unwrap_or(0)).collect()))
}

impl StateScores {
    fn mean(&self, of: impl Fn(&AnimalStates) -> f64) -> f64 {
        self.animals.iter().map(of).sum::<f64>() / self.animals.len() as f64
    }

    /// Mean over animals of the share told right.
    pub fn accuracy(&self) -> f64 {
        self.mean(|a| a.accuracy)
    }

    /// Mean over animals of the balanced accuracy.
    pub fn balanced(&self) -> f64 {
        self.mean(|a| a.balanced)
    }

    /// Intervals of the accuracy of each animal and of their mean, by the bootstrap over blocks of frames.
    ///
    /// # Errors
    /// When an option makes no sense, and on a requested stop.
    pub fn intervals(&self, options: &IntervalOptions, seed: u64) -> Result<Intervals> {
        let parts = |a: &AnimalStates| Parts {
            name: a.name.clone(),
            part: a.told.iter().zip(&a.truth).map(|(t, s)| f64::from(u8::from(t == s))).collect(),
            whole: vec![1.0; a.told.len()],
        };
        let animals: Vec<Parts> = self.animals.iter().map(parts).collect();
        intervals("accuracy", &animals, |right, all| right / all, options, self.origin.clone(), seed)
    }

    /// Mean over animals of the share told right of the coarser states; none without.
    pub fn coarse(&self) -> Option<f64> {
        let all: Option<Vec<f64>> = self.animals.iter().map(|a| a.coarse).collect();
        all.map(|v| v.iter().sum::<f64>() / v.len() as f64)
    }
}

impl Outcome for StateScores {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("accuracy", self.accuracy()),
            ("balanced_accuracy", self.balanced()),
            ("coarse_accuracy", self.coarse().unwrap_or(f64::NAN)),
            ("animals", self.animals.len() as f64),
            ("neurons", self.neurons as f64),
        ]
    }

    /// A row for each animal: `frames`, `accuracy`, `balanced_accuracy`, `coarse_accuracy`.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&AnimalStates) -> f64| self.animals.iter().map(of).collect::<Vec<f64>>();
        let mut columns = vec![
            Column::numbers("frames", number(&|a| a.frames as f64)),
            Column::numbers("accuracy", number(&|a| a.accuracy)),
            Column::numbers("balanced_accuracy", number(&|a| a.balanced)),
        ];
        if self.coarse().is_some() {
            columns.push(Column::numbers("coarse_accuracy", number(&|a| a.coarse.unwrap_or(f64::NAN))));
        }
        if self.animals.iter().any(|a| a.chosen.is_some()) {
            columns.push(Column::texts("chosen", self.animals.iter().map(|a| a.chosen.as_ref())));
        }
        Table::new(self.animals.iter().map(|a| a.name.clone()).collect(), columns)
    }
}

impl std::fmt::Display for StateScores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: accuracy {:.4}, balanced {:.4}", self.model, self.accuracy(), self.balanced())?;
        if let Some(coarse) = self.coarse() {
            write!(f, ", of coarser states {coarse:.4}")?;
        }
        let (states, neurons) = (self.states.len(), self.neurons);
        writeln!(f, " (each of {} animals left out, {states} states, {neurons} neurons)", self.animals.len())?;
        let width = self.animals.iter().map(|a| a.name.chars().count()).max().unwrap_or(6).max(6);
        write!(f, "{:<width$} {:>7} {:>9} {:>9} {:>7}", "animal", "frames", "accuracy", "balanced", "coarse")?;
        for a in &self.animals {
            let coarse = a.coarse.map_or("-".into(), |c| format!("{c:.4}"));
            write!(f, "\n{:<width$} {:>7} {:>9.4} {:>9.4} {coarse:>7}", a.name, a.frames, a.accuracy, a.balanced)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::activity::States;

    fn animal(name: &str, shift: usize) -> Recording {
        let value = |t: usize| ((t + shift) as f64 * 0.2).sin();
        let traces = (0..200).flat_map(|t| [value(t), -0.5 * value(t + 3)]).collect();
        let states = (0..200).map(|t| match (t, value(t)) {
            (0..3, _) => "",
            (3..6, _) => "nostate",
            (_, v) if v > 0.0 => "fwd",
            (_, v) if v > -0.5 => "rev1",
            _ => "slow",
        });
        let recording = Recording::new(name, vec!["A".into(), "B".into()], traces, 0.3).unwrap();
        recording.with_states(States::from_names(states)).unwrap()
    }

    fn set() -> RecordingSet {
        RecordingSet::new(vec![animal("a", 0), animal("b", 7), animal("c", 19)]).unwrap()
    }

    #[test]
    fn known_frames_are_judged_and_coarser_states_are_easier() {
        let scores = leave_one_out(&set(), &StateModel::softmax(10.0), &LeaveOneOutOptions::default()).unwrap();
        assert!(scores.animals.iter().all(|a| a.frames == 194));
        assert!(scores.accuracy() > 0.9, "{scores}");
        assert!(scores.coarse().unwrap() >= 0.0 && scores.states.len() == 3);
        let options = LeaveOneOutOptions { context: 16, ..Default::default() };
        let majority = leave_one_out(&set(), &StateModel::Majority, &options).unwrap();
        assert!(majority.animals.iter().all(|a| a.frames == 185));
        assert!((majority.balanced() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(majority.confusion.counts().iter().sum::<usize>(), 3 * 185);
    }

    #[test]
    fn the_penalty_is_chosen_within_the_animals_learnt_from() {
        let options = LeaveOneOutOptions { choose: vec![1e-9, 10.0], ..Default::default() };
        let scores = leave_one_out(&set(), &StateModel::softmax(1.0), &options).unwrap();
        assert!(scores.animals.iter().all(|a| a.chosen.as_deref() == Some("c 10")), "{scores:?}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |options: LeaveOneOutOptions| leave_one_out(&set(), &StateModel::lda(), &options).unwrap_err();
        let coarse = BTreeMap::from([("fwd".to_string(), "x".to_string())]);
        assert!(refused(LeaveOneOutOptions { coarse, ..Default::default() }).message.contains("rev1"));
        let drop = ["fwd", "rev1", "nostate"].map(String::from).to_vec();
        assert!(refused(LeaveOneOutOptions { drop, ..Default::default() }).message.contains("two or more"));
        let without = vec!["A".into(), "B".into()];
        assert!(refused(LeaveOneOutOptions { without, ..Default::default() }).help.is_some());
        let bare = Recording::new("x", vec!["A".into(), "B".into()], vec![0.0; 8], 1.0).unwrap();
        let set = RecordingSet::new(vec![animal("a", 0), bare]).unwrap();
        assert!(leave_one_out(&set, &StateModel::lda(), &LeaveOneOutOptions::default()).is_err());
    }
}
