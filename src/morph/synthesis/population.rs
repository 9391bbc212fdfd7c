//! Many neurons at once.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{SynthesisOptions, build, find};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::morph::Morphology;
use crate::progress;
use crate::run::seed::derive;

/// Grows `per_class` neurons of each class, with the name of its class beside each neuron: first all of the first
/// class, then all of the second, and so on. Neuron `i` of a class depends on class, options, seed and `i` alone, not
/// on the other classes, nor on how many there are, nor on the number of threads.
///
/// Fails for an unknown or repeated class, for no class or no neuron, and for options out of range.
pub fn synthesize_population(
    classes: &[&str],
    per_class: usize,
    options: &SynthesisOptions,
    seed: u64,
) -> Result<Vec<(Morphology, &'static str)>> {
    options.check()?;
    if classes.is_empty() || per_class == 0 {
        return Err(Error::value(format!(
            "{} classes of {per_class} cells are no population, expected at least one of each",
            classes.len()
        )));
    }
    if let Some(twice) = (1..classes.len()).find(|&at| classes[..at].contains(&classes[at])) {
        return Err(Error::value(format!("class `{}` is given twice", classes[twice])).help("name each class once"));
    }
    let classes = classes.iter().map(|name| find(name)).collect::<Result<Vec<_>>>()?;
    let total = classes.len() * per_class;
    let meter = progress::begin("synthesizing", total as u64);
    let done = AtomicU64::new(0);
    (0..total)
        .into_par_iter()
        .map(|at| {
            interrupt::check()?;
            let (class, index) = (classes[at / per_class], at % per_class);
            let neuron =
                build(class, options, derive(seed, class.name, index as u64), &format!("{}_{index}", class.name));
            meter.set(done.fetch_add(1, Ordering::Relaxed) + 1, "");
            Ok((neuron, class.name))
        })
        .collect()
}
