//! Choosing settings on animals that are not judged.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Candidate;
use crate::error::{Error, Result};
use crate::nn::activity::Network;

/// Networks trained on the way, by candidate and by the animals that they learnt from: the network without two animals
/// serves the choice for either.
#[derive(Default)]
pub(super) struct Choice {
    trained: HashMap<(usize, Vec<String>), Network>,
}

impl Choice {
    /// The candidate whose networks do best on each of `animals`, trained without it: the mean over animals.
    ///
    /// # Errors
    /// Those of `train` and `judge`, and when one animal is all there is to learn from.
    pub fn best<T: Serialize>(
        &mut self,
        candidates: &[Candidate<T>],
        animals: &[String],
        mut train: impl FnMut(usize, &[usize]) -> Result<Network>,
        mut judge: impl FnMut(&Network, usize) -> Result<f64>,
    ) -> Result<usize> {
        if candidates.len() < 2 {
            return Ok(0);
        }
        if animals.len() < 2 {
            return Err(Error::value(
                "choosing settings takes three animals: two to learn and choose from, one to judge on",
            )
            .help("give one candidate, or more recordings"));
        }
        let mut best = (f64::NEG_INFINITY, 0);
        for number in 0..candidates.len() {
            let mut sum = 0.0;
            for kept_back in 0..animals.len() {
                let others: Vec<usize> = (0..animals.len()).filter(|&i| i != kept_back).collect();
                let key = (number, others.iter().map(|&i| animals[i].clone()).collect());
                let network = match self.trained.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(fresh) => fresh.insert(train(number, &others)?),
                };
                sum += judge(network, kept_back)?;
            }
            tracing::debug!("{}: {:.4}", in_words(candidates, number), sum / animals.len() as f64);
            if sum > best.0 {
                best = (sum, number);
            }
        }
        Ok(best.1)
    }
}

/// The settings in which a candidate may differ from the others, such as `heads 4, offset 0.2`.
pub(super) fn in_words<T: Serialize>(candidates: &[Candidate<T>], number: usize) -> String {
    let maps: Vec<Map<String, Value>> = candidates.iter().map(settings).collect();
    let own = &maps[number];
    let differ = own.iter().filter(|(name, value)| maps.iter().any(|other| other.get(*name) != Some(value)));
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_string);
    differ.map(|(name, value)| format!("{name} {}", shown(value))).collect::<Vec<_>>().join(", ")
}

fn settings<T: Serialize>(candidate: &Candidate<T>) -> Map<String, Value> {
    let Candidate { design, fit, task } = candidate;
    let parts = [serde_json::to_value(design), serde_json::to_value(fit), serde_json::to_value(task)];
    parts.into_iter().filter_map(|part| part.ok()?.as_object().cloned()).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::activity::Design;
    use crate::nn::activity::{Mlp, Relational};
    use crate::train::activity::FitOptions;

    #[test]
    fn candidates_are_told_apart_by_what_differs() {
        let relational = |heads| Design::Relational(Relational { heads, ..Relational::default() });
        let fit = |offset| FitOptions { offset, ..FitOptions::default() };
        let candidates = [
            Candidate { design: relational(1), fit: fit(0.0), task: () },
            Candidate { design: relational(4), fit: fit(0.2), task: () },
        ];
        assert_eq!(in_words(&candidates, 1), "heads 4, offset 0.2");
        assert_eq!(in_words(&candidates[..1], 0), "");
        let other = [candidates[0].clone(), Candidate { design: Design::Mlp(Mlp::default()), fit: fit(0.0), task: () }];
        assert!(in_words(&other, 1).starts_with("kind mlp, hidden [128,128]"), "{}", in_words(&other, 1));
    }
}
