//! Studies of networks that forecast.

use super::choice::in_words;
use super::{Candidate, LeftOut, StudyOptions, Workplace, chosen, name_of, rows, spread};
use crate::activity::RecordingSet;
use crate::activity::forecast::{Forecast, Rollout, RolloutOptions, poco_with, rollout_with, skill};
use crate::activity::splits::{Segment, Split};
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};
use crate::nn::activity::{Ensemble, Network};
use crate::run::seed::derive;
use crate::train::activity::{DynamicsOptions, Lesson, dynamics};

/// How well networks forecast animals that they have not learnt from.
#[derive(Debug)]
pub struct Study {
    /// One for each seed.
    pub rollouts: Vec<Rollout>,
    /// All seeds as one: errors are means over seeds.
    pub mean: Rollout,
    /// The networks: for each seed those of each animal, which have learnt from the others, one animal after the other.
    pub networks: Vec<Vec<Network>>,
    origin: Origin,
}

/// How all candidates are judged.
fn judging(candidates: &[Candidate<DynamicsOptions>]) -> Result<RolloutOptions> {
    let DynamicsOptions { context, horizon, .. } = candidates[0].task;
    match candidates.iter().find(|c| (c.task.context, c.task.horizon) != (context, horizon)) {
        None => Ok(RolloutOptions { context, horizon, ..RolloutOptions::default() }),
        Some(other) => Err(Error::value(format!(
            "candidates are judged on the same windows: one has {context} frames of context and {horizon} of horizon, another {} and {}",
            other.task.context, other.task.horizon
        ))
        .help("give `context` and `horizon` once, for all")),
    }
}

/// The networks of one animal, with what was chosen for it, as the judge takes them.
fn answering(networks: Vec<Network>, own: &mut Vec<Network>) -> Box<dyn Forecast> {
    own.extend(networks.iter().map(Network::shared));
    Box::new(Ensemble::new(networks))
}

/// Leaves each animal out in turn; with several candidates, each animal's networks have the settings that are best among
/// the other animals.
///
/// # Errors
/// When there are fewer than two animals (three, where settings are chosen), their neurons differ, candidates see or
/// predict different numbers of frames, and as [`dynamics`](dynamics()).
pub fn study(
    set: &RecordingSet,
    candidates: &[Candidate<DynamicsOptions>],
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<Study> {
    let name = name_of(candidates, study)?;
    set.require_aligned("a study")?;
    let judging = judging(candidates)?;
    let origin = set.origin("train::study", &(candidates, study), Some(place.seed));
    let (mut rollouts, mut networks) = (Vec::new(), Vec::new());
    let mut left_out = LeftOut::new(candidates, study, place);
    for round in 0..study.seeds {
        let (mut own, mut number) = (Vec::new(), 0);
        let rollout = rollout_with(set, name.clone(), &judging, origin.clone(), &mut |split: &Split| {
            let others: Vec<String> = split.train.iter().map(|s| s.recording.name().to_string()).collect();
            let teach = |candidate: &Candidate<DynamicsOptions>, which: &[usize], lesson: Lesson| {
                let segments: Vec<Segment> = which.iter().map(|&i| split.train[i].clone()).collect();
                dynamics(&candidate.design, &segments, &candidate.task, &candidate.fit, lesson).map(|d| d.network)
            };
            let judge = |network: &Network, animal: usize| {
                skill(network, &split.train[animal..=animal], judging.context, judging.horizon)
            };
            let (trained, words) = left_out.networks((number, &split.name), &others, round, teach, judge)?;
            number += 1;
            Ok((answering(trained, &mut own), words))
        })?;
        rollouts.push(rollout);
        networks.push(own);
    }
    Study::of(name, rollouts, networks, origin)
}

/// The protocol of POCO: each animal by itself, on later frames; with several candidates, the one that is best on the
/// frames kept back for choosing.
///
/// # Errors
/// As [`study`], but for the number of animals and their neurons.
pub fn poco_study(
    set: &RecordingSet,
    candidates: &[Candidate<DynamicsOptions>],
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<Study> {
    let name = name_of(candidates, study)?;
    let judging = judging(candidates)?;
    let origin = set.origin("train::poco", &(candidates, study), Some(place.seed));
    let (mut rollouts, mut networks) = (Vec::new(), Vec::new());
    for round in 0..study.seeds {
        let seed = derive(place.seed, "study", round as u64);
        let mut own = Vec::new();
        let rollout = poco_with(set, name.clone(), &judging, origin.clone(), &mut |split: &Split| {
            let mut best: Option<(f64, usize, Vec<Network>)> = None;
            for (number, Candidate { design, fit, task }) in candidates.iter().enumerate() {
                let what = format!("seed-{}-of-{}-{number}", round + 1, split.name);
                let learn = |lesson: Lesson| dynamics(design, &split.train, task, fit, lesson).map(|d| d.network);
                let trained = place.members(&what, seed, study.members, learn)?;
                let score = match candidates.len() {
                    1 => 0.0,
                    _ => skill(&trained[0], &split.validation, judging.context, judging.horizon)?,
                };
                if best.as_ref().is_none_or(|(least, ..)| score > *least) {
                    best = Some((score, number, trained));
                }
            }
            let (_, number, trained) = best.ok_or_else(|| Error::internal("no candidate was tried"))?;
            let words = in_words(candidates, number);
            Ok((answering(trained, &mut own), Some(words).filter(|w| !w.is_empty())))
        })?;
        rollouts.push(rollout);
        networks.push(own);
    }
    Study::of(name, rollouts, networks, origin)
}

impl Study {
    fn of(name: String, rollouts: Vec<Rollout>, networks: Vec<Vec<Network>>, origin: Origin) -> Result<Study> {
        let title = if rollouts.len() > 1 { format!("{name}, {} seeds", rollouts.len()) } else { name };
        let mean = Rollout::mean(&rollouts, title, origin.clone())?;
        Ok(Study { rollouts, mean, networks, origin })
    }

    /// The mean over seeds and animals of the skill.
    pub fn skill(&self) -> f64 {
        self.mean.skill()
    }

    /// The standard deviation over seeds of the mean skill.
    pub fn seed_sd(&self) -> f64 {
        spread(&self.rollouts.iter().map(Rollout::skill).collect::<Vec<_>>()).1
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
