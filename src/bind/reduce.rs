//! `reduce::`: projections onto fewer dimensions.

use std::rc::Rc;

use rhai::plugin::*;
use rhai::{Dynamic, Map};

use super::handles::Rows;
use super::rows::matrix_of;
use crate::reduce::{self, Pca, Tsne, Umap};
use crate::script::registry::{self, Handles};
use crate::script::takes::{self, Takes, part};
use crate::script::{At, Options, RhaiResultOf};

/// What the options maps hold.
const TAKES: &[Takes] = &[
    Takes::new("reduce::pca", &[part::<crate::reduce::PcaOptions>()], &[]),
    Takes::new("reduce::tsne", &[part::<crate::reduce::TsneOptions>()], &[takes::SEED]),
    Takes::new("reduce::umap", &[part::<crate::reduce::UmapOptions>()], &[takes::SEED, takes::LABELS]),
];

/// Installs the namespace.
pub(super) fn install(engine: &mut Engine) {
    registry::declare(TAKES);
    engine.handle::<Rc<Pca>>("Pca").handle::<Rc<Tsne>>("Tsne").handle::<Rc<Umap>>("Umap");
    super::outcome::methods::<Pca>(engine);
    super::outcome::methods::<Tsne>(engine);
    super::outcome::methods::<Umap>(engine);
    engine.register_static_module("reduce", exported_module!(namespace).into());
}

#[export_module]
#[allow(missing_docs, clippy::unwrap_used)]
mod namespace {
    use crate::script::values::{array, labels};
    use rhai::Array;

    /// The two principal components with the largest variance.
    ///
    /// ```rhai
    /// let p = reduce::pca(z);
    /// ```
    #[rhai_fn(name = "pca", return_raw)]
    pub fn pca_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Pca>> {
        pca(ctx, x, Map::new())
    }

