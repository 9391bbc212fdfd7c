//! Studies of networks that tell states.

use super::{Candidate, LeftOut, StudyOptions, Workplace, chosen, name_of, rows, spread};
use crate::activity::RecordingSet;
use crate::activity::behaviour::{AnimalStates, Classify, LeaveOneOutOptions, StateScores, leave_one_out_with};
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::Result;
use crate::nn::activity::{Ensemble, Network};
use crate::train::activity::{Labelled, Lesson, StatesOptions, states};

/// How well networks tell the states of animals that they have not learnt from.
#[derive(Debug)]
pub struct StatesStudy {
    /// One for each seed.
    pub scores: Vec<StateScores>,
    /// The networks: for each seed those of each animal, which have learnt from the others, one animal after the other.
    pub networks: Vec<Vec<Network>>,
    origin: Origin,
}

/// As [`study`](super::study()), for telling states. Candidates are chosen by their accuracy.
///
/// # Errors
/// As [`study`](super::study()), [`states`](states()) and [`leave_one_out_with`].
pub fn states_study(
    set: &RecordingSet,
    candidates: &[Candidate<StatesOptions>],
    judging: &LeaveOneOutOptions,
    study: &StudyOptions,
    place: &mut Workplace,
) -> Result<StatesStudy> {
    let name = name_of(candidates, study)?;
    let origin = set.origin("train::states_study", &(candidates, judging, study), Some(place.seed));
    let mut names = set.state_names("telling states")?;
    names.retain(|s| !judging.drop.contains(s));
    let (mut scores, mut networks) = (Vec::new(), Vec::new());
    let mut left_out = LeftOut::new(candidates, study, place);
    for round in 0..study.seeds {
        let (mut own, mut number) = (Vec::new(), 0);
        let judged = leave_one_out_with(set, name.clone(), judging, origin.clone(), &mut |others: &[Labelled], _| {
            let animals: Vec<String> = others.iter().map(|(r, ..)| r.name().to_string()).collect();
            let teach = |candidate: &Candidate<StatesOptions>, which: &[usize], lesson: Lesson| {
                let labelled: Vec<Labelled> = which.iter().map(|&i| others[i].clone()).collect();
                let Candidate { design, fit, task } = candidate;
                states(design, &labelled, &names, task, fit, lesson).map(|d| d.network)
            };
            let judge = |network: &Network, animal: usize| {
                let (recording, frames, truth) = &others[animal];
                let told = network.classify(recording, frames)?;
                let right = told.iter().zip(truth).filter(|(a, b)| a == b).count();
                Ok(right as f64 / truth.len() as f64)
            };
            let name = (number + 1).to_string();
            let (trained, words) = left_out.networks((number, &name), &animals, round, teach, judge)?;
            number += 1;
            own.extend(trained.iter().map(Network::shared));
            Ok((Box::new(Ensemble::new(trained)) as Box<dyn Classify>, words))
        })?;
        scores.push(judged);
        networks.push(own);
    }
    Ok(StatesStudy { scores, networks, origin })
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
