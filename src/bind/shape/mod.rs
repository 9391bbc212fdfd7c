//! Shape of neurons for scripts: barcodes and what is made of them, density maps, hulls, fractal dimension, and their
//! figures.

mod barcodes;
mod figures;
mod maps;

pub(super) use figures::functions as figures;

use std::rc::Rc;

use rhai::Engine;

use crate::morph::Density;
use crate::morph::persistence::{Barcode, PersistenceImage};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};

/// The bars of a neuron.
type Bars = Rc<Barcode>;
/// A smoothed picture of bars.
type Image = Rc<PersistenceImage>;
/// A map of cable length.
type CableMap = Rc<Density>;

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new(
        "persistence",
        &[part::<crate::morph::persistence::PersistenceOptions>()],
        &[takes::KINDS, takes::VALUES],
    ),
    Takes::new("image", &[part::<crate::morph::persistence::ImageOptions>()], &[]),
    Takes::new("vector", &[part::<crate::morph::persistence::VectorOptions>()], &[]),
    Takes::new("distance", &[part::<crate::morph::persistence::DistanceOptions>()], &[]),
    Takes::new("persistence_images", &[part::<crate::data::population::PersistenceImagesOptions>()], &[takes::KINDS]),
    Takes::new(
        "persistence_distances",
        &[part::<crate::data::population::PersistenceDistancesOptions>()],
        &[takes::KINDS],
    ),
    Takes::new("Morphology.density", &[part::<crate::morph::DensityOptions>()], &[takes::KINDS]),
    Takes::new(
        "Population.density",
        &[part::<crate::data::population::PopulationDensityOptions>()],
        &[takes::KINDS, ("by", "label column, or labels: a map for each class")],
    ),
    Takes::new("hull", &[part::<crate::morph::HullOptions>()], &[takes::KINDS]),
    Takes::new("fractal_dimension", &[part::<crate::morph::FractalOptions>()], &[takes::KINDS]),
    Takes::new("plot::barcode", &[part::<crate::plot::BarcodeOptions>()], &[takes::THEME]),
    Takes::new("plot::persistence_image", &[part::<crate::plot::HeatmapOptions>()], &[takes::THEME]),
    Takes::new("plot::density", &[part::<crate::plot::HeatmapOptions>()], &[takes::THEME]),
];

/// Installs the methods.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Bars>("Barcode").handle::<Image>("PersistenceImage").handle::<CableMap>("Density");
    engine.register_global_module(barcodes::methods().into());
    engine.register_global_module(maps::methods().into());
}
