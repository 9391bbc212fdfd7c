//! How well activity is predicted: squared errors per animal and horizon, and the skill against persistence.
//!
//! Skill is `1 - MSE / MSE of persistence`, for each animal, then averaged over animals: 0 is no better than "nothing
//! changes", 1 is perfect. Traces are taken as they are given; errors of z-scored traces can be compared between neurons.

use serde::{Deserialize, Serialize};

use super::{Baseline, Forecast};
use crate::activity::intervals::{Parts, intervals};
use crate::activity::splits::{Segment, Split, leave_one_animal_out, poco as poco_split};
use crate::activity::{IntervalOptions, Intervals, Recording, RecordingSet};
use crate::data::table::Column;
use crate::data::{Origin, Outcome, Table};
use crate::error::{Error, Result};

/// How forecasts are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutOptions {
    /// Frames that are seen.
    pub context: usize,
    /// Frames that are predicted.
    pub horizon: usize,
    /// Share of the frames of each animal learnt from, from the start; settings are chosen on the rest.
    pub share: f64,
    /// Penalties to choose from, where a penalty is to be chosen; needs a `share` below 1.
    pub lambdas: Vec<f64>,
}

impl Default for RolloutOptions {
    fn default() -> Self {
        RolloutOptions { context: 16, horizon: 16, share: 1.0, lambdas: Vec::new() }
    }
}

/// The squared errors on one animal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnimalError {
    /// The animal.
    pub name: String,
    /// Number of windows.
    pub windows: usize,
    /// Mean squared error 1, 2, … frames ahead, over windows and neurons.
    pub mse: Vec<f64>,
    /// The same of persistence.
    pub persistence: Vec<f64>,
    /// Mean squared error of each window, over horizon and neurons.
    #[serde(skip)]
    pub by_window: Vec<f64>,
    /// The same of persistence.
    #[serde(skip)]
    pub persistence_by_window: Vec<f64>,
    /// What was chosen on frames kept back, in words; none where nothing was to choose.
    pub chosen: Option<String>,
}

impl AnimalError {
    /// Mean over the horizon.
    pub fn mean(&self) -> f64 {
        mean(&self.mse)
    }

    /// Skill against persistence over the whole horizon.
    pub fn skill(&self) -> f64 {
        1.0 - self.mean() / mean(&self.persistence)
    }

    /// Skill at each number of frames ahead.
    pub fn skills(&self) -> Vec<f64> {
        self.mse.iter().zip(&self.persistence).map(|(m, p)| 1.0 - m / p).collect()
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How well a model predicts animals it has not learnt from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// The model.
    pub model: String,
    /// What was learnt from and judged, in words.
    pub protocol: String,
    /// The errors on each animal.
    pub animals: Vec<AnimalError>,
    /// Seconds of a frame, the mean over animals.
    pub dt: f64,
    origin: Origin,
}

impl Rollout {
    /// The mean over animals of the skill over the horizon.
    pub fn skill(&self) -> f64 {
        mean(&self.animals.iter().map(AnimalError::skill).collect::<Vec<_>>())
    }

    /// The mean over animals of the skill at each number of frames ahead.
    pub fn skills(&self) -> Vec<f64> {
        self.over_animals(AnimalError::skills)
    }

    /// The mean over animals of the squared error at each number of frames ahead.
    pub fn mse(&self) -> Vec<f64> {
        self.over_animals(|a| a.mse.clone())
    }

    /// Intervals of the skill of each animal and of their mean, by the bootstrap over blocks of windows.
    ///
    /// # Errors
    /// When an option makes no sense, and on a requested stop.
    pub fn intervals(&self, options: &IntervalOptions, seed: u64) -> Result<Intervals> {
        let parts = |a: &AnimalError| Parts {
            name: a.name.clone(),
            part: a.by_window.clone(),
            whole: a.persistence_by_window.clone(),
        };
        let animals: Vec<Parts> = self.animals.iter().map(parts).collect();
        intervals("skill", &animals, |own, still| 1.0 - own / still, options, self.origin.clone(), seed)
    }

    fn over_animals(&self, of: impl Fn(&AnimalError) -> Vec<f64>) -> Vec<f64> {
        let all: Vec<Vec<f64>> = self.animals.iter().map(of).collect();
        (0..all[0].len()).map(|h| mean(&all.iter().map(|a| a[h]).collect::<Vec<_>>())).collect()
    }

