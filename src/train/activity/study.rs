//! Whole studies: every animal left out in turn, settings chosen within the others, several seeds.
//!
//! Settings are chosen on animals, not on frames: a candidate is trained without two animals and judged on both, which
//! serves the choice for either, so that neither has any part in what is chosen for itself. A network's own numbers of the
//! animal that is left out are looked at once, when all is chosen.

use serde::{Deserialize, Serialize};
use tch::Device;

use super::choice::{Choice, in_words};
use super::dynamics::dynamics;
use super::options::{DynamicsOptions, FitOptions, StatesOptions};
use super::recipe::Lesson;
use super::states::{Labelled, states};
use crate::activity::behaviour::{AnimalStates, Classify, LeaveOneOutOptions, StateScores, leave_one_out_with};
use crate::activity::forecast::{Forecast, Rollout, RolloutOptions, poco_with, rollout_with, skill};
use crate::activity::splits::{Segment, Split};
use crate::activity::{Recording, RecordingSet};
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::activity::{Design, Network};
use crate::run::seed::derive;
use crate::train::options::{Checkpoint, Event};

/// Settings that a study may choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The network.
    pub design: Design,
    /// How it is trained.
    pub fit: FitOptions,
}

/// How a study goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StudyOptions {
    /// Number of seeds, each with networks of its own.
    pub seeds: usize,
}

impl Default for StudyOptions {
    fn default() -> Self {
        StudyOptions { seeds: 1 }
    }
}

/// Where a study computes and keeps what it has done.
pub struct Workplace<'a> {
    /// The seed of all chance in it.
    pub seed: u64,
    /// Where networks are trained.
    pub device: Device,
    /// The folder of its checkpoints, a file for each network; one that is resumed trains none of them again.
    pub checkpoints: Checkpoint,
    /// Called after each step and each epoch of every network; may stop the study with an error.
    pub observe: &'a mut dyn FnMut(&Event) -> Result<()>,
}

impl Workplace<'_> {
    fn lesson<T>(&mut self, what: &str, seed: u64, teach: impl FnOnce(Lesson) -> Result<T>) -> Result<T> {
        interrupt::check()?;
        let path = self.checkpoints.path.as_ref().map(|folder| folder.join(format!("{what}.safetensors")));
        let checkpoint = Checkpoint { path, resume: self.checkpoints.resume };
        teach(Lesson { seed, device: self.device, checkpoint: &checkpoint, observe: &mut *self.observe })
    }
}

/// How well networks forecast animals that they have not learnt from.
#[derive(Debug)]
pub struct Study {
    /// One for each seed.
    pub rollouts: Vec<Rollout>,
    /// All seeds as one: errors are means over seeds.
    pub mean: Rollout,
    /// The networks: for each seed one per animal, which has learnt from the others.
    pub networks: Vec<Vec<Network>>,
    origin: Origin,
}

/// How well networks tell the states of animals that they have not learnt from.
#[derive(Debug)]
pub struct StatesStudy {
    /// One for each seed.
    pub scores: Vec<StateScores>,
    /// The networks: for each seed one per animal, which has learnt from the others.
    pub networks: Vec<Vec<Network>>,
    origin: Origin,
}

fn name_of(candidates: &[Candidate]) -> Result<String> {
    let first = candidates.first().ok_or_else(|| Error::value("a study of no network").help("give one or more"))?;
    Ok(first.design.name())
}

