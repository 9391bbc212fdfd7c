//! Networks that answer together.

use super::Network;
use crate::activity::Recording;
use crate::activity::behaviour::Classify;
use crate::activity::forecast::Forecast;
use crate::error::Result;

/// Networks whose answers are averaged (Lakshminarayanan et al. 2017): forecasts, or probabilities of states.
#[derive(Debug)]
pub struct Ensemble(Vec<Network>);

impl Ensemble {
    /// Networks of the same neurons that are asked the same; one or more.
    pub fn new(members: Vec<Network>) -> Self {
        Ensemble(members)
    }

    fn mean(&self, answer: impl Fn(&Network) -> Result<Vec<f64>>) -> Result<Vec<f64>> {
        let mut answers = self.0.iter().map(answer);
        let mut mean = answers.next().unwrap_or_else(|| Ok(Vec::new()))?;
        for other in answers {
            mean.iter_mut().zip(other?).for_each(|(sum, v)| *sum += v);
        }
        mean.iter_mut().for_each(|v| *v /= self.0.len() as f64);
        Ok(mean)
    }
}

impl Forecast for Ensemble {
    fn predict(&self, recording: &Recording, ends: &[usize], horizon: usize) -> Result<Vec<f64>> {
        self.mean(|network| network.predict(recording, ends, horizon))
    }
}

impl Classify for Ensemble {
    fn classify(&self, recording: &Recording, frames: &[usize]) -> Result<Vec<usize>> {
        let rows = self.mean(|network| network.probabilities(recording, frames))?;
        Ok(likeliest(&rows, frames.len()))
    }
}

/// The column of the largest number in each of so many rows; the first of several.
pub(super) fn likeliest(rows: &[f64], count: usize) -> Vec<usize> {
    let best = |row: &[f64]| (1..row.len()).fold(0, |best, s| if row[s] > row[best] { s } else { best });
    rows.chunks_exact((rows.len() / count.max(1)).max(1)).map(best).collect()
}