    /// The standard deviation over animals of the skill (divisor: animals less one); none of one animal.
    pub fn skill_sd(&self) -> Option<f64> {
        let (skill, n) = (self.skill(), self.animals.len() as f64);
        let squares: f64 = self.animals.iter().map(|a| (a.skill() - skill).powi(2)).sum();
        (self.animals.len() > 1).then(|| (squares / (n - 1.0)).sqrt())
    }
}

/// What a learner gives for one split: a forecast, and what was chosen for it, in words.
pub type Chosen = (Box<dyn Forecast>, Option<String>);

/// Judges a baseline on each animal in turn, fitted to the others.
///
/// # Errors
/// As [`rollout_with`] and [`Baseline::fit`].
pub fn rollout(set: &RecordingSet, model: &Baseline, options: &RolloutOptions) -> Result<Rollout> {
    let name = model.name().to_string();
    let options_and_model = (options, model);
    let origin = set.origin("evaluate::rollout", &options_and_model, None);
    rollout_with(set, name, options, origin, &mut |split| choose(model, split, options))
}

/// Judges any forecast on each animal in turn: `learn` is given the others in a [`Split`].
///
/// # Errors
/// When there are fewer than two animals, their neurons differ, an animal is too short, and those of `learn`.
pub fn rollout_with(
    set: &RecordingSet,
    model: String,
    options: &RolloutOptions,
    origin: Origin,
    learn: &mut dyn FnMut(&Split) -> Result<Chosen>,
) -> Result<Rollout> {
    set.require_aligned("a rollout")?;
    let splits = leave_one_animal_out(set, options.share)?;
    let protocol = match options.share {
        share if share < 1.0 => {
            format!("each animal left out, learnt from the first {:.0} % of the others", 100.0 * share)
        }
        _ => "each animal left out, learnt from all of the others".into(),
    };
    judged(set, model, protocol, &splits, options, origin, learn)
}

/// Judges a baseline by the protocol of POCO: each animal by itself, on the last fifth of each patch of 1000 frames,
/// settings chosen on the fifth before.
///
/// # Errors
/// As [`rollout`].
pub fn poco(set: &RecordingSet, model: &Baseline, options: &RolloutOptions) -> Result<Rollout> {
    let splits = set.recordings().iter().map(|r| poco_split(r, 1000)).collect::<Result<Vec<_>>>()?;
    let origin = set.origin("evaluate::poco", &(options, model), None);
    let protocol = "POCO: each animal by itself, later frames of patches of 1000".to_string();
    let mut learn = |split: &Split| choose(model, split, options);
    judged(set, model.name().to_string(), protocol, &splits, options, origin, &mut learn)
}

/// Fits a baseline; with several penalties to choose from, the one whose error is least on what was kept back.
fn choose(model: &Baseline, split: &Split, options: &RolloutOptions) -> Result<Chosen> {
    let (context, horizon) = (options.context, options.horizon);
    if model.lambda().is_none() || options.lambdas.is_empty() {
        return Ok((Box::new(model.fit(&split.train, context, horizon)?), None));
    }
    if split.validation.iter().all(|s| s.ends(context, horizon).is_empty()) {
        return Err(Error::value("there is nothing kept back to choose a penalty on")
            .help("give `share: 0.8`, or a single `lambda` instead of `lambdas`"));
    }
    let mut best: Option<(f64, super::Fitted)> = None;
    for fitted in model.fit_all(&split.train, context, horizon, &options.lambdas)? {
        let error = mean(&errors(&fitted, &split.validation, context, horizon)?.ahead);
        if best.as_ref().is_none_or(|(least, _)| error < *least) {
            best = Some((error, fitted));
        }
    }
    let (_, fitted) = best.ok_or_else(|| Error::internal("no penalty was tried"))?;
    let chosen = fitted.kind().lambda().map(|lambda| format!("lambda {lambda}"));
    Ok((Box::new(fitted), chosen))
}

fn judged(
    set: &RecordingSet,
    model: String,
    protocol: String,
    splits: &[Split],
    options: &RolloutOptions,
    origin: Origin,
    learn: &mut dyn FnMut(&Split) -> Result<Chosen>,
) -> Result<Rollout> {
    let (context, horizon) = (options.context, options.horizon);
    if context == 0 || horizon == 0 {
        return Err(Error::value(format!("a context of {context} and a horizon of {horizon} frames"))
            .help("give 1 or more of both"));
    }
    let meter = crate::progress::begin(&format!("{model}: animals"), splits.len() as u64);
    let mut animals = Vec::with_capacity(splits.len());
    for (done, split) in splits.iter().enumerate() {
        if split.test.iter().all(|s| s.ends(context, horizon).is_empty()) {
            return Err(Error::value(format!(
                "`{}` has no {context} frames with {horizon} behind to judge on",
                split.name
            ))
            .help("give a shorter context or horizon"));
        }
        let still = Baseline::Persistence.fit(&split.test, context, horizon)?;
        let still = errors(&still, &split.test, context, horizon)?;
        let (forecast, chosen) = learn(split)?;
        let own = errors(forecast.as_ref(), &split.test, context, horizon)?;
        animals.push(AnimalError {
            name: split.name.clone(),
            windows: own.windows.len(),
            mse: own.ahead,
            persistence: still.ahead,
            by_window: own.windows,
            persistence_by_window: still.windows,
            chosen,
        });
        meter.set(done as u64 + 1, &split.name);
    }
    let dt = mean(&set.recordings().iter().map(Recording::dt).collect::<Vec<_>>());
    Ok(Rollout { model, protocol, animals, dt, origin })
}

/// Mean squared errors.
struct Errors {
    /// At each number of frames ahead, over windows and neurons.
    ahead: Vec<f64>,
    /// Of each window, over horizon and neurons.
    windows: Vec<f64>,
}

fn errors(forecast: &dyn Forecast, segments: &[Segment], context: usize, horizon: usize) -> Result<Errors> {
    let (mut sums, mut windows, mut neurons) = (vec![0.0; horizon], Vec::new(), 1);
    for segment in segments {
        let r = &segment.recording;
        let n = r.len();
        let ends: Vec<usize> = segment.ends(context, horizon).collect();
        let predicted = forecast.predict(r, &ends, horizon)?;
        if predicted.len() != ends.len() * horizon * n {
            return Err(Error::internal(format!(
                "a forecast gave {} values for {} windows",
                predicted.len(),
                ends.len()
            )));
        }
        for (&end, window) in ends.iter().zip(predicted.chunks_exact(horizon * n)) {
            let truth = &r.traces()[(end + 1) * n..(end + 1 + horizon) * n];
            let mut all = 0.0;
            for ((sum, p), y) in sums.iter_mut().zip(window.chunks_exact(n)).zip(truth.chunks_exact(n)) {
                let frame: f64 = p.iter().zip(y).map(|(p, y)| (p - y) * (p - y)).sum();
                *sum += frame;
                all += frame;
            }
            windows.push(all / (horizon * n) as f64);
        }
        neurons = n;
    }
    let values = (windows.len() * neurons).max(1) as f64;
    Ok(Errors { ahead: sums.into_iter().map(|s| s / values).collect(), windows })
}

impl Outcome for Rollout {
    fn origin(&self) -> &Origin {
        &self.origin
    }