/// Leaves each animal out in turn; with several candidates, each animal's networks have the settings that are best among
/// the other animals.
///
/// # Errors
/// When there are fewer than two animals (three, where settings are chosen), their neurons differ, and as
/// [`dynamics`](super::dynamics()).
pub fn study(
    set: &RecordingSet,
    candidates: &[Candidate],
    options: &DynamicsOptions,
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<Study> {
    let name = name_of(candidates)?;
    check_seeds(study)?;
    set.require_aligned("a study")?;
    let judging = RolloutOptions { context: options.context, horizon: options.horizon, ..RolloutOptions::default() };
    let origin = set.origin("train::study", &(candidates, options, study), Some(place.seed));
    let (mut rollouts, mut networks) = (Vec::new(), Vec::new());
    let mut choice = Choice::default();
    let mut chosen: Vec<usize> = Vec::new();
    for round in 0..study.seeds {
        let seed = derive(place.seed, "study", round as u64);
        let mut own = Vec::new();
        let rollout = rollout_with(set, name.clone(), &judging, origin.clone(), &mut |split: &Split| {
            let animals: Vec<String> = split.train.iter().map(|s| s.recording.name().to_string()).collect();
            let mut train = |number: usize, which: &[usize], what: &str, seed: u64| {
                let segments: Vec<Segment> = which.iter().map(|&i| split.train[i].clone()).collect();
                let Candidate { design, fit } = &candidates[number];
                place.lesson(what, seed, |lesson| dynamics(design, &segments, options, fit, lesson)).map(|d| d.network)
            };
            if chosen.len() <= own.len() {
                let choosing = derive(seed, "choice", 0);
                let best = choice.best(
                    candidates,
                    &animals,
                    |number, which| {
                        let names: Vec<&str> = which.iter().map(|&i| animals[i].as_str()).collect();
                        train(number, which, &format!("choice-{number}-{}", names.join("-")), choosing)
                    },
                    |network, animal| skill(network, &split.train[animal..=animal], options.context, options.horizon),
                )?;
                chosen.push(best);
            }
            let number = chosen[own.len()];
            let all: Vec<usize> = (0..split.train.len()).collect();
            let network = train(number, &all, &format!("seed-{}-without-{}", round + 1, split.name), seed)?;
            own.push(network.shared());
            let words = in_words(candidates, number);
            Ok((Box::new(network) as Box<dyn Forecast>, Some(words).filter(|w| !w.is_empty())))
        })?;
        rollouts.push(rollout);
        networks.push(own);
    }
    let title = if study.seeds > 1 { format!("{name}, {} seeds", study.seeds) } else { name };
    let mean = Rollout::mean(&rollouts, title, origin.clone())?;
    Ok(Study { rollouts, mean, networks, origin })
}

/// The protocol of POCO: each animal by itself, on later frames; with several candidates, the one that is best on the
/// frames kept back for choosing.
///
/// # Errors
/// As [`study`], but for the number of animals and their neurons.
pub fn poco_study(
    set: &RecordingSet,
    candidates: &[Candidate],
    options: &DynamicsOptions,
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<Study> {
    let name = name_of(candidates)?;
    check_seeds(study)?;
    let judging = RolloutOptions { context: options.context, horizon: options.horizon, ..RolloutOptions::default() };
    let origin = set.origin("train::poco", &(candidates, options, study), Some(place.seed));
    let (mut rollouts, mut networks) = (Vec::new(), Vec::new());
    for round in 0..study.seeds {
        let seed = derive(place.seed, "study", round as u64);
        let mut own: Vec<Network> = Vec::new();
        let rollout = poco_with(set, name.clone(), &judging, origin.clone(), &mut |split: &Split| {
            let mut best: Option<(f64, usize, Network)> = None;
            for (number, Candidate { design, fit }) in candidates.iter().enumerate() {
                let what = format!("seed-{}-of-{}-{number}", round + 1, split.name);
                let learn = |lesson: Lesson| dynamics(design, &split.train, options, fit, lesson);
                let network = place.lesson(&what, seed, learn)?.network;
                let score = match candidates.len() {
                    1 => 0.0,
                    _ => skill(&network, &split.validation, options.context, options.horizon)?,
                };
                if best.as_ref().is_none_or(|(least, ..)| score > *least) {
                    best = Some((score, number, network));
                }
            }
            let (_, number, network) = best.ok_or_else(|| Error::internal("no candidate was tried"))?;
            own.push(network.shared());
            let words = in_words(candidates, number);
            Ok((Box::new(network) as Box<dyn Forecast>, Some(words).filter(|w| !w.is_empty())))
        })?;
        rollouts.push(rollout);
        networks.push(own);
    }
    let title = if study.seeds > 1 { format!("{name}, {} seeds", study.seeds) } else { name };
    let mean = Rollout::mean(&rollouts, title, origin.clone())?;
    Ok(Study { rollouts, mean, networks, origin })
}

/// As [`study`], for telling states; candidates are chosen by their accuracy.
///
/// # Errors
/// As [`study`], [`states`](super::states()) and [`leave_one_out_with`].
pub fn states_study(
    set: &RecordingSet,
    candidates: &[Candidate],
    (options, judging): (&StatesOptions, &LeaveOneOutOptions),
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<StatesStudy> {
    let name = name_of(candidates)?;
    check_seeds(study)?;
    let origin = set.origin("train::states_study", &(candidates, options, judging, study), Some(place.seed));
    let mut names = set.state_names("telling states")?;
    names.retain(|s| !judging.drop.contains(s));
    let (mut scores, mut networks) = (Vec::new(), Vec::new());
    let mut choice = Choice::default();
    let mut chosen: Vec<usize> = Vec::new();
    for round in 0..study.seeds {
        let seed = derive(place.seed, "study", round as u64);
        let mut own = Vec::new();
        let judged = leave_one_out_with(set, name.clone(), judging, origin.clone(), &mut |others: &[Labelled], _| {
            let animals: Vec<String> = others.iter().map(|(r, ..)| r.name().to_string()).collect();
            let mut train = |number: usize, which: &[usize], what: &str, seed: u64| {
                let labelled: Vec<Labelled> = which.iter().map(|&i| others[i].clone()).collect();
                let Candidate { design, fit } = &candidates[number];
                let learn = |lesson: Lesson| states(design, &labelled, &names, options, fit, lesson);
                place.lesson(what, seed, learn).map(|d| d.network)
            };
            if chosen.len() <= own.len() {
                let choosing = derive(seed, "choice", 0);
                let best = choice.best(
                    candidates,
                    &animals,
                    |number, which| {
                        let names: Vec<&str> = which.iter().map(|&i| animals[i].as_str()).collect();
                        train(number, which, &format!("choice-{number}-{}", names.join("-")), choosing)
                    },
                    |network, animal| {
                        let (recording, frames, truth): &(Recording, _, _) = &others[animal];
                        let told = network.classify(recording, frames)?;
                        let right = told.iter().zip(truth).filter(|(a, b)| a == b).count();
                        Ok(right as f64 / truth.len() as f64)
                    },
                )?;
                chosen.push(best);
            }
            let number = chosen[own.len()];
            let all: Vec<usize> = (0..others.len()).collect();
            let what = format!("seed-{}-without-{}", round + 1, own.len() + 1);
            let network = train(number, &all, &what, seed)?;
            own.push(network.shared());
            let words = in_words(candidates, number);
            Ok((Box::new(network) as Box<dyn Classify>, Some(words).filter(|w| !w.is_empty())))
        })?;
        scores.push(judged);
        networks.push(own);
    }
    Ok(StatesStudy { scores, networks, origin })
}

fn check_seeds(study: &StudyOptions) -> Result<()> {
    if study.seeds == 0 {
        return Err(Error::value("a study of 0 seeds").help("give 1 or more"));
    }
    Ok(())
}

/// Mean and standard deviation over seeds (divisor: seeds less one; 0 of one seed).
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
}

impl Study {
    /// The mean over seeds and animals of the skill.
    pub fn skill(&self) -> f64 {
        self.mean.skill()
    }

    /// The standard deviation over seeds of the mean skill.
    pub fn seed_sd(&self) -> f64 {
        spread(&self.rollouts.iter().map(Rollout::skill).collect::<Vec<_>>()).1
    }
}

impl StatesStudy {
    /// The mean over seeds and animals of the accuracy.
    pub fn accuracy(&self) -> f64 {
        spread(&self.scores.iter().map(StateScores::accuracy).collect::<Vec<_>>()).0
    }

    /// The same of the balanced accuracy.
    pub fn balanced(&self) -> f64 {
        spread(&self.scores.iter().map(StateScores::balanced).collect::<Vec<_>>()).0
    }

    /// The same of the accuracy of coarser states; none without.
    pub fn coarse(&self) -> Option<f64> {
        let all: Option<Vec<f64>> = self.scores.iter().map(StateScores::coarse).collect();
        all.map(|v| spread(&v).0)
    }
}

impl Outcome for Study {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![("skill", self.skill()), ("seed_sd", self.seed_sd()), ("seeds", self.rollouts.len() as f64)]
    }

    /// A row for each animal: `skill` over seeds, then `seed_1`, `seed_2`, …
    fn table(&self) -> Result<Table> {
        let mean = self.mean.animals.iter().map(|a| a.skill()).collect::<Vec<_>>();
        let mut columns = vec![Column::numbers("skill", mean)];
        for (number, rollout) in self.rollouts.iter().enumerate() {
            let skills = rollout.animals.iter().map(|a| a.skill()).collect::<Vec<_>>();
            columns.push(Column::numbers(&format!("seed_{}", number + 1), skills));
        }
        chosen(self.mean.animals.iter().map(|a| a.chosen.as_ref()), &mut columns);
        Table::new(self.mean.animals.iter().map(|a| a.name.clone()).collect(), columns)
    }
}

impl Outcome for StatesStudy {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("accuracy", self.accuracy()),
            ("balanced_accuracy", self.balanced()),
            ("coarse_accuracy", self.coarse().unwrap_or(f64::NAN)),
            ("seeds", self.scores.len() as f64),
        ]
    }

    /// A row for each animal: `accuracy_1`, `balanced_accuracy_1`, … of each seed.
    fn table(&self) -> Result<Table> {
        let mut columns = Vec::new();
        for (number, scores) in self.scores.iter().enumerate() {
            let of = |of: fn(&AnimalStates) -> f64| scores.animals.iter().map(of).collect::<Vec<f64>>();
            columns.push(Column::numbers(&format!("accuracy_{}", number + 1), of(|a| a.accuracy)));
            columns.push(Column::numbers(&format!("balanced_accuracy_{}", number + 1), of(|a| a.balanced)));
        }
        chosen(self.scores[0].animals.iter().map(|a| a.chosen.as_ref()), &mut columns);
        Table::new(self.scores[0].animals.iter().map(|a| a.name.clone()).collect(), columns)
    }
}

