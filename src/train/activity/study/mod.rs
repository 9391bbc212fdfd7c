//! Whole studies: every animal left out in turn, settings chosen within the others, several seeds.
//!
//! Settings are chosen on animals, not on frames: a candidate is trained without two animals and judged on both, which
//! serves the choice for either, so that neither has any part in what is chosen for itself. A network's own numbers of the
//! animal that is left out are looked at once, when all is chosen.

mod choice;
mod forecasts;
mod told;

pub use forecasts::{Study, poco_study, study};
pub use told::{StatesStudy, states_study};

use serde::{Deserialize, Serialize};
use tch::Device;

use super::options::FitOptions;
use super::recipe::Lesson;
use crate::data::table::Column;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::nn::activity::{Design, Network};
use crate::run::seed::derive;
use crate::train::options::{Checkpoint, Event};
use choice::{Choice, in_words};

/// Settings that a study may choose; `T` is what learning is told: [`DynamicsOptions`](super::DynamicsOptions) or
/// [`StatesOptions`](super::StatesOptions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate<T> {
    /// The network.
    pub design: Design,
    /// How it is trained.
    pub fit: FitOptions,
    /// What it is to learn.
    pub task: T,
}

/// How a study goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StudyOptions {
    /// Number of seeds, each with networks of its own.
    pub seeds: usize,
    /// Networks that answer together, by the mean of their answers (Lakshminarayanan et al. 2017), for each seed and animal.
    pub members: usize,
}

impl Default for StudyOptions {
    fn default() -> Self {
        StudyOptions { seeds: 1, members: 1 }
    }
}

impl StudyOptions {
    fn check(&self) -> Result<()> {
        for (what, number) in [("seeds", self.seeds), ("members", self.members)] {
            if number == 0 {
                return Err(Error::value(format!("a study of 0 {what}")).help("give 1 or more"));
            }
        }
        Ok(())
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

    /// Networks that are alike but for their seeds.
    fn members(
        &mut self,
        what: &str,
        seed: u64,
        members: usize,
        teach: impl Fn(Lesson) -> Result<Network>,
    ) -> Result<Vec<Network>> {
        let one = |member: usize| match member {
            0 => self.lesson(what, seed, &teach),
            _ => self.lesson(&format!("{what}-member-{}", member + 1), derive(seed, "member", member as u64), &teach),
        };
        (0..members).map(one).collect()
    }
}

/// Animals left out one by one: what is chosen for each in the first round serves all seeds.
struct LeftOut<'a, 'b, T> {
    candidates: &'a [Candidate<T>],
    members: usize,
    place: &'a mut Workplace<'b>,
    choice: Choice,
    chosen: Vec<usize>,
}

impl<'a, 'b, T: Serialize> LeftOut<'a, 'b, T> {
    fn new(candidates: &'a [Candidate<T>], study: &StudyOptions, place: &'a mut Workplace<'b>) -> Self {
        LeftOut { candidates, members: study.members, place, choice: Choice::default(), chosen: Vec::new() }
    }

    /// The seed of a round.
    fn seed(&self, round: usize) -> u64 {
        derive(self.place.seed, "study", round as u64)
    }

    /// Networks for the animal with this number, trained on the others, and what was chosen, in words.
    fn networks(
        &mut self,
        (number, name): (usize, &str),
        others: &[String],
        round: usize,
        teach: impl Fn(&Candidate<T>, &[usize], Lesson) -> Result<Network>,
        judge: impl FnMut(&Network, usize) -> Result<f64>,
    ) -> Result<(Vec<Network>, Option<String>)> {
        let (seed, candidates) = (self.seed(round), self.candidates);
        if self.chosen.len() <= number {
            let choosing = derive(seed, "choice", 0);
            let train = |candidate: usize, which: &[usize]| {
                let names: Vec<&str> = which.iter().map(|&i| others[i].as_str()).collect();
                let what = format!("choice-{candidate}-{}", names.join("-"));
                self.place.lesson(&what, choosing, |lesson| teach(&candidates[candidate], which, lesson))
            };
            self.chosen.push(self.choice.best(candidates, others, train, judge)?);
        }
        let chosen = self.chosen[number];
        let all: Vec<usize> = (0..others.len()).collect();
        let what = format!("seed-{}-without-{name}", round + 1);
        let teach = |lesson: Lesson| teach(&candidates[chosen], &all, lesson);
        let networks = self.place.members(&what, seed, self.members, teach)?;
        Ok((networks, Some(in_words(candidates, chosen)).filter(|words| !words.is_empty())))
    }
}

fn name_of<T>(candidates: &[Candidate<T>], study: &StudyOptions) -> Result<String> {
    let first = candidates.first().ok_or_else(|| Error::value("a study of no network").help("give one or more"))?;
    study.check()?;
    Ok(match study.members {
        1 => first.design.name(),
        members => format!("{}, {members} together", first.design.name()),
    })
}

/// Mean and standard deviation over seeds (divisor: seeds less one; 0 of one seed).
fn spread(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0)).sqrt())
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
