//! What a function may be given as "cells": one neuron, a population, or an array of neurons.

use std::sync::Arc;

use rhai::{Array, Dynamic};

use super::handles::Neuron;
use crate::data::Population;
use crate::error::{Error, Result};
use crate::script::values;

/// The neurons and their ids, as models take them.
///
/// # Errors
/// As [`population_of`].
#[cfg(feature = "torch")]
pub fn cells_of(what: &str, value: &Dynamic) -> Result<(Vec<Neuron>, Arc<[String]>)> {
    let population = population_of(what, value)?;
    Ok((population.neurons()?, Arc::clone(population.ids())))
}

/// The cells as a population; without labels where the script has none.
///
/// # Errors
/// When the value holds something else; `what` names it.
pub fn population_of(what: &str, value: &Dynamic) -> Result<Population> {
    let wrong = |found: &Dynamic| {
        Error::value(format!("{what} must be a population or a neuron, found {}", values::type_of(found)))
            .help("morph::load_dir and morph::load read them, morph::synthesize grows one")
    };
    if let Some(population) = value.read_lock::<Population>() {
        return Ok(population.clone());
    }
    if let Some(neuron) = value.read_lock::<Neuron>() {
        return Ok(Population::new(vec![Arc::clone(&neuron)]));
    }
    let items = value.read_lock::<Array>().ok_or_else(|| wrong(value))?;
    let neurons = items.iter().map(|item| item.clone().try_cast::<Neuron>().ok_or_else(|| wrong(item)));
    Ok(Population::new(neurons.collect::<Result<Vec<_>>>()?))
}
