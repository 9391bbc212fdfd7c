//! Barcodes, their images, vectors and distances.

use std::path::Path;
use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map, Module};

use super::{Bars, Image};
use crate::bind::handles::{Neuron, Rows};
use crate::bind::morph::kinds;
use crate::data::Population;
use crate::data::population::{PersistenceDistancesOptions, PersistenceImagesOptions};
use crate::morph::persistence::PersistenceOptions;
use crate::script::{At, Options, RhaiResultOf, values};

/// Methods and properties.
pub(super) fn methods() -> Module {
    exported_module!(barcodes)
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
