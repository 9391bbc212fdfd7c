//! Density maps, hulls and fractal dimension.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map, Module};

use super::CableMap;
use crate::bind::handles::Neuron;
use crate::bind::morph::kinds;
use crate::data::Population;
use crate::data::population::PopulationDensityOptions;
use crate::morph::{Density, DensityOptions, FractalOptions, HullOptions};
use crate::script::{At, Options, RhaiResultOf, values};

/// Methods and properties.
pub(super) fn methods() -> Module {
    exported_module!(maps)
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