    fn numbers(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("skill", self.skill()),
            ("skill_sd", self.skill_sd().unwrap_or(f64::NAN)),
            ("mse", mean(&self.mse())),
            ("animals", self.animals.len() as f64),
        ]
    }

    /// A row for each animal: windows, `mse`, `persistence`, `skill`, and `mse_1`, `mse_2`, … frames ahead.
    fn table(&self) -> Result<Table> {
        let number = |of: &dyn Fn(&AnimalError) -> f64| self.animals.iter().map(of).collect::<Vec<f64>>();
        let mut columns = vec![
            Column::numbers("windows", number(&|a| a.windows as f64)),
            Column::numbers("mse", number(&AnimalError::mean)),
            Column::numbers("persistence", number(&|a| mean(&a.persistence))),
            Column::numbers("skill", number(&AnimalError::skill)),
        ];
        if self.animals.iter().any(|a| a.chosen.is_some()) {
            columns.push(Column::texts("chosen", self.animals.iter().map(|a| a.chosen.as_ref())));
        }
        for h in 0..self.animals[0].mse.len() {
            columns.push(Column::numbers(&format!("mse_{}", h + 1), number(&|a| a.mse[h])));
        }
        Table::new(self.animals.iter().map(|a| a.name.clone()).collect(), columns)
    }
}