fn chosen<'a>(words: impl Iterator<Item = Option<&'a String>> + Clone, columns: &mut Vec<Column>) {
    if words.clone().any(|w| w.is_some()) {
        columns.push(Column::texts("chosen", words));
    }
}

/// Rows of animals with a number for each seed, and what was chosen.
fn rows(
    f: &mut std::fmt::Formatter<'_>,
    animals: &[(String, Vec<f64>, Option<String>)],
    seeds: usize,
) -> std::fmt::Result {
    let width = animals.iter().map(|a| a.0.chars().count()).max().unwrap_or(6).max(6);
    write!(f, "\n{:<width$} {:>7}", "animal", "mean")?;
    (1..=seeds).try_for_each(|s| write!(f, " {:>7}", format!("seed {s}")))?;
    for (name, values, words) in animals {
        write!(f, "\n{name:<width$} {:>7.4}", spread(values).0)?;
        values.iter().try_for_each(|v| write!(f, " {v:>7.4}"))?;
        if let Some(words) = words {
            write!(f, "  {words}")?;
        }
    }
    Ok(())
}

impl std::fmt::Display for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: skill {:.4}, over seeds ± {:.4}", self.mean.model, self.skill(), self.seed_sd())?;
        write!(f, " ({})", self.mean.protocol)?;
        let animals = self.mean.animals.iter().enumerate().map(|(i, a)| {
            let skills = self.rollouts.iter().map(|r| r.animals[i].skill()).collect();
            (a.name.clone(), skills, a.chosen.clone())
        });
        rows(f, &animals.collect::<Vec<_>>(), self.rollouts.len())
    }
}

impl std::fmt::Display for StatesStudy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let first = &self.scores[0];
        write!(f, "{}: accuracy {:.4}, balanced {:.4}", first.model, self.accuracy(), self.balanced())?;
        if let Some(coarse) = self.coarse() {
            write!(f, ", of coarser states {coarse:.4}")?;
        }
        write!(f, " (each of {} animals left out, {} neurons; accuracies:)", first.animals.len(), first.neurons)?;
        let animals = first.animals.iter().enumerate().map(|(i, a)| {
            let right = self.scores.iter().map(|s| s.animals[i].accuracy).collect();
            (a.name.clone(), right, a.chosen.clone())
        });
        rows(f, &animals.collect::<Vec<_>>(), self.scores.len())
    }
}
