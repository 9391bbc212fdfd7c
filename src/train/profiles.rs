//! Learning the geometry of shape: latents lie as far apart as the neurons' shape profiles.
//!
//! A profile ([`data::profiles`](fn@crate::data::profiles)) is measured on the whole neuron; the model sees thinned, cut
//! and turned views of it, and must place them so that distances between latents are those between profiles, and that all
//! views of a neuron lie in one place. There are no labels in it, no second network and no strangers to be told apart: what
//! it cannot do is collapse, since that has a loss of 1.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tch::Tensor;

use super::course::{self, Course, Moment, Recipe};
use super::history::History;
use super::loss::Geometry;
use super::monitor;
use super::step::{Group, Measured, Readout, Step};
use super::watch::Signs;
use crate::augment::Pipeline;
use crate::data::{Matrix, ProfileOptions, profiles as measured_profiles};
use crate::error::{Error, Result};
use crate::nn::{Architecture, Model, Weights};

/// What learning from profiles is told beside [`LoopOptions`](super::LoopOptions).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfilesOptions {
    /// What goes into the profiles.
    pub profile: ProfileOptions,
    /// Weight of the views of one cell lying in one place, beside the distances between cells.
    pub agreement: f64,
}

impl Default for ProfilesOptions {
    fn default() -> Self {
        ProfilesOptions { profile: ProfileOptions::default(), agreement: 1.0 }
    }
}

/// Trains a model in place on pairs of views; returns the history of loss, learning rate, and of the latents effective
/// rank, alignment and uniformity. Profiles are scaled so that two neurons are on average about 1.4 apart.
///
/// # Errors
/// As [`dino`](super::dino()), for fewer than two cells, and when all profiles are alike.
pub fn profiles(model: &mut Model, views: &Pipeline, options: &ProfilesOptions, course: Course) -> Result<History> {
    course.options.check()?;
    if !options.agreement.is_finite() || options.agreement < 0.0 {
        return Err(Error::value(format!("`agreement` must be 0 or more, not {}", options.agreement)));
    }
    let cells = course.cells;
    if course.options.batch < 2 || cells.len() < 2 {
        let (batch, cells) = (course.options.batch, cells.len());
        return Err(Error::value(format!("a batch of {batch} of {cells} cells has no distances to learn"))
            .help("learning from profiles needs at least 2 cells per batch, better 32"));
    }
    let ids: Arc<[String]> = cells.iter().map(|cell| cell.name.to_string()).collect();
    let targets = scaled(&measured_profiles(cells, ids, &options.profile)?)?;
    let width = targets.len() / cells.len();
    let architecture = model.architecture().clone();
    let description = json!({ "recipe": "profiles", "options": options });
    let autocast = course.options.autocast;
    let mut recipe = Profiles {
        architecture: &architecture,
        objective: Geometry { targets, width, agreement: options.agreement },
        autocast,
    };
    course::run(&mut recipe, model.weights_mut(), &architecture, (Some(views), 2), description, course)
}

/// Profiles with a mean squared length of 1.
fn scaled(profiles: &Matrix) -> Result<Vec<f32>> {
    let mean = profiles.values().iter().map(|v| v * v).sum::<f64>() / profiles.rows() as f64;
    if mean <= 0.0 {
        return Err(Error::value("all cells have the same profile, so there are no distances to learn")
            .help("are they copies of one cell?"));
    }
    Ok(profiles.values().iter().map(|v| (v / mean.sqrt()) as f32).collect())
}

struct Profiles<'a> {
    architecture: &'a Architecture,
    objective: Geometry,
    autocast: bool,
}

impl Profiles<'_> {
    fn step(&self, weights: &Weights, at: Moment) -> Step<'_> {
        Step {
            architecture: self.architecture,
            objective: &self.objective,
            readout: Readout::Latent,
            views: 2,
            autocast: self.autocast,
            scale: at.scale,
            device: weights.device(),
        }
    }
}

impl Recipe for Profiles<'_> {
    type Group = Group;

    fn measure(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Measured> {
        self.step(weights, at).measure(weights, None, groups)
    }

    fn judge(&self, weights: &Weights, groups: Vec<Group>, at: Moment) -> Result<Vec<(&'static str, f64)>> {
        Ok(vec![("validation_loss", self.step(weights, at).judge(weights, None, groups)?.loss)])
    }

    fn follow(&mut self, _weights: &Weights, _measured: &Measured, _at: Moment) {}

    fn series(&self, measured: &Measured) -> Vec<(&'static str, f64)> {
        monitor::of_pairs(&measured.latents).into()
    }

    fn signs(&self, history: &History, measured: &Measured) -> Option<Signs> {
        Some(Signs::of(history, measured))
    }

    fn tensors(&self) -> Vec<(String, Tensor)> {
        Vec::new()
    }

    fn load(&mut self, _tensors: &HashMap<String, Tensor>) -> Result<()> {
        Ok(())
    }
}