    /// The principal components of the rows of a matrix; where columns differ in unit, standardise them first. Options:
    /// `components` (2: that many; a number below 1: as many as have that share of the variance), `whiten` (false: scores
    /// keep their variance).
    ///
    /// ```rhai
    /// let p = reduce::pca(z, #{ components: 0.95 });
    /// print(p.explained_variance_ratio);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn pca(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Pca>> {
        let x = matrix_of("what `reduce::pca` projects", &x).at(&ctx)?;
        reduce::pca(&x, &Options::new(&ctx, "reduce::pca", options).parse()?).map(Rc::new).at(&ctx)
    }

    /// A t-SNE map of the rows of a matrix, in two dimensions.
    ///
    /// ```rhai
    /// let map = reduce::tsne(z);
    /// ```
    #[rhai_fn(name = "tsne", return_raw)]
    pub fn tsne_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Tsne>> {
        tsne(ctx, x, Map::new())
    }

    /// A t-SNE map (van der Maaten 2014) from a PCA start. Options: `perplexity` (30), `metric` (`"euclidean"`,
    /// `"cosine"`, `"precomputed"` for a matrix of distances), `iterations` (1000), `learning_rate` (the number of cells,
    /// a twelfth of that at first), `theta` (0.5; 0 compares all pairs), `seed`.
    ///
    /// ```rhai
    /// let fit = reduce::tsne(z, #{ perplexity: 15, metric: "cosine" });
    /// plot::scatter(fit, #{ labels: cells.labels() }).save(out("cells.svg"));
    /// print(fit.divergence);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn tsne(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Tsne>> {
        let mut given = Options::new(&ctx, "reduce::tsne", options);
        let seed = given.seed()?;
        let x = matrix_of("what `reduce::tsne` projects", &x).at(&ctx)?;
        reduce::tsne(&x, &given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// A UMAP map of the rows of a matrix, in two dimensions.
    ///
    /// ```rhai
    /// let map = reduce::umap(z);
    /// ```
    #[rhai_fn(name = "umap", return_raw)]
    pub fn umap_plainly(ctx: NativeCallContext, x: Dynamic) -> RhaiResultOf<Rc<Umap>> {
        umap(ctx, x, Map::new())
    }

    /// A UMAP map (McInnes, Healy & Melville 2018). Options: `neighbours` (15, the cell itself counted), `metric`
    /// (`"euclidean"`, `"cosine"`, `"precomputed"`), `min_dist` (0.1), `spread` (1.0), `components` (2 dimensions, up to
    /// 10), `epochs` (500, beyond 10,000 cells 200), `start` (`"spectral"`, `"pca"`, `"random"`), `learning_rate` (1.0),
    /// `negative_samples` (5), `repulsion` (1.0), `set_op_mix_ratio` (1.0), `local_connectivity` (1), `seed`; with
    /// `labels`, which draw their classes apart, `target_weight` (0.5).
    ///
    /// ```rhai
    /// let fit = reduce::umap(z, #{ neighbours: 30, min_dist: 0.3 });
    /// let later = fit.transform(reduce::pca(z, #{ components: z.cols }).scores);
    /// ```
    #[rhai_fn(return_raw)]
    pub fn umap(ctx: NativeCallContext, x: Dynamic, options: Map) -> RhaiResultOf<Rc<Umap>> {
        let mut given = Options::new(&ctx, "reduce::umap", options);
        let seed = given.seed()?;
        let labels = given.handle_with("labels", labels)?;
        let x = matrix_of("what `reduce::umap` projects", &x).at(&ctx)?;
        reduce::umap(&x, labels.as_deref(), &given.parse()?, seed).map(Rc::new).at(&ctx)
    }

    /// The rows in the components' coordinates: columns `pc1`, `pc2`, …
    ///
    /// ```rhai
    /// plot::scatter(reduce::pca(z).scores).save(out("pca.svg"));
    /// ```
    #[rhai_fn(global, get = "scores", pure)]
    pub fn scores(pca: &mut Rc<Pca>) -> Rows {
        Rc::new(pca.scores().clone())
    }

    /// The components, one row each, of length 1; the largest weight of each is positive.
    #[rhai_fn(global, get = "components", pure)]
    pub fn components(pca: &mut Rc<Pca>) -> Rows {
        Rc::new(pca.components().clone())
    }

    /// The mean of each column of the data.
    #[rhai_fn(global, get = "mean", pure)]
    pub fn mean(pca: &mut Rc<Pca>) -> Array {
        array(pca.mean().iter().copied())
    }

    /// Variance along each component.
    #[rhai_fn(global, get = "explained_variance", pure)]
    pub fn explained_variance(pca: &mut Rc<Pca>) -> Array {
        array(pca.explained_variance().iter().copied())
    }

    /// Share of the total variance along each component.
    #[rhai_fn(global, get = "explained_variance_ratio", pure)]
    pub fn explained_variance_ratio(pca: &mut Rc<Pca>) -> Array {
        array(pca.explained_variance_ratio().iter().copied())
    }

    /// Other rows in the components' coordinates.
    ///
    /// ```rhai
    /// let later = reduce::pca(z).transform(z);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn transform(ctx: NativeCallContext, pca: &mut Rc<Pca>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a PCA transforms", &x).at(&ctx)?;
        pca.transform(&x).map(Rc::new).at(&ctx)
    }

    /// Rows with the columns of the data, from scores: what the kept components say of them.
    ///
    /// ```rhai
    /// let p = reduce::pca(z);
    /// let smooth = p.inverse_transform(p.scores);
    /// ```
    #[rhai_fn(global, return_raw, pure)]
    pub fn inverse_transform(ctx: NativeCallContext, pca: &mut Rc<Pca>, scores: Dynamic) -> RhaiResultOf<Rows> {
        let scores = matrix_of("what a PCA turns back", &scores).at(&ctx)?;
        pca.inverse_transform(&scores).map(Rc::new).at(&ctx)
    }

    /// The map: columns `tsne1` and `tsne2`.
    #[rhai_fn(global, get = "map", pure)]
    pub fn tsne_map(fit: &mut Rc<Tsne>) -> Rows {
        Rc::new(fit.map.clone())
    }

    /// The Kullback-Leibler divergence of the map from the data, in nats: comparable between maps of the same data at the
    /// same perplexity.
    #[rhai_fn(global, get = "divergence", pure)]
    pub fn divergence(fit: &mut Rc<Tsne>) -> f64 {
        fit.divergence
    }

    /// The perplexity used.
    #[rhai_fn(global, get = "perplexity", pure)]
    pub fn perplexity(fit: &mut Rc<Tsne>) -> f64 {
        fit.perplexity
    }

    /// Places of other cells in the map, which stays as it is; each is placed by itself, beside the cells it is most like.
    ///
    /// ```rhai
    /// let later = reduce::tsne(z).transform(z.select([0, 1]));
    /// ```
    #[rhai_fn(global, name = "transform", return_raw, pure)]
    pub fn tsne_transform(ctx: NativeCallContext, fit: &mut Rc<Tsne>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a t-SNE map places", &x).at(&ctx)?;
        fit.transform(&x).map(Rc::new).at(&ctx)
    }

    /// The map: columns `umap1`, `umap2`, …
    #[rhai_fn(global, get = "map", pure)]
    pub fn umap_map(fit: &mut Rc<Umap>) -> Rows {
        Rc::new(fit.map.clone())
    }

    /// Of the curve `1 / (1 + a d^(2 b))` by which distances in the map are memberships.
    #[rhai_fn(global, get = "a", pure)]
    pub fn umap_a(fit: &mut Rc<Umap>) -> f64 {
        fit.a
    }

    /// See `a`.
    #[rhai_fn(global, get = "b", pure)]
    pub fn umap_b(fit: &mut Rc<Umap>) -> f64 {
        fit.b
    }

    /// Places of other cells in the map, which stays as it is; each is placed by itself, beside the cells it is most like.
    ///
    /// ```rhai
    /// let later = reduce::umap(z).transform(z.select([0, 1]));
    /// ```
    #[rhai_fn(global, name = "transform", return_raw, pure)]
    pub fn umap_transform(ctx: NativeCallContext, fit: &mut Rc<Umap>, x: Dynamic) -> RhaiResultOf<Rows> {
        let x = matrix_of("what a UMAP map places", &x).at(&ctx)?;
        fit.transform(&x).map(Rc::new).at(&ctx)
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe(pca: &mut Rc<Pca>) -> String {
        pca.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_tsne(fit: &mut Rc<Tsne>) -> String {
        fit.to_string()
    }

    #[rhai_fn(global, name = "to_string", name = "to_debug", pure)]
    pub fn describe_umap(fit: &mut Rc<Umap>) -> String {
        fit.to_string()
    }
}
