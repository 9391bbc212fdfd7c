//! Neurons grown by rule: cells of ten classes that look and measure like real ones.
//!
//! They are the program's own data, for a first try, for tests and for studies that need as many labelled cells as
//! they like: no reconstruction is copied, and every cell is a function of its class and a seed. The arbors follow
//! published growth models: branches wander and fork by the rules in `walk.rs` (van Pelt & Uylings 2002; Koene et al.
//! 2009), the Purkinje cell's fan is a balanced spanning tree (`fan.rs`; Cuntz et al. 2010), radii follow Rall
//! (`sketch.rs`). A class is one entry of plain numbers in `table.rs`. Most cells have 2 to 9 mm of dendrite and, at the
//! default sampling, 1,000 to 5,000 samples.
//!
//! What it is not: a model fitted to a population. Numbers are set to lie within the ranges of real cells (the tests
//! give them), but correlations between them are the growth rules', and branches may cross.

mod class;
mod fan;
mod outline;
mod population;
mod sketch;
mod stems;
mod table;
mod vector;
mod walk;

#[cfg(test)]
mod tests;

use class::Class;
pub use population::synthesize_population;

use super::Morphology;
use crate::error::{Error, Result, did_you_mean};

/// How to synthesize a neuron, besides its class and seed.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SynthesisOptions {
    /// Whether to grow the axon. A cell's dendrites are the same with and without.
    pub axon: bool,
    /// Factor on all lengths and radii, from 0.1 to 10.
    pub scale: f64,
    /// Distance between samples along a branch in µm, from 0.1 to 100; it does not change the cell's course.
    pub step_um: f64,
}

impl Default for SynthesisOptions {
    fn default() -> Self {
        SynthesisOptions { axon: true, scale: 1.0, step_um: 2.5 }
    }
}

impl SynthesisOptions {
    fn check(&self) -> Result<()> {
        let within = |name: &str, value: f64, low: f64, high: f64| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(Error::value(format!("`{name}` is {value}, expected a number from {low} to {high}")))
            }
        };
        within("scale", self.scale, 0.1, 10.0)?;
        within("step_um", self.step_um, 0.1, 100.0)
    }
}

/// The classes that can be synthesized: name and a one-line description of each.
pub fn classes() -> impl Iterator<Item = (&'static str, &'static str)> {
    table::CLASSES.iter().map(|class| (class.name, class.summary))
}

/// Grows a neuron of a class, in µm: soma (one sample) at the origin, y towards the pia, turned about the vertical by
/// chance. Dendrites are of type 3, apical ones 4, the axon 2. The same class, options and seed give the same neuron.
///
/// Fails for an unknown class and for options out of range.
pub fn synthesize(class: &str, options: &SynthesisOptions, seed: u64) -> Result<Morphology> {
    let class = find(class)?;
    options.check()?;
    Ok(build(class, options, seed, &format!("{}_{seed}", class.name)))
}

fn build(class: &Class, options: &SynthesisOptions, seed: u64, name: &str) -> Morphology {
    stems::grow(class, options.axon, seed).sampled(name, options.step_um / options.scale, options.scale)
}

fn find(name: &str) -> Result<&'static Class> {
    table::CLASSES.iter().find(|class| class.name == name).ok_or_else(|| {
        let names: Vec<_> = table::CLASSES.iter().map(|class| class.name).collect();
        let error = Error::value(format!("no cell class `{name}`, expected one of {}", names.join(", ")));
        match did_you_mean(name, names) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error,
        }
    })
}
