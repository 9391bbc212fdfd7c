//! Shape of neurons for scripts: barcodes and what is made of them, density maps, hulls, fractal dimension, and their
//! figures.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map, Module};

use super::handles::{Neuron, Rows};
use super::morph::kinds;
use super::plot::drawn;
use crate::data::Population;
use crate::data::population::{PersistenceDistancesOptions, PersistenceImagesOptions, PopulationDensityOptions};
use crate::error::{Error, Result};
use crate::morph::persistence::{Barcode, PersistenceImage, PersistenceOptions};
use crate::morph::{Density, DensityOptions, FractalOptions, HullOptions};
use crate::plot::{self, Figure};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf, values};

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
    engine.register_global_module(exported_module!(barcodes).into());
    engine.register_global_module(exported_module!(maps).into());
}

/// The functions that belong into the namespace `plot`.
pub(super) fn figures() -> Module {
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

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod barcodes {
    use crate::script::values::array;
    use rhai::Array;

    /// The neuron's persistence barcode by radial distance, as TMD computes it: one bar per tip.
    ///
    /// ```rhai
    /// let bars = m.persistence();
    /// ```
    #[rhai_fn(name = "persistence", return_raw, pure)]
    pub fn persistence_plainly(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<Bars> {
        persistence(ctx, m, Map::new())
    }

    /// The neuron's persistence barcode. Options: `filter` (`"radial"`, `"path"`, `"projection"`, `"order"`, `"radius"`),
    /// `axis` of a projection (`"y"`, or a vector), `from` (`"neurite"`: distances from each neurite's first sample;
    /// `"soma"`: from the soma), `type` (only samples of it), or `values` (a number of one's own for each sample).
    ///
    /// ```rhai
    /// let bars = m.persistence(#{ filter: "path", type: "basal" });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn persistence(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<Bars> {
        let mut given = Options::new(&ctx, "persistence", options);
        let kinds = given.handle_with("type", kinds)?;
        let values = given.handle_with("values", values::numbers)?;
        let options = PersistenceOptions { kinds, ..given.parse()? };
        let barcode = match values {
            Some(values) => m.persistence_of(&values, "value", options.kinds.as_ref()),
            None => m.persistence(&options),
        };
        barcode.map(Rc::new).at(&ctx)
    }

    /// Number of bars.
    #[rhai_fn(get = "len", name = "len", pure)]
    pub fn len(bars: &mut Bars) -> i64 {
        bars.len() as i64
    }

    /// The bars as pairs `[tip, merge]`, neurite by neurite, the longest of each first.
    ///
    /// ```rhai
    /// for bar in m.persistence().bars { print(bar[0] - bar[1]); }
    /// ```
    #[rhai_fn(get = "bars", pure)]
    pub fn bars(bars: &mut Bars) -> Array {
        bars.bars.iter().map(|bar| Dynamic::from(array([bar.tip, bar.merge]))).collect()
    }

    /// Persistent entropy of the bars' lengths, in nats.
    #[rhai_fn(get = "entropy", pure)]
    pub fn entropy(bars: &mut Bars) -> f64 {
        bars.entropy()
    }

    /// Sum of the bars' lengths, in the filter's unit.
    #[rhai_fn(get = "total_length", pure)]
    pub fn total_length(bars: &mut Bars) -> f64 {
        bars.total_length()
    }

    /// The barcodes of the neurites, in order.
    ///
    /// ```rhai
    /// print(m.persistence().neurites().len());
    /// ```
    #[rhai_fn(pure)]
    pub fn neurites(bars: &mut Bars) -> Array {
        bars.neurites().into_iter().map(|bars| Dynamic::from(Rc::new(bars))).collect()
    }

    /// The persistence image, 100 x 100.
    ///
    /// ```rhai
    /// plot::persistence_image(m.persistence().image()).save(out("image.svg"));
    /// ```
    #[rhai_fn(name = "image", return_raw, pure)]
    pub fn image_plainly(ctx: NativeCallContext, bars: &mut Bars) -> RhaiResultOf<Image> {
        image(ctx, bars, Map::new())
    }

    /// The persistence image: a smoothed density of the bars. Options: `resolution` (100), `limits` (`[tip_low, tip_high,
    /// merge_low, merge_high]`), `bandwidth` (times the bars' deviation; Scott's rule) or `sigma` (in the filter's unit),
    /// `weight` (`"none"`, `"length"`), `scale` (`"max"`: the largest is 1; `"density"`; `"total"`).
    ///
    /// ```rhai
    /// let image = m.persistence().image(#{ resolution: 50, sigma: 10.0 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn image(ctx: NativeCallContext, bars: &mut Bars, options: Map) -> RhaiResultOf<Image> {
        bars.image(&Options::new(&ctx, "image", options).parse()?).map(Rc::new).at(&ctx)
    }

    /// The bars as a curve of 100 numbers: the density of merges, weighted by length.
    #[rhai_fn(name = "vector", return_raw, pure)]
    pub fn vector_plainly(ctx: NativeCallContext, bars: &mut Bars) -> RhaiResultOf<Array> {
        vector(ctx, bars, Map::new())
    }

    /// The bars as a curve. Options: `kind` (`"density"`, `"betti"`: bars over each value; `"landscape"`), `samples` (100),
    /// `range` (`[low, high]`), `layers` of a landscape (5), `sigma` of the density.
    ///
    /// ```rhai
    /// let curve = m.persistence().vector(#{ kind: "betti", samples: 50 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn vector(ctx: NativeCallContext, bars: &mut Bars, options: Map) -> RhaiResultOf<Array> {
        bars.vector(&Options::new(&ctx, "vector", options).parse()?).map(array).at(&ctx)
    }

    /// The 1-Wasserstein distance to another barcode.
    #[rhai_fn(name = "distance", return_raw, pure)]
    pub fn distance_plainly(ctx: NativeCallContext, bars: &mut Bars, other: Bars) -> RhaiResultOf<f64> {
        distance(ctx, bars, other, Map::new())
    }

    /// The distance to another barcode, exact. Options: `metric` (`"wasserstein"`, `"bottleneck"`), `order` (1.0, of the
    /// Wasserstein distance), `ground` (`"max"`, `"euclidean"`: the length of a move).
    ///
    /// ```rhai
    /// let d = a.persistence().distance(b.persistence(), #{ metric: "wasserstein", order: 2 });
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn distance(ctx: NativeCallContext, bars: &mut Bars, other: Bars, options: Map) -> RhaiResultOf<f64> {
        bars.distance(&other, &Options::new(&ctx, "distance", options).parse()?).at(&ctx)
    }

    /// Writes the bars as CSV.
    ///
    /// ```rhai
    /// m.persistence().save(out("bars.csv"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_bars(ctx: NativeCallContext, bars: &mut Bars, path: &str) -> RhaiResultOf<()> {
        bars.save(Path::new(path)).at(&ctx)
    }

    /// Grid points on each side.
    #[rhai_fn(get = "resolution", pure)]
    pub fn resolution(image: &mut Image) -> i64 {
        image.resolution as i64
    }

    /// First and last grid value of tips, then of merges.
    #[rhai_fn(get = "limits", pure)]
    pub fn limits(image: &mut Image) -> Array {
        array(image.limits)
    }

    /// The numbers row by row; the tip value grows from row to row.
    #[rhai_fn(get = "values", pure)]
    pub fn image_values(image: &mut Image) -> Array {
        array(image.values.iter().copied())
    }

    /// Writes the picture's numbers as `.npy` or `.csv`.
    ///
    /// ```rhai
    /// m.persistence().image().save(out("image.npy"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_image(ctx: NativeCallContext, image: &mut Image, path: &str) -> RhaiResultOf<()> {
        image.save(Path::new(path)).at(&ctx)
    }

    /// The persistence images of all cells as rows of 1024 numbers: an embedding without learning.
    #[rhai_fn(name = "persistence_images", return_raw, pure)]
    pub fn images_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rows> {
        images(ctx, cells, Map::new())
    }

    /// The persistence images of all cells as rows, all with the same limits. Options: those of `persistence` (`filter`,
    /// `axis`, `from`, `type`) and of `image` (`resolution` (32), `limits`, `bandwidth`, `sigma`, `weight`, `scale`).
    ///
    /// ```rhai
    /// let z = cells.persistence_images(#{ filter: "path", resolution: 20 });
    /// print(evaluate::cross_validate(z, cells.labels(), #{ k: 5, folds: 5 }));
    /// ```
    #[rhai_fn(name = "persistence_images", return_raw, pure)]
    pub fn images(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Rows> {
        let mut given = Options::new(&ctx, "persistence_images", options);
        let kinds = given.handle_with("type", kinds)?;
        let options = PersistenceImagesOptions { kinds, ..given.parse()? };
        cells.persistence_images(&options).map(Rc::new).at(&ctx)
    }

    /// The 1-Wasserstein distances of all cells' barcodes.
    #[rhai_fn(name = "persistence_distances", return_raw, pure)]
    pub fn distances_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Rows> {
        distances(ctx, cells, Map::new())
    }

    /// The distances of all cells' barcodes, a row and a column per cell. Options: those of `persistence` (`filter`,
    /// `axis`, `from`, `type`) and of `distance` (`metric`, `order`, `ground`).
    ///
    /// ```rhai
    /// cells.persistence_distances(#{ metric: "bottleneck" }).save(out("distances.csv"));
    /// ```
    #[rhai_fn(name = "persistence_distances", return_raw, pure)]
    pub fn distances(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Rows> {
        let mut given = Options::new(&ctx, "persistence_distances", options);
        let kinds = given.handle_with("type", kinds)?;
        let options = PersistenceDistancesOptions { kinds, ..given.parse()? };
        cells.persistence_distances(&options).map(Rc::new).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(bars: &mut Bars) -> String {
        bars.to_string()
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe_image(image: &mut Image) -> String {
        image.to_string()
    }
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod maps {
    use crate::script::values::array;
    use rhai::Array;

    /// The map of the neurites' cable seen along z, in cells of 10 µm.
    #[rhai_fn(name = "density", return_raw, pure)]
    pub fn density_plainly(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<CableMap> {
        density(ctx, m, Map::new())
    }

    /// The map of the neurites' cable: µm in each cell. Options: `plane` (`"xy"`, `"xz"`, `"zy"`, or `"xyz"` for a map of
    /// space), `bin` (10.0, µm), `sigma` (0.0, µm, of the smoothing), `limits` (a pair for each axis, µm), `type`.
    ///
    /// ```rhai
    /// let map = m.density(#{ plane: "zy", bin: 5, sigma: 10, type: "axon" });
    /// plot::density(map).save(out("axon.svg"));
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn density(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<CableMap> {
        let mut given = Options::new(&ctx, "Morphology.density", options);
        let kinds = given.handle_with("type", kinds)?;
        m.density(&DensityOptions { kinds, ..given.parse()? }).map(Rc::new).at(&ctx)
    }

    /// The mean map of all cells' cable seen along z, in cells of 10 µm, somata at the origin.
    #[rhai_fn(name = "density", return_raw, pure)]
    pub fn population_density_plainly(ctx: NativeCallContext, cells: &mut Population) -> RhaiResultOf<Dynamic> {
        population_density(ctx, cells, Map::new())
    }

    /// The mean map of all cells' cable: µm of a neuron in each cell of the grid. Options: those of a neuron's map, `align`
    /// (`"soma"`: somata, or first roots, are put upon each other; `"none"`: cells stay in place), `by` (labels, or the name
    /// of a label column: a map of classes and their means, all on one grid).
    ///
    /// ```rhai
    /// plot::density(cells.density(#{ plane: "xy", sigma: 10, type: "dendrite" })).save(out("density.svg"));
    /// let maps = cells.density(#{ by: "label", bin: 5 });
    /// ```
    #[rhai_fn(name = "density", return_raw, pure)]
    pub fn population_density(ctx: NativeCallContext, cells: &mut Population, options: Map) -> RhaiResultOf<Dynamic> {
        let mut given = Options::new(&ctx, "Population.density", options);
        let kinds = given.handle_with("type", kinds)?;
        let by = given.handle_with("by", |what, value| match value.is_string() {
            true => cells.labels(Some(&value.to_string())).map(Rc::new),
            false => values::labels(what, value),
        })?;
        let options = PopulationDensityOptions { kinds, ..given.parse()? };
        let Some(labels) = by else { return cells.density(&options).map(|map| Dynamic::from(Rc::new(map))).at(&ctx) };
        let maps = cells.densities(&labels, &options).at(&ctx)?;
        let entry = |(name, map): (String, Density)| (name.into(), Dynamic::from(Rc::new(map)));
        Ok(Dynamic::from(maps.into_iter().map(entry).collect::<Map>()))
    }

    /// How many neurons the map is the mean of.
    #[rhai_fn(get = "neurons", pure)]
    pub fn neurons(map: &mut CableMap) -> i64 {
        map.neurons as i64
    }

    /// Cable length per area of each cell, µm/µm²; of a map of space per volume, µm/µm³.
    #[rhai_fn(get = "per_size", pure)]
    pub fn per_size(map: &mut CableMap) -> Array {
        array(map.per_size())
    }

    /// Number of cells on each axis.
    #[rhai_fn(get = "shape", pure)]
    pub fn shape(map: &mut CableMap) -> Array {
        array(map.shape.iter().map(|&n| n as i64))
    }

    /// Lower corner of the first cell, µm.
    #[rhai_fn(get = "origin", pure)]
    pub fn origin(map: &mut CableMap) -> Array {
        array(map.origin.iter().copied())
    }

    /// Cable length in each cell, µm; the last axis varies fastest.
    #[rhai_fn(get = "values", pure)]
    pub fn map_values(map: &mut CableMap) -> Array {
        array(map.values.iter().copied())
    }

    /// Cable length in the whole map, µm.
    #[rhai_fn(get = "total", pure)]
    pub fn total(map: &mut CableMap) -> f64 {
        map.total()
    }

    /// Writes the map as `.npy`, or as `.csv` with the cells that are not empty.
    ///
    /// ```rhai
    /// m.density().save(out("density.csv"));
    /// ```
    #[rhai_fn(name = "save", return_raw, pure)]
    pub fn save_map(ctx: NativeCallContext, map: &mut CableMap, path: &str) -> RhaiResultOf<()> {
        map.save(Path::new(path)).at(&ctx)
    }

    /// The convex hull of the samples: `volume` (µm³), `area` (µm²) and `corners`, their number.
    #[rhai_fn(name = "hull", return_raw, pure)]
    pub fn hull_plainly(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<Map> {
        hull(ctx, m, Map::new())
    }

    /// The convex hull of the samples. Options: `plane` (`"xyz"`: a solid with `volume` and surface `area`; `"xy"`, `"xz"`,
    /// `"zy"`: a polygon with `area` and `perimeter`), `type`. Units are µm, µm² and µm³.
    ///
    /// ```rhai
    /// print(m.hull(#{ plane: "xy", type: "dendrite" }).area);
    /// ```
    #[rhai_fn(return_raw, pure)]
    pub fn hull(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<Map> {
        let mut given = Options::new(&ctx, "hull", options);
        let kinds = given.handle_with("type", kinds)?;
        let hull = m.hull(&HullOptions { kinds, ..given.parse()? }).at(&ctx)?;
        let numbers = [("volume", hull.volume), ("area", Some(hull.area)), ("perimeter", hull.perimeter)];
        let mut map: Map =
            numbers.into_iter().filter_map(|(name, value)| value.map(|v| (name.into(), v.into()))).collect();
        map.insert("corners".into(), (hull.corners.len() as i64).into());
        Ok(map)
    }

    /// The box-counting dimension of the neurites' cable.
    #[rhai_fn(name = "fractal_dimension", return_raw, pure)]
    pub fn fractal_plainly(ctx: NativeCallContext, m: &mut Neuron) -> RhaiResultOf<f64> {
        fractal(ctx, m, Map::new())
    }

    /// The fractal dimension. Options: `method` (`"boxes"`: boxes that the cable touches; `"branches"`: the mean over
    /// branches of path against chord, as in L-Measure), `sizes` of boxes (6), `type`.
    ///
    /// ```rhai
    /// print(m.fractal_dimension(#{ type: "dendrite" }));
    /// ```
    #[rhai_fn(name = "fractal_dimension", return_raw, pure)]
    pub fn fractal(ctx: NativeCallContext, m: &mut Neuron, options: Map) -> RhaiResultOf<f64> {
        let mut given = Options::new(&ctx, "fractal_dimension", options);
        let kinds = given.handle_with("type", kinds)?;
        m.fractal_dimension(&FractalOptions { kinds, ..given.parse()? }).at(&ctx)
    }

    #[rhai_fn(name = "to_string", name = "to_debug", pure)]
    pub fn describe(map: &mut CableMap) -> String {
        map.to_string()
    }
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
