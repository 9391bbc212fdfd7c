//! Figures of barcodes and density maps.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map, Module};

use super::{Bars, CableMap, Image};
use crate::bind::handles::Neuron;
use crate::bind::plot::drawn;
use crate::data::Population;
use crate::data::population::PopulationDensityOptions;
use crate::error::{Error, Result};
use crate::morph::DensityOptions;
use crate::morph::persistence::PersistenceOptions;
use crate::plot::{self, Figure};
use crate::script::{At, Options, RhaiResultOf, values};

/// The functions that belong into the namespace `plot`.
pub(in crate::bind) fn functions() -> Module {
    exported_module!(of_shape)
}

/// A barcode: one that was computed, or a neuron's with default options.
fn barcode_of(function: &str, value: &Dynamic) -> Result<Bars> {
    if let Some(neuron) = value.read_lock::<Neuron>() {
        return neuron.persistence(&PersistenceOptions::default()).map(Rc::new);
    }
    value.clone().try_cast::<Bars>().ok_or_else(|| {
        Error::value(format!("`{function}` draws a barcode or a neuron, found {}", values::type_of(value)))
            .help("m.persistence() gives a neuron's barcode")
    })
}

/// A density map, or that of a neuron or a population.
fn density_of(value: &Dynamic) -> Result<CableMap> {
    if let Some(map) = value.read_lock::<CableMap>() {
        return Ok(Rc::clone(&map));
    }
    if let Some(neuron) = value.read_lock::<Neuron>() {
        return neuron.density(&DensityOptions::default()).map(Rc::new);
    }
    if let Some(cells) = value.read_lock::<Population>() {
        return cells.density(&PopulationDensityOptions::default()).map(Rc::new);
    }
    let found = values::type_of(value);
    let error = Error::value(format!("`plot::density` draws a density map, a neuron or a population, found {found}"));
    Err(if value.is_map() {
        error.help("of maps by label, draw one after the other: `plot::density(maps[\"basket\"])`")
    } else {
        error.help("m.density() and cells.density() give maps")
    })
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod of_shape {
    /// The bars of a barcode or a neuron, the longest at the bottom.
    ///
    /// ```rhai
    /// plot::barcode(m).save(out("bars.svg"));
    /// ```
    #[rhai_fn(name = "barcode", return_raw)]
    pub fn barcode_plainly(ctx: NativeCallContext, bars: Dynamic) -> RhaiResultOf<Figure> {
        barcode(ctx, bars, Map::new())
    }

    /// The bars of a barcode or a neuron. Options: `title`, `width_mm` (110), `height_mm` (70), `colors` (true: by type), `theme`.
    ///
    /// ```rhai
    /// plot::barcode(m.persistence(#{ filter: "path" }), #{ title: m.name }).save(out("bars.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn barcode(ctx: NativeCallContext, bars: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let bars = barcode_of("plot::barcode", &bars).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::barcode", options), move |options| plot::barcode(&bars, options))
    }

    /// A persistence image, or that of a barcode or a neuron.
    ///
    /// ```rhai
    /// plot::persistence_image(m).save(out("image.svg"));
    /// ```
    #[rhai_fn(name = "persistence_image", return_raw)]
    pub fn image_plainly(ctx: NativeCallContext, image: Dynamic) -> RhaiResultOf<Figure> {
        image_with(ctx, image, Map::new())
    }

    /// A persistence image, or that of a barcode or a neuron. Options: `title`, `width_mm` (95), `height_mm` (80),
    /// `value_label`, `theme`.
    ///
    /// ```rhai
    /// plot::persistence_image(m.persistence().image(), #{ title: m.name }).save(out("image.svg"));
    /// ```
    #[rhai_fn(name = "persistence_image", return_raw)]
    pub fn image_with(ctx: NativeCallContext, image: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let image = match image.clone().try_cast::<Image>() {
            Some(image) => image,
            None => {
                let bars = barcode_of("plot::persistence_image", &image).at(&ctx)?;
                Rc::new(bars.image(&Default::default()).at(&ctx)?)
            }
        };
        drawn(&ctx, Options::new(&ctx, "plot::persistence_image", options), move |options| {
            plot::persistence_image(&image, options)
        })
    }

    /// A density map, or that of a neuron.
    ///
    /// ```rhai
    /// plot::density(m.density(#{ sigma: 10 })).save(out("density.svg"));
    /// ```
    #[rhai_fn(name = "density", return_raw)]
    pub fn density_plainly(ctx: NativeCallContext, map: Dynamic) -> RhaiResultOf<Figure> {
        density(ctx, map, Map::new())
    }

    /// A density map, or that of a neuron or a population; a map of space is summed along z, and the mean of a population
    /// is drawn per area. Options: `title`, `width_mm` (95), `height_mm` (80), `value_label`, `max` (the value at the end of
    /// the colour bar, for maps to compare), `theme`.
    ///
    /// ```rhai
    /// plot::density(m.density(#{ plane: "zy" }), #{ title: "axon" }).save(out("density.svg"));
    /// plot::density(cells, #{ max: 0.05 }).save(out("all.svg"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn density(ctx: NativeCallContext, map: Dynamic, options: Map) -> RhaiResultOf<Figure> {
        let map = density_of(&map).at(&ctx)?;
        drawn(&ctx, Options::new(&ctx, "plot::density", options), move |options| plot::density(&map, options))
    }
}