impl std::fmt::Display for Rollout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: skill {:.4}", self.model, self.skill())?;
        if let Some(sd) = self.skill_sd() {
            write!(f, " ± {sd:.4}")?;
        }
        let horizon = self.animals[0].mse.len();
        writeln!(f, " over {horizon} frames, {:.1} s ({})", horizon as f64 * self.dt, self.protocol)?;
        let width = self.animals.iter().map(|a| a.name.chars().count()).max().unwrap_or(6).max(6);
        let shown: Vec<usize> = [1, 4, 8, 16].into_iter().filter(|&h| h < horizon).chain([horizon]).collect();
        write!(f, "{:<width$} {:>8} {:>12} {:>7}", "animal", "MSE", "persistence", "skill")?;
        shown.iter().try_for_each(|h| write!(f, " {:>7}", format!("h={h}")))?;
        for a in &self.animals {
            write!(f, "\n{:<width$} {:>8.5} {:>12.5} {:>7.4}", a.name, a.mean(), mean(&a.persistence), a.skill())?;
            let skills = a.skills();
            shown.iter().try_for_each(|&h| write!(f, " {:>7.3}", skills[h - 1]))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn animal(name: &str, phase: f64) -> Recording {
        let traces = (0..300).flat_map(|t| {
            let angle = f64::from(t) * 0.2 + phase;
            [angle.sin(), angle.cos(), (0.5 * angle).sin()]
        });
        Recording::new(name, ["A", "B", "C"].map(String::from).to_vec(), traces.collect(), 0.5).unwrap()
    }

    fn set() -> RecordingSet {
        RecordingSet::new(vec![animal("a", 0.0), animal("b", 1.0), animal("c", 2.5)]).unwrap()
    }

    #[test]
    fn persistence_has_no_skill_and_ridge_knows_waves() {
        let still = rollout(&set(), &Baseline::Persistence, &RolloutOptions::default()).unwrap();
        assert_eq!(still.skill(), 0.0);
        assert_eq!(still.animals[0].windows, 300 - 31);
        // The mean of (sin(a + d) - sin a)² over a whole turn is 1 - cos d.
        let options = RolloutOptions { horizon: 1, ..Default::default() };
        let one = rollout(&set(), &Baseline::Persistence, &options).unwrap();
        let expected = (2.0 * (1.0 - 0.2f64.cos()) + (1.0 - 0.1f64.cos())) / 3.0;
        assert!((one.animals[0].mse[0] - expected).abs() < 2e-4, "{} {expected}", one.animals[0].mse[0]);
        let ridge = rollout(&set(), &Baseline::ridge(1e-6), &RolloutOptions::default()).unwrap();
        assert!(ridge.skill() > 0.999, "{ridge}");
        assert_eq!(ridge.table().unwrap().len(), 3);
        assert_eq!(ridge.skills().len(), 16);
        let sure = one.intervals(&crate::activity::IntervalOptions::default(), 1).unwrap();
        assert!(
            sure.animals.iter().all(|a| a.value == 0.0 && a.interval.low == 0.0 && a.interval.high == 0.0),
            "{sure}"
        );
    }

    #[test]
    fn penalties_are_chosen_on_frames_kept_back() {
        let options = RolloutOptions { share: 0.8, lambdas: vec![1e9, 1e-6], ..Default::default() };
        let ridge = rollout(&set(), &Baseline::ridge(1.0), &options).unwrap();
        assert_eq!(ridge.animals[0].chosen.as_deref(), Some("lambda 0.000001"));
        let nothing_kept = RolloutOptions { share: 1.0, ..options };
        assert!(
            rollout(&set(), &Baseline::ridge(1.0), &nothing_kept).unwrap_err().message.contains("nothing kept back")
        );
    }

    #[test]
    fn animals_must_have_the_same_neurons_and_enough_frames() {
        let odd = RecordingSet::new(vec![animal("a", 0.0), animal("b", 1.0).without(&["A"]).unwrap()]).unwrap();
        assert!(
            rollout(&odd, &Baseline::Persistence, &RolloutOptions::default())
                .unwrap_err()
                .message
                .contains("same neurons")
        );
        let long = RolloutOptions { context: 200, horizon: 200, ..Default::default() };
        assert!(rollout(&set(), &Baseline::Persistence, &long).is_err());
    }
}
