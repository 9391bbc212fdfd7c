//! Skill over the horizon: how far ahead a model says more than that nothing changes.

use serde::{Deserialize, Serialize};

use crate::activity::forecast::{AnimalError, Rollout};
use crate::error::{Error, Result};
use crate::plot::charts::{Line, LinesOptions, lines};
use crate::plot::figure::{Figure, Resize};

/// How skill over the horizon looks. Lengths in millimetres.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct HorizonOptions {
    /// Title above the panel.
    pub title: Option<String>,
    /// Width of the figure.
    pub width_mm: f64,
    /// Height of the figure.
    pub height_mm: f64,
    /// What the models are called, in their order; by default their own names.
    pub names: Vec<String>,
    /// Whether the horizon is given in seconds (the mean over animals) and not in frames.
    pub seconds: bool,
    /// Whether a band reaches from the animal told worst to the one told best; by default with three models at most.
    pub band: Option<bool>,
}

impl Default for HorizonOptions {
    fn default() -> Self {
        HorizonOptions { title: None, width_mm: 110.0, height_mm: 75.0, names: Vec::new(), seconds: true, band: None }
    }
}

impl Resize for HorizonOptions {
    fn resize(&mut self, width_mm: f64, height_mm: f64) {
        (self.width_mm, self.height_mm) = (width_mm, height_mm);
    }
}

/// The most models whose bands can be told apart.
const MOST_BANDS: usize = 3;

/// Draws a line for each model: the mean over animals of the skill against persistence, at each time ahead.
///
/// # Errors
/// When there is no model, or names are not as many as models.
pub fn horizon(rollouts: &[&Rollout], options: &HorizonOptions) -> Result<Figure> {
    if !options.names.is_empty() && options.names.len() != rollouts.len() {
        return Err(Error::value(format!("{} names for {} models", options.names.len(), rollouts.len()))
            .help("give a name for each model, or none"));
    }
    if rollouts.is_empty() {
        return Err(
            Error::value("there is no rollout to draw").help("give what `evaluate::rollout` says, or several of it")
        );
    }
    let banded = options.band.unwrap_or(rollouts.len() <= MOST_BANDS);
    let line = |(i, rollout): (usize, &&Rollout)| {
        let skills = rollout.skills();
        let of_animals: Vec<Vec<f64>> = rollout.animals.iter().map(AnimalError::skills).collect();
        let end = |first: f64, pick: fn(f64, f64) -> f64| -> Vec<f64> {
            match banded && of_animals.len() > 1 {
                true => (0..skills.len()).map(|h| of_animals.iter().map(|a| a[h]).fold(first, pick)).collect(),
                false => Vec::new(),
            }
        };
        let step = if options.seconds { rollout.dt } else { 1.0 };
        Line {
            name: options.names.get(i).unwrap_or(&rollout.model).clone(),
            x: (1..=skills.len()).map(|h| h as f64 * step).collect(),
            low: end(f64::INFINITY, f64::min),
            high: end(f64::NEG_INFINITY, f64::max),
            y: skills,
        }
    };
    let all: Vec<Line> = rollouts.iter().enumerate().map(line).collect();
    lines(
        &all,
        &LinesOptions {
            title: options.title.clone(),
            width_mm: options.width_mm,
            height_mm: options.height_mm,
            x_label: if options.seconds { "time ahead (s)" } else { "frames ahead" }.into(),
            y_label: "skill against persistence".into(),
            reference: Some(0.0),
            ..Default::default()
        },
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::activity::forecast::{Baseline, RolloutOptions, rollout};
    use crate::activity::simulate::{WormOptions, worm};
    use crate::plot::figure::tests::{parses, texts};

    #[test]
    fn each_model_has_a_line_and_few_have_bands() {
        let set = worm(&WormOptions { animals: 2, frames: 200, ..Default::default() }, 1).unwrap().recordings;
        let judged = |model: &Baseline| rollout(&set, model, &RolloutOptions::default()).unwrap();
        let (ridge, var) = (judged(&Baseline::ridge(10.0)), judged(&Baseline::Var { order: 1, lambda: 10.0 }));
        let figure = horizon(&[&ridge, &var], &HorizonOptions::default()).unwrap();
        parses(&figure);
        assert_eq!(figure.svg().matches("fill-opacity").count(), 2);
        for text in ["ridge", "var", "time ahead (s)"] {
            assert!(texts(&figure).contains(&text.to_string()), "{text}");
        }
        let plain =
            HorizonOptions { band: Some(false), seconds: false, names: vec!["mine".into()], ..Default::default() };
        let figure = horizon(&[&ridge], &plain).unwrap();
        assert_eq!(figure.svg().matches("fill-opacity").count(), 0);
        assert!(texts(&figure).contains(&"frames ahead".to_string()));
        assert!(horizon(&[&ridge, &var], &plain).unwrap_err().message.contains("1 names for 2"));
        assert!(horizon(&[], &HorizonOptions::default()).is_err());
    }
}
