//! Maps judged by neighbours, as scripts call it.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use crate::bind::rows::matrix_of;
use crate::data::Matrix;
use crate::error::Result;
use crate::metrics::{self, MapQuality};
use crate::script::{At, Options, RhaiResultOf};

/// Reads data, map and options, and scores the map.
fn judged<T>(
    ctx: &NativeCallContext,
    function: &'static str,
    x: &Dynamic,
    map: &Dynamic,
    options: Map,
    metric: impl FnOnce(&Matrix, &Matrix, &metrics::MapQualityOptions) -> Result<T>,
) -> RhaiResultOf<T> {
    let options = Options::new(ctx, function, options).parse()?;
    let x = matrix_of(&format!("the data of `{function}`"), x).at(ctx)?;
    let map = matrix_of(&format!("the map of `{function}`"), map).at(ctx)?;
    metric(&x, &map, &options).at(ctx)
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
pub mod namespace {
    /// How far a map keeps the 12 nearest neighbours of each cell.
    ///
    /// ```rhai
    /// print(metrics::map_quality(z, reduce::tsne(z)));
    /// ```
    #[rhai_fn(name = "map_quality", return_raw)]
    pub fn map_quality_plainly(ctx: NativeCallContext, x: Dynamic, map: Dynamic) -> RhaiResultOf<Rc<MapQuality>> {
        map_quality(ctx, x, map, Map::new())
    }

    /// How far a map keeps who is near to whom: trustworthiness, continuity and the share of neighbours kept, over all cells
    /// and for each. Options: `k` (12 neighbours), `metric` of the data (`"euclidean"`, `"cosine"`, `"precomputed"`).
    ///
    /// ```rhai
    /// let quality = metrics::map_quality(z, reduce::umap(z), #{ k: 30 });
    /// quality.save(out("quality.csv"));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn map_quality(ctx: NativeCallContext, x: Dynamic, map: Dynamic, options: Map) -> RhaiResultOf<Rc<MapQuality>> {
        judged(&ctx, "metrics::map_quality", &x, &map, options, metrics::map_quality).map(Rc::new)
    }

    /// How far two embeddings of the same cells lie apart: the mean distance between a cell's two rows, over the mean distance
    /// between different cells. 0 where nothing moved.
    ///
    /// ```rhai
    /// let draw = |seed| model.embed(cells, #{ views: augment::pipeline([augment::subsample(500)]), seed: seed });
    /// print(metrics::displacement(draw.call(1), draw.call(2)));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn displacement(ctx: NativeCallContext, a: Dynamic, b: Dynamic) -> RhaiResultOf<f64> {
        let a = matrix_of("the first embedding of `metrics::displacement`", &a).at(&ctx)?;
        let b = matrix_of("the second embedding of `metrics::displacement`", &b).at(&ctx)?;
        metrics::displacement(&a, &b).at(&ctx)
    }

    /// Trustworthiness of a map (Venna & Kaski 2001): whether cells near in the map are near in the data.
    ///
    /// ```rhai
    /// print(metrics::trustworthiness(z, reduce::tsne(z)));
    /// ```
    #[rhai_fn(name = "trustworthiness", return_raw)]
    pub fn trustworthiness_plainly(ctx: NativeCallContext, x: Dynamic, map: Dynamic) -> RhaiResultOf<f64> {
        trustworthiness(ctx, x, map, Map::new())
    }

    /// Trustworthiness of a map (Venna & Kaski 2001): whether cells near in the map are near in the data. Options: `k` (12 neighbours),
    /// `metric` of the data (`"euclidean"`, `"cosine"`, `"precomputed"`).
    ///
    /// ```rhai
    /// print(metrics::trustworthiness(z, reduce::tsne(z), #{ k: 5 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn trustworthiness(ctx: NativeCallContext, x: Dynamic, map: Dynamic, options: Map) -> RhaiResultOf<f64> {
        judged(&ctx, "metrics::trustworthiness", &x, &map, options, metrics::trustworthiness)
    }

    /// Continuity of a map: whether cells near in the data are near in the map.
    ///
    /// ```rhai
    /// print(metrics::continuity(z, reduce::tsne(z)));
    /// ```
    #[rhai_fn(name = "continuity", return_raw)]
    pub fn continuity_plainly(ctx: NativeCallContext, x: Dynamic, map: Dynamic) -> RhaiResultOf<f64> {
        continuity(ctx, x, map, Map::new())
    }

    /// Continuity of a map: whether cells near in the data are near in the map. Options: `k` (12 neighbours),
    /// `metric` of the data (`"euclidean"`, `"cosine"`, `"precomputed"`).
    ///
    /// ```rhai
    /// print(metrics::continuity(z, reduce::tsne(z), #{ k: 5 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn continuity(ctx: NativeCallContext, x: Dynamic, map: Dynamic, options: Map) -> RhaiResultOf<f64> {
        judged(&ctx, "metrics::continuity", &x, &map, options, metrics::continuity)
    }

    /// Share of each cell's neighbours in the data that are its neighbours in the map.
    ///
    /// ```rhai
    /// print(metrics::neighbour_preservation(z, reduce::tsne(z)));
    /// ```
    #[rhai_fn(name = "neighbour_preservation", return_raw)]
    pub fn neighbour_preservation_plainly(ctx: NativeCallContext, x: Dynamic, map: Dynamic) -> RhaiResultOf<f64> {
        neighbour_preservation(ctx, x, map, Map::new())
    }

    /// Share of each cell's neighbours in the data that are its neighbours in the map. Options: `k` (12 neighbours),
    /// `metric` of the data (`"euclidean"`, `"cosine"`, `"precomputed"`).
    ///
    /// ```rhai
    /// print(metrics::neighbour_preservation(z, reduce::tsne(z), #{ k: 5 }));
    /// ```
    #[rhai_fn(return_raw)]
    pub fn neighbour_preservation(ctx: NativeCallContext, x: Dynamic, map: Dynamic, options: Map) -> RhaiResultOf<f64> {
        judged(&ctx, "metrics::neighbour_preservation", &x, &map, options, metrics::neighbour_preservation)
    }

    /// The mean over cells; see `metrics::trustworthiness`.
    #[rhai_fn(global, get = "trustworthiness", pure)]
    pub fn its_trustworthiness(quality: &mut Rc<MapQuality>) -> f64 {
        quality.trustworthiness
    }

    /// The mean over cells; see `metrics::continuity`.
    #[rhai_fn(global, get = "continuity", pure)]
    pub fn its_continuity(quality: &mut Rc<MapQuality>) -> f64 {
        quality.continuity
    }

    /// The mean over cells; see `metrics::neighbour_preservation`.
    #[rhai_fn(global, get = "preservation", pure)]
    pub fn its_preservation(quality: &mut Rc<MapQuality>) -> f64 {
        quality.preservation
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(quality: &mut Rc<MapQuality>) -> String {
        quality.to_string()
    }
}
